//! What reweightings learn from: a meta set, and the loss on it after a step that is not taken.
//!
//! ```text
//! θ̂(c)              where a step along Σ_i c_i ∇ℓ_i(θ) leads; nothing moves
//! v                 = ∇L_meta(θ̂)
//! ∂L_meta(θ̂)/∂c_i   = -⟨P v, ∇ℓ_i(θ)⟩,   P = -(∂θ̂/∂g)ᵀ: η of plain descent, a diagonal of Adam
//! ⟨d, ∇ℓ_i⟩         = ⟨∂ℓ_i/∂z_i, (∂z_i/∂θ) d⟩ + ⟨∂ℓ_i/∂h_i, (∂h_i/∂θ) d⟩
//! ```
//!
//! Over one step no second derivative appears, because a step depends on `c` through its gradient alone; one tangent pass along
//! `d = P v` through the batch of the step, with its dropout masks and its statistics, gives the product for every example. Further steps are in `unrolled`.
//!
//! Source: Ren and others, ICML 2018, and Shu and others, NeurIPS 2019, who differentiate twice; the rule of the chain.

use std::num::NonZeroUsize;

use nn::{Matrix, Network, Pass, Real, Stream, Streams};
use serde::{Deserialize, Serialize};

use crate::examples::Examples;
use crate::losses::{Epoch, PerExample, Plain, Readout};
use crate::reweighting::unrolled::{LookAheadSteps, Unrolled};
use crate::reweighting::{Reweighed, Step};

/// The number of meta examples in a step, where nothing is said (ours).
pub(super) const META_BATCH_SIZE: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// Which step a look-ahead takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VirtualStep {
    /// `θ - η g`, at the learning rate of the training.
    #[default]
    Plain,
    /// That of the optimiser of the training, with its momentum and weight decay.
    Optimizer,
}

impl VirtualStep {
    /// Why so many steps of the kind cannot be.
    pub(super) fn no_further_steps(self, steps: &LookAheadSteps) -> Option<&'static str> {
        let is_refused = self == VirtualStep::Optimizer && !steps.is_one();
        is_refused.then_some(
            "with `look_ahead = \"optimizer\"` the state of the optimiser would move with them",
        )
    }
}

/// `⟨d, ∇ℓ_i⟩` of each example of the step, `[n_examples]`.
pub(super) fn agreements<T: Real>(step: &mut Step<'_, T>, direction: &[T], out: &mut Vec<T>) {
    let Step { network, features, pass, evaluated, .. } = step;
    network.tangent(features, direction, pass);
    out.clear();
    out.extend(row_products(&evaluated.gradient, pass.logit_tangents()));
    // The inputs of a linear model do not move.
    if let (Some(slopes), Some(moved)) = (evaluated.hidden_gradient(), pass.hidden_tangents()) {
        out.iter_mut().zip(row_products(slopes, moved)).for_each(|(u, added)| *u += added);
    }
}

/// The inner product of each row of `a` with that of `b`.
pub(super) fn row_products<T: Real>(a: &Matrix<T>, b: &Matrix<T>) -> impl Iterator<Item = T> {
    a.rows().zip(b.rows()).map(|(a, b)| a.iter().zip(b).map(|(&a, &b)| a * b).sum())
}

/// The meta loss after a virtual step, with the workspace of both.
pub(super) struct LookAhead<T> {
    by: VirtualStep,
    meta: MetaGradient<T>,
    /// The losses' slopes, weighed.
    weighed: PerExample<T>,
    gradient: Vec<T>,
    /// The network after the step, or the last of several.
    ahead: Option<Network<T>>,
    pub(super) unrolled: Option<Unrolled<T>>,
}

impl<T: Real> LookAhead<T> {
    pub(super) fn new(readout: &Readout, by: VirtualStep) -> Self {
        let (weighed, gradient) = (PerExample::default(), Vec::new());
        let (meta, ahead, unrolled) = (MetaGradient::new(readout), None, None);
        LookAhead { by, meta, weighed, gradient, ahead, unrolled }
    }

    /// The same, so many steps ahead: those of plain descent.
    pub(super) fn of_steps(self, steps: &LookAheadSteps, reweighed: &Reweighed<'_, T>) -> Self {
        LookAhead { unrolled: Unrolled::new(steps.further(), reweighed), ..self }
    }

    /// Says how far the training is, before the steps of an epoch.
    pub(super) fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        if let Some(unrolled) = &mut self.unrolled {
            unrolled.begin_epoch(epoch);
        }
    }

    /// `∂L_meta(θ̂(c))/∂c_i` at the `coefficients` `c`, both `[n_examples]`.
    pub(super) fn slopes(
        &mut self,
        step: &mut Step<'_, T>,
        coefficients: &[T],
        meta: &Examples<T>,
        slopes: &mut Vec<T>,
    ) {
        let LookAhead { by, meta: meta_gradient, weighed, gradient, ahead, unrolled } = self;
        let Step { network, features, evaluated, optimizer, rate, .. } = *step;
        weighed.gradient.copy_from(&evaluated.gradient);
        weighed.hidden_gradient.copy_from(&evaluated.hidden_gradient);
        weighed.weigh(coefficients);
        let hidden = weighed.hidden_gradient();
        network.backward(features, &weighed.gradient, hidden, step.pass, gradient);
        let ahead = ahead.get_or_insert_with(|| network.clone());
        ahead.copy_from(network);
        let eta = T::of(optimizer.learning_rate() * rate);
        match by {
            VirtualStep::Plain => {
                let moved = ahead.parameters_mut().iter_mut().zip(&*gradient);
                moved.for_each(|(p, &g)| *p -= eta * g);
            }
            VirtualStep::Optimizer => {
                let parameters = network.parameters();
                optimizer.look_ahead(parameters, gradient, rate, ahead.parameters_mut());
            }
        }
        if let Some(unrolled) = unrolled {
            unrolled.go_on(step, coefficients, eta, ahead);
        }
        let direction = meta_gradient.of(ahead, meta);
        match by {
            VirtualStep::Plain => direction.iter_mut().for_each(|v| *v *= eta),
            VirtualStep::Optimizer => {
                optimizer.precondition(network.parameters(), gradient, rate, direction);
            }
        }
        let further = unrolled.as_mut().map(|u| u.go_back(step, coefficients, eta, direction));
        agreements(step, direction, slopes);
        slopes.iter_mut().zip(further.into_iter().flatten()).for_each(|(u, &more)| *u += more);
        slopes.iter_mut().for_each(|slope| *slope = -*slope);
    }

    /// The plain losses of examples after the step that was looked ahead to last; none before the first.
    pub(super) fn losses_ahead(&mut self, features: &Matrix<T>, targets: &[u32]) -> &[T] {
        let MetaGradient { plain, pass, evaluated, .. } = &mut self.meta;
        evaluated.losses.clear();
        if let Some(ahead) = &self.ahead {
            ahead.forward(features, pass);
            plain.score(pass.logits(), targets, evaluated);
        }
        &evaluated.losses
    }
}

/// The walk through the meta set.
#[derive(Debug)]
pub(super) struct MetaBatches<T> {
    set: Examples<T>,
    size: usize,
    stream: Stream,
    order: Vec<u32>,
    /// How much of `order` has been used.
    used: usize,
    batch: Examples<T>,
}

impl<T: Real> MetaBatches<T> {
    pub(super) fn new(set: Option<Examples<T>>, size: NonZeroUsize, streams: &Streams) -> Self {
        let set = set.unwrap_or_default();
        let n = set.targets.len();
        let (size, order) = (size.get().min(n), (0..n as u32).collect());
        let (stream, batch) = (streams.stream("meta"), Examples::default());
        MetaBatches { set, size, stream, order, used: n, batch }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.set.targets.is_empty()
    }

    /// The next batch.
    pub(super) fn draw(&mut self) -> &Examples<T> {
        let n = self.set.targets.len();
        if n < self.used + self.size {
            self.used = 0;
            if self.size < n {
                self.stream.shuffle(&mut self.order);
            }
        }
        let rows = &self.order[self.used..][..self.size];
        self.used += self.size;
        self.batch.gather(&self.set, rows);
        &self.batch
    }
}

/// The gradient of the mean meta loss, with its own workspace.
#[derive(Debug)]
pub(super) struct MetaGradient<T> {
    plain: Plain<T>,
    pass: Pass<T>,
    evaluated: PerExample<T>,
    weights: Vec<T>,
    values: Vec<T>,
}

impl<T: Real> MetaGradient<T> {
    pub(super) fn new(readout: &Readout) -> Self {
        MetaGradient {
            plain: Plain::new(readout),
            pass: Pass::default(),
            evaluated: PerExample::default(),
            weights: Vec::new(),
            values: Vec::new(),
        }
    }

    /// `∇θ L_meta(θ)`, `[n_parameters]`, without dropout, and with the statistics of the buffers.
    pub(super) fn of(&mut self, network: &Network<T>, meta: &Examples<T>) -> &mut [T] {
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
