//! NearMiss: of the larger classes only rows near those of the smallest class are kept.
//!
//! ```text
//! d(i)       = Σ distances of row i to the n_neighbors nearest  (versions 1, 3)
//!                                     or farthest              (version 2)   rows of the smallest class
//! version 1, 2: of each other class, the n_min rows with the smallest d
//! version 3:    of its rows that are among the m nearest to a row of the smallest class, the n_min with the largest d
//! ```
//!
//! - `n_min`: rows of the smallest class that has any, the first of equally small ones; it is kept whole
//! - `version`: 1, `n_neighbors`: 3, `m`: 3, as in imbalanced-learn; the paper has 3 neighbours and leaves `m` open. Where
//!   there are fewer rows than neighbours asked for, all of them count
//! - distances by the features as they are learnt from, preprocessed; of equal `d` the first row comes first
//! - rows are left out once, before the first epoch; then every row that is left is seen once an epoch
//!
//! Version 3 may find fewer than `n_min` rows, and keeps those: the rows' places decide, and a plan takes `n_min`.
//!
//! Source: Mani, Zhang, *kNN Approach to Unbalanced Data Distributions: A Case Study involving Information Extraction*,
//! ICML 2003 Workshop on Learning from Imbalanced Datasets.
//! Trap: version 1 keeps the rows that lie among those of the smallest class, wrong labels first.

use std::num::NonZeroUsize;
use std::ops::{Range, RangeInclusive};

use nn::{Matrix, Streams};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::examples::Examples;
use crate::sampling::by_class::{members, smallest};
use crate::sampling::definition::{Definition, Resampled, Resampling};
use crate::sampling::neighbors::{nearest, nearest_measured, squared_distance};
use crate::setting::counts_of;

/// Parameters of NearMiss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NearMiss {
    /// Which rows are near; default 1.
    pub version: NearMissVersion,
    /// Rows of the smallest class that a distance is summed over; default 3.
    pub n_neighbors: NonZeroUsize,
    /// Rows of a larger class that each row of the smallest keeps in version 3, as its nearest; default 3.
    pub m: NonZeroUsize,
}

impl Default for NearMiss {
    fn default() -> Self {
        let three = NonZeroUsize::new(3).expect("3 > 0");
        NearMiss { version: NearMissVersion::Nearest, n_neighbors: three, m: three }
    }
}

/// Which rows of the larger classes are kept; 1, 2 or 3 in an experiment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub enum NearMissVersion {
    /// 1: near their nearest rows of the smallest class.
    Nearest,
    /// 2: near their farthest rows of the smallest class.
    Farthest,
    /// 3: near a row of the smallest class, and of those the ones far from their nearest.
    NearestKept,
}

impl TryFrom<i64> for NearMissVersion {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match number {
            1 => Ok(NearMissVersion::Nearest),
            2 => Ok(NearMissVersion::Farthest),
            3 => Ok(NearMissVersion::NearestKept),
            _ => Err(format!("{number} is not 1, 2 or 3")),
        }
    }
}

impl From<NearMissVersion> for i64 {
    fn from(version: NearMissVersion) -> i64 {
        match version {
            NearMissVersion::Nearest => 1,
            NearMissVersion::Farthest => 2,
            NearMissVersion::NearestKept => 3,
        }
    }
}

impl Definition for NearMiss {
    fn code(&self) -> &'static str {
        include_str!("near_miss.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn resampling(&self) -> Option<&dyn Resampling> {
        Some(self)
    }
}

impl Resampling for NearMiss {
    fn resample(
        &self,
        train: &Examples<f32>,
        _: &[Range<usize>],
        n_classes: usize,
        _: &Streams,
    ) -> Result<Resampled, MethodError> {
        let members = members(&train.targets, n_classes);
        let smallest = smallest(&counts_of(&train.targets, n_classes));
        let mut kept: Vec<u32> = Vec::new();
        for (class, rows) in members.iter().enumerate() {
            match smallest {
                Some(smallest) if class != smallest => {
                    kept.extend(self.near(&train.features, rows, &members[smallest]));
                }
                _ => kept.extend(rows),
            }
        }
        kept.sort_unstable();
        Ok(Resampled::kept(train, kept))
    }

    fn bounds(&self, counts: &[u32]) -> Vec<RangeInclusive<u32>> {
        let smallest = smallest(counts);
        let n_min = smallest.map_or(0, |class| counts[class]);
        let least = match self.version {
            NearMissVersion::NearestKept => u32::try_from(self.m.get()).unwrap_or(n_min).min(n_min),
            _ => n_min,
        };
        let kept = |(class, &n): (usize, &u32)| {
            if Some(class) == smallest { n..=n } else { n.min(least)..=n.min(n_min) }
        };
        counts.iter().enumerate().map(kept).collect()
    }
}

impl NearMiss {
    /// As many of `rows`, at the most, as there are in `minority`.
    fn near(&self, features: &Matrix<f32>, rows: &[u32], minority: &[u32]) -> Vec<u32> {
        let n = self.n_neighbors.get();
        let nearest_sums = |rows: &[u32]| {
            let found = nearest_measured(features, rows, minority, n);
            found.into_iter().map(|near| near.into_iter().map(|(square, _)| square.sqrt()).sum())
        };
        let mut measured: Vec<(f64, u32)> = match self.version {
            NearMissVersion::Nearest => nearest_sums(rows).zip(rows.iter().copied()).collect(),
            NearMissVersion::Farthest => {
                rows.iter().map(|&row| (farthest_sum(features, row, minority, n), row)).collect()
            }
            NearMissVersion::NearestKept => {
                let mut near = nearest(features, minority, rows, self.m.get()).concat();
                near.sort_unstable();
                near.dedup();
                // The largest sum first, and the first row of equals.
                nearest_sums(&near).map(|sum: f64| -sum).zip(near).collect()
            }
        };
        measured.sort_by(|a, b| a.0.total_cmp(&b.0));
        measured.into_iter().take(minority.len()).map(|(_, row)| row).collect()
    }
}

/// Sum of the distances of `row` to the `n` farthest of `others`.
fn farthest_sum(features: &Matrix<f32>, row: u32, others: &[u32], n: usize) -> f64 {
    let from = features.row(row as usize);
    let square = |&other: &u32| squared_distance(from, features.row(other as usize));
    let mut squares: Vec<f64> = others.iter().map(square).collect();
    squares.sort_unstable_by(f64::total_cmp);
    squares[others.len().saturating_sub(n)..].iter().map(|square| square.sqrt()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The large class at 0 to 5 and at 100, the small one at 4.5, 5.5 and 20.
    fn kept(version: i64) -> Vec<u32> {
        let at = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 100.0, 4.5, 5.5, 20.0];
        let targets = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1].to_vec();
        let train = Examples { features: Matrix::from_values(1, at.to_vec()), targets };
        let near_miss = NearMiss {
            version: version.try_into().unwrap(),
            n_neighbors: NonZeroUsize::new(2).unwrap(),
            m: NonZeroUsize::new(2).unwrap(),
        };
        near_miss.resample(&train, &[], 2, &Streams::new([0; 32])).unwrap().origins
    }

    #[test]
    fn each_version_keeps_the_rows_that_are_near_in_its_sense() {
        // Sums of the two nearest: 10 8 6 4 2 1 174.5; of the two farthest 25.5 23.5 21.5 19.5 17.5 15.5 190.
        assert_eq!(kept(1), [3, 4, 5, 7, 8, 9]);
        assert_eq!(kept(2), [3, 4, 5, 7, 8, 9]);
        // Only rows 4 and 5 are among the two nearest of one: there are fewer than three.
        assert_eq!(kept(3), [4, 5, 7, 8, 9]);
    }

    #[test]
    fn with_more_neighbours_than_rows_all_count_and_the_versions_agree() {
        let at = vec![0.0, 7.0, 3.0, 1.0, 2.0, 8.0];
        let train =
            Examples { features: Matrix::from_values(1, at), targets: vec![0, 0, 0, 0, 1, 1] };
        let kept = |version: i64| {
            let near_miss =
                NearMiss { version: version.try_into().unwrap(), ..NearMiss::default() };
            near_miss.resample(&train, &[], 2, &Streams::new([0; 32])).unwrap().origins
        };
        // Sums of both distances: 10, 6, 6, 8.
        assert_eq!(kept(1), [1, 2, 4, 5]);
        assert_eq!(kept(2), kept(1));
        // The three nearest of 2.0 and of 8.0 are all four rows; the farthest of those are kept.
        assert_eq!(kept(3), [0, 3, 4, 5]);
    }
}
