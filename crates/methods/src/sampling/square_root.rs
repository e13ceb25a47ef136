//! Square-root sampling: a class is drawn as often as the square root of its size says.
//!
//! ```text
//! P(class k) = sqrt(n_k) / Σ_j sqrt(n_j),   then each of its examples alike
//! ```
//!
//! - `n_k`: number of training examples of class `k`
//! - an epoch is as many draws, with replacement, as there are training examples
//!
//! Source: Mahajan and others, *Exploring the Limits of Weakly Supervised Pretraining*, ECCV 2018; Kang
//! and others, ICLR 2020 (`q = 1/2`).

use nn::Streams;
use serde::{Deserialize, Serialize};

use crate::sampling::Sampling;
use crate::sampling::by_class::{Drawn, class_probabilities};
use crate::sampling::definition::Definition;

/// Sampling between instance-balanced and class-balanced. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SquareRootSampling {}

impl Definition for SquareRootSampling {
    fn code(&self) -> &'static str {
        include_str!("square_root.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(Drawn::new(targets, n_classes, 0.5, streams))
    }

    fn probabilities(&self, counts: &[u32]) -> Option<Vec<f64>> {
        Some(class_probabilities(counts, 0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::Epoch;
    use crate::sampling::{Batches, Pool};

    #[test]
    fn a_class_of_a_ninth_is_drawn_a_third_as_often() {
        let targets: Vec<u32> = (0..4000).map(|i| u32::from(i < 400)).collect();
        let mut batches = Batches::new(4000);
        let mut sampling = SquareRootSampling {}.build(&targets, 2, &Streams::new([1; 32]));
        sampling.epoch(&Epoch::at(0.0), &Pool::full(4000), &mut batches);
        let rare = batches.rows.iter().filter(|&&i| i < 400).count() as f64;
        // Five standard deviations of a binomial: 5 sqrt(4000 * 3 / 16).
        assert!((rare - 1000.0).abs() < 137.0, "{rare}");
    }
}
