//! Meta-learned class weights: a part of a weight by the number of examples of the class, and a part by the meta set.
//!
//! ```text
//! w_k   ∝ (1 - β) / (1 - β^{n_k})                                 mean 1 over the classes
//! θ̂     = θ - η Σ_i v_i w_{y_i} ∇ℓ_i(θ)                           a step along the sum, which is not taken
//! ε_i   = -κ ∂L_meta(θ̂)/∂ε_i = κ η v_i ⟨∇L_meta(θ̂), ∇ℓ_i(θ)⟩      at weights w + ε, ε = 0
//! w'_i  = v_i (w_{y_i} + ε_i) / Σ_j v_j m_j                       neither cut off at 0 nor divided by a sum
//! ```
//!
//! - `ℓ`: the losses of the training batch, `[n_examples]`; `v`: what mining kept; `m`: what each example adds to the
//!   divisor of a mean; `n_k`: the number of training examples of class `k`
//! - `β = 0.9999`, `κ` (`epsilon_rate`) `= 0.01`, `start = 0.8`: 160 of 200 epochs, before which every mined example counts
//!   alike, and no epoch of which is picked as the best
//! - `η`: the learning rate of the training at the step
//! - `look_ahead_steps = 1`; more of them are taken on the same batch with the same weights, and differentiated through
//!   (ours)
//! - `L_meta`: the plain loss of the logits as they are read, as for `l2rw`; `meta_batch_size`: 32 (ours)
//! - without a meta set, or with an empty one, `ε` is 0
//!
//! Source: Jamal, Brown, Yang, Wang, Gong, *Rethinking Class-Balanced Methods for Long-Tailed Visual Recognition from a
//! Domain Adaptation Perspective*, CVPR 2020, algorithm 1, and the authors' program.
//! Differs: the authors cut the learning rate to a hundredth at `start`; here the schedule is the experiment's.
//! Trap: a weight may be below 0, and its example is unlearnt then.
//! Trap: the look-ahead is as many times longer than the step as the batch has examples, and `ε` grows with `η`: at a rate
//! of 0.001 it is a millionth of a weight, and the method is `class_balanced` from `start` on.

use std::num::NonZeroUsize;

use nn::Real;
use nn::range::{BelowOne, NonNegative, UnitInterval};
use serde::{Deserialize, Serialize};

use crate::losses::{ClassWeights, EffectiveNumber, Epoch, LossSpec};
use crate::reweighting::definition::{Definition, Reweighed};
use crate::reweighting::meta::{LookAhead, META_BATCH_SIZE, MetaBatches, VirtualStep};
use crate::reweighting::none::mean;
use crate::reweighting::unrolled::LookAheadSteps;
use crate::reweighting::{Reweighting, Step};

/// Parameters of meta-learned class weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetaClassWeights {
    /// `β` of the weights of the classes, below 1.
    pub beta: BelowOne,
    /// `κ`, how far an example's part moves.
    pub epsilon_rate: NonNegative,
    /// Share of the epochs before the weights count.
    pub start: UnitInterval,
    /// How many steps are looked ahead to, on the same batch with the same weights. The default is 1.
    #[serde(skip_serializing_if = "LookAheadSteps::is_one")]
    pub look_ahead_steps: LookAheadSteps,
    /// Number of meta examples in a step, at least 1.
    pub meta_batch_size: NonZeroUsize,
}

impl Default for MetaClassWeights {
    fn default() -> Self {
        MetaClassWeights {
            beta: BelowOne::new(0.9999),
            epsilon_rate: NonNegative::new(0.01),
            start: UnitInterval::new(0.8),
            look_ahead_steps: LookAheadSteps::default(),
            meta_batch_size: META_BATCH_SIZE,
        }
    }
}

impl<T: Real> Definition<T> for MetaClassWeights {
    fn code(&self) -> &'static str {
        include_str!("meta_class_weights.rs")
    }

    fn version(&self, _: &LossSpec) -> u32 {
        1
    }

    fn keeps_the_sum(&self) -> bool {
        false
    }

    fn may_be_negative(&self) -> bool {
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

    fn build(&self, reweighed: Reweighed<'_, T>) -> Box<dyn Reweighting<T>> {
        let look = LookAhead::new(reweighed.readout, VirtualStep::Plain);
        let look = look.of_steps(&self.look_ahead_steps, &reweighed);
        let Reweighed { meta, setting, .. } = reweighed;
        let counts = setting.counts;
        let scheme = ClassWeights::EffectiveNumber(EffectiveNumber { beta: self.beta });
        // Refused only where no class has an example, and there is nothing to weigh then.
        let class_weights =
            scheme.weights(counts).unwrap_or_else(|_| vec![1.0; counts.n_classes()]);
        Box::new(PerClass {
            class_weights: class_weights.into_iter().map(T::of).collect(),
            epsilon_rate: T::of(self.epsilon_rate.get()),
            start: self.start.get(),
            acts: self.start.get() == 0.0,
            meta: MetaBatches::new(meta, self.meta_batch_size, setting.streams),
            look,
            coefficients: Vec::new(),
        })
    }
}

/// The weights of classes, and the meta set that moves them.
struct PerClass<T> {
    class_weights: Vec<T>,
    epsilon_rate: T,
    start: f64,
    acts: bool,
    meta: MetaBatches<T>,
    look: LookAhead<T>,
    /// `v_i w_{y_i}`, `[n_examples]`.
    coefficients: Vec<T>,
}

impl<T: Real> Reweighting<T> for PerClass<T> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.acts = self.start <= epoch.progress;
        self.look.begin_epoch(epoch);
    }

    fn weigh(&mut self, mut step: Step<'_, T>, weights: &mut Vec<T>) {
        let divisor = step.selection.divisor;
        if !self.acts || divisor == T::ZERO {
            return mean(step.selection, weights);
        }
        let PerClass { class_weights, epsilon_rate, meta, look, coefficients, .. } = self;
        let mined = step.selection.weights.iter().zip(step.targets);
        coefficients.clear();
        coefficients.extend(mined.map(|(&v, &y)| v * class_weights[y as usize]));
        if meta.is_empty() {
            weights.clear();
            weights.resize(coefficients.len(), T::ZERO);
        } else {
            look.slopes(&mut step, coefficients, meta.draw(), weights);
        }
        let mined = step.selection.weights.iter().zip(&*coefficients);
        for (w, (&v, &c)) in weights.iter_mut().zip(mined) {
            // What was not mined has no part, whatever its slope is.
            let epsilon = if v == T::ZERO { T::ZERO } else { *epsilon_rate * v * *w };
            *w = (c - v * epsilon) / divisor;
        }
    }
}

#[cfg(test)]
mod tests;
