//! How the meta loss after a step depends on how much each example counts, where the last layer alone takes the step.
//!
//! ```text
//! φ̂(c)    = φ - η Σ_i c_i w_i ∇_φ ℓ_i              φ: the last layer; nothing moves
//! u_i     = ∂L_meta(φ̂)/∂c_i = -η w_i ⟨∇_φ L_meta(φ̂), ∇_φ ℓ_i⟩          at c = 1
//!         = -η w_i Σ_j (⟨h_i, h_j⟩ + 1) ⟨δ_i, δ_j⟩                     of a dense layer, j over the meta batch
//! ```
//!
//! - `ℓ_i`: the losses of a training batch, `[n_examples]`, `w`: their final weights, `h_i`: what the last layer reads of
//!   them, with the dropout and the statistics of the step; `η`: the learning rate of the step
//! - `L_meta`: the mean plain loss of a meta batch, which the layers below read without dropout and as they are
//! - `δ`: slopes at the logits; of the meta batch at `φ̂`, each divided by the size of that batch
//!
//! It costs the forward pass of the meta batch, and passes of the last layer.
//!
//! Source: Ren and others, *Balanced Meta-Softmax for Long-Tailed Visual Recognition*, NeurIPS 2020, whose inner step is
//! of the classifier; the rule of the chain.

use std::num::NonZeroUsize;

use nn::{Architecture, Matrix, Network, Pass, Real, Shape, Streams};

use crate::examples::Examples;
use crate::losses::{PerExample, Readout};
use crate::reweighting::meta::{MetaBatches, MetaGradient, row_products};

/// A look-ahead of the last layer, with its workspace and its place in the meta set.
#[derive(Debug)]
pub struct LastLayer<T> {
    meta: MetaBatches<T>,
    meta_gradient: MetaGradient<T>,
    /// The last layer as it is, and after the step: networks without hidden layers.
    now: Network<T>,
    ahead: Network<T>,
    below: Pass<T>,
    pass: Pass<T>,
    weighed: PerExample<T>,
    gradient: Vec<T>,
    /// What the last layer reads of the meta batch.
    read: Examples<T>,
    slopes: Vec<f64>,
}

impl<T: Real> LastLayer<T> {
    /// That of networks of an `architecture`, whose logits are read as `readout` says, beside batches of `meta`.
    pub fn new(
        architecture: &Architecture,
        readout: &Readout,
        (meta, size): (Examples<T>, NonZeroUsize),
        streams: &Streams,
    ) -> Self {
        let input = Shape::flat(architecture.width());
        let head = Architecture { input, body: Vec::new(), ..architecture.clone() };
        // Its parameters are those of the network at each step.
        let now = Network::new(head, &mut streams.within("last layer", 0).stream("init"));
        LastLayer {
            meta: MetaBatches::new(Some(meta), size, streams),
            meta_gradient: MetaGradient::new(readout),
            ahead: now.clone(),
            now,
            below: Pass::default(),
            pass: Pass::default(),
            weighed: PerExample::default(),
            gradient: Vec::new(),
            read: Examples::default(),
            slopes: Vec::new(),
        }
    }

    /// Finds `u` of a batch whose last hidden activations are `hidden`, whose losses are `evaluated`, and which `network` is
    /// to take a step on with `weights` at the rate `eta`.
    pub fn look(
        &mut self,
        network: &Network<T>,
        hidden: &Matrix<T>,
        evaluated: &PerExample<T>,
        (weights, eta): (&[T], f64),
    ) {
        self.slopes.clear();
        if self.meta.is_empty() || weights.iter().all(|&w| w == T::ZERO) {
            return;
        }
        let LastLayer { meta, meta_gradient, now, ahead, below, pass, weighed, gradient, .. } =
            self;
        now.parameters_mut().copy_from_slice(network.head());
        now.forward(hidden, pass);
        weighed.gradient.copy_from(&evaluated.gradient);
        weighed.weigh(weights);
        now.backward(hidden, &weighed.gradient, None, pass, gradient);
        let eta = T::of(eta);
        let moved = now.parameters().iter().zip(&*gradient).map(|(&p, &g)| p - eta * g);
        ahead.parameters_mut().iter_mut().zip(moved).for_each(|(p, moved)| *p = moved);

        let batch = meta.draw();
        network.forward(&batch.features, below);
        self.read.features.copy_from(below.last_hidden().unwrap_or(&batch.features));
        self.read.targets.clone_from(&batch.targets);
        let direction = meta_gradient.of(ahead, &self.read);
        now.tangent(hidden, direction, pass);
        let agreements = row_products(&weighed.gradient, pass.logit_tangents());
        self.slopes.extend(agreements.map(|u| -(eta * u).to_f64()));
    }

    /// `u` of the batch that was looked at last, `[n_examples]`; empty where no example counted, or without a meta set.
    pub fn slopes(&self) -> &[f64] {
        &self.slopes
    }
}

#[cfg(test)]
mod tests;
