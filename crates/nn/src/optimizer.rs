//! Optimisers over flat parameters, with PyTorch's definitions.

mod adam;
mod sgd;

pub use adam::{Adam, AdamW};
pub use sgd::Sgd;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::Real;

/// An optimiser under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OptimizerSpec {
    /// Stochastic gradient descent.
    Sgd(Sgd),
    /// Adam with decoupled weight decay.
    Adamw(AdamW),
    /// Adam, with weight decay as part of the gradient.
    Adam(Adam),
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
            OptimizerSpec::Adam(_) => Adam::VERSION,
        }
    }

    /// The optimiser of `n_parameters` parameters, at rest.
    pub fn build<T: Real>(&self, n_parameters: usize) -> Box<dyn Optimizer<T>> {
        match self {
            OptimizerSpec::Sgd(sgd) => Box::new(sgd.build(n_parameters)),
            OptimizerSpec::Adamw(adamw) => Box::new(adamw.build(n_parameters)),
            OptimizerSpec::Adam(adam) => Box::new(adam.build(n_parameters)),
        }
    }
}

/// Moves parameters against a gradient.
pub trait Optimizer<T: Real>: Send {
    /// The step size η, before the schedule.
    fn learning_rate(&self) -> f64;

    /// One step. `rate_factor` is the schedule's share of the learning rate.
    fn step(&mut self, parameters: &mut [T], gradient: &[T], rate_factor: f64);

    /// Where that step would lead, bit for bit, without taking it: `ahead ← θ̂(g)`.
    fn look_ahead(&self, parameters: &[T], gradient: &[T], rate_factor: f64, ahead: &mut [T]);

    /// `v ← P v`, `P = -(∂θ̂/∂g)ᵀ` at that step: a loss with slopes `v` at `θ̂` falls by `⟨P v, d⟩` as the gradient grows
    /// by `d`. Diagonal in every optimiser here; it depends on the gradient where a step is not linear in it.
    fn precondition(&self, parameters: &[T], gradient: &[T], rate_factor: f64, v: &mut [T]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Streams;
    use crate::range::{BelowOne, NonNegative, Positive};

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

    #[test]
    fn adam_decays_through_its_gradient() {
        let decay = NonNegative::new(0.5);
        let adam = OptimizerSpec::Adam(Adam { weight_decay: decay, ..Adam::default() });
        let plain = AdamW { weight_decay: NonNegative::new(0.0), ..AdamW::default() };
        // At θ = 1 the decay adds 0.5 to the gradient.
        assert_eq!(steps(&adam, &[3.0]), steps(&OptimizerSpec::Adamw(plain), &[3.5]));
    }

    /// Every optimiser, with and without what its steps depend on.
    fn corners() -> Vec<OptimizerSpec> {
        let rest = Sgd {
            momentum: BelowOne::new(0.0),
            weight_decay: NonNegative::new(0.0),
            ..Sgd::default()
        };
        let adam = Adam { weight_decay: NonNegative::new(0.1), ..Adam::default() };
        vec![
            OptimizerSpec::Sgd(rest),
            sgd(false),
            sgd(true),
            OptimizerSpec::Adamw(AdamW::default()),
            OptimizerSpec::Adam(Adam::default()),
            OptimizerSpec::Adam(adam),
        ]
    }

    /// An optimiser that has taken three steps, the parameters that it is at, and the next gradient.
    fn under_way(spec: &OptimizerSpec) -> (Box<dyn Optimizer<f64>>, Vec<f64>, Vec<f64>) {
        let mut stream = Streams::new([4; 32]).stream("gradients");
        let mut normals = || (0..5).map(|_| stream.normal()).collect::<Vec<f64>>();
        let (mut optimizer, mut parameters) = (spec.build::<f64>(5), normals());
        (0..3).for_each(|_| optimizer.step(&mut parameters, &normals(), 0.7));
        (optimizer, parameters, normals())
    }

    #[test]
    fn looking_ahead_is_the_step_bit_for_bit_and_moves_nothing() {
        for spec in corners() {
            let (mut optimizer, parameters, gradient) = under_way(&spec);
            let mut ahead = [[0.0; 5]; 2];
            for ahead in &mut ahead {
                optimizer.look_ahead(&parameters, &gradient, 0.4, ahead);
            }
            let mut stepped = parameters.clone();
            optimizer.step(&mut stepped, &gradient, 0.4);
            assert_eq!(stepped, ahead[0], "{spec:?}");
            assert_eq!(ahead[0], ahead[1], "{spec:?}");
        }
    }

    #[test]
    fn the_preconditioner_is_the_slope_of_the_step_in_its_gradient() {
        for spec in corners() {
            let (optimizer, parameters, gradient) = under_way(&spec);
            for i in 0..5 {
                let at = |by: f64| {
                    let (mut gradient, mut ahead) = (gradient.clone(), [0.0; 5]);
                    gradient[i] += by;
                    optimizer.look_ahead(&parameters, &gradient, 0.4, &mut ahead);
                    ahead
                };
                let (above, below) = (at(1e-5), at(-1e-5));
                let mut v = [1.0; 5];
                optimizer.precondition(&parameters, &gradient, 0.4, &mut v);
                for (j, (above, below)) in above.iter().zip(below).enumerate() {
                    let expected = if i == j { v[i] } else { 0.0 };
                    // Central differences err by the square of the step and by rounding / step.
                    assert!(((below - above) / 2e-5 - expected).abs() < 1e-9, "{spec:?} {i} {j}");
                }
            }
        }
    }

    #[test]
    fn the_preconditioner_of_a_parameter_at_rest_is_finite() {
        for spec in corners() {
            let (optimizer, mut v) = (spec.build::<f64>(1), [1.0]);
            optimizer.precondition(&[0.0], &[0.0], 1.0, &mut v);
            assert!(0.0 < v[0] && v[0].is_finite(), "{spec:?} {v:?}");
        }
    }
}
