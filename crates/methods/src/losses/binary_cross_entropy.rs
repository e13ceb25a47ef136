//! Binary cross-entropy: every class against the rest, each with its own sigmoid.
//!
//! ```text
//! L        = Σ_k ln(1 + e^{-s_k z_k})    s_k = 2[k = y] - 1
//! dL/dz_k  = σ(z_k) - [k = y]
//! ```
//!
//! - `z`: the logits of one example, `[n_classes]`; two classes share one logit, that of class 1
//! - no parameters; the batch's loss is the mean over examples of their sums
//!
//! Source: Bishop, *Pattern Recognition and Machine Learning*, 2006, section 4.3.2.
//! Trap: PyTorch's `BCEWithLogitsLoss` averages over the logits too: its mean is smaller by a factor of
//! the number of classes.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::per_example::binary_cross_entropy;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Binary cross-entropy, one against the rest. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BinaryCrossEntropy {}

impl Definition for BinaryCrossEntropy {
    const CODE: &'static str = include_str!("binary_cross_entropy.rs");

    fn traits(&self) -> Traits {
        Traits::sigmoid(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        Ok(Box::new(self.clone()))
    }
}

impl<T: Real> Loss<T> for BinaryCrossEntropy {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        out.fill_sigmoid(batch, |z, element| binary_cross_entropy(z, element.positive));
    }
}
