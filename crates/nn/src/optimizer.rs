//! Optimisers over flat parameters, with PyTorch's definitions.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::Real;
use crate::range::{BelowOne, NonNegative, Positive};
use crate::wide::wide;

/// An optimiser under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OptimizerSpec {
    /// Stochastic gradient descent.
    Sgd(Sgd),
    /// Adam with decoupled weight decay.
    Adamw(AdamW),
}

impl Default for OptimizerSpec {
    fn default() -> Self {
        OptimizerSpec::Sgd(Sgd::default())
    }
}

impl OptimizerSpec {
    /// Raised when the steps of the optimiser change.
    pub fn version(&self) -> u32 {
        match self {
            OptimizerSpec::Sgd(_) => Sgd::VERSION,
            OptimizerSpec::Adamw(_) => AdamW::VERSION,
        }
    }

    /// The optimiser of `n_parameters` parameters, at rest.
    pub fn build<T: Real>(&self, n_parameters: usize) -> Box<dyn Optimizer<T>> {
        match self {
            OptimizerSpec::Sgd(sgd) => Box::new(sgd.build(n_parameters)),
            OptimizerSpec::Adamw(adamw) => Box::new(adamw.build(n_parameters)),
        }
    }
}

/// Moves parameters against a gradient.
pub trait Optimizer<T: Real>: Send {
    /// One step. `rate_factor` is the schedule's share of the learning rate.
    fn step(&mut self, parameters: &mut [T], gradient: &[T], rate_factor: f64);
}

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
    const VERSION: u32 = 1;

    fn build<T: Real>(&self, n_parameters: usize) -> SgdState<T> {
        SgdState { spec: self.clone(), direction: vec![T::ZERO; n_parameters] }
    }
}

struct SgdState<T> {
    spec: Sgd,
    direction: Vec<T>,
}

impl<T: Real> Optimizer<T> for SgdState<T> {
    fn step(&mut self, parameters: &mut [T], gradient: &[T], rate_factor: f64) {
        let rate = T::of(self.spec.learning_rate.get() * rate_factor);
        let momentum = T::of(self.spec.momentum.get());
        let decay = T::of(self.spec.weight_decay.get());
        wide(
            #[inline(always)]
            || {
                // A direction of 0 makes the first step's b = g without a case of its own.
                let values = parameters.iter_mut().zip(gradient).zip(&mut self.direction);
                if self.spec.nesterov {
                    for ((p, &g), b) in values {
                        let g = g + decay * *p;
                        *b = momentum * *b + g;
                        *p -= rate * (g + momentum * *b);
                    }
                } else {
                    for ((p, &g), b) in values {
                        *b = momentum * *b + (g + decay * *p);
                        *p -= rate * *b;
                    }
                }
            },
        );
    }
}

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
    const VERSION: u32 = 1;

    fn build<T: Real>(&self, n_parameters: usize) -> AdamWState<T> {
        AdamWState {
            spec: self.clone(),
            mean: vec![T::ZERO; n_parameters],
            square: vec![T::ZERO; n_parameters],
            beta1_power: 1.0,
            beta2_power: 1.0,
        }
    }
}

struct AdamWState<T> {
    spec: AdamW,
    mean: Vec<T>,
    square: Vec<T>,
    beta1_power: f64,
    beta2_power: f64,
}

impl<T: Real> Optimizer<T> for AdamWState<T> {
    fn step(&mut self, parameters: &mut [T], gradient: &[T], rate_factor: f64) {
        let AdamW { learning_rate, beta1, beta2, epsilon, weight_decay } = &self.spec;
        self.beta1_power *= beta1.get();
        self.beta2_power *= beta2.get();
        let rate = learning_rate.get() * rate_factor;
        let keep = T::of(1.0 - rate * weight_decay.get());
        let step = T::of(rate / (1.0 - self.beta1_power));
        let correction = T::of(1.0 / (1.0 - self.beta2_power).sqrt());
        let (beta1, beta2, epsilon) =
            (T::of(beta1.get()), T::of(beta2.get()), T::of(epsilon.get()));
        wide(
            #[inline(always)]
            || {
                let moments = self.mean.iter_mut().zip(&mut self.square);
                for ((p, &g), (m, s)) in parameters.iter_mut().zip(gradient).zip(moments) {
                    *m = beta1 * *m + (T::ONE - beta1) * g;
                    *s = beta2 * *s + (T::ONE - beta2) * (g * g);
                    *p = keep * *p - step * *m / (s.sqrt() * correction + epsilon);
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(spec: &OptimizerSpec, gradients: &[f64]) -> f64 {
        let mut optimizer = spec.build::<f64>(1);
        let mut parameters = [1.0];
        gradients.iter().for_each(|&g| optimizer.step(&mut parameters, &[g], 1.0));
        parameters[0]
    }

    fn sgd(nesterov: bool) -> OptimizerSpec {
        OptimizerSpec::Sgd(Sgd {
            learning_rate: Positive::new(0.1),
            momentum: BelowOne::new(0.9),
            nesterov,
            weight_decay: NonNegative::new(0.5),
        })
    }

    #[test]
    fn momentum_follows_its_definition() {
        // g = 2 + 0.5 = 2.5, b = 2.5, θ = 0.75; g = 2.375, b = 4.625, θ = 0.2875.
        assert!((steps(&sgd(false), &[2.0]) - 0.75).abs() < 1e-15);
        assert!((steps(&sgd(false), &[2.0, 2.0]) - 0.2875).abs() < 1e-15);
    }

    #[test]
    fn nesterov_looks_ahead() {
        // g = 2.5, b = 2.5, θ = 1 - 0.1 (2.5 + 2.25) = 0.525.
        assert!((steps(&sgd(true), &[2.0]) - 0.525).abs() < 1e-15);
    }

    #[test]
    fn the_first_step_of_adamw_has_the_learning_rate_as_its_length() {
        let spec = OptimizerSpec::Adamw(AdamW::default());
        // θ = 1 - 1e-3 * 0.01 - 1e-3 g / (|g| + 1e-8)
        let expected = 1.0 - 1e-5 - 1e-3 * 3.0 / (3.0 + 1e-8);
        assert!((steps(&spec, &[3.0]) - expected).abs() < 1e-12);
    }

    #[test]
    fn adamw_forgets_with_its_moments() {
        let spec = AdamW { weight_decay: NonNegative::new(0.0), ..AdamW::default() };
        let (m, s) = (0.9 * 0.1 * 3.0 - 0.1, 0.999 * 0.001 * 9.0 + 0.001);
        let first = 1.0 - 1e-3 * 3.0 / (3.0 + 1e-8);
        let second = (m / (1.0 - 0.81)) / ((s / (1.0 - 0.998_001_f64)).sqrt() + 1e-8);
        let taken = steps(&OptimizerSpec::Adamw(spec), &[3.0, -1.0]);
        assert!((taken - (first - 1e-3 * second)).abs() < 1e-12);
    }
}
