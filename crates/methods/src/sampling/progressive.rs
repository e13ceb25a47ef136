//! Progressively balanced sampling: from every example alike in the first epoch to every class alike in the last.
//!
//! ```text
//! P(class k) = (1 - s) n_k / Σ_j n_j + s / K,   then each of its examples alike;   s = t / (T - 1)
//! ```
//!
//! - `n_k`: number of training examples of class `k`, `K`: number of classes that have any
//! - `t`: number of the epoch from 0, `T`: number of epochs. Boosted trees have rounds for epochs
//! - an epoch is as many draws, with replacement, as there are training examples
//! - what a loss reads as the classes' frequencies are those of all epochs together, `s = 1/2`; a classical learner, which
//!   has no epochs, is fitted to draws with these
//!
//! Source: Kang and others, *Decoupling Representation and Classifier for Long-Tailed Recognition*, ICLR 2020.
//! Differs: the paper writes `s = t / T`; its code goes evenly from 0 to 1, so that the last epoch is class-balanced, and
//! so does this.
//! Trap: a training of one epoch stays at `s = 0`.

use nn::Streams;
use serde::{Deserialize, Serialize};

use crate::losses::Epoch;
use crate::sampling::by_class::{ByClass, class_probabilities};
use crate::sampling::definition::Definition;
use crate::sampling::{Batches, Pool, Sampling};

/// Sampling that becomes class-balanced. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProgressiveSampling {}

impl Definition for ProgressiveSampling {
    fn code(&self) -> &'static str {
        include_str!("progressive.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(Progressive(ByClass::new(targets, n_classes, streams)))
    }

    fn probabilities(&self, counts: &[u32]) -> Option<Vec<f64>> {
        Some(mixed(counts, 0.5))
    }
}

/// `s` of the way from the probabilities of instances to those of classes.
fn mixed(counts: &[u32], s: f64) -> Vec<f64> {
    let (instances, classes) = (class_probabilities(counts, 1.0), class_probabilities(counts, 0.0));
    instances.iter().zip(classes).map(|(p, q)| (1.0 - s) * p + s * q).collect()
}

struct Progressive(ByClass);

impl Sampling for Progressive {
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches) {
        self.0.draw(epoch, pool, batches, |counts| mixed(counts, epoch.along()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_epoch_is_as_instances_are_and_the_last_as_classes_are() {
        let targets: Vec<u32> = (0..4000).map(|i| u32::from(i < 40)).collect();
        let mut sampling = ProgressiveSampling {}.build(&targets, 2, &Streams::new([1; 32]));
        let mut rare = |epoch: &Epoch<'_>| {
            let mut batches = Batches::new(100);
            sampling.epoch(epoch, &Pool::full(4000), &mut batches);
            batches.rows.iter().filter(|&&i| i < 40).count() as f64
        };
        let of_five = |number: usize| Epoch { number, ..Epoch::at(number as f64 / 5.0) };
        // Five standard deviations of a binomial.
        let is_near =
            |n: f64, p: f64| (n - 4000.0 * p).abs() < 5.0 * (4000.0 * p * (1.0 - p)).sqrt();
        for (number, p) in [0.01, 0.1325, 0.255, 0.3775, 0.5].into_iter().enumerate() {
            let n = rare(&of_five(number));
            assert!(is_near(n, p), "epoch {number}: {n}");
        }
        let in_the_middle = rare(&Epoch::at(0.5));
        assert!(is_near(in_the_middle, 0.255), "{in_the_middle}");
    }

    #[test]
    fn a_class_without_examples_is_never_drawn() {
        for s in [0.0, 0.3, 1.0] {
            let p = mixed(&[3, 0, 1], s);
            assert_eq!((p[1], (p[0] + p[2] - 1.0).abs() < 1e-15), (0.0, true), "{s}");
        }
    }
}
