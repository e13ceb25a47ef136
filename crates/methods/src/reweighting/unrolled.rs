//! A look-ahead of more than one step of plain descent, on the same batch with the same coefficients.
//!
//! ```text
//! θ_{t+1}           = θ_t - η Σ_i c_i ∇ℓ_i(θ_t)              t = 0 … k-1; θ_0 is where the training is
//! λ_k               = ∇L_meta(θ_k)
//! λ_t               = λ_{t+1} - η H_t λ_{t+1}                 H_t = Σ_i c_i ∇²ℓ_i(θ_t)
//! ∂L_meta(θ_k)/∂c_i = -η Σ_t ⟨λ_{t+1}, ∇ℓ_i(θ_t)⟩
//! ```
//!
//! `H λ` is the slope of the gradient along `λ`: one pass forward and backward in numbers that move, which gives the
//! products of its step as well. Every step has the dropout masks of the batch, and batch norm its statistics there;
//! nothing of the training moves.
//!
//! Differs: where weights follow the losses, as those of `meta_weight_net` do, all steps have the weights of the first.

use std::num::NonZeroUsize;

use nn::{Dual, Matrix, Network, Pass, Real};
use serde::{Deserialize, Serialize};

use crate::losses::{Batch, Epoch, Loss, PerExample};
use crate::reweighting::{Reweighed, Step};

/// How many steps are looked ahead to, at least 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LookAheadSteps(NonZeroUsize);

impl Default for LookAheadSteps {
    fn default() -> Self {
        LookAheadSteps(NonZeroUsize::MIN)
    }
}

impl LookAheadSteps {
    /// Whether it is one, which a specification does not name.
    pub(super) fn is_one(&self) -> bool {
        self.further() == 0
    }

    /// Those after the first.
    pub(super) fn further(&self) -> usize {
        self.0.get() - 1
    }
}

/// What a step after the first costs, in products with all weights of a batch: three of a plain step, and as many in
/// numbers that move, each of which is three.
pub(super) const PRODUCTS: f64 = 12.0;

/// Networks that the steps after the first need, beside one each: one that moves, its gradient, and a plain gradient.
pub(super) const NETWORKS: f64 = 5.0;

/// The steps after the first.
pub(super) struct Unrolled<T> {
    /// How many.
    n: usize,
    still: Passed<T>,
    moving: Passed<Dual<T>>,
    /// `θ_1 … θ_{k-1}`.
    networks: Vec<Network<T>>,
    /// The one at hand, as it moves along `λ`.
    moved: Option<Network<Dual<T>>>,
    features: Matrix<Dual<T>>,
    coefficients: Vec<Dual<T>>,
    /// `η Σ_t ⟨λ_{t+1}, ∇ℓ_i(θ_t)⟩` of them, `[n_examples]`.
    agreements: Vec<T>,
}

impl<T: Real> Unrolled<T> {
    /// So many; nothing, if there are none.
    ///
    /// # Panics
    /// If the loss of the training cannot be built.
    pub(super) fn new(n: usize, reweighed: &Reweighed<'_, T>) -> Option<Self> {
        (n != 0).then(|| Unrolled {
            n,
            still: Passed::new(reweighed),
            moving: Passed::new(reweighed),
            networks: Vec::new(),
            moved: None,
            features: Matrix::default(),
            coefficients: Vec::new(),
            agreements: Vec::new(),
        })
    }

    /// The losses here are those of the training.
    pub(super) fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.still.loss.begin_epoch(epoch);
        self.moving.loss.begin_epoch(epoch);
    }

    /// Takes `ahead` from `θ_1` to `θ_k`.
    pub(super) fn go_on(
        &mut self,
        step: &Step<'_, T>,
        coefficients: &[T],
        eta: T,
        ahead: &mut Network<T>,
    ) {
        let Unrolled { n, still, networks, .. } = self;
        networks.resize_with(*n, || ahead.clone());
        for network in networks {
            network.copy_from(ahead);
            still.look(network, step, step.features);
            let moved = still.gradient(network, step.features, coefficients);
            let parameters = ahead.parameters_mut().iter_mut().zip(moved);
            parameters.for_each(|(p, &g)| *p -= eta * g);
        }
    }

    /// Takes `direction` from `η λ_k` to `η λ_1`; what the steps on the way say of each example, `[n_examples]`.
    pub(super) fn go_back(
        &mut self,
        step: &Step<'_, T>,
        coefficients: &[T],
        eta: T,
        direction: &mut [T],
    ) -> &[T] {
        let Unrolled { moving, networks, moved, features, agreements, .. } = self;
        still(step.features.values(), {
            features.reshape(step.features.n_rows(), step.features.n_columns());
            features.values_mut()
        });
        self.coefficients.resize(coefficients.len(), Dual::ZERO);
        still(coefficients, &mut self.coefficients);
        agreements.clear();
        agreements.resize(coefficients.len(), T::ZERO);
        let moved = moved.get_or_insert_with(|| step.network.moving());
        for network in networks.iter().rev() {
            moved.move_along(network, direction);
            moving.look(moved, step, features);
            let rows = moving.evaluated.gradient.rows().zip(moving.pass.logits().rows());
            for (sum, (slopes, logits)) in agreements.iter_mut().zip(rows) {
                *sum += slopes.iter().zip(logits).map(|(g, z)| g.value * z.slope).sum();
            }
            let gradient = moving.gradient(moved, features, &self.coefficients);
            direction.iter_mut().zip(gradient).for_each(|(d, g)| *d -= eta * g.slope);
        }
        agreements
    }
}

/// `to ← values`, none of which moves.
fn still<T: Real>(values: &[T], to: &mut [Dual<T>]) {
    to.iter_mut().zip(values).for_each(|(to, &value)| *to = Dual { value, slope: T::ZERO });
}

/// A loss of its own, and what one pass after the other works in.
struct Passed<T> {
    loss: Box<dyn Loss<T>>,
    pass: Pass<T>,
    evaluated: PerExample<T>,
    gradient: Vec<T>,
}

impl<T: Real> Passed<T> {
    fn new<U>(reweighed: &Reweighed<'_, U>) -> Self {
        Passed {
            loss: reweighed.loss.build(reweighed.setting).expect("the training has this loss"),
            pass: Pass::default(),
            evaluated: PerExample::default(),
            gradient: Vec::new(),
        }
    }

    /// The pass of `network` over the batch, with its masks, and the losses.
    fn look<U>(&mut self, network: &Network<T>, step: &Step<'_, U>, features: &Matrix<T>) {
        let Passed { loss, pass, evaluated, .. } = self;
        network.forward_training(features, &mut step.dropout.clone(), pass);
        let hidden = Some(pass.last_hidden().unwrap_or(features));
        let (targets, rows) = (step.targets, step.rows);
        let batch = Batch { rows, hidden, ..Batch::new(pass.logits(), targets) };
        loss.evaluate(&batch, evaluated);
    }

    /// `Σ_i c_i ∇ℓ_i` there.
    fn gradient(&mut self, network: &Network<T>, features: &Matrix<T>, coefficients: &[T]) -> &[T] {
        let Passed { pass, evaluated, gradient, .. } = self;
        evaluated.weigh(coefficients);
        let d_hidden = evaluated.hidden_gradient();
        network.backward(features, &evaluated.gradient, d_hidden, pass, gradient);
        gradient
    }
}

#[cfg(test)]
mod tests;
