//! Class-aware Meta-Weight-Net (CMW-Net): the function from loss to weight has a form for classes of each scale.
//!
//! ```text
//! V(ℓ, c; Θ) = σ(Σ_h b_ch max(0, p_h ℓ + q_h) + d_c)      c the group of the example's class; p and q are shared
//! θ̂(Θ)       = θ - η Σ_i v_i V_i(Θ) ∇ℓ_i(θ) / S           S = Σ_j v_j V_j, held constant
//! Θ          ← Θ - β ∇Θ L_meta(θ̂(Θ))
//! w_i        = v_i V_i / S                                with the new Θ
//! ```
//!
//! - `ℓ`: the losses of the training batch, `[n_examples]`, whatever the loss; `v`: what mining kept
//! - groups: the classes by their numbers of training examples, so that `Σ (n_k - mean of the group)²` is the least there
//!   is; `groups = 3`, or as many as there are different numbers
//! - `η`: the learning rate of the training at the step; `look_ahead = "optimizer"` takes the step of its optimiser
//! - `look_ahead_steps = 1`; more of them are taken on the same batch with the same weights, by `plain` descent, and
//!   differentiated through (ours)
//! - `L_meta`: the plain loss of the logits as they are read, as for `l2rw`; `meta_batch_size`: 32 (ours)
//! - `hidden = 100`, `optimizer = { adam = { learning_rate = 1e-4, weight_decay = 1e-5 } }`: the authors', for imbalance;
//!   `start = 0`: from the first epoch, as they do for label noise; for imbalance they have 0.8, 160 of 200 epochs. Before it
//!   every mined example counts alike, and no epoch of it is picked as the best
//! - without a meta set, or with an empty one, every mined example counts alike
//!
//! Source: Shu, Yuan, Meng, Xu, *CMW-Net: Learning a Class-Aware Sample Weighting Mapping for Robust Deep Learning*, TPAMI
//! 2023, and the authors' programs.
//! Differs: the authors' groups are those of k-means from random centres, and may be other than the best; their Adam is
//! AMSGrad. For imbalance they have no meta set of its own: each epoch draws one from the training part, as many of each
//! class as the smallest has. Here it is the protocol's.
//! Trap: with balanced classes there is one group, and the method is Meta-Weight-Net whose sum is held constant.
//! Trap: weights sum to 1 in every batch: what the values have in common cancels, but the meta gradient, which holds the sum
//! constant, drives it.

use std::num::NonZeroUsize;

use nn::range::{NonNegative, Positive, UnitInterval};
use nn::{Adam, OptimizerSpec, Real};
use serde::{Deserialize, Serialize};

use crate::losses::LossSpec;
use crate::named;
use crate::reweighting::Reweighting;
use crate::reweighting::definition::{Definition, Reweighed};
use crate::reweighting::meta::{LookAhead, META_BATCH_SIZE, MetaBatches, VirtualStep};
use crate::reweighting::shares::{Normalize, Shares};
use crate::reweighting::unrolled::LookAheadSteps;
use crate::reweighting::weighing::LearnedWeighing;
use crate::reweighting::weight_net::WeightNet;
use crate::setting::ClassCounts;

/// Parameters of class-aware Meta-Weight-Net.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClassAwareMetaWeightNet {
    /// Groups of classes, at least 1.
    pub groups: NonZeroUsize,
    /// Hidden units of the weight network, at least 1.
    pub hidden: NonZeroUsize,
    /// Share of the epochs before the weights count.
    pub start: UnitInterval,
    /// The step that is looked ahead to: `plain` descent, or that of the `optimizer` of the training.
    pub look_ahead: VirtualStep,
    /// How many steps of it are looked ahead to, on the same batch with the same weights; more than one of `plain` descent.
    /// The default is 1.
    #[serde(skip_serializing_if = "LookAheadSteps::is_one")]
    pub look_ahead_steps: LookAheadSteps,
    /// The optimiser of the weight network.
    #[serde(deserialize_with = "named::deserialize")]
    pub optimizer: OptimizerSpec,
    /// Number of meta examples in a step, at least 1.
    pub meta_batch_size: NonZeroUsize,
}

impl Default for ClassAwareMetaWeightNet {
    fn default() -> Self {
        ClassAwareMetaWeightNet {
            groups: const { NonZeroUsize::new(3).unwrap() },
            hidden: const { NonZeroUsize::new(100).unwrap() },
            start: UnitInterval::new(0.0),
            look_ahead: VirtualStep::Plain,
            look_ahead_steps: LookAheadSteps::default(),
            optimizer: OptimizerSpec::Adam(Adam {
                learning_rate: Positive::new(1e-4),
                weight_decay: NonNegative::new(1e-5),
                ..Adam::default()
            }),
            meta_batch_size: META_BATCH_SIZE,
        }
    }
}

impl ClassAwareMetaWeightNet {
    fn weighing<T: Real>(&self, reweighed: Reweighed<'_, T>) -> LearnedWeighing<T> {
        let heads = groups(reweighed.setting.counts, self.groups.get());
        let n_heads = heads.iter().max().map_or(1, |&last| last as usize + 1);
        let mut stream = reweighed.setting.streams.stream("weight net");
        let net = WeightNet::new(self.hidden.get(), n_heads, &mut stream);
        let look = LookAhead::new(reweighed.readout, self.look_ahead);
        let look = look.of_steps(&self.look_ahead_steps, &reweighed);
        let Reweighed { meta, setting, .. } = reweighed;
        let meta = MetaBatches::new(meta, self.meta_batch_size, setting.streams);
        let shares = Shares { by: Normalize::Sum, is_sum_constant: true, detach: true };
        LearnedWeighing::new((look, meta), net, &self.optimizer, shares, heads)
            .from(self.start.get())
    }
}

impl<T: Real> Definition<T> for ClassAwareMetaWeightNet {
    fn code(&self) -> &'static str {
        include_str!("class_aware_meta_weight_net.rs")
    }

    fn version(&self, _: &LossSpec) -> u32 {
        1
    }

    fn keeps_the_sum(&self) -> bool {
        true
    }

    fn acts_from(&self) -> f64 {
        self.start.get()
    }

    fn products(&self) -> f64 {
        5.5
    }

    fn networks(&self) -> f64 {
        2.0
    }

    fn further_steps(&self) -> usize {
        self.look_ahead_steps.further()
    }

    fn no_further_steps(&self) -> Option<&'static str> {
        self.look_ahead.no_further_steps(&self.look_ahead_steps)
    }

    fn build(&self, reweighed: Reweighed<'_, T>) -> Box<dyn Reweighting<T>> {
        Box::new(self.weighing(reweighed))
    }
}

/// The group of each class, from that of the smallest: neighbours in the order of their counts, at most `n_groups` of them,
/// with the least sum of squared distances from the means of the groups. Equal counts stay together, and of equal sums the
/// one whose last groups are the larger is taken.
fn groups(counts: &ClassCounts, n_groups: usize) -> Vec<u32> {
    let mut sorted = counts.get().to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    let n = distinct.len();
    let spread = |from: usize, to: usize| {
        let within = |x: &&f64| (distinct[from]..=distinct[to - 1]).contains(*x);
        let (mut sum, mut size) = (0.0, 0.0);
        sorted.iter().filter(within).for_each(|x| (sum, size) = (sum + x, size + 1.0));
        let mean = sum / size;
        sorted.iter().filter(within).map(|x| (x - mean) * (x - mean)).sum::<f64>()
    };
    // The least spread of the first `to` counts in one group; then in one more, round by round, with where the last begins.
    let mut least: Vec<f64> = (1..=n).map(|to| spread(0, to)).collect();
    let mut begins: Vec<Vec<usize>> = vec![vec![0; n]];
    for group in 1..n_groups.min(n) {
        let before = least.clone();
        let mut begin = vec![0; n];
        for to in group + 1..=n {
            let with = |from: usize| before[from - 1] + spread(from, to);
            let best = (group..to).min_by(|&a, &b| with(a).total_cmp(&with(b)));
            begin[to - 1] = best.unwrap_or(group);
            least[to - 1] = with(begin[to - 1]);
        }
        begins.push(begin);
    }
    let mut group_of = vec![0; n];
    let mut to = n;
    for (group, begin) in begins.iter().enumerate().rev() {
        let from = if group == 0 { 0 } else { begin[to - 1] };
        group_of[from..to].fill(group as u32);
        to = from;
    }
    let place = |n: &f64| distinct.partition_point(|x| x < n);
    counts.get().iter().map(|n| group_of[place(n)]).collect()
}

#[cfg(test)]
mod tests;
