//! From columns to numbers, with everything learnt from the training rows alone.
//!
//! - A numeric feature: missing values become the training median; then the training mean is taken
//!   off and the result is divided by the training standard deviation (population form). A feature
//!   that is constant in training becomes 0.
//! - A categorical feature: one column for each level that occurs in training. A missing value, and a
//!   level that does not occur in training, is 0 in all of them.
//! - The pixels of images: all those of a channel alike ([`pixels`]).

pub(crate) mod pixels;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::dataset::Dataset;
use crate::preprocess::pixels::PixelScaling;

/// How features are prepared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PreprocessSpec {
    /// Standardise numeric features; default true. Without it they are only imputed.
    pub standardise: bool,
    /// How the pixels of images are standardised; default `channels`. Nothing to the rows of tables.
    #[serde(skip_serializing_if = "PixelScaling::is_channels")]
    pub pixels: PixelScaling,
}

impl PreprocessSpec {
    /// Raised when features are prepared to other numbers.
    pub const VERSION: u32 = 1;

    /// Whether pixels of images are prepared otherwise than the columns of a table.
    pub fn scales_pixels(&self) -> bool {
        self.standardise && self.pixels != PixelScaling::Columns
    }
}

impl Default for PreprocessSpec {
    fn default() -> Self {
        PreprocessSpec { standardise: true, pixels: PixelScaling::default() }
    }
}

/// Prepared features.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// Columns of `values`.
    pub n_columns: usize,
    /// `[n_rows, n_columns]`, row by row; finite.
    pub values: Vec<f32>,
}

/// What was learnt from the training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocessor {
    columns: Vec<Fitted>,
    n_columns: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Fitted {
    Numeric {
        median: f64,
        mean: f64,
        scale: f64,
    },
    /// The output column of each level, if it occurs in training.
    Categorical {
        positions: Vec<Option<usize>>,
    },
    /// No feature.
    UnlabelledRows,
}

impl Preprocessor {
    /// Learns from the rows `rows` of `dataset`; the columns `not_features` are left out. Rows that are images are
    /// prepared as such if `as_images` says so.
    pub fn fit(
        dataset: &Dataset,
        rows: &[u32],
        not_features: &[&str],
        spec: &PreprocessSpec,
        as_images: bool,
    ) -> Self {
        let shape = dataset.image.filter(|_| as_images);
        let pixels = shape.and_then(|shape| spec.pixels.fit(dataset, &shape, rows));
        let mut n_columns = 0;
        let fit = |(i, column): (usize, &Column)| match column {
            _ if not_features.contains(&column.name()) => Fitted::UnlabelledRows,
            Column::Numeric { values, .. } => {
                n_columns += 1;
                match &pixels {
                    Some(pixels) => pixels[i].clone(),
                    None => fit_numeric(values, rows, spec),
                }
            }
            Column::Categorical { levels, codes, .. } => {
                let mut positions = vec![None; levels.len()];
                for code in rows.iter().filter_map(|&row| codes[row as usize]) {
                    positions[code as usize] = Some(0);
                }
                for position in positions.iter_mut().flatten() {
                    *position = n_columns;
                    n_columns += 1;
                }
                Fitted::Categorical { positions }
            }
        };
        let columns = dataset.columns.iter().enumerate().map(fit).collect();
        Preprocessor { columns, n_columns }
    }

    /// The output columns of each categorical feature, one for each level that occurs in training; a feature of which no
    /// level occurs has none, and is left out.
    pub fn one_hot(&self) -> Vec<Range<usize>> {
        let columns = |fitted: &Fitted| match fitted {
            Fitted::Categorical { positions } => {
                let first = positions.iter().flatten().min()?;
                Some(*first..first + positions.iter().flatten().count())
            }
            Fitted::Numeric { .. } | Fitted::UnlabelledRows => None,
        };
        self.columns.iter().filter_map(columns).collect()
    }

    /// What a 0 of each numeric feature becomes: a pixel where an image has nothing.
    pub fn blank(&self) -> Vec<f32> {
        let of = |fitted: &Fitted| match fitted {
            Fitted::Numeric { mean, scale, .. } => Some((-mean * scale) as f32),
            Fitted::Categorical { .. } | Fitted::UnlabelledRows => None,
        };
        self.columns.iter().filter_map(of).collect()
    }

    /// Prepares the rows `rows` of the data set it was fitted to.
    pub fn transform(&self, dataset: &Dataset, rows: &[u32]) -> Features {
        let n_columns = self.n_columns;
        let mut values = vec![0.0; rows.len() * n_columns];
        // Of many columns, a value here and its neighbour below lie far apart: rows are filled a few at a time.
        let filled = values.chunks_mut((ROWS_AT_ONCE * n_columns).max(1));
        for (rows, values) in rows.chunks(ROWS_AT_ONCE).zip(filled) {
            self.fill(dataset, rows, values);
        }
        Features { n_columns, values }
    }

    fn fill(&self, dataset: &Dataset, rows: &[u32], values: &mut [f32]) {
        let n_columns = self.n_columns;
        let mut first = 0;
        for (fitted, column) in self.columns.iter().zip(&dataset.columns) {
            match (fitted, column) {
                (
                    Fitted::Numeric { median, mean, scale },
                    Column::Numeric { values: column, .. },
                ) => {
                    for (i, &row) in rows.iter().enumerate() {
                        let x = column[row as usize];
                        let x = if x.is_nan() { *median } else { x };
                        values[i * n_columns + first] = ((x - mean) * scale) as f32;
                    }
                    first += 1;
                }
                (Fitted::Categorical { positions }, Column::Categorical { codes, .. }) => {
                    for (i, &row) in rows.iter().enumerate() {
                        let position =
                            codes[row as usize].and_then(|code| positions[code as usize]);
                        if let Some(position) = position {
                            values[i * n_columns + position] = 1.0;
                        }
                    }
                    first += positions.iter().flatten().count();
                }
                (Fitted::UnlabelledRows, _) => {}
                _ => unreachable!("a preprocessor is used on the data set it was fitted to"),
            }
        }
    }
}

/// So many lines of a cache hold one column of them.
const ROWS_AT_ONCE: usize = 128;

impl Fitted {
    /// A column of this mean and variance that is to have 0 and 1, or 0 throughout if it is constant; what is missing is
    /// `missing`.
    fn standardising(missing: f64, mean: f64, variance: f64) -> Self {
        // Rounding leaves a constant feature a variance of about (mean 2^-52)^2.
        let is_constant = variance.sqrt() <= 1e-12 * mean.abs();
        let scale = if is_constant { 0.0 } else { 1.0 / variance.sqrt() };
        Fitted::Numeric { median: missing, mean, scale }
    }
}

fn fit_numeric(values: &[f64], rows: &[u32], spec: &PreprocessSpec) -> Fitted {
    let mut known: Vec<f64> =
        rows.iter().map(|&row| values[row as usize]).filter(|x| !x.is_nan()).collect();
    let n_missing = rows.len() - known.len();
    known.sort_unstable_by(f64::total_cmp);
    let median = match (known.len(), known.len() / 2) {
        (0, _) => 0.0,
        (n, half) if n % 2 == 0 => f64::midpoint(known[half - 1], known[half]),
        (_, half) => known[half],
    };
    if !spec.standardise || known.is_empty() {
        return Fitted::Numeric {
            median,
            mean: 0.0,
            scale: if known.is_empty() { 0.0 } else { 1.0 },
        };
    }
    known.extend(std::iter::repeat_n(median, n_missing));
    let n = known.len() as f64;
    let mean = known.iter().sum::<f64>() / n;
    let variance = known.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    Fitted::standardising(median, mean, variance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::ClassLabels;

    fn dataset(x: &[f64], levels: &[Option<&str>]) -> Dataset {
        let columns = vec![
            Column::Numeric { name: "x".to_owned(), values: x.to_vec() },
            Column::from_texts("c".to_owned(), levels.iter().copied()),
        ];
        let labels: Vec<&str> = x.iter().map(|_| "a").collect();
        Dataset::new("t", columns, ClassLabels::of(labels), None)
    }

    #[test]
    fn features_are_imputed_standardised_and_spread() {
        let data = dataset(&[1.0, 3.0, f64::NAN, 9.0], &[Some("u"), Some("v"), None, Some("w")]);
        let fitted = Preprocessor::fit(&data, &[0, 1, 2], &[], &PreprocessSpec::default(), false);
        let features = fitted.transform(&data, &[0, 1, 2, 3]);
        assert_eq!(features.n_columns, 3);
        let scale = 1.5_f64.sqrt() as f32;
        // Median and mean are 2, the variance is 2/3; the level w was not seen in training.
        let expected = [-scale, 1.0, 0.0, scale, 0.0, 1.0, 0.0, 0.0, 0.0, 7.0 * scale, 0.0, 0.0];
        for (value, expected) in features.values.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6, "{features:?}");
        }
    }

    #[test]
    fn a_column_that_is_no_feature_is_left_out() {
        let data = dataset(&[1.0, 3.0, 2.0], &[Some("u"), Some("v"), None]);
        let n_columns = |not_features: &[&str]| {
            let spec = PreprocessSpec::default();
            let fitted = Preprocessor::fit(&data, &[0, 1, 2], not_features, &spec, false);
            fitted.transform(&data, &[0, 1, 2]).n_columns
        };
        assert_eq!([&[][..], &["x"], &["c"], &["x", "c"]].map(n_columns), [3, 2, 1, 0]);
    }

    #[test]
    fn the_columns_of_each_categorical_feature_are_told() {
        let levels = |levels: [&'static str; 3]| levels.map(Some).into_iter();
        let columns = vec![
            Column::from_texts("a".to_owned(), levels(["u", "v", "w"])),
            Column::Numeric { name: "x".to_owned(), values: vec![1.0, 3.0, 2.0] },
            Column::from_texts("b".to_owned(), levels(["u", "v", "u"])),
            Column::from_texts("none".to_owned(), [None; 3].into_iter()),
            Column::from_texts("c".to_owned(), levels(["u", "u", "v"])),
        ];
        let data = Dataset::new("t", columns, ClassLabels::of(vec!["a"; 3]), None);
        let one_hot = |rows: &[u32], not_features: &[&str]| {
            let spec = PreprocessSpec::default();
            Preprocessor::fit(&data, rows, not_features, &spec, false).one_hot()
        };
        assert_eq!(one_hot(&[0, 1, 2], &[]), [0..3, 4..6, 6..8]);
        assert_eq!(one_hot(&[2, 0], &["b"]), [0..2, 3..5]);
        assert_eq!(one_hot(&[1], &["x", "a"]), [0..1, 1..2]);
    }

    #[test]
    fn test_rows_never_change_what_was_fitted() {
        let levels = [Some("u"), Some("v"), Some("u"), Some("v")];
        let fit = |x| {
            Preprocessor::fit(
                &dataset(&[1.0, 3.0, 2.0, x], &levels),
                &[0, 1, 2],
                &[],
                &PreprocessSpec::default(),
                false,
            )
        };
        assert_eq!(fit(4.0), fit(1e9));
    }

    #[test]
    fn a_constant_or_missing_feature_becomes_zero() {
        for x in [0.1, f64::NAN] {
            let data = dataset(&[x; 7], &[None; 7]);
            let rows = [0, 1, 2, 3, 4, 5, 6];
            let features = Preprocessor::fit(&data, &rows, &[], &PreprocessSpec::default(), false)
                .transform(&data, &rows);
            assert_eq!(features.values, [0.0; 7], "{x}");
        }
    }
}
