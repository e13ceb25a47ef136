//! Cutout: a square of the image is nothing, so that what is learnt does not hang on one place.
//!
//! ```text
//! r ~ U{0, ..., H - 1},  c ~ U{0, ..., W - 1}       the centre, anywhere in the image
//! x̃ = 0 in the lines max(0, r - h) to min(H, r + h) and columns max(0, c - h) to min(W, c + h), the last of each excluded
//! h = ⌊s / 2⌋
//! ```
//!
//! - `x`: an image of `H` lines of `W` pixels as it is learnt from, so that 0 is the mean where pixels are standardised; all
//!   channels of a pixel go together
//! - `s`: the side: 16 for CIFAR-10, 8 for CIFAR-100, 20 for SVHN (the authors')
//!
//! Source: DeVries, Taylor, *Improved Regularization of Convolutional Neural Networks with Cutout*, arXiv:1708.04552, 2017,
//! and the authors' code uoguelph-mlrg/Cutout (`util/cutout.py`), which cuts after the pixels are normalised and clips a
//! square that leaves the image.
//! Differs: nothing, with its one hole. An odd side is that of the next smaller even one, there and here.

use std::ops::Range;

use nn::{Real, Stream};

use crate::mixing::Pixels;

/// Cuts a square out of `image`.
pub(super) fn cut<T: Real>(image: &mut [T], pixels: &Pixels, side: usize, stream: &mut Stream) {
    let centre = [stream.below(pixels.height), stream.below(pixels.width)];
    let [lines, columns] = square(centre, side, pixels);
    for values in pixels.values_of(&lines, &columns) {
        image[values].fill(T::ZERO);
    }
}

/// The lines and the columns around a centre, as far as they are inside.
fn square([line, column]: [usize; 2], side: usize, pixels: &Pixels) -> [Range<usize>; 2] {
    let half = side / 2;
    let along =
        |centre: usize, length: usize| centre.saturating_sub(half)..(centre + half).min(length);
    [along(line, pixels.height), along(column, pixels.width)]
}

#[cfg(test)]
mod tests {
    use nn::Streams;

    use super::*;

    const PIXELS: Pixels = Pixels { planes: 2, height: 9, width: 12, depth: 3 };

    #[test]
    fn squares_are_those_of_the_source() {
        let of = |centre, side| square(centre, side, &PIXELS);
        assert_eq!(of([4, 6], 4), [2..6, 4..8]);
        assert_eq!(of([4, 6], 5), [2..6, 4..8]);
        assert_eq!(of([0, 11], 4), [0..2, 9..12]);
        assert_eq!(of([8, 0], 40), [0..9, 0..12]);
    }

    #[test]
    fn a_square_is_nothing_in_every_channel_and_the_rest_stays() {
        let mut stream = Streams::new([1; 32]).stream("t");
        let mut n_whole = 0;
        for _ in 0..200 {
            let mut image = vec![1.0_f64; 2 * 9 * 12 * 3];
            cut(&mut image, &PIXELS, 4, &mut stream);
            let at = |plane: usize, pixel: usize| &image[(plane * 108 + pixel) * 3..][..3];
            let is_cut: Vec<bool> = (0..108).map(|pixel| at(0, pixel) == [0.0; 3]).collect();
            for (pixel, is_cut) in is_cut.iter().enumerate() {
                let expected = if *is_cut { [0.0; 3] } else { [1.0; 3] };
                assert_eq!((at(0, pixel), at(1, pixel)), (&expected[..], &expected[..]));
            }
            let n = is_cut.iter().filter(|is_cut| **is_cut).count();
            // A centre at the border leaves a part of the square, of two lines and two columns at least.
            assert!((4..=16).contains(&n), "{n}");
            n_whole += usize::from(n == 16);
        }
        // (9 - 3)(12 - 3) of 9 x 12 centres: five standard deviations of a binomial.
        assert!((64..=136).contains(&n_whole), "{n_whole}");
    }
}
