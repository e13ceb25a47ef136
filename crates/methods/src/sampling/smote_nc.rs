//! SMOTE of nominal and continuous features: made rows have one category of each feature, that of most neighbours.
//!
//! ```text
//! x'[c] = x_i[c] + u (x_j[c] - x_i[c]),   u ~ U(0, 1)            c continuous, j one of the k nearest of i
//! x'[g] = the x_j[g] that most of the k nearest of i have        g categorical
//! ‖i - j‖² = Σ_c (x_i[c] - x_j[c])² + s² |{g : x_i[g] ≠ x_j[g]}|
//! s = median_c of the standard deviation of x[c] in the class
//! ```
//!
//! - `x_i`: a row of the class, preprocessed: continuous features are standardised, and of each categorical one the columns
//!   `one_hot[g]` are 1 in the row's category and 0 in the others; `i` and `j` are drawn alike for each point
//! - `k`: nearest rows of the class, 5 as in the paper; a class of `n` rows has `n - 1` at the most
//! - `s`: of the class that is filled up, population form; of an even number of features the mean of the two in the middle
//! - of categories that equally many neighbours have, the row's own is taken if it is among them, or else the first; a
//!   value that is missing is a category like the others
//! - every class is brought to the size of the largest, once, before the first epoch; then every row, made or not, is seen
//!   once an epoch
//!
//! Without categorical features it is `smote`, to the bit. Without continuous ones there is no `s`, and any number above 0
//! gives the same neighbours, those that differ in the fewest features: `s` is 1. A class with a single row has no
//! neighbours, and stays as it is.
//!
//! Source: Chawla, Bowyer, Hall, Kegelmeyer, *SMOTE: Synthetic Minority Over-sampling Technique*, JAIR 2002, section 6.1.
//! Differs: the paper has one minority class and no word on ties; here each class has its own `s`, and nothing but `i`, `j`
//! and `u` is drawn. imbalanced-learn draws the category among equally frequent ones, and refuses a table without
//! continuous features; before 0.12 two categories were `s / √2` apart in it, and `s` was that of the smallest class.
//! Trap: a nominal feature that is written in numbers is continuous until the data set says that it is `categorical`.
//! Trap: features that are not standardised (`preprocess.standardise = false`) have deviations of any size, and the median
//! of them weighs a category far too much or not at all. If most of them are constant in the class, `s` is 0.

use std::f64::consts::SQRT_2;
use std::num::NonZeroUsize;
use std::ops::{Range, RangeInclusive};

use nn::{Matrix, Streams};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::examples::Examples;
use crate::losses::class_weights::median;
use crate::sampling::by_class::members;
use crate::sampling::definition::{Definition, Resampled, Resampling};
use crate::sampling::neighbors::nearest;
use crate::sampling::synthesis::{Synthesis, filled, missing};
use crate::setting::counts_of;

/// Parameters of SMOTE of nominal and continuous features.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmoteNc {
    /// Neighbours of a row that points are made towards and that choose its categories; default 5.
    pub k: NonZeroUsize,
}

impl Default for SmoteNc {
    fn default() -> Self {
        SmoteNc { k: NonZeroUsize::new(5).expect("5 > 0") }
    }
}

impl Definition for SmoteNc {
    fn code(&self) -> &'static str {
        include_str!("smote_nc.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn resampling(&self) -> Option<&dyn Resampling> {
        Some(self)
    }
}

impl Resampling for SmoteNc {
    fn resample(
        &self,
        train: &Examples<f32>,
        one_hot: &[Range<usize>],
        n_classes: usize,
        streams: &Streams,
    ) -> Result<Resampled, MethodError> {
        let mut stream = streams.stream("resample");
        let mut made = Synthesis::of(train);
        let members = members(&train.targets, n_classes);
        for (class, n_made) in missing(&counts_of(&train.targets, n_classes)) {
            let rows = &members[class as usize];
            let places = places(&train.features, rows, one_hot);
            let of_class: Vec<u32> = (0..rows.len() as u32).collect();
            let neighbors: Vec<Vec<u32>> = nearest(&places, &of_class, &of_class, self.k.get())
                .into_iter()
                .map(|near| near.into_iter().map(|at| rows[at as usize]).collect())
                .collect();
            for _ in 0..n_made {
                let i = stream.below(rows.len());
                let j = neighbors[i][stream.below(neighbors[i].len())];
                let row = made.between(rows[i], j, stream.uniform() as f32);
                for columns in one_hot {
                    let category = voted(&train.features, columns, rows[i], &neighbors[i]);
                    let values = &mut row[columns.clone()];
                    values.fill(0.0);
                    if let Some(value) = values.get_mut(category) {
                        *value = 1.0;
                    }
                }
            }
        }
        Ok(made.finish())
    }

    fn bounds(&self, counts: &[u32]) -> Vec<RangeInclusive<u32>> {
        filled(counts).into_iter().map(|n| n..=n).collect()
    }
}

/// The category of `row` among the columns of a feature, or their number where it has none.
fn category(features: &Matrix<f32>, columns: &Range<usize>, row: u32) -> usize {
    let values = &features.row(row as usize)[columns.clone()];
    values.iter().position(|&value| 0.5 < value).unwrap_or(columns.len())
}

/// The category that most of `near` have; of equally frequent ones that of `row`, or else the first.
fn voted(features: &Matrix<f32>, columns: &Range<usize>, row: u32, near: &[u32]) -> usize {
    let mut votes = vec![0_usize; columns.len() + 1];
    for &other in near {
        votes[category(features, columns, other)] += 1;
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    let own = category(features, columns, row);
    let first = votes.iter().position(|&n| n == most).unwrap_or(own);
    if votes[own] == most { own } else { first }
}

/// Points whose Euclidean distances are those of `rows`, one for each. Of every categorical feature they have a column for
/// each category, and one for none, with `s / √2` in that of the row: two rows that differ have two such sides between
/// them.
fn places(features: &Matrix<f32>, rows: &[u32], one_hot: &[Range<usize>]) -> Matrix<f32> {
    let is_continuous = |column: &usize| !one_hot.iter().any(|columns| columns.contains(column));
    let continuous: Vec<usize> = (0..features.n_columns()).filter(is_continuous).collect();
    let side = (apart(features, rows, &continuous) / SQRT_2) as f32;
    let n_sides: usize = one_hot.iter().map(|columns| columns.len() + 1).sum();
    let n_columns = continuous.len() + n_sides;
    let mut values = Vec::with_capacity(rows.len() * n_columns);
    for &row in rows {
        values.extend(continuous.iter().map(|&column| features.row(row as usize)[column]));
        for columns in one_hot {
            let start = values.len();
            values.resize(start + columns.len() + 1, 0.0);
            values[start + category(features, columns, row)] = side;
        }
    }
    Matrix::from_values(n_columns, values)
}

/// The distance `s` of two categories.
fn apart(features: &Matrix<f32>, rows: &[u32], continuous: &[usize]) -> f64 {
    let deviation = |&column: &usize| {
        let values = || rows.iter().map(|&row| f64::from(features.row(row as usize)[column]));
        let n = rows.len() as f64;
        let mean = values().sum::<f64>() / n;
        (values().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt()
    };
    let deviations: Vec<f64> = continuous.iter().map(deviation).collect();
    if deviations.is_empty() { 1.0 } else { median(&deviations) }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;
    use crate::sampling::Smote;
    use crate::sampling::neighbors::squared_distance;

    /// Columns of the two categorical features of [`train`]; 0, 4 and 7 are continuous.
    const ONE_HOT: [Range<usize>; 2] = [1..4, 5..7];
    const CONTINUOUS: [usize; 3] = [0, 4, 7];

    /// 40 rows of class 0, 12 of class 1 and one of class 2.
    fn train() -> Examples<f32> {
        let mut stream = Streams::new([5; 32]).stream("rows");
        let mut values = Vec::new();
        for _ in 0..53 {
            let mut row = [0.0; 8];
            for column in CONTINUOUS {
                row[column] = stream.normal() as f32;
            }
            row[1 + stream.below(3)] = 1.0;
            row[5 + stream.below(2)] = 1.0;
            values.extend(row);
        }
        let targets = (0..53).map(|i| if i == 9 { 2 } else { u32::from(i % 4 == 1 && i < 52) });
        Examples { features: Matrix::from_values(8, values), targets: targets.collect() }
    }

    fn resampled(train: &Examples<f32>, one_hot: &[Range<usize>], k: usize) -> Resampled {
        let smote_nc = SmoteNc { k: NonZeroUsize::new(k).unwrap() };
        smote_nc.resample(train, one_hot, 3, &Streams::new([3; 32])).unwrap()
    }

    /// The nearest rows of class 1 to `row`, by the formula.
    fn nearest_by_formula(train: &Examples<f32>, row: u32, s: f64, k: usize) -> Vec<u32> {
        let of_class = (0..53).filter(|&other| train.targets[other as usize] == 1 && other != row);
        let mut measured: Vec<(f64, u32)> = of_class
            .map(|other| {
                let (a, b) = (train.features.row(row as usize), train.features.row(other as usize));
                let square = |column: usize| (f64::from(a[column]) - f64::from(b[column])).powi(2);
                let n_differing =
                    ONE_HOT.into_iter().filter(|c| a[c.clone()] != b[c.clone()]).count();
                (CONTINUOUS.map(square).iter().sum::<f64>() + s * s * n_differing as f64, other)
            })
            .collect();
        measured.sort_by(|a, b| a.0.total_cmp(&b.0));
        measured.into_iter().take(k).map(|(_, other)| other).collect()
    }

    #[test]
    fn without_categories_it_is_smote_to_the_bit() {
        let train = train();
        for k in [1, 2, 5, 100] {
            let smote = Smote { k: NonZeroUsize::new(k).unwrap() };
            let expected = smote.resample(&train, &[], 3, &Streams::new([3; 32])).unwrap();
            assert_eq!(resampled(&train, &[], k), expected, "{k}");
            assert_ne!(resampled(&train, &ONE_HOT, k), expected, "{k}");
        }
    }

    #[test]
    fn classes_become_as_large_as_the_largest_and_a_single_row_stays_alone() {
        let train = train();
        let Resampled { examples, origins } = resampled(&train, &ONE_HOT, 5);
        assert_eq!(counts_of(&train.targets, 3), [40, 12, 1]);
        assert_eq!(counts_of(&examples.targets, 3), [40, 40, 1]);
        assert_eq!(SmoteNc::default().bounds(&[40, 12, 1]), [40..=40, 40..=40, 1..=1]);
        assert!(origins.iter().take(53).copied().eq(0..53));
        assert_eq!(examples.features.values()[..53 * 8], *train.features.values());
    }

    #[test]
    fn made_rows_lie_towards_a_neighbour_and_have_the_categories_of_most() {
        let train = train();
        let rows = &members(&train.targets, 3)[1];
        let s = apart(&train.features, rows, &CONTINUOUS);
        for k in [1, 2, 5] {
            let Resampled { examples, origins } = resampled(&train, &ONE_HOT, k);
            for (at, &origin) in origins.iter().enumerate().skip(53) {
                assert_eq!((train.targets[origin as usize], examples.targets[at]), (1, 1));
                let (x, from) = (examples.features.row(at), train.features.row(origin as usize));
                let near = nearest_by_formula(&train, origin, s, k);
                let is_towards = |&j: &u32| {
                    let to = train.features.row(j as usize);
                    let share = (x[0] - from[0]) / (to[0] - from[0]);
                    // Two roundings of numbers below 8, and those of the share.
                    let is_near =
                        |c: usize| (x[c] - (from[c] + share * (to[c] - from[c]))).abs() < 1e-5;
                    (0.0..1.0).contains(&share) && CONTINUOUS.into_iter().all(is_near)
                };
                assert!(near.iter().any(is_towards), "{k}: row {at}");
                for columns in ONE_HOT {
                    let values = &x[columns.clone()];
                    assert_eq!(values.iter().filter(|&&value| value == 1.0).count(), 1, "{x:?}");
                    assert_eq!(
                        values.iter().filter(|&&value| value == 0.0).count(),
                        values.len() - 1
                    );
                    let of = |row: u32| category(&train.features, &columns, row);
                    let n_having = |category| near.iter().filter(|&&j| of(j) == category).count();
                    let chosen = category(&examples.features, &columns, at as u32);
                    let most = (0..columns.len()).map(n_having).max();
                    assert_eq!(Some(n_having(chosen)), most, "{k}: row {at}");
                }
            }
        }
    }

    #[test]
    fn a_differing_category_is_as_far_as_the_median_deviation_of_the_class() {
        // Deviations of the rows 0, 1, 3 and 4 are 3, 1 and the root of 18.75; row 2 is of another class.
        let rows = [
            [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0],
            [0.0, 2.0, 0.0, 0.0, 1.0, 1.0, 0.0],
            [1e3, 1e4, 1e5, 1.0, 0.0, 1.0, 0.0],
            [6.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
            [6.0, 2.0, 10.0, 0.0, 1.0, 0.0, 1.0],
        ];
        let features = Matrix::<f32>::from_rows(&rows);
        let class = [0, 1, 3, 4];
        assert_eq!(apart(&features, &class, &[0, 1, 2]), 3.0);
        assert_eq!(apart(&features, &class, &[0, 1]), 2.0);
        let places = places(&features, &class, &[3..5, 5..7]);
        // Row 3 lacks the second category: that is as far from any as two others are.
        for (pair, square) in [
            ([0, 1], 4.0 + 9.0),
            ([0, 2], 36.0 + 9.0),
            ([0, 3], 140.0 + 18.0),
            ([2, 3], 104.0 + 18.0),
        ] {
            let distance = squared_distance(places.row(pair[0]), places.row(pair[1]));
            // A side is rounded to 32 bits.
            assert!((distance - square).abs() < 1e-5, "{pair:?}: {distance}, not {square}");
        }
    }

    #[test]
    fn most_neighbours_choose_and_of_equals_the_own_category_or_the_first() {
        let rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]];
        let features = Matrix::<f32>::from_rows(&rows);
        let voted = |own, near: &[u32]| voted(&features, &(0..3), own, near);
        assert_eq!(voted(0, &[2, 1, 2]), 2);
        assert_eq!(voted(2, &[1, 2, 2, 1, 0]), 2);
        assert_eq!(voted(0, &[2, 1, 2, 1, 0]), 1);
        assert_eq!(voted(3, &[3, 2, 3]), 3, "most lack it");
        assert_eq!(voted(3, &[2, 3]), 3);
        assert_eq!(voted(0, &[3, 2]), 2);
    }

    #[test]
    fn a_category_that_most_neighbours_lack_is_lacked() {
        // Of the three rows of class 1 the first alone has the category.
        let values = vec![0.0, 1.0, 1.0, 0.0, 2.0, 0.0];
        let rest = [5.0, 1.0].repeat(40);
        let features = Matrix::from_values(2, [values, rest].concat());
        let targets = (0..43).map(|i| u32::from(i < 3)).collect();
        let train = Examples { features, targets };
        let Resampled { examples, origins } = resampled(&train, from_ref(&(1..2)), 2);
        for (at, &origin) in origins.iter().enumerate().skip(43) {
            // Both neighbours of the first lack it; of those of the others one does, as they themselves do.
            assert_eq!(examples.features.row(at)[1], 0.0, "from {origin}");
        }
        assert!(origins[43..].contains(&0), "the first row is never drawn");
    }

    #[test]
    fn without_continuous_features_the_nearest_differ_in_the_fewest() {
        let row = |categories: [usize; 3]| categories.map(|c| [(1 - c) as f32, c as f32]).concat();
        let class = [[0, 0, 0], [0, 0, 1], [1, 1, 1]].map(row);
        let values = [class.concat(), [0.0; 6].repeat(60)].concat();
        let targets = (0..63).map(|i| u32::from(i < 3)).collect();
        let train = Examples { features: Matrix::from_values(6, values), targets };
        let Resampled { examples, origins } = resampled(&train, &[0..2, 2..4, 4..6], 1);
        let expected = [[0, 0, 1], [0, 0, 0], [0, 0, 1]].map(row);
        for (at, &origin) in origins.iter().enumerate().skip(63) {
            assert_eq!(examples.features.row(at), expected[origin as usize], "from {origin}");
        }
        assert!((0..3).all(|i| origins[63..].contains(&i)), "a row of the class is never drawn");
    }
}
