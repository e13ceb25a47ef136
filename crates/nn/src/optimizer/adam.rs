//! Adam, and Adam with decoupled weight decay.

use serde::{Deserialize, Serialize};

use crate::Real;
use crate::optimizer::Optimizer;
use crate::range::{BelowOne, NonNegative, Positive};
use crate::wide::wide;

/// Adam with decoupled weight decay.
///
/// ```text
/// θ ← θ − η weight_decay θ
/// m ← β1 m + (1 − β1) g,   s ← β2 s + (1 − β2) g²
/// θ ← θ − η (m / (1 − β1^t)) / (sqrt(s / (1 − β2^t)) + epsilon)
/// ```
///
/// Source: Loshchilov, Hutter, *Decoupled Weight Decay Regularization*, ICLR 2019.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdamW {
    /// Step size η; default 1e-3.
    pub learning_rate: Positive,
    /// Decay of the first moment; default 0.9.
    pub beta1: BelowOne,
    /// Decay of the second moment; default 0.999.
    pub beta2: BelowOne,
    /// Added to the root of the second moment; default 1e-8.
    pub epsilon: Positive,
    /// Decoupled decay of all parameters; default 0.01.
    pub weight_decay: NonNegative,
}

impl Default for AdamW {
    fn default() -> Self {
        AdamW {
            learning_rate: Positive::new(1e-3),
            beta1: BelowOne::new(0.9),
            beta2: BelowOne::new(0.999),
            epsilon: Positive::new(1e-8),
            weight_decay: NonNegative::new(0.01),
        }
    }
}

impl AdamW {
    pub(super) const VERSION: u32 = 1;

    pub(super) fn build<T: Real>(&self, n_parameters: usize) -> AdamState<T> {
        AdamState::new(self.clone(), false, n_parameters)
    }
}

/// Adam.
///
/// ```text
/// g ← g + weight_decay θ
/// m ← β1 m + (1 − β1) g,   s ← β2 s + (1 − β2) g²
/// θ ← θ − η (m / (1 − β1^t)) / (sqrt(s / (1 − β2^t)) + epsilon)
/// ```
///
/// Source: Kingma, Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Adam {
    /// Step size η; default 1e-3.
    pub learning_rate: Positive,
    /// Decay of the first moment; default 0.9.
    pub beta1: BelowOne,
    /// Decay of the second moment; default 0.999.
    pub beta2: BelowOne,
    /// Added to the root of the second moment; default 1e-8.
    pub epsilon: Positive,
    /// L2 penalty on all parameters; default 0.
    pub weight_decay: NonNegative,
}

impl Default for Adam {
    fn default() -> Self {
        let AdamW { learning_rate, beta1, beta2, epsilon, .. } = AdamW::default();
        Adam { learning_rate, beta1, beta2, epsilon, weight_decay: NonNegative::new(0.0) }
    }
}

impl Adam {
    pub(super) const VERSION: u32 = 1;

    pub(super) fn build<T: Real>(&self, n_parameters: usize) -> AdamState<T> {
        let Adam { learning_rate, beta1, beta2, epsilon, weight_decay } = self.clone();
        let spec = AdamW { learning_rate, beta1, beta2, epsilon, weight_decay };
        AdamState::new(spec, true, n_parameters)
    }
}

pub(super) struct AdamState<T> {
    spec: AdamW,
    /// Whether the decay is part of the gradient.
    is_coupled: bool,
    mean: Vec<T>,
    square: Vec<T>,
    beta1_power: f64,
    beta2_power: f64,
}

/// What the next step multiplies by.
#[derive(Clone, Copy)]
struct Rates<T> {
    keep: T,
    /// Of the parameter, in the gradient.
    decay: T,
    step: T,
    correction: T,
    beta1: T,
    beta2: T,
    epsilon: T,
}

impl<T: Real> Rates<T> {
    /// The moments after a gradient `g`.
    #[inline(always)]
    fn moments(self, g: T, m: T, s: T) -> (T, T) {
        let m = self.beta1 * m + (T::ONE - self.beta1) * g;
        (m, self.beta2 * s + (T::ONE - self.beta2) * (g * g))
    }

    /// Where the parameter `p` goes by the moments.
    #[inline(always)]
    fn moved(self, p: T, m: T, s: T) -> T {
        self.keep * p - self.step * m / (s.sqrt() * self.correction + self.epsilon)
    }

    /// How far it falls as `g`, whose moments are `m` and `s`, grows. At `s = 0` the gradient is 0, and the second moment
    /// does not move.
    #[inline(always)]
    fn falls(self, g: T, m: T, s: T) -> T {
        let root = s.sqrt();
        let divisor = root * self.correction + self.epsilon;
        let by_square = if root == T::ZERO {
            T::ZERO
        } else {
            (m * self.correction / divisor) * ((T::ONE - self.beta2) * g / root)
        };
        self.step * ((T::ONE - self.beta1) - by_square) / divisor
    }
}

impl<T: Real> AdamState<T> {
    fn new(spec: AdamW, is_coupled: bool, n_parameters: usize) -> Self {
        let (mean, square) = (vec![T::ZERO; n_parameters], vec![T::ZERO; n_parameters]);
        AdamState { spec, is_coupled, mean, square, beta1_power: 1.0, beta2_power: 1.0 }
    }

    /// `β1^t` and `β2^t` of the next step.
    fn next_powers(&self) -> (f64, f64) {
        (self.beta1_power * self.spec.beta1.get(), self.beta2_power * self.spec.beta2.get())
    }

    fn rates(&self, rate_factor: f64) -> Rates<T> {
        let AdamW { learning_rate, beta1, beta2, epsilon, weight_decay } = &self.spec;
        let (beta1_power, beta2_power) = self.next_powers();
        let (rate, decay) = (learning_rate.get() * rate_factor, weight_decay.get());
        Rates {
            keep: if self.is_coupled { T::ONE } else { T::of(1.0 - rate * decay) },
            decay: if self.is_coupled { T::of(decay) } else { T::ZERO },
            step: T::of(rate / (1.0 - beta1_power)),
            correction: T::of(1.0 / (1.0 - beta2_power).sqrt()),
            beta1: T::of(beta1.get()),
            beta2: T::of(beta2.get()),
            epsilon: T::of(epsilon.get()),
        }
    }
}

impl<T: Real> Optimizer<T> for AdamState<T> {
    fn learning_rate(&self) -> f64 {
        self.spec.learning_rate.get()
    }

    fn step(&mut self, parameters: &mut [T], gradient: &[T], rate_factor: f64) {
        let rates = self.rates(rate_factor);
        (self.beta1_power, self.beta2_power) = self.next_powers();
        let AdamState { mean, square, .. } = self;
        wide(
            #[inline(always)]
            || {
                let moments = mean.iter_mut().zip(&mut *square);
                for ((p, &g), (m, s)) in parameters.iter_mut().zip(gradient).zip(moments) {
                    (*m, *s) = rates.moments(g + rates.decay * *p, *m, *s);
                    *p = rates.moved(*p, *m, *s);
                }
            },
        );
    }

    fn look_ahead(&self, parameters: &[T], gradient: &[T], rate_factor: f64, ahead: &mut [T]) {
        let rates = self.rates(rate_factor);
        wide(
            #[inline(always)]
            || {
                let moments = self.mean.iter().zip(&self.square);
                let values = ahead.iter_mut().zip(parameters).zip(gradient).zip(moments);
                for (((to, &p), &g), (&m, &s)) in values {
                    let (m, s) = rates.moments(g + rates.decay * p, m, s);
                    *to = rates.moved(p, m, s);
                }
            },
        );
    }

    /// With the moments after the step and `c = 1 / sqrt(1 - β2^t)`,
    ///
    /// ```text
    /// P = η / (1 - β1^t) [(1 - β1) - c m (1 - β2) g / (sqrt(s) (c sqrt(s) + ε))] / (c sqrt(s) + ε)
    /// ```
    fn precondition(&self, parameters: &[T], gradient: &[T], rate_factor: f64, v: &mut [T]) {
        let rates = self.rates(rate_factor);
        wide(
            #[inline(always)]
            || {
                let moments = self.mean.iter().zip(&self.square);
                let values = v.iter_mut().zip(parameters).zip(gradient).zip(moments);
                for (((v, &p), &g), (&m, &s)) in values {
                    let g = g + rates.decay * p;
                    let (m, s) = rates.moments(g, m, s);
                    *v *= rates.falls(g, m, s);
                }
            },
        );
    }
}
