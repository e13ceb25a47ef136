//! SuperLoss: another loss, of which examples with a large loss count less, as if their confidence were
//! learnt.
//!
//! ```text
//! L        = (ℓ - τ) σ + λ (ln σ)²       σ = exp(-W(max(-2 / e, (ℓ - τ) / λ) / 2))
//! dL/dz    = σ ∇ℓ                        σ minimises L, so that nothing of it is in the slope
//! ```
//!
//! - `ℓ`: the losses of `loss` (`cross_entropy`), which has to have a loss for each example; `W`: Lambert's
//!   function
//! - `λ` (`lambda`): 1, the paper's for CIFAR-10; the larger, the more alike the examples count
//! - `τ`: `ln K`; with `moving` it is the running mean of the batches' losses, of which a new one has the
//!   share `moving`, from 0, and the batch is weighed by the `τ` it has moved
//! - the batch's loss is the mean, or what that of `loss` is; it may be negative
//!
//! Source: Castells, Weinzaepfel, Revaud, *SuperLoss: A Generic Loss for Robust Curriculum Learning*, NeurIPS
//! 2020.
//! Trap: in floating point `W(-1/e)`, where every easy example stands, is not a number in common libraries; it
//! is -1, and `σ = e`.

use nn::Real;
use nn::range::{Fraction, Positive};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::per_example::scale;
use crate::losses::{Batch, CrossEntropy, Epoch, Loss, LossSpec, PerExample, Traits};
use crate::setting::Setting;
use crate::{MethodError, named};

/// Parameters of SuperLoss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SuperLoss {
    /// The loss whose examples are weighed.
    #[serde(deserialize_with = "named::deserialize")]
    pub loss: Box<LossSpec>,
    /// How alike examples count, `λ`.
    pub lambda: Positive,
    /// Share of a new batch in a running `τ`; none keeps `ln K`.
    pub moving: Option<Fraction>,
}

impl Default for SuperLoss {
    fn default() -> Self {
        SuperLoss {
            loss: Box::new(LossSpec::CrossEntropy(CrossEntropy {})),
            lambda: Positive::new(1.0),
            moving: None,
        }
    }
}

impl Definition for SuperLoss {
    const CODE: &'static str = include_str!("super_loss.rs");

    fn traits(&self) -> Traits {
        self.loss.traits()
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let loss = self.loss.name();
        if self.loss.is_batch_level() {
            return Err(MethodError::NoExampleLoss { wrapper: "super_loss", loss });
        }
        let n_classes = setting.counts.n_classes() as f64;
        Ok(Box::new(Confidence {
            loss: self.loss.build(setting)?,
            lambda: self.lambda.get(),
            moving: self.moving.map(Fraction::get),
            tau: if self.moving.is_some() { 0.0 } else { libm::log(n_classes) },
        }))
    }

    fn wrapped(&self) -> Option<&LossSpec> {
        Some(&self.loss)
    }

    fn moves_the_balance(&self) -> bool {
        false
    }

    fn beyond_its_label(&self) -> Option<&'static str> {
        self.moving.map(|_| "keeps a running mean of the losses under the true labels")
    }

    fn not_twice(&self) -> Option<&'static str> {
        Some("weighs an example by what it solves for in 64 bits")
    }
}

struct Confidence<T> {
    loss: Box<dyn Loss<T>>,
    lambda: f64,
    moving: Option<f64>,
    tau: f64,
}

impl<T: Real> Loss<T> for Confidence<T> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.loss.begin_epoch(epoch);
    }

    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        self.loss.evaluate(batch, out);
        if let Some(share) = self.moving {
            let sum: f64 = out.losses.iter().map(|loss| loss.to_f64()).sum();
            let mean = sum / out.losses.len().max(1) as f64;
            self.tau = share * mean + (1.0 - share) * self.tau;
        }
        for i in 0..out.losses.len() {
            let above = out.losses[i].to_f64() - self.tau;
            let ln_sigma = -lambert_w((above / self.lambda).max(-2.0 * INVERSE_E) / 2.0);
            let sigma = libm::exp(ln_sigma);
            out.losses[i] = T::of(above * sigma + self.lambda * ln_sigma * ln_sigma);
            scale(out.gradient.row_mut(i), T::of(sigma));
            if out.hidden_gradient.n_rows() != 0 {
                scale(out.hidden_gradient.row_mut(i), T::of(sigma));
            }
        }
    }
}

const INVERSE_E: f64 = 0.367_879_441_171_442_33;

/// The principal branch of Lambert's function: `w e^w = x`, for `x >= -1/e`; -1 where rounding has left `x`
/// below. NaN stays NaN.
fn lambert_w(x: f64) -> f64 {
    if x <= -INVERSE_E {
        return -1.0;
    }
    // The series about the branch point, or a bound that Halley's steps come down from.
    let mut w = if x < -0.25 {
        let r = (2.0 * (std::f64::consts::E * x + 1.0)).max(0.0).sqrt();
        -1.0 + r * (1.0 + r * (-1.0 / 3.0 + r * (11.0 / 72.0)))
    } else {
        libm::log1p(x.max(-0.3))
    };
    for _ in 0..50 {
        let e = libm::exp(w);
        let error = w * e - x;
        let step = error / (e * (w + 1.0) - (w + 2.0) * error / (2.0 * w + 2.0));
        if !step.is_finite() || step.abs() <= 1e-16 * (1.0 + w.abs()) {
            break;
        }
        w -= step;
    }
    if x.is_nan() { x } else { w }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambert_s_function_is_the_inverse_of_w_e_to_the_w() {
        for w in [-1.0 + 1e-6, -0.9, -0.5, -1e-9, 0.0, 1e-9, 0.3, 1.0, 5.0, 30.0, 300.0] {
            let x = w * libm::exp(w);
            // At the branch point the inverse loses half of the digits.
            let tolerance = if w < -0.99 { 1e-7 } else { 1e-14 * (1.0 + w.abs()) };
            assert!((lambert_w(x) - w).abs() < tolerance, "{w}: {}", lambert_w(x));
        }
        assert_eq!(lambert_w(0.5 * (-2.0 / std::f64::consts::E)), -1.0);
        assert!(lambert_w(f64::NAN).is_nan());
    }
}
