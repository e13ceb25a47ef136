//! Equalization loss: binary cross-entropy in which a rare class does not suffer as the wrong answer for
//! examples of other classes.
//!
//! ```text
//! L        = Σ_k w_k ln(1 + e^{-s_k z_k})          w_k = 1 - E T_λ(f_k) (1 - y_k)
//! dL/dz_k  = w_k (σ(z_k) - y_k)
//! ```
//!
//! - `f_k`: share of class `k` among the training examples, as they are sampled; `T_λ(f)` is 1 where
//!   `f < λ`, else 0; `E` is 0 for background, a target outside the classes, else 1
//! - `λ` (`lambda`): 0.00177, the authors' configuration for LVIS; 0 is binary cross-entropy
//! - the sigmoids of a fresh network say 0.001 (`prior`), the authors' configuration
//! - two classes share one logit, that of class 1; the batch's loss is the mean over examples
//!
//! Source: Tan, Wang, Li, Li, Ouyang, Yin, Yan, *Equalization Loss for Long-Tailed Object Recognition*, CVPR
//! 2020.
//! Trap: without a class below `λ`, the usual case in tables, nothing is changed.

use nn::Real;
use nn::range::{NonNegative, OpenUnit};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition, InitialProbability};
use crate::losses::per_example::binary_cross_entropy;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the equalization loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Equalization {
    /// Share `λ` of the training examples below which a class is rare.
    pub lambda: NonNegative,
    /// What the sigmoids of a fresh network say.
    pub prior: OpenUnit,
}

impl Default for Equalization {
    fn default() -> Self {
        Equalization { lambda: NonNegative::new(0.00177), prior: OpenUnit::new(0.001) }
    }
}

impl Definition for Equalization {
    const CODE: &'static str = include_str!("equalization.rs");

    fn traits(&self) -> Traits {
        let start = InitialProbability::Given(self.prior.get());
        Traits { start, reads_counts: true, ..Traits::sigmoid(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let counts = setting.counts.get();
        let total: f64 = counts.iter().sum();
        let rare = counts.iter().map(|n| n / total < self.lambda.get()).collect();
        Ok(Box::new(Equalized { rare }))
    }
}

struct Equalized {
    /// `[n_classes]`.
    rare: Vec<bool>,
}

impl<T: Real> Loss<T> for Equalized {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        out.fill_sigmoid(batch, |z, element| {
            let foreground = element.y < self.rare.len();
            if self.rare[element.column] && foreground && !element.positive {
                (T::ZERO, T::ZERO)
            } else {
                binary_cross_entropy(z, element.positive)
            }
        });
    }
}
