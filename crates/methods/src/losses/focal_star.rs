//! Focal loss star: cross-entropy of steeper, shifted logits; the focal loss with one slope less to tune.
//!
//! ```text
//! L        = -Σ_k α_k ln σ(γ x_k + β) / γ          x_k = s_k z_k, s_k = 2[k = y] - 1
//! dL/dz_k  =  α_k s_k (σ(γ x_k + β) - 1)
//! ```
//!
//! - `z`: the logits of one example, `[n_classes]`; two classes share one logit, that of class 1
//! - `γ` (`gamma`): 1, above 0; `β` (`beta`): 0. At these defaults it is binary cross-entropy
//! - `α` (`alpha`): none; one number weighs the true class's term, the others have `1 - α`
//! - the batch's loss is the mean over examples
//!
//! Source: Lin, Goyal, Girshick, He, Dollár, *Focal Loss for Dense Object Detection*, ICCV 2017, appendix;
//! the default of `γ` is that of fvcore.
//! Trap: `γ` is no exponent here: it multiplies the logit.

use nn::Real;
use nn::range::{Finite, Positive, UnitInterval};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of focal loss star.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FocalStar {
    /// Steepness `γ`, above 0.
    pub gamma: Positive,
    /// Shift `β`.
    pub beta: Finite,
    /// Weight of the true class's term; none weighs all alike.
    pub alpha: Option<UnitInterval>,
}

impl Default for FocalStar {
    fn default() -> Self {
        FocalStar { gamma: Positive::new(1.0), beta: Finite::new(0.0), alpha: None }
    }
}

impl Definition for FocalStar {
    const CODE: &'static str = include_str!("focal_star.rs");

    fn traits(&self) -> Traits {
        Traits::sigmoid(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        let weights = self.alpha.map_or([1.0, 1.0], |alpha| [1.0 - alpha.get(), alpha.get()]);
        Ok(Box::new(Star {
            gamma: T::of(self.gamma.get()),
            beta: T::of(self.beta.get()),
            weights: weights.map(T::of),
        }))
    }
}

struct Star<T> {
    gamma: T,
    beta: T,
    /// Of a negative and of a positive element.
    weights: [T; 2],
}

impl<T: Real> Loss<T> for Star<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Star { gamma, beta, weights } = *self;
        out.fill_sigmoid(batch, |z, element| {
            let sign = if element.positive { T::ONE } else { -T::ONE };
            let weight = weights[usize::from(element.positive)];
            let inner = gamma * (sign * z) + beta;
            (weight * (-inner).softplus() / gamma, -weight * sign * (-inner).sigmoid())
        });
    }
}
