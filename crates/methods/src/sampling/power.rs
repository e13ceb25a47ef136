//! Power sampling: a class is drawn as often as a power of its size says.
//!
//! ```text
//! P(class k) = n_k^q / Σ_j n_j^q,   then each of its examples alike
//! ```
//!
//! - `n_k`: number of training examples of class `k`
//! - `q`: 0 shows every class alike (`class_balanced`), 1 every example; 0.5, which is `square_root`, by default (Mahajan
//!   and others, ECCV 2018)
//! - an epoch is as many draws, with replacement, as there are training examples
//!
//! Source: Kang and others, *Decoupling Representation and Classifier for Long-Tailed Recognition*, ICLR 2020.
//! Trap: at `q = 1` examples are drawn with replacement: `instance_balanced` shows each once.

use nn::Streams;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::sampling::Sampling;
use crate::sampling::by_class::{Drawn, class_probabilities};
use crate::sampling::definition::Definition;

/// Parameters of power sampling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PowerSampling {
    /// What the sizes of the classes are raised to, at least 0; default 0.5.
    pub q: NonNegative,
}

impl Default for PowerSampling {
    fn default() -> Self {
        PowerSampling { q: NonNegative::new(0.5) }
    }
}

impl Definition for PowerSampling {
    fn code(&self) -> &'static str {
        include_str!("power.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(Drawn::new(targets, n_classes, self.q.get(), streams))
    }

    fn probabilities(&self, counts: &[u32]) -> Option<Vec<f64>> {
        Some(class_probabilities(counts, self.q.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::Epoch;
    use crate::sampling::{Batches, ClassBalancedSampling, Pool, SquareRootSampling};

    #[test]
    fn its_ends_and_its_middle_are_the_samplers_of_those_names() {
        let targets: Vec<u32> = (0..500).map(|i| u32::from(i % 10 == 0)).collect();
        let drawn = |sampler: &dyn Definition| {
            let mut batches = Batches::new(50);
            let mut sampling = sampler.build(&targets, 2, &Streams::new([6; 32]));
            sampling.epoch(&Epoch { number: 1, ..Epoch::at(0.5) }, &Pool::full(500), &mut batches);
            batches
        };
        let power = |q| PowerSampling { q: NonNegative::new(q) };
        assert_eq!(drawn(&power(0.0)), drawn(&ClassBalancedSampling {}));
        assert_eq!(drawn(&PowerSampling::default()), drawn(&SquareRootSampling {}));
        assert_ne!(drawn(&power(0.25)), drawn(&power(0.75)));
    }
}
