//! Hinge loss: every class against the rest, by a margin of one and no more.
//!
//! ```text
//! L        = Σ_k max(0, 1 - s_k z_k)^power            s_k = 2[k = y] - 1
//! dL/dz_k  = -s_k power max(0, 1 - s_k z_k)^{power - 1}  where s_k z_k < 1, else 0
//! ```
//!
//! - one logit for each class; two classes share one logit, that of class 1
//! - `squared`: false (`power` 1), or true (2)
//! - probabilities are read off the margins by a sigmoid; they are not calibrated
//! - the batch's loss is the mean over examples
//!
//! Source: Cortes, Vapnik, *Support-Vector Networks*, Machine Learning 1995; one against the rest: Rifkin,
//! Klautau, JMLR 2004.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the hinge loss.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hinge {
    /// Whether what is missing of the margin is squared.
    pub squared: bool,
}

impl Definition for Hinge {
    const CODE: &'static str = include_str!("hinge.rs");

    fn traits(&self) -> Traits {
        Traits::sigmoid(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        Ok(Box::new(self.clone()))
    }
}

impl<T: Real> Loss<T> for Hinge {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        out.fill_sigmoid(batch, |z, element| {
            let sign = if element.positive { T::ONE } else { -T::ONE };
            // NaN is passed on, so that a diverged network is noticed.
            let missing = T::ONE - sign * z;
            if missing <= T::ZERO {
                (T::ZERO, T::ZERO)
            } else if self.squared {
                (missing * missing, -sign * T::of(2.0) * missing)
            } else {
                (missing, -sign)
            }
        });
    }
}
