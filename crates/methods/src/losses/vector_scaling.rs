//! Vector-scaling loss: cross-entropy of logits that are divided and shifted by class, which moves the
//! decision even where the training data are separated.
//!
//! ```text
//! L        = -ln p̃_y                     p̃ = softmax(z / Δ + ι)
//! dL/dz_k  = (p̃_k - [k = y]) / Δ_k
//! Δ_k      = (n_max / n_k)^γ             ι_k = τ ln π_k
//! ```
//!
//! - `n_k`, `π_k`: training examples of class `k` and their share, as they are sampled
//! - `γ` (`gamma`): 0.3; `τ` (`tau`): 1: the defaults of the authors' code
//! - `γ = 0` is the logit-adjusted loss, `τ = 0` the loss of class-dependent temperatures
//! - the network's own logits `z` predict
//! - the batch's loss is the mean over examples
//!
//! Source: Kini, Paraskevas, Oymak, Thrampoulidis, *Label-Imbalanced and Group-Sensitive Classification under
//! Overparameterization*, NeurIPS 2021.
//! Trap: the gradient does not sum to 0 over the classes; `Σ_k Δ_k dL/dz_k` does.

use nn::Real;
use nn::range::{Finite, NonNegative};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::losses::class_priors::log_priors;
use crate::losses::definition::{Built, Definition, reals};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::{ClassCounts, Setting};

/// Parameters of the vector-scaling loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VectorScaling {
    /// Exponent `γ` of the scales, at least 0.
    pub gamma: NonNegative,
    /// Strength `τ` of the shifts.
    pub tau: Finite,
}

impl Default for VectorScaling {
    fn default() -> Self {
        VectorScaling { gamma: NonNegative::new(0.3), tau: Finite::new(1.0) }
    }
}

impl Definition for VectorScaling {
    const CODE: &'static str = include_str!("vector_scaling.rs");

    fn traits(&self) -> Traits {
        Traits { reads_counts: true, ..Traits::softmax(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let counts = setting.counts;
        let scaled = Scaled::new(counts, self.gamma.get(), self.tau.get(), "vector_scaling")?;
        Ok(Box::new(scaled))
    }
}

/// Cross-entropy of logits with a factor and an offset for each class.
pub(super) struct Scaled<T> {
    /// `1 / Δ_k`, `[n_classes]`.
    factors: Vec<T>,
    /// `ι_k`, `[n_classes]`.
    offsets: Vec<T>,
}

impl<T: Real> Scaled<T> {
    pub(super) fn new(
        counts: &ClassCounts,
        gamma: f64,
        tau: f64,
        loss: &'static str,
    ) -> Result<Self, MethodError> {
        let priors = log_priors(counts, loss)?;
        let largest = counts.get().iter().copied().fold(0.0, f64::max);
        let factors = counts.get().iter().map(|n| libm::pow(n / largest, gamma));
        Ok(Scaled { factors: reals(factors), offsets: reals(priors.iter().map(|ln| tau * ln)) })
    }
}

impl<T: Real> Loss<T> for Scaled<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Scaled { factors, offsets } = self;
        let scale = |_: usize, logits: &mut [T]| {
            for ((z, &factor), &offset) in logits.iter_mut().zip(&*factors).zip(&*offsets) {
                *z = *z * factor + offset;
            }
        };
        out.fill_adjusted(batch, scale, |true_class, _, gradient| {
            gradient.iter_mut().zip(&*factors).for_each(|(slope, &factor)| *slope *= factor);
            -true_class.ln_p
        });
    }
}
