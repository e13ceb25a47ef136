//! A mirrored image: left becomes right.
//!
//! ```text
//! x̃[r, c] = x[r, W - 1 - c]
//! ```
//!
//! - `x`: an image of `H` lines of `W` pixels; all channels of a pixel go together
//!
//! Source: Krizhevsky, Sutskever, Hinton, *ImageNet Classification with Deep Convolutional Neural Networks*, NIPS 2012
//! (horizontal reflections); He, Zhang, Ren, Sun, *Deep Residual Learning for Image Recognition*, CVPR 2016, section 4.2 (every
//! second image).
//! Trap: digits and letters are not what they were in a mirror.

use crate::mixing::Pixels;

/// Mirrors `image`.
pub(super) fn flip<T>(image: &mut [T], pixels: &Pixels) {
    for line in image.chunks_exact_mut(pixels.width * pixels.depth) {
        // Reversed as a whole, the channels of each pixel are reversed too, and once more are as they were.
        line.reverse();
        line.chunks_exact_mut(pixels.depth).for_each(<[T]>::reverse);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_mirrored_and_their_channels_stay() {
        let mut image: Vec<u32> = (0..12).collect();
        flip(&mut image, &Pixels { planes: 1, height: 2, width: 3, depth: 2 });
        assert_eq!(image, [4, 5, 2, 3, 0, 1, 10, 11, 8, 9, 6, 7]);
        flip(&mut image, &Pixels { planes: 1, height: 2, width: 3, depth: 2 });
        assert_eq!(image, (0..12).collect::<Vec<u32>>());
        let mut planes: Vec<u32> = (0..12).collect();
        flip(&mut planes, &Pixels { planes: 2, height: 2, width: 3, depth: 1 });
        assert_eq!(planes, [2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9]);
    }
}
