//! Brings an image to another size by the triangle filter: linear interpolation where it grows, an
//! average that falls off linearly where it shrinks.
//!
//! Along a line of `n` pixels that becomes one of `m`, with `r = n / m` and `s = max(r, 1)`,
//!
//! ```text
//! c_j  = (j + 1/2) r                                    the centre of the new pixel j
//! w_ij = max(0, 1 - |i - (c_j - 1/2)| / s)              for floor(c_j - s) <= i < ceil(c_j + s) within the line
//! x'_j = sum_i (w_ij / sum_k w_kj) x_i
//! ```
//!
//! first down the columns, then, unrounded, along the lines, and rounded to the nearest value, halves
//! away from 0. All is in single precision, in this order and without fused multiply-adds, so that
//! the bits are those of the crate image 0.25 (`imageops::resize` with `FilterType::Triangle`).

/// The part of a line of which a new pixel is made, and how much each pixel counts.
struct Window {
    from: usize,
    weights: Vec<f32>,
}

/// Resizes `values`, which follow each other line by line and, of a pixel, channel by channel.
pub(crate) fn resize(
    values: &[u16],
    channels: usize,
    [width, height]: [usize; 2],
    [new_width, new_height]: [usize; 2],
) -> Vec<u16> {
    let n_line = width * channels;
    assert_eq!(values.len(), n_line * height, "an image has as many values as its size says");
    let across = windows(width, new_width);
    let mut line = vec![0.0_f32; n_line];
    let mut resized = Vec::with_capacity(new_width * new_height * channels);
    // Line by line, because the columns of all new lines may be far more than the image and what it becomes.
    for window in windows(height, new_height) {
        line.fill(0.0);
        let lines = values[window.from * n_line..].chunks_exact(n_line);
        for (&weight, old) in window.weights.iter().zip(lines) {
            for (sum, &x) in line.iter_mut().zip(old) {
                *sum += f32::from(x) * weight;
            }
        }
        for window in &across {
            for channel in 0..channels {
                let old = line[window.from * channels + channel..].iter().step_by(channels);
                let mut sum = 0.0;
                for (&weight, &x) in window.weights.iter().zip(old) {
                    sum += x * weight;
                }
                resized.push(sum.clamp(0.0, f32::from(u16::MAX)).round() as u16);
            }
        }
    }
    resized
}

/// The windows of a line of `n` pixels that becomes one of `new_n`.
fn windows(n: usize, new_n: usize) -> Vec<Window> {
    let ratio = n as f32 / new_n as f32;
    let scale = ratio.max(1.0);
    let window = |j: usize| {
        let centre = (j as f32 + 0.5) * ratio;
        let from = ((centre - scale).floor() as usize).min(n - 1);
        let to = ((centre + scale).ceil() as usize).clamp(from + 1, n);
        let weight = |i: usize| (1.0 - ((i as f32 - (centre - 0.5)) / scale).abs()).max(0.0);
        let mut weights: Vec<f32> = (from..to).map(weight).collect();
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        Window { from, weights }
    };
    (0..new_n).map(window).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: u32) -> Vec<u16> {
        (1..=n).map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as u16).collect()
    }

    #[test]
    fn an_image_of_one_value_stays_one() {
        for (old, new) in [([1, 1], [5, 3]), ([7, 4], [3, 9]), ([5, 5], [2, 2]), ([2, 9], [9, 1])] {
            for value in [0, 1, 12_345, u16::MAX] {
                let resized = resize(&vec![value; old[0] * old[1] * 3], 3, old, new);
                assert_eq!(resized, vec![value; new[0] * new[1] * 3], "{old:?} {new:?}");
            }
        }
    }

    #[test]
    fn half_a_line_weighs_its_four_nearest_pixels() {
        // Their weights are 1, 3, 3 and 1; at an end one pixel is not there, and they are 3, 3 and 1.
        let resized = resize(&[560, 560, 1120, 560, 1120, 560], 1, [6, 1], [3, 1]);
        assert_eq!(resized, [640, 840, 800]);
    }

    #[test]
    fn twice_a_line_lies_between_its_pixels() {
        let resized = resize(&[0, 400, 200], 1, [3, 1], [6, 1]);
        assert_eq!(resized, [0, 100, 300, 350, 250, 200]);
    }

    #[test]
    fn channels_are_resized_one_by_one_and_lines_as_columns() {
        let values = noise(7 * 5);
        let channels: Vec<u16> = values.iter().flat_map(|&x| [x, 0, u16::MAX]).collect();
        let grey = resize(&values, 1, [7, 5], [3, 8]);
        let expected: Vec<u16> = grey.iter().flat_map(|&x| [x, 0, u16::MAX]).collect();
        assert_eq!(resize(&channels, 3, [7, 5], [3, 8]), expected);
        assert_eq!(resize(&values, 1, [35, 1], [11, 1]), resize(&values, 1, [1, 35], [1, 11]));
    }

    /// What image 0.25.10 makes of the same values, bit for bit.
    #[test]
    fn images_become_what_the_crate_image_makes_of_them() {
        let grey = |old: [usize; 2], new| resize(&noise((old[0] * old[1]) as u32), 1, old, new);
        assert_eq!(grey([6, 4], [3, 2]), [34_375, 34_479, 30_571, 32_411, 39_537, 31_282]);
        assert_eq!(
            grey([3, 2], [5, 4]),
            [
                40_503, 30_490, 15_470, 39_772, 55_974, 38_113, 28_099, 13_080, 37_382, 53_584,
                33_332, 23_319, 8_299, 32_601, 48_803, 30_941, 20_928, 5_909, 30_211, 46_412
            ]
        );
        assert_eq!(
            grey([7, 5], [3, 8]),
            [
                33_090, 30_941, 28_793, 36_300, 31_862, 25_859, 40_300, 32_696, 23_423, 39_035,
                29_193, 36_785, 36_306, 28_099, 38_445, 32_114, 29_415, 28_402, 35_822, 30_730,
                23_625, 39_032, 31_651, 20_691
            ]
        );
        assert_eq!(
            grey([4, 4], [4, 2]),
            [25_155, 28_209, 40_626, 43_680, 17_605, 30_021, 33_076, 45_492]
        );
        assert_eq!(grey([9, 9], [1, 1]), [32_721]);
        let colour =
            |old: [usize; 2], new| resize(&noise((old[0] * old[1] * 3) as u32), 3, old, new);
        assert_eq!(
            colour([5, 3], [2, 2]),
            [
                37_589, 23_728, 45_241, 18_466, 40_352, 33_937, 29_961, 34_717, 28_303, 38_765,
                23_414, 44_926
            ]
        );
        assert_eq!(
            colour([2, 2], [3, 1]),
            [30_942, 38_677, 46_413, 26_161, 33_896, 41_632, 21_380, 29_116, 36_851]
        );
    }
}
