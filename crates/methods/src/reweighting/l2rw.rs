//! Learning to reweight: an example counts as much as its gradient agrees with the meta set's.
//!
//! ```text
//! g   = ∇θ L_meta(θ)                     the mean loss of a meta batch at θ
//! u_i = ⟨∇θ ℓ_i(θ), g⟩                   = -∂L_meta(θ - η Σ_j ε_j ∇ℓ_j)/∂ε_i / η   at ε = 0
//! w_i = max(0, u_i) v_i / Σ_j max(0, u_j) v_j          all 0 when no example helps
//! ```
//!
//! `⟨∇θ ℓ_i, g⟩ = ⟨∂ℓ_i/∂z_i, (∂z_i/∂θ) g⟩ + ⟨∂ℓ_i/∂h_i, (∂h_i/∂θ) g⟩`: one tangent pass along `g` gives
//! every `u_i`. The second term is that of a loss with a slope at the last hidden activations `h`
//! (`influence_balanced` with `detach_weight = false`).
//!
//! - `ℓ`: the losses of the training batch, `[n_examples]`, whatever the loss; `v`: what mining kept
//! - `L_meta`: cross-entropy, or binary cross-entropy summed over the logits for a loss on sigmoids, of the
//!   logits as they predict, scaled and moved (those of `bi_tempered` too go through the plain softmax);
//!   without dropout
//! - `meta_batch_size`: 32 (ours). The meta set is walked in random permutations, one full batch a step;
//!   what is left at the end of a permutation is passed over. A meta set of at most that size is used
//!   whole in each step
//! - without a meta set, or with an empty one, there is nothing to agree with: every mined example counts
//!   alike
//!
//! Source: Ren, Zeng, Yang, Urtasun, *Learning to Reweight Examples for Robust Deep Learning*, ICML 2018,
//! algorithm 1.
//! Differs: the authors' code uses the same small meta set whole in every step.
//! Trap: the weights sum to 1, so that a batch in which one example helps moves as far as any other.
//! Trap: gradients that agree do not cancel, and few examples share the weight, so that a step is as long as a
//! single example's: on `winequality-red-4` 20 to 50 times as long as that of the mean. At the mean's learning rate
//! logits may run away. After 40 epochs at rate 0.05 and momentum 0.9 (an MLP of 32, batches of 64, 5 meta examples
//! a class) the largest under cross-entropy was 120,000 there and 800 on `vowel0`, where without reweighting it
//! was 16 and 13; at 0.005 it was 16 and 8. Take a tenth of the rate or less: the authors' is 0.001.
//! Trap: what it gains at one rate and loses at another is mostly that length. On digits at ratio 50 (an MLP of 200, batches of
//! 100, `experiments/reproduce/l2rw-digits.toml`) its balanced accuracy at rates of 0.001, 0.01 and 0.05 is 0.907, 0.838 and
//! 0.696, that of plain training 0.805, 0.892 and 0.904, and that of steps in the plain direction as long as its own
//! (`norm_matched`) 0.898, 0.860 and 0.777. Compare it with plain training at the best rate of each, and with that control.
//! Trap: what a loss itself weighs an example by comes in twice, in `u_i` and in `ℓ_i`, and the step is longer still
//! under `ghm_c`, `ghm_softmax` and `class_difficulty`, whose weights follow the training.

use std::num::NonZeroUsize;

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::losses::LossSpec;
use crate::mining::Selection;
use crate::reweighting::definition::{Definition, Reweighed};
use crate::reweighting::meta::{META_BATCH_SIZE, MetaBatches, MetaGradient, agreements};
use crate::reweighting::none::mean;
use crate::reweighting::{Reweighting, Step};

/// Parameters of learning to reweight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct L2rw {
    /// Number of meta examples in a step, at least 1.
    pub meta_batch_size: NonZeroUsize,
}

impl Default for L2rw {
    fn default() -> Self {
        L2rw { meta_batch_size: META_BATCH_SIZE }
    }
}

impl<T: Real> Definition<T> for L2rw {
    fn code(&self) -> &'static str {
        include_str!("l2rw.rs")
    }

    /// Since version 2 an epoch without a step has no loss; 3 is that of losses with a slope at the hidden activations,
    /// which version 1 left out.
    fn version(&self, loss: &LossSpec) -> u32 {
        if loss.slopes_hidden() { 3 } else { 2 }
    }

    fn keeps_the_sum(&self) -> bool {
        true
    }

    fn products(&self) -> f64 {
        3.5
    }

    fn build(&self, reweighed: Reweighed<'_, T>) -> Box<dyn Reweighting<T>> {
        let Reweighed { meta, readout, setting, .. } = reweighed;
        Box::new(LearningToReweight {
            meta: MetaBatches::new(meta, self.meta_batch_size, setting.streams),
            gradient: MetaGradient::new(readout),
        })
    }
}

/// Learning to reweight, with its place in the meta set.
struct LearningToReweight<T> {
    meta: MetaBatches<T>,
    gradient: MetaGradient<T>,
}

impl<T: Real> Reweighting<T> for LearningToReweight<T> {
    fn weigh(&mut self, mut step: Step<'_, T>, weights: &mut Vec<T>) {
        if self.meta.is_empty() {
            return mean(step.selection, weights);
        }
        // At ε = 0 the step leads nowhere, and its length cancels.
        let direction = self.gradient.of(step.network, self.meta.draw());
        agreements(&mut step, direction, weights);
        normalize(weights, step.selection);
    }
}

/// Turns `u` into `w`. A `u` that is not a number stays, so that a diverged network is noticed.
fn normalize<T: Real>(u: &mut [T], selection: &Selection<T>) {
    for (u, &v) in u.iter_mut().zip(&selection.weights) {
        *u = if *u <= T::ZERO || v == T::ZERO { T::ZERO } else { *u * v };
    }
    let total: T = u.iter().copied().sum();
    if T::ZERO < total {
        for w in u {
            *w /= total;
        }
    }
}

#[cfg(test)]
mod tests;
