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
//! Trap: what a loss itself weighs an example by comes in twice, in `u_i` and in `ℓ_i`, and the step is longer still
//! under `ghm_c`, `ghm_softmax` and `class_difficulty`, whose weights follow the training.

use std::num::NonZeroUsize;

use nn::{Matrix, Network, Pass, Real, Stream, Streams};
use serde::{Deserialize, Serialize};

use crate::examples::Examples;
use crate::losses::{LossSpec, PerExample, Plain, Readout};
use crate::mining::Selection;
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
        L2rw { meta_batch_size: const { NonZeroUsize::new(32).unwrap() } }
    }
}

impl L2rw {
    /// Since version 2 an epoch without a step has no loss; 3 is that of losses with a slope at the hidden activations,
    /// which version 1 left out.
    pub(crate) fn version(loss: &LossSpec) -> u32 {
        if loss.slopes_hidden() { 3 } else { 2 }
    }

    pub(crate) fn build<T: Real>(
        &self,
        meta: Option<Examples<T>>,
        readout: &Readout,
        streams: &Streams,
    ) -> LearningToReweight<T> {
        let meta = MetaBatches::new(meta.unwrap_or_default(), self.meta_batch_size, streams);
        let gradient = MetaGradient {
            plain: Plain::new(readout),
            pass: Pass::default(),
            evaluated: PerExample::default(),
            weights: Vec::new(),
            values: Vec::new(),
        };
        LearningToReweight { meta, gradient }
    }
}

/// Learning to reweight, with its place in the meta set.
pub(crate) struct LearningToReweight<T> {
    meta: MetaBatches<T>,
    gradient: MetaGradient<T>,
}

impl<T: Real> Reweighting<T> for LearningToReweight<T> {
    fn weigh(&mut self, step: Step<'_, T>, weights: &mut Vec<T>) {
        if self.meta.set.targets.is_empty() {
            return mean(step.selection, weights);
        }
        self.meta.draw();
        let direction = self.gradient.of(step.network, &self.meta.batch);
        step.network.tangent(step.features, direction, step.pass);
        agreements(step.evaluated, step.pass, weights);
        normalize(weights, step.selection);
    }
}

/// `u_i = ⟨∂ℓ_i/∂z_i, ż_i⟩ + ⟨∂ℓ_i/∂h_i, ḣ_i⟩`.
fn agreements<T: Real>(evaluated: &PerExample<T>, pass: &Pass<T>, out: &mut Vec<T>) {
    out.clear();
    out.extend(row_products(&evaluated.gradient, pass.logit_tangents()));
    // The inputs of a linear model do not move.
    if let (Some(slopes), Some(moved)) = (evaluated.hidden_gradient(), pass.hidden_tangents()) {
        out.iter_mut().zip(row_products(slopes, moved)).for_each(|(u, added)| *u += added);
    }
}

/// The inner product of each row of `a` with that of `b`.
fn row_products<T: Real>(a: &Matrix<T>, b: &Matrix<T>) -> impl Iterator<Item = T> {
    a.rows().zip(b.rows()).map(|(a, b)| a.iter().zip(b).map(|(&a, &b)| a * b).sum())
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

/// The walk through the meta set.
struct MetaBatches<T> {
    set: Examples<T>,
    size: usize,
    stream: Stream,
    order: Vec<u32>,
    /// How much of `order` has been used.
    used: usize,
    batch: Examples<T>,
}

impl<T: Real> MetaBatches<T> {
    fn new(set: Examples<T>, size: NonZeroUsize, streams: &Streams) -> Self {
        let n = set.targets.len();
        let (size, order) = (size.get().min(n), (0..n as u32).collect());
        MetaBatches {
            set,
            size,
            stream: streams.stream("meta"),
            order,
            used: n,
            batch: Examples::default(),
        }
    }

    fn draw(&mut self) {
        let n = self.set.targets.len();
        if n < self.used + self.size {
            self.used = 0;
            if self.size < n {
                self.stream.shuffle(&mut self.order);
            }
        }
        let rows = &self.order[self.used..][..self.size];
        self.used += self.size;
        self.batch.features.gather(&self.set.features, rows);
        self.batch.targets.clear();
        self.batch.targets.extend(rows.iter().map(|&i| self.set.targets[i as usize]));
    }
}

/// The gradient of the mean meta loss, with its own workspace.
struct MetaGradient<T> {
    plain: Plain<T>,
    pass: Pass<T>,
    evaluated: PerExample<T>,
    weights: Vec<T>,
    values: Vec<T>,
}

impl<T: Real> MetaGradient<T> {
    /// `∇θ L_meta(θ)`, `[n_parameters]`.
    fn of(&mut self, network: &Network<T>, meta: &Examples<T>) -> &[T] {
        let MetaGradient { plain, pass, evaluated, weights, values } = self;
        network.forward(&meta.features, pass);
        plain.score(pass.logits(), &meta.targets, evaluated);
        weights.clear();
        weights.resize(meta.targets.len(), plain.scale() * T::of(1.0 / meta.targets.len() as f64));
        evaluated.weigh(weights);
        network.backward(&meta.features, &evaluated.gradient, None, pass, values);
        values
    }
}

#[cfg(test)]
mod tests;
