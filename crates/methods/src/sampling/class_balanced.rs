//! Class-balanced sampling: every class is drawn as often as every other.
//!
//! ```text
//! P(class k) = 1 / K,   then each of its examples alike
//! ```
//!
//! - `K`: number of classes that have training examples
//! - an epoch is as many draws, with replacement, as there are training examples
//!
//! Source: Shen, Lin, Huang, *Relay Backpropagation for Effective Learning of Deep Convolutional Neural
//! Networks*, ECCV 2016; Kang and others, ICLR 2020 (`q = 0`).
//! Differs: Shen and others cycle through lists of classes and of their examples; here every draw is
//! independent.
//! Trap: an example of a rare class is seen many times an epoch, one of a frequent class perhaps never.

use nn::Streams;
use serde::{Deserialize, Serialize};

use crate::sampling::Sampling;
use crate::sampling::by_class::{Drawn, class_probabilities};
use crate::sampling::definition::Definition;

/// Sampling with equal classes. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClassBalancedSampling {}

impl Definition for ClassBalancedSampling {
    fn code(&self) -> &'static str {
        include_str!("class_balanced.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(Drawn::new(targets, n_classes, 0.0, streams))
    }

    fn probabilities(&self, counts: &[u32]) -> Option<Vec<f64>> {
        Some(class_probabilities(counts, 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::Epoch;
    use crate::sampling::{Batches, Pool};

    #[test]
    fn the_rarest_class_is_half_of_two() {
        let targets: Vec<u32> = (0..4000).map(|i| u32::from(i < 40)).collect();
        let mut batches = Batches::new(4000);
        let mut sampling = ClassBalancedSampling {}.build(&targets, 2, &Streams::new([1; 32]));
        sampling.epoch(&Epoch::at(0.0), &Pool::full(4000), &mut batches);
        let rare = batches.rows.iter().filter(|&&i| i < 40).count() as f64;
        // Five standard deviations of a binomial: 5 sqrt(4000 / 4).
        assert!((rare - 2000.0).abs() < 158.0, "{rare}");
    }
}
