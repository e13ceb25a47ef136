//! Dice loss: one less the soft F1 score of a class over a batch.
//!
//! ```text
//! L        = mean_k (a FP_k + b FN_k) / (TP_k + a FP_k + b FN_k + s)          a = b = 1/2
//! TP_k     = Σ_i p_ik y_ik,  FP_k = Σ_i p_ik (1 - y_ik),  FN_k = Σ_i (1 - p_ik) y_ik      over the batch
//! dL/dp_ik = -(a FP_k + b FN_k + b N) / (D² n_outputs) where y_ik = 1,   a N / (D² n_outputs) where y_ik = 0
//! ```
//!
//! - it is the Tversky loss at `a = b = 1/2`
//! - `smooth` (`s`): 1e-5, in the denominator `D` and in `N = TP_k + s`: `L = mean_k (1 - N / D)`;
//!   with 0, a class that is neither predicted nor there has no loss
//! - `form`: `sigmoid`, each class against the rest (two classes share one logit), or `softmax`; the mean
//!   over the logits' columns
//! - a loss of whole batches: it has no single examples to mine or to weigh
//!
//! Source: Milletari, Navab, Ahmadi, *V-Net: Fully Convolutional Neural Networks for Volumetric Medical Image
//! Segmentation*, 3DV 2016.
//! Differs: the paper squares the probabilities in the denominator.

use nn::Real;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::overlap::{Overlap, overlap_traits};
use crate::losses::{FocalForm, Traits};
use crate::setting::Setting;

/// Parameters of the Dice loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dice {
    /// Added to numerator and denominator.
    pub smooth: NonNegative,
    /// One probability a class, or one distribution over the classes.
    pub form: FocalForm,
}

impl Default for Dice {
    fn default() -> Self {
        Dice { smooth: NonNegative::new(1e-5), form: FocalForm::Sigmoid }
    }
}

impl Definition for Dice {
    const CODE: &'static str = include_str!("dice.rs");

    fn traits(&self) -> Traits {
        overlap_traits(self.form)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        let (a, b) = (0.5, 0.5);
        Ok(Box::new(Overlap::new(self.form, a, b, self.smooth)))
    }
}
