//! Pixels as numbers: all those of a channel alike, so that an image stays an image.
//!
//! ```text
//! channels   x̃ = (x - m_c) / s_c        m_c, s_c: mean and deviation of the channel c over all training rows
//! constants  x̃ = (x / u - m) / s        m, s: given; u: the first of 1, 255 and 65535 that no training value exceeds
//! columns    x̃ = (x - m_j) / s_j        m_j, s_j: those of the column j, as in a table
//! ```
//!
//! - `x`: the pixel as it is read; `c`: its channel; deviations are of the population form. A channel, or a column, that is
//!   constant in training becomes 0
//! - a missing pixel becomes what the mean of its channel becomes (`columns`: the median of its column)
//! - default `channels`, which needs no number; `constants` is what published runs do, with numbers of their own
//!
//! Source: torchvision, `transforms.ToTensor` (bytes over 255) and `transforms.Normalize`, whose constants are given by
//! channel; here one pair is for all channels.
//! Trap: column by column, a pixel of the border that is dark in nearly every image is divided by nearly nothing, and
//! neighbours are scaled differently: a filter, a shift or a flip then means another thing at every place.

use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::dataset::Dataset;
use crate::image_shape::ImageShape;
use crate::preprocess::Fitted;

/// How the pixels of images are scaled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PixelScaling {
    /// By one mean and one deviation a channel, learnt from the training rows.
    #[default]
    Channels,
    /// By one mean and one deviation that are given, of pixels from 0 to 1.
    Constants(PixelConstants),
    /// Every pixel by its own mean and deviation, as a column of a table.
    Columns,
}

/// What pixels from 0 to 1 are normalised by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PixelConstants {
    /// What is taken off, as in `{ mean = 0.2860, deviation = 0.3530 }` of Fashion-MNIST.
    pub mean: f64,
    /// What the rest is divided by, above 0.
    pub deviation: Deviation,
}

/// A finite number above 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Deviation(f64);

impl TryFrom<f64> for Deviation {
    type Error = String;
    fn try_from(deviation: f64) -> Result<Self, String> {
        if 0.0 < deviation && deviation.is_finite() {
            Ok(Deviation(deviation))
        } else {
            Err(format!("{deviation} is not a finite number above 0"))
        }
    }
}

impl From<Deviation> for f64 {
    fn from(deviation: Deviation) -> f64 {
        deviation.0
    }
}

impl PixelScaling {
    /// Raised when pixels become other numbers.
    pub const VERSION: u32 = 1;

    /// Whether nothing is to be written, so that the rows of tables are prepared as they were when there were no others.
    pub(super) fn is_channels(&self) -> bool {
        *self == PixelScaling::Channels
    }

    /// What every column of `dataset`, whose rows are images of this shape, is prepared by. `None` where each is by itself.
    pub(super) fn fit(
        &self,
        dataset: &Dataset,
        shape: &ImageShape,
        rows: &[u32],
    ) -> Option<Vec<Fitted>> {
        let of_channel = match self {
            PixelScaling::Columns => return None,
            PixelScaling::Channels => {
                (0..shape.channels).map(|channel| channels(dataset, shape, channel, rows)).collect()
            }
            PixelScaling::Constants(given) => {
                vec![constants(dataset, given, rows); shape.channels]
            }
        };
        let of_column = |column| of_channel[shape.channel_of(column)].clone();
        Some((0..dataset.columns.len()).map(of_column).collect())
    }
}

/// The known values of a column in `rows`.
fn known<'d>(column: &'d Column, rows: &'d [u32]) -> impl Iterator<Item = f64> + 'd {
    let values = match column {
        Column::Numeric { values, .. } => values.as_slice(),
        Column::Categorical { .. } => unreachable!("pixels are numbers"),
    };
    rows.iter().filter_map(|&row| values.get(row as usize)).copied().filter(|x| !x.is_nan())
}

fn channels(dataset: &Dataset, shape: &ImageShape, channel: usize, rows: &[u32]) -> Fitted {
    let of_channel = || {
        let columns = dataset.columns.iter().enumerate();
        columns.filter(|(i, _)| shape.channel_of(*i) == channel).map(|(_, column)| column)
    };
    let (n, sum) = of_channel()
        .flat_map(|column| known(column, rows))
        .fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x));
    if n == 0.0 {
        return Fitted::Numeric { median: 0.0, mean: 0.0, scale: 0.0 };
    }
    let mean = sum / n;
    let squares: f64 =
        of_channel().flat_map(|column| known(column, rows)).map(|x| (x - mean) * (x - mean)).sum();
    Fitted::standardising(mean, mean, squares / n)
}

fn constants(dataset: &Dataset, given: &PixelConstants, rows: &[u32]) -> Fitted {
    let values = || dataset.columns.iter().flat_map(|column| known(column, rows));
    let largest = values().fold(0.0, f64::max);
    let unit = [1.0, 255.0].into_iter().find(|&unit| largest <= unit).unwrap_or(65_535.0);
    let (n, sum) = values().fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x));
    let missing = if n == 0.0 { 0.0 } else { sum / n };
    // (x / u - m) / s with one subtraction and one product a pixel.
    Fitted::Numeric {
        median: missing,
        mean: unit * given.mean,
        scale: 1.0 / (unit * given.deviation.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::ClassLabels;
    use crate::preprocess::{PreprocessSpec, Preprocessor};

    /// Two images of two lines of two pixels of three channels, a value from 0 to 255 each, and one that is not learnt from.
    fn coloured(sizes: &[usize]) -> Dataset {
        let column = |i: usize| Column::Numeric {
            name: format!("pixel {i}"),
            values: vec![(i * 20) as f64, (i * i) as f64, 1e6],
        };
        let columns = (0..12).map(column).collect();
        Dataset::new("t", columns, ClassLabels::of(["a", "b", "b"]), None)
            .with_image(ImageShape::of_item(sizes))
    }

    fn prepared(dataset: &Dataset, pixels: PixelScaling) -> Vec<f32> {
        let spec = PreprocessSpec { pixels, ..PreprocessSpec::default() };
        Preprocessor::fit(dataset, &[0, 1], &[], &spec, true).transform(dataset, &[0, 1]).values
    }

    #[test]
    fn every_channel_has_mean_zero_and_deviation_one_over_the_training_rows() {
        for (sizes, of) in
            [([2, 2, 3], (|i| i % 12 % 3) as fn(usize) -> usize), ([3, 2, 2], |i| i % 12 / 4)]
        {
            let values = prepared(&coloured(&sizes), PixelScaling::Channels);
            for channel in 0..3 {
                let all = values.iter().enumerate().filter(|(i, _)| of(*i) == channel);
                let all: Vec<f64> = all.map(|(_, &x)| f64::from(x)).collect();
                let mean = all.iter().sum::<f64>() / 8.0;
                let square = all.iter().map(|x| x * x).sum::<f64>() / 8.0;
                assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6, "{mean} {square}");
            }
        }
    }

    #[test]
    fn nothing_is_what_a_dark_pixel_is() {
        let mut dataset = coloured(&[2, 2, 3]);
        for column in &mut dataset.columns {
            let Column::Numeric { values, .. } = column else { continue };
            values[0] = 0.0;
        }
        let constants = PixelConstants { mean: 0.25, deviation: Deviation(0.5) };
        for pixels in
            [PixelScaling::Channels, PixelScaling::Constants(constants), PixelScaling::Columns]
        {
            let spec = PreprocessSpec { pixels, ..PreprocessSpec::default() };
            let fitted = Preprocessor::fit(&dataset, &[0, 1], &[], &spec, true);
            assert_eq!(fitted.blank(), fitted.transform(&dataset, &[0]).values);
        }
    }

    #[test]
    fn constants_are_of_pixels_from_zero_to_one_however_they_are_stored() {
        let given =
            PixelScaling::Constants(PixelConstants { mean: 0.25, deviation: Deviation(0.5) });
        let bytes = coloured(&[2, 2, 3]);
        let mut parts = bytes.clone();
        for column in &mut parts.columns {
            let Column::Numeric { values, .. } = column else { continue };
            values.iter_mut().for_each(|x| *x /= 255.0);
        }
        let (of_bytes, of_parts) = (prepared(&bytes, given.clone()), prepared(&parts, given));
        for (i, (a, b)) in of_bytes.iter().zip(&of_parts).enumerate().take(12) {
            let expected = ((i * 20) as f32 / 255.0 - 0.25) / 0.5;
            assert!((a - expected).abs() < 1e-6 && (b - expected).abs() < 1e-6, "{i}: {a} {b}");
        }
    }

    #[test]
    fn equal_pixels_stay_equal_wherever_they_are() {
        let shape = ImageShape::of_item(&[2, 2]);
        let values = [[0.0, 0.5], [0.5, 0.5], [1.0, 0.5], [0.5, 0.0]];
        let column = |(i, values): (usize, &[f64; 2])| Column::Numeric {
            name: format!("pixel {i}"),
            values: values.to_vec(),
        };
        let columns = values.iter().enumerate().map(column).collect();
        let dataset = Dataset::new("t", columns, ClassLabels::of(["a", "b"]), None);
        let dataset = dataset.with_image(shape);
        let is_kept = |pixels| {
            let all = prepared(&dataset, pixels);
            let half = [1, 3, 4, 5, 6].map(|i| all[i]);
            half.iter().all(|x| *x == half[0])
        };
        assert!(is_kept(PixelScaling::Channels));
        assert!(!is_kept(PixelScaling::Columns));
    }

    #[test]
    fn a_missing_pixel_becomes_the_mean_and_a_constant_channel_zero() {
        let mut dataset = coloured(&[2, 2, 3]);
        for (i, column) in dataset.columns.iter_mut().enumerate() {
            let Column::Numeric { values, .. } = column else { continue };
            match i % 3 {
                0 => values[..2].fill(7.0),
                1 => values[0] = f64::NAN,
                _ => values[..2].fill(f64::NAN),
            }
        }
        let values = prepared(&dataset, PixelScaling::Channels);
        assert!((0..12).filter(|i| i % 3 != 1).all(|i| values[i] == 0.0 && values[12 + i] == 0.0));
        assert!([1, 4, 7, 10].iter().all(|&i| values[i] == 0.0), "{values:?}");
        let constants = PixelConstants { mean: 0.5, deviation: Deviation(0.5) };
        assert!(
            prepared(&dataset, PixelScaling::Constants(constants)).iter().all(|x| x.is_finite())
        );
    }
}
