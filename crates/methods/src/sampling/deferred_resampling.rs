//! Deferred re-sampling: every example alike until the features are learnt, then every class alike.
//!
//! ```text
//! P(class k) = n_k / Σ_j n_j   while progress < from: each example once an epoch, in random order
//!            = 1 / K           from then on, then each of its examples alike, with replacement
//! ```
//!
//! - `n_k`: number of training examples of class `k`, `K`: number of classes that have any; `progress`: share of the epochs
//!   that is done. Boosted trees have rounds for epochs
//! - `from`: 0.8, as the source switches after 160 of 200 epochs
//! - what a loss reads as the classes' frequencies are those of the training examples, in both stages, as the margins of the
//!   source; a classical learner, which has no epochs, is fitted to the examples as they are
//!
//! The whole network learns on; of second stages in which it does not there is the axis `decoupling`. Deferred
//! re-weighting is the loss `deferred_reweighting`.
//!
//! Source: Cao, Wei, Gaidon, Arechiga, Ma, *Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss*,
//! NeurIPS 2019, where it is DRS.
//! Trap: beside a loss that corrects for the frequencies it corrects twice in its second stage.

use nn::Streams;
use nn::range::UnitInterval;
use serde::{Deserialize, Serialize};

use crate::losses::Epoch;
use crate::sampling::by_class::{ByClass, class_probabilities};
use crate::sampling::definition::Definition;
use crate::sampling::shuffled::Shuffled;
use crate::sampling::{Batches, Pool, Sampling};

/// Parameters of deferred re-sampling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeferredResampling {
    /// Share of the epochs after which classes are drawn alike, from 0 to 1; default 0.8. At 1 they never are.
    pub from: UnitInterval,
}

impl Default for DeferredResampling {
    fn default() -> Self {
        DeferredResampling { from: UnitInterval::new(0.8) }
    }
}

impl Definition for DeferredResampling {
    fn code(&self) -> &'static str {
        include_str!("deferred_resampling.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(Deferred {
            from: self.from.get(),
            before: Shuffled::new(targets.len(), streams),
            after: ByClass::new(targets, n_classes, streams),
        })
    }
}

struct Deferred {
    from: f64,
    before: Shuffled,
    after: ByClass,
}

impl Sampling for Deferred {
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches) {
        if epoch.progress < self.from {
            self.before.epoch(epoch, pool, batches);
        } else {
            self.after.draw(epoch, pool, batches, |counts| class_probabilities(counts, 0.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::{ClassBalancedSampling, InstanceBalancedSampling};

    #[test]
    fn it_is_the_one_and_then_the_other_batch_by_batch() {
        let targets: Vec<u32> = (0..500).map(|i| u32::from(i % 10 == 0)).collect();
        let drawn = |sampler: &dyn Definition, number: usize| {
            let mut batches = Batches::new(50);
            let mut sampling = sampler.build(&targets, 2, &Streams::new([6; 32]));
            let epoch = Epoch { number, ..Epoch::at(number as f64 / 10.0) };
            sampling.epoch(&epoch, &Pool::full(500), &mut batches);
            batches
        };
        let deferred = DeferredResampling::default();
        for number in 0..8 {
            assert_eq!(drawn(&deferred, number), drawn(&InstanceBalancedSampling {}, number));
        }
        for number in 8..10 {
            assert_eq!(drawn(&deferred, number), drawn(&ClassBalancedSampling {}, number));
        }
        let never = DeferredResampling { from: UnitInterval::new(1.0) };
        assert_eq!(drawn(&never, 9), drawn(&InstanceBalancedSampling {}, 9));
    }
}
