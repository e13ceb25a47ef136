//! F-beta loss: one less the soft F-beta score of a class over a batch.
//!
//! ```text
//! L        = mean_k (a FP_k + b FN_k) / (TP_k + a FP_k + b FN_k + s)
//! a        = 1 / (1 + β²),  b = β² / (1 + β²)
//! TP_k     = Σ_i p_ik y_ik,  FP_k = Σ_i p_ik (1 - y_ik),  FN_k = Σ_i (1 - p_ik) y_ik      over the batch
//! dL/dp_ik = -(a FP_k + b FN_k + b N) / (D² n_outputs) where y_ik = 1,   a N / (D² n_outputs) where y_ik = 0
//! ```
//!
//! - `β` (`beta`): 1, how much recall counts beside precision; 1 is Dice
//! - `smooth` (`s`): 1e-5, in the denominator `D` and in `N = TP_k + s`: `L = mean_k (1 - N / D)`;
//!   with 0, a class that is neither predicted nor there has no loss
//! - `form`: `sigmoid`, each class against the rest (two classes share one logit), or `softmax`; the mean
//!   over the logits' columns
//! - a loss of whole batches: it has no single examples to mine or to weigh
//!
//! Source: Pastor-Pellicer, Zamora-Martínez, España-Boquera, Castro-Bleda, *F-Measure as the Error Function to Train
//! Neural Networks*, IWANN 2013.
//! Trap: the F-beta score of a mean is not the mean of F-beta scores: the batch size matters.

use nn::Real;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::overlap::{Overlap, overlap_traits};
use crate::losses::{FocalForm, Traits};
use crate::setting::Setting;

/// Parameters of the FBeta loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FBeta {
    /// How much recall counts beside precision, `β`.
    pub beta: NonNegative,
    /// Added to numerator and denominator.
    pub smooth: NonNegative,
    /// One probability a class, or one distribution over the classes.
    pub form: FocalForm,
}

impl Default for FBeta {
    fn default() -> Self {
        FBeta {
            beta: NonNegative::new(1.0),
            smooth: NonNegative::new(1e-5),
            form: FocalForm::Sigmoid,
        }
    }
}

impl Definition for FBeta {
    const CODE: &'static str = include_str!("f_beta.rs");

    fn traits(&self) -> Traits {
        overlap_traits(self.form)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        let square = self.beta.get() * self.beta.get();
        let (a, b) = (1.0 / (1.0 + square), square / (1.0 + square));
        Ok(Box::new(Overlap::new(self.form, a, b, self.smooth)))
    }
}
