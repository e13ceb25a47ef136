//! SMOTE: a small class is filled up with points between its rows and their neighbours.
//!
//! ```text
//! x' = x_i + u (x_j - x_i),   u ~ U(0, 1),   j one of the k nearest rows of the class of i
//! ```
//!
//! - `x_i`: features of a row of the class as they are learnt from, preprocessed, `[n_features]`; `i` and `j` are drawn
//!   alike for each point
//! - `k`: neighbours of a row, 5 as in the paper; a class of `n` rows has `n - 1` at the most
//! - every class is brought to the size of the largest, once, before the first epoch; then every row, made or not, is
//!   seen once an epoch
//!
//! A class with a single row has no neighbours, and stays as it is.
//!
//! Source: Chawla, Bowyer, Hall, Kegelmeyer, *SMOTE: Synthetic Minority Over-sampling Technique*, JAIR 2002.
//! Differs: the paper makes the same number of points from every row; here, as in imbalanced-learn, the row is drawn.
//! Differs: imbalanced-learn takes the first of `k + 1` neighbours for the row itself, which it need not be where rows
//! have copies; here it is left out by its number.
//! Trap: between two categories that are one-hot columns there is nothing: a made row may be a third of one and two
//! thirds of the other. `smote_nc` chooses one.
//! Trap: done before the split, test rows are learnt from. Here it sees the training part only.

use std::num::NonZeroUsize;
use std::ops::{Range, RangeInclusive};

use nn::Streams;
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::examples::Examples;
use crate::sampling::by_class::members;
use crate::sampling::definition::{Definition, Resampled, Resampling};
use crate::sampling::neighbors::nearest;
use crate::sampling::synthesis::{Synthesis, filled, missing};
use crate::setting::counts_of;

/// Parameters of SMOTE.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smote {
    /// Neighbours of a row that points are made towards; default 5.
    pub k: NonZeroUsize,
}

impl Default for Smote {
    fn default() -> Self {
        Smote { k: NonZeroUsize::new(5).expect("5 > 0") }
    }
}

impl Definition for Smote {
    fn code(&self) -> &'static str {
        include_str!("smote.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn resampling(&self) -> Option<&dyn Resampling> {
        Some(self)
    }
}

impl Resampling for Smote {
    fn resample(
        &self,
        train: &Examples<f32>,
        _: &[Range<usize>],
        n_classes: usize,
        streams: &Streams,
    ) -> Result<Resampled, MethodError> {
        let mut stream = streams.stream("resample");
        let mut made = Synthesis::of(train);
        let members = members(&train.targets, n_classes);
        for (class, n_made) in missing(&counts_of(&train.targets, n_classes)) {
            let rows = &members[class as usize];
            let neighbors = nearest(&train.features, rows, rows, self.k.get());
            for _ in 0..n_made {
                let i = stream.below(rows.len());
                let j = neighbors[i][stream.below(neighbors[i].len())];
                made.between(rows[i], j, stream.uniform() as f32);
            }
        }
        Ok(made.finish())
    }

    fn bounds(&self, counts: &[u32]) -> Vec<RangeInclusive<u32>> {
        filled(counts).into_iter().map(|n| n..=n).collect()
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;

    use super::*;

    /// Three classes of 9, 4 and 1 rows.
    fn train() -> Examples<f32> {
        let values = (0..14 * 3).map(|i| ((i * i * 7) % 31) as f32 / 5.0).collect();
        let targets = vec![0, 0, 1, 0, 0, 2, 0, 1, 0, 1, 0, 0, 1, 0];
        Examples { features: Matrix::from_values(3, values), targets }
    }

    fn made(k: usize) -> Resampled {
        let smote = Smote { k: NonZeroUsize::new(k).unwrap() };
        smote.resample(&train(), &[], 3, &Streams::new([3; 32])).unwrap()
    }

    #[test]
    fn classes_become_as_large_as_the_largest_and_a_single_row_stays_alone() {
        let Resampled { examples, origins } = made(5);
        let of = |class| examples.targets.iter().filter(|&&y| y == class).count();
        assert_eq!([of(0), of(1), of(2)], [9, 9, 1]);
        assert_eq!(Smote::default().bounds(&[9, 4, 1]), [9..=9, 9..=9, 1..=1]);
        assert!(origins.iter().take(14).copied().eq(0..14));
        assert_eq!(examples.features.values()[..42], *train().features.values());
        assert_eq!(origins.len(), 19);
    }

    #[test]
    fn made_rows_lie_between_a_row_and_one_of_its_neighbours() {
        let train = train();
        for k in [1, 2, 5] {
            let Resampled { examples, origins } = made(k);
            for (at, &origin) in origins.iter().enumerate().skip(14) {
                assert_eq!(train.targets[origin as usize], examples.targets[at]);
                let (x, from) = (examples.features.row(at), train.features.row(origin as usize));
                let neighbors = nearest(&train.features, &[origin], &[2, 7, 9, 12], k);
                let on_segment = |&j: &u32| {
                    let to = train.features.row(j as usize);
                    let share = (x[0] - from[0]) / (to[0] - from[0]);
                    // Two roundings of numbers up to 6.2.
                    let near = |((&x, &a), &b): ((&f32, &f32), &f32)| {
                        (x - (a + share * (b - a))).abs() < 4e-6
                    };
                    (0.0..1.0).contains(&share) && x.iter().zip(from).zip(to).all(near)
                };
                assert!(neighbors[0].iter().any(on_segment), "{k}: row {at}");
            }
        }
    }

    #[test]
    fn other_seeds_make_other_rows() {
        let smote = Smote::default();
        let of = |seed| smote.resample(&train(), &[], 3, &Streams::new([seed; 32])).unwrap();
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }
}
