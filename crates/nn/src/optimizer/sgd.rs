//! Stochastic gradient descent.

use serde::{Deserialize, Serialize};

use crate::Real;
use crate::optimizer::Optimizer;
use crate::range::{BelowOne, NonNegative, Positive};
use crate::wide::wide;

/// Stochastic gradient descent with momentum.
///
/// ```text
/// g ← g + weight_decay θ
/// b ← momentum b + g            (b = g in the first step)
/// θ ← θ − η (g + momentum b)    with Nesterov's momentum, else θ ← θ − η b
/// ```
///
/// Sources: Polyak, 1964; Nesterov, 1983; Sutskever, Martens, Dahl, Hinton, *On the importance of
/// initialization and momentum in deep learning*, ICML 2013.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sgd {
    /// Step size η; default 0.05.
    pub learning_rate: Positive,
    /// Share of the last direction that is kept; default 0.9.
    pub momentum: BelowOne,
    /// Nesterov's momentum; default false.
    pub nesterov: bool,
    /// L2 penalty on all parameters; default 1e-4.
    pub weight_decay: NonNegative,
}

impl Default for Sgd {
    fn default() -> Self {
        Sgd {
            learning_rate: Positive::new(0.05),
            momentum: BelowOne::new(0.9),
            nesterov: false,
            weight_decay: NonNegative::new(1e-4),
        }
    }
}

impl Sgd {
    pub(super) const VERSION: u32 = 1;

    pub(super) fn build<T: Real>(&self, n_parameters: usize) -> SgdState<T> {
        SgdState { spec: self.clone(), direction: vec![T::ZERO; n_parameters] }
    }
}

pub(super) struct SgdState<T> {
    spec: Sgd,
    direction: Vec<T>,
}

/// What a step multiplies by.
#[derive(Clone, Copy)]
struct Rates<T> {
    rate: T,
    momentum: T,
    decay: T,
}

impl<T: Real> Rates<T> {
    /// Where the parameter `p` and its direction `b` go.
    #[inline(always)]
    fn heavy_ball(self, p: T, g: T, b: T) -> (T, T) {
        let b = self.momentum * b + (g + self.decay * p);
        (p - self.rate * b, b)
    }

    /// The same with Nesterov's momentum.
    #[inline(always)]
    fn nesterov(self, p: T, g: T, b: T) -> (T, T) {
        let g = g + self.decay * p;
        let b = self.momentum * b + g;
        (p - self.rate * (g + self.momentum * b), b)
    }
}

impl<T: Real> SgdState<T> {
    fn rates(&self, rate_factor: f64) -> Rates<T> {
        Rates {
            rate: T::of(self.spec.learning_rate.get() * rate_factor),
            momentum: T::of(self.spec.momentum.get()),
            decay: T::of(self.spec.weight_decay.get()),
        }
    }
}

impl<T: Real> Optimizer<T> for SgdState<T> {
    fn learning_rate(&self) -> f64 {
        self.spec.learning_rate.get()
    }

    fn step(&mut self, parameters: &mut [T], gradient: &[T], rate_factor: f64) {
        let rates = self.rates(rate_factor);
        let SgdState { spec, direction } = self;
        wide(
            #[inline(always)]
            || {
                // A direction of 0 makes the first step's b = g without a case of its own.
                let values = parameters.iter_mut().zip(gradient).zip(&mut *direction);
                if spec.nesterov {
                    values.for_each(|((p, &g), b)| (*p, *b) = rates.nesterov(*p, g, *b));
                } else {
                    values.for_each(|((p, &g), b)| (*p, *b) = rates.heavy_ball(*p, g, *b));
                }
            },
        );
    }

    fn look_ahead(&self, parameters: &[T], gradient: &[T], rate_factor: f64, ahead: &mut [T]) {
        let rates = self.rates(rate_factor);
        let SgdState { spec, direction } = self;
        wide(
            #[inline(always)]
            || {
                let values = ahead.iter_mut().zip(parameters).zip(gradient).zip(direction);
                if spec.nesterov {
                    values.for_each(|(((to, &p), &g), &b)| *to = rates.nesterov(p, g, b).0);
                } else {
                    values.for_each(|(((to, &p), &g), &b)| *to = rates.heavy_ball(p, g, b).0);
                }
            },
        );
    }

    /// `P = η`, or `η (1 + momentum)` with Nesterov's.
    fn precondition(&self, _: &[T], _: &[T], rate_factor: f64, v: &mut [T]) {
        let Rates { rate, momentum, .. } = self.rates(rate_factor);
        let by = if self.spec.nesterov { rate * (T::ONE + momentum) } else { rate };
        v.iter_mut().for_each(|v| *v *= by);
    }
}
