//! ADASYN: the more of a row's neighbours are of other classes, the more points are made from it.
//!
//! ```text
//! r_i = o_i / h_i                          o_i of the h_i = min(k, n - 1) nearest rows are of other classes
//! g_i = round(G r_i / Σ_j r_j)             points made from row i;   G = n_max - n_c
//! x'  = x_i + u (x_j - x_i),   u ~ U(0, 1),   j one of the k nearest rows of the class of i, drawn alike
//! ```
//!
//! - `x_i`: features of a row of the class `c` as they are learnt from, preprocessed, `[n_features]`; `n`: all training rows,
//!   `n_c` those of the class, `n_max` those of the largest
//! - `k`: 5 as in the paper, for both searches; a class of `n_c` rows has `n_c - 1` neighbours of a row at the most
//! - `round` goes to the nearest whole number, and between two to the even one, as in imbalanced-learn; the numbers need not
//!   sum to `G`, and a plan knows the bounds: `n_max` and half the rows of the class beyond
//! - points are made once, before the first epoch; then every row, made or not, is seen once an epoch
//!
//! A class none of whose rows has a neighbour of another class, or with a single row, stays as it is.
//!
//! Source: He, Bai, Garcia, Li, *ADASYN: Adaptive Synthetic Sampling Approach for Imbalanced Learning*, IJCNN 2008
//! (`beta` = 1, balanced).
//! Differs: imbalanced-learn refuses a class whose rows have no neighbour of another.
//! Trap: rows with a wrong label, in the midst of another class, are what most points are made from.

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

/// Parameters of ADASYN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Adasyn {
    /// Neighbours of a row, both those that say how many points are made from it and those that points are made towards;
    /// default 5.
    pub k: NonZeroUsize,
}

impl Default for Adasyn {
    fn default() -> Self {
        Adasyn { k: NonZeroUsize::new(5).expect("5 > 0") }
    }
}

impl Definition for Adasyn {
    fn code(&self) -> &'static str {
        include_str!("adasyn.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn resampling(&self) -> Option<&dyn Resampling> {
        Some(self)
    }
}

impl Resampling for Adasyn {
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
        for (class, lacking) in missing(&counts_of(&train.targets, n_classes)) {
            let rows = &members[class as usize];
            let n_made = self.shares(train, rows, lacking);
            let from: Vec<(u32, u32)> =
                rows.iter().copied().zip(n_made).filter(|&(_, n)| 0 < n).collect();
            let sources: Vec<u32> = from.iter().map(|&(row, _)| row).collect();
            let neighbors = nearest(&train.features, &sources, rows, self.k.get());
            for (&(row, n), near) in from.iter().zip(&neighbors) {
                for _ in 0..n {
                    let j = near[stream.below(near.len())];
                    made.between(row, j, stream.uniform() as f32);
                }
            }
        }
        Ok(made.finish())
    }

    fn bounds(&self, counts: &[u32]) -> Vec<RangeInclusive<u32>> {
        // Each of the rows rounds up by a half at the most.
        let bounds = |(&n, most): (&u32, u32)| n..=if n < most { most + n / 2 } else { most };
        counts.iter().zip(filled(counts)).map(bounds).collect()
    }
}

impl Adasyn {
    /// How many of about `lacking` points are made from each of `rows`, of one class.
    fn shares(&self, train: &Examples<f32>, rows: &[u32], lacking: u32) -> Vec<u32> {
        let all: Vec<u32> = (0..train.targets.len() as u32).collect();
        let class = |row: u32| train.targets[row as usize];
        let ratio = |(&row, near): (&u32, Vec<u32>)| {
            let n_others = near.iter().filter(|&&other| class(other) != class(row)).count();
            n_others as f64 / near.len() as f64
        };
        let neighbors = nearest(&train.features, rows, &all, self.k.get());
        let ratios: Vec<f64> = rows.iter().zip(neighbors).map(ratio).collect();
        let sum: f64 = ratios.iter().sum();
        let share = |ratio: f64| if sum == 0.0 { 0.0 } else { ratio / sum * f64::from(lacking) };
        ratios.into_iter().map(|ratio| share(ratio).round_ties_even() as u32).collect()
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;

    use super::*;

    fn on_a_line(values: Vec<f32>, targets: Vec<u32>) -> Examples<f32> {
        Examples { features: Matrix::from_values(1, values), targets }
    }

    #[test]
    fn more_points_are_made_from_rows_among_others() {
        // With k = 2: of 2.5 both neighbours are of the other class, of 8.5 one, 8.0, of the rest none.
        let values: Vec<f32> = (0..9).map(|i| i as f32).chain([2.5, 8.5, 9.9, 10.0]).collect();
        let train = on_a_line(values, (0..13).map(|i| u32::from(9 <= i)).collect());
        let adasyn = Adasyn { k: NonZeroUsize::new(2).unwrap() };
        // 5 points by 1 : 1/2 : 0 : 0 are 3.33 and 1.67.
        assert_eq!(adasyn.shares(&train, &[9, 10, 11, 12], 5), [3, 2, 0, 0]);
        let made = adasyn.resample(&train, &[], 2, &Streams::new([2; 32])).unwrap();
        assert_eq!(made.origins[13..], [9, 9, 9, 10, 10]);
        for (x, origin) in made.examples.features.values()[13..].iter().zip(&made.origins[13..]) {
            // The nearest of the class are 8.5 and 9.9, and 9.9 and 10.0.
            let (low, high) = if *origin == 9 { (2.5, 9.9) } else { (8.5, 10.0) };
            assert!((low..high).contains(x), "{origin} {x}");
        }
    }

    #[test]
    fn a_class_without_neighbours_of_another_or_with_one_row_stays_as_it_is() {
        let adasyn = Adasyn { k: NonZeroUsize::new(1).unwrap() };
        let apart = on_a_line(vec![0.0, 1.0, 2.0, 50.0, 51.0], vec![0, 0, 0, 1, 1]);
        assert_eq!(
            adasyn.resample(&apart, &[], 2, &Streams::new([2; 32])).unwrap().examples,
            apart
        );
        let alone = on_a_line(vec![0.0, 1.0, 0.5], vec![0, 0, 1]);
        assert_eq!(
            adasyn.resample(&alone, &[], 2, &Streams::new([2; 32])).unwrap().examples,
            alone
        );
    }
}
