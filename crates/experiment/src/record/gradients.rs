//! How long the gradients of the examples were at the end of a training, and how much each example counted.
//!
//! An example's gradient is measured by its length in the plain loss, `g`, from 0 to 1: under a softmax what its class's
//! probability lacks to 1. What a method makes of it, through its loss, its miner and its reweighter, is how many times as
//! much as in the plain mean it counts, `r`.

use serde::{Deserialize, Serialize};

/// Bins of `g`, of equal width from 0 to 1.
pub const BINS: usize = 20;
/// Bins of `r`: 0; below 1/32; from each power of two to the next; 32 and more.
pub const N_RATIOS: usize = 13;
/// Groups of classes at most.
const MOST_GROUPS: usize = 10;

/// The examples of the last epoch. A row that is drawn twice is two examples.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClosingGradients {
    /// Examples in each bin of `g`, `[20]`.
    pub examples: Vec<u32>,
    /// Share of the sum of `g` that they have, `[20]`.
    pub plain: Vec<f32>,
    /// Share of the sum of `r g` that they have, `[20]`; `None` where each step is the plain one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Vec<f32>>,
    /// How they are distributed over `r`; `None` where each step is the plain one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<ExampleWeights>,
}

/// Examples in each bin of `r`: 0; below 1/32; from 1/32 to 1/16, and so on to 32; 32 and more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExampleWeights {
    /// Of each class, the commonest first; of more than ten classes, of tenths of them. `[n_groups][13]`.
    pub groups: Vec<Vec<u32>>,
    /// Of these, the examples with a wrong label, `[13]`; `None` without label noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flipped: Option<Vec<u32>>,
}

/// Groups that `n_classes` are counted in.
pub(crate) fn n_groups(n_classes: usize) -> usize {
    n_classes.min(MOST_GROUPS)
}

/// The group of each class: by its place among the classes from the commonest to the rarest, the first of equals first.
pub(crate) fn group_of(counts: &[u32]) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..counts.len()).collect();
    classes.sort_by_key(|&class| (std::cmp::Reverse(counts[class]), class));
    let mut groups = vec![0; counts.len()];
    for (place, &class) in classes.iter().enumerate() {
        groups[class] = place * n_groups(counts.len()) / counts.len();
    }
    groups
}

/// The bin of `r`; `None` of what is no number.
pub(crate) fn ratio_bin(r: f64) -> Option<usize> {
    let edges = [0.031_25, 0.062_5, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
    if r.is_nan() {
        None
    } else if r <= 0.0 {
        Some(0)
    } else {
        // Rounding must not throw those that count as in the plain mean to both sides of 1.
        Some(1 + edges.partition_point(|&edge| edge <= r * (1.0 + 1e-6)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_go_by_how_many_rows_they_have_and_many_share_a_group() {
        assert_eq!(group_of(&[5, 90, 5]), [1, 0, 2]);
        let many: Vec<u32> = (0..25).rev().collect();
        let groups = group_of(&many);
        assert_eq!((groups[0], groups[24], n_groups(25)), (0, 9, 10));
        assert!(groups.is_sorted());
    }

    #[test]
    fn a_ratio_is_between_two_powers_of_two() {
        let bins = [0.0, 1e-9, 0.031_25, 0.5, 0.999, 1.0 - 1e-7, 1.0, 31.0, 32.0, f64::INFINITY];
        assert_eq!(bins.map(|r| ratio_bin(r).unwrap()), [0, 1, 2, 6, 6, 7, 7, 11, 12, 12]);
        assert_eq!(ratio_bin(f64::NAN), None);
    }
}
