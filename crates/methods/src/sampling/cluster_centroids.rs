//! Cluster centroids: every larger class is replaced by the centres of as many clusters as the smallest class has rows.
//!
//! ```text
//! rows of class c  ->  m_1 .. m_{n_min},   m_j = mean of { x_i : y_i = c, ‖x_i - m_j‖ ≤ ‖x_i - m_l‖ for all l }
//! ```
//!
//! - `x_i`: features of a row as they are learnt from, preprocessed, `[n_features]`
//! - `n_min`: rows of the smallest class that has any; it, and any class as small, is kept as it is
//! - clusters by k-means with the first centres of k-means++, until no row moves, or 300 rounds
//! - once, before the first epoch; then every row is seen once an epoch. A centre stands for the row nearest to it
//!
//! Source: Yen, Lee, *Cluster-based under-sampling approaches for imbalanced data distributions*, Expert Systems with
//! Applications 36, 2009; centres for rows as in imbalanced-learn.
//! Trap: the mean of categories that are one-hot columns is none of them.
//! Trap: the search for the first centres alone takes as many distances as there are rows times centres: seconds at 45,000
//! rows and 5,000 centres.

use std::ops::{Range, RangeInclusive};

use nn::{Matrix, Streams};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::examples::Examples;
use crate::sampling::by_class::{members, smallest};
use crate::sampling::definition::{Definition, Resampled, Resampling};
use crate::sampling::k_means::{Clusters, cluster};
use crate::setting::counts_of;

/// Centres in place of rows. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClusterCentroids {}

impl Definition for ClusterCentroids {
    fn code(&self) -> &'static str {
        include_str!("cluster_centroids.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn resampling(&self) -> Option<&dyn Resampling> {
        Some(self)
    }
}

/// Rows of the smallest class.
fn n_min(counts: &[u32]) -> u32 {
    smallest(counts).map_or(0, |class| counts[class])
}

impl Resampling for ClusterCentroids {
    fn resample(
        &self,
        train: &Examples<f32>,
        _: &[Range<usize>],
        n_classes: usize,
        streams: &Streams,
    ) -> Result<Resampled, MethodError> {
        let mut stream = streams.stream("resample");
        let counts = counts_of(&train.targets, n_classes);
        let n_min = n_min(&counts);
        let is_kept = |row: &u32| counts[train.targets[*row as usize] as usize] == n_min;
        let Resampled { examples, mut origins } =
            Resampled::kept(train, (0..train.targets.len() as u32).filter(is_kept).collect());
        let mut values = examples.features.values().to_vec();
        let mut targets = examples.targets;
        let members = members(&train.targets, n_classes);
        for (class, rows) in (0..).zip(&members).filter(|(_, rows)| n_min < rows.len() as u32) {
            let Clusters { centres, nearest: near, .. } =
                cluster(&train.features, rows, n_min as usize, &mut stream);
            values.extend(centres.values());
            targets.extend(near.iter().map(|_| class));
            origins.extend(near);
        }
        let features = Matrix::from_values(train.features.n_columns(), values);
        Ok(Resampled { examples: Examples { features, targets }, origins })
    }

    fn bounds(&self, counts: &[u32]) -> Vec<RangeInclusive<u32>> {
        let n_min = n_min(counts);
        counts.iter().map(|&n| n.min(n_min)..=n.min(n_min)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_large_class_becomes_the_means_of_its_heaps_and_the_small_one_stays() {
        let at = vec![0.0, 70.0, 1.0, 2.0, 50.0, 71.0, 52.0];
        let train =
            Examples { features: Matrix::from_values(1, at), targets: vec![0, 1, 0, 0, 0, 1, 0] };
        let made = ClusterCentroids {}.resample(&train, &[], 3, &Streams::new([3; 32])).unwrap();
        assert_eq!(made.examples.targets, [1, 1, 0, 0]);
        assert_eq!(made.examples.features.values()[..2], [70.0, 71.0]);
        let mut centres: Vec<(f32, u32)> = made.examples.features.values()[2..]
            .iter()
            .copied()
            .zip(made.origins[2..].iter().copied())
            .collect();
        centres.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(centres, [(1.0, 2), (51.0, 4)]);
        assert_eq!(made.origins[..2], [1, 5]);
    }
}
