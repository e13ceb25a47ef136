//! Instance-balanced sampling: every training example once an epoch, in random order.
//!
//! ```text
//! P(class k) = n_k / Σ_j n_j
//! ```
//!
//! - `n_k`: number of training examples of class `k`
//!
//! Source: Kang and others, *Decoupling Representation and Classifier for Long-Tailed Recognition*,
//! ICLR 2020, which gives the usual procedure this name (`q = 1`).

use nn::Streams;
use serde::{Deserialize, Serialize};

use crate::sampling::definition::Definition;
use crate::sampling::{Batches, Pool, Sampling, SamplingSpec};
use crate::setting::ClassCounts;

/// Sampling without replacement. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstanceBalancedSampling {}

/// How rows are shown where no sampling is named.
impl Default for SamplingSpec {
    fn default() -> Self {
        SamplingSpec::InstanceBalanced(InstanceBalancedSampling::default())
    }
}

impl Definition for InstanceBalancedSampling {
    fn code(&self) -> &'static str {
        include_str!("instance_balanced.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, targets: &[u32], _: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(Shuffled { n_train: targets.len(), streams: streams.clone() })
    }

    fn exponent(&self) -> f64 {
        1.0
    }

    /// To the row, not as shares of all.
    fn shown(&self, counts: &[u32]) -> ClassCounts {
        ClassCounts::new(counts.to_vec())
    }
}

/// A permutation of the training examples for each epoch.
struct Shuffled {
    n_train: usize,
    streams: Streams,
}

impl Sampling for Shuffled {
    /// What is left out is left out of the full order, so that methods with and without a pool see the others in
    /// the same one.
    fn epoch(&mut self, epoch: usize, pool: &Pool, batches: &mut Batches) {
        let mut stream = self.streams.indexed("batches", epoch as u64);
        batches.walk(self.n_train, |rows| {
            let start = rows.len();
            rows.extend(0..self.n_train as u32);
            stream.shuffle(&mut rows[start..]);
            if !pool.is_full() {
                rows.retain(|&row| pool.shows(row));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_seen_once() {
        let mut batches = Batches::new(100);
        let mut sampling = InstanceBalancedSampling {}.build(&[0; 100], 1, &Streams::new([1; 32]));
        sampling.epoch(3, &Pool::full(100), &mut batches);
        let mut order = batches.rows;
        assert!(order.windows(2).any(|pair| pair[1] < pair[0]), "not shuffled");
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..100));
    }
}
