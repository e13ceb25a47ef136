//! Meta-Weight-Net: a small network learns, from the meta set, which losses should count.
//!
//! ```text
//! V(ℓ; Θ) = σ(Σ_h b_h max(0, p_h ℓ + q_h) + d)                    0 < V < 1
//! θ̂(Θ)    = θ - η ∇θ Σ_i v_i V(ℓ_i(θ); Θ) ℓ_i(θ) / Σ_j v_j m_j    a step that is not taken
//! Θ       ← Θ - β ∇Θ L_meta(θ̂(Θ))
//! w_i     = v_i V(ℓ_i; Θ) / Σ_j v_j m_j                           with the new Θ
//! ```
//!
//! `∇Θ L_meta(θ̂) = -η/n Σ_i ⟨∇L_meta(θ̂), ∇ℓ_i⟩ ∇Θ V(ℓ_i)`: one tangent pass gives every product, and no second
//! derivative appears. With `detach = false`, `V` in the look-ahead moves with the loss that it reads, and the coefficient
//! of `∇ℓ_i` there is `V + V' ℓ`; with `normalize = "sum"` weights are divided by their sum, and so is the look-ahead.
//!
//! - `ℓ`: the losses of the training batch, `[n_examples]`, whatever the loss; `v`: what mining kept; `m`: what each
//!   example adds to the divisor of a mean
//! - `Θ`: `p`, `q`, `b`, `[hidden]` each, and `d`; they start as PyTorch starts its layers, from a stream of their own
//! - `η`: the learning rate of the training at the step; `look_ahead = "optimizer"` takes the step of its optimiser
//! - `look_ahead_steps = 1`; more of them are taken on the same batch with the same weights, by `plain` descent with
//!   `detach = true`, and differentiated through (ours)
//! - `L_meta`: the plain loss of the logits as they are read, as for `l2rw`; `meta_batch_size`: 32 (ours)
//! - `hidden = 100`, `detach = true`, `normalize = "mean"`, `optimizer = { adam = { learning_rate = 1e-3, weight_decay =
//!   1e-4 } }`: the authors', for label noise. For imbalance they have `detach = false`, `normalize = "sum"`, and
//!   `optimizer = { sgd = { learning_rate = 1e-5, momentum = 0.9, nesterov = true, weight_decay = 5e-4 } }`
//! - without a meta set, or with an empty one, every mined example counts alike
//!
//! Source: Shu, Xie, Yi, Zhao, Zhou, Xu, Meng, *Meta-Weight-Net: Learning an Explicit Mapping For Sample Weighting*,
//! NeurIPS 2019, equations 3 to 8, and the authors' two programs.
//! Differs: the meta pass has no dropout and reads running statistics; the authors' code trains its meta batches in
//! training mode.
//! Trap: `V` starts near 0.5, and with the mean the step is half as long as the plain one and stays shorter: `norm_matched` and
//! `replayed_mean` are the controls that tell a gain by that from a gain by the weights.
//! Trap: `V` sees the loss and not the class. A loss that differs by class, or weighs an example itself, shows it another
//! world than cross-entropy does.

use std::num::NonZeroUsize;

use nn::range::{NonNegative, Positive};
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

/// Parameters of Meta-Weight-Net.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetaWeightNet {
    /// Hidden units of the weight network, at least 1.
    pub hidden: NonZeroUsize,
    /// Whether weights are held constant in the look-ahead as the losses move that they are read from.
    pub detach: bool,
    /// What weights are divided by: `mean`, the number of examples, or `sum`, their sum.
    pub normalize: Normalize,
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

impl Default for MetaWeightNet {
    fn default() -> Self {
        MetaWeightNet {
            hidden: const { NonZeroUsize::new(100).unwrap() },
            detach: true,
            normalize: Normalize::Mean,
            look_ahead: VirtualStep::Plain,
            look_ahead_steps: LookAheadSteps::default(),
            optimizer: OptimizerSpec::Adam(Adam {
                learning_rate: Positive::new(1e-3),
                weight_decay: NonNegative::new(1e-4),
                ..Adam::default()
            }),
            meta_batch_size: META_BATCH_SIZE,
        }
    }
}

impl MetaWeightNet {
    fn weighing<T: Real>(&self, reweighed: Reweighed<'_, T>) -> LearnedWeighing<T> {
        let n_classes = reweighed.setting.counts.n_classes();
        let mut stream = reweighed.setting.streams.stream("weight net");
        let net = WeightNet::new(self.hidden.get(), 1, &mut stream);
        let look = LookAhead::new(reweighed.readout, self.look_ahead);
        let look = look.of_steps(&self.look_ahead_steps, &reweighed);
        let Reweighed { meta, setting, .. } = reweighed;
        let meta = MetaBatches::new(meta, self.meta_batch_size, setting.streams);
        let shares = Shares { by: self.normalize, is_sum_constant: false, detach: self.detach };
        LearnedWeighing::new((look, meta), net, &self.optimizer, shares, vec![0; n_classes])
    }
}

impl<T: Real> Definition<T> for MetaWeightNet {
    fn code(&self) -> &'static str {
        include_str!("meta_weight_net.rs")
    }

    fn version(&self, _: &LossSpec) -> u32 {
        1
    }

    fn keeps_the_sum(&self) -> bool {
        self.normalize == Normalize::Sum
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
        let attached = !self.detach && !self.look_ahead_steps.is_one();
        let why = "with `detach = false` the weights would move with them";
        self.look_ahead.no_further_steps(&self.look_ahead_steps).or(attached.then_some(why))
    }

    fn build(&self, reweighed: Reweighed<'_, T>) -> Box<dyn Reweighting<T>> {
        Box::new(self.weighing(reweighed))
    }
}

#[cfg(test)]
mod tests;
