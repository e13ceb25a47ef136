//! Tversky loss: one less the overlap of predicted and true members of a class, in which false positives
//! and false negatives have weights of their own.
//!
//! ```text
//! L        = mean_k (a FP_k + b FN_k) / (TP_k + a FP_k + b FN_k + s)
//! TP_k     = Σ_i p_ik y_ik,  FP_k = Σ_i p_ik (1 - y_ik),  FN_k = Σ_i (1 - p_ik) y_ik      over the batch
//! dL/dp_ik = -(a FP_k + b FN_k + b N) / (D² n_outputs) where y_ik = 1,   a N / (D² n_outputs) where y_ik = 0
//! ```
//!
//! - `a` (`alpha`): 0.3, the weight of false positives; `b` (`beta`): 0.7, that of false negatives: the paper's
//! - `smooth` (`s`): 1e-5, in the denominator `D` and in `N = TP_k + s`: `L = mean_k (1 - N / D)`;
//!   with 0, a class that is neither predicted nor there has no loss
//! - `form`: `sigmoid`, each class against the rest (two classes share one logit), or `softmax`; the mean
//!   over the logits' columns
//! - a loss of whole batches: it has no single examples to mine or to weigh
//!
//! Source: Salehi, Erdogmus, Gholipour, *Tversky Loss Function for Image Segmentation Using 3D Fully Convolutional
//! Deep Networks*, MLMI 2017.
//! Trap: `a = b = 1/2` is Dice, `a = b = 1` Jaccard.

use nn::Real;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::overlap::{Overlap, overlap_traits};
use crate::losses::{FocalForm, Traits};
use crate::setting::Setting;

/// Parameters of the Tversky loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tversky {
    /// Weight `a` of false positives.
    pub alpha: NonNegative,
    /// Weight `b` of false negatives.
    pub beta: NonNegative,
    /// Added to numerator and denominator.
    pub smooth: NonNegative,
    /// One probability a class, or one distribution over the classes.
    pub form: FocalForm,
}

impl Default for Tversky {
    fn default() -> Self {
        Tversky {
            alpha: NonNegative::new(0.3),
            beta: NonNegative::new(0.7),
            smooth: NonNegative::new(1e-5),
            form: FocalForm::Sigmoid,
        }
    }
}

impl Definition for Tversky {
    const CODE: &'static str = include_str!("tversky.rs");

    fn traits(&self) -> Traits {
        overlap_traits(self.form)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        let (a, b) = (self.alpha.get(), self.beta.get());
        Ok(Box::new(Overlap::new(self.form, a, b, self.smooth)))
    }
}
