//! A shifted image, which is a random crop of one with a border of nothing around it.
//!
//! ```text
//! a, b ~ U{-n, ..., n}                                the corner of the crop
//! x̃[r, c] = x[r + a, c + b]     where that is inside, and else black
//! ```
//!
//! - `x`: an image of `H` lines of `W` pixels; all channels of a pixel go together
//! - black: what the preparation makes of a pixel that is 0, so that the border is that of an image that was padded before
//! - `n`: 4 for the 32 x 32 pixels of CIFAR (He et al.), 2 for 28 x 28
//!
//! Source: He, Zhang, Ren, Sun, *Deep Residual Learning for Image Recognition*, CVPR 2016, section 4.2; torchvision,
//! `transforms.RandomCrop(size, padding = n)`, which pads with 0 and draws the corner of the crop uniformly.

use nn::{Real, Stream};

use crate::mixing::Pixels;

/// Which line and pixel of the padded image are the first of the crop: `n` where nothing is shifted, at most `2 n`.
pub(super) fn draw(n: usize, stream: &mut Stream) -> [usize; 2] {
    [(); 2].map(|()| stream.below(2 * n + 1))
}

/// Puts into `image` the crop that begins at `corner` of `original` with a border of `n` pixels of `blank`; `n` is smaller than
/// the image.
pub(super) fn shift<T: Real>(
    image: &mut [T],
    original: &[T],
    blank: &[T],
    pixels: &Pixels,
    (n, corner): (usize, [usize; 2]),
) {
    let Pixels { height, width, depth, .. } = *pixels;
    let [down, right] = corner;
    let of_line = width * depth;
    // The columns of the image whose source is inside.
    let inside = n.saturating_sub(right)..width.min(width + n - right);
    image.copy_from_slice(blank);
    for (i, line) in image.chunks_exact_mut(of_line).enumerate() {
        let (plane, r) = (i / height, i % height);
        let Some(source) = (r + down).checked_sub(n).filter(|&source| source < height) else {
            continue;
        };
        let from = (plane * height + source) * of_line + (inside.start + right - n) * depth;
        line[inside.start * depth..inside.end * depth]
            .copy_from_slice(&original[from..][..inside.len() * depth]);
    }
}

#[cfg(test)]
mod tests {
    use nn::Streams;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_pixel_comes_from_its_place_or_is_blank(
            (height, width) in (2_usize..7, 2_usize..7),
            (planes, depth) in (1_usize..4, 1_usize..4),
            n in 0_usize..6,
            (down, right) in (0_usize..11, 0_usize..11),
        ) {
            let n = 1 + n % (height.min(width) - 1);
            let (down, right) = (down % (2 * n + 1), right % (2 * n + 1));
            let pixels = Pixels { planes, height, width, depth };
            let n_values = planes * height * width * depth;
            let original: Vec<f64> = (0..n_values).map(|i| i as f64).collect();
            let blank: Vec<f64> = (0..n_values).map(|i| -1.0 - i as f64).collect();
            let mut image = vec![f64::NAN; n_values];
            shift(&mut image, &original, &blank, &pixels, (n, [down, right]));
            for i in 0..n_values {
                let (column, line) = (i / depth % width, i / depth / width % height);
                let plane = i / depth / width / height;
                // In the padded image, whose border is `n` wide.
                let (padded_line, padded_column) = (line + down, column + right);
                let is_inside = (n..n + height).contains(&padded_line)
                    && (n..n + width).contains(&padded_column);
                let expected = if is_inside {
                    let pixel = (plane * height + padded_line - n) * width + padded_column - n;
                    original[pixel * depth + i % depth]
                } else {
                    blank[i]
                };
                prop_assert_eq!(image[i], expected);
            }
        }
    }

    #[test]
    fn shifts_are_uniform_in_both_directions() {
        let mut stream = Streams::new([3; 32]).stream("t");
        let mut seen = [[0; 5]; 5];
        for _ in 0..25_000 {
            let [down, right] = draw(2, &mut stream);
            seen[down][right] += 1;
        }
        // Six standard deviations of a binomial: 6 sqrt(25,000 / 25 * 24 / 25).
        assert!(seen.as_flattened().iter().all(|n| (814..=1186).contains(n)), "{seen:?}");
    }
}
