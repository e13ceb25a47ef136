//! Cross-entropy: the negative logarithm of the probability a model gives to the true class.
//!
//! ```text
//! L        = -ln p_y                     p = softmax(z), y the true class
//! dL/dz_k  =  p_k - [k = y]
//! ```
//!
//! - `z`: the logits of one example, `[n_classes]`
//! - no parameters; the batch's loss is the mean
//!
//! Source: Bishop, *Pattern Recognition and Machine Learning*, 2006, section 4.3.4.
//! Trap: `ln` of a clipped probability has gradient 0 exactly on the hardest examples; here `ln p_y`
//! is computed from the logits and finite for every finite logit.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Loss, LossSpec, PerExample, Traits};
use crate::setting::Setting;

/// Softmax cross-entropy. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrossEntropy {}

/// What is learnt by where no loss is named.
impl Default for LossSpec {
    fn default() -> Self {
        LossSpec::CrossEntropy(CrossEntropy::default())
    }
}

impl Definition for CrossEntropy {
    const CODE: &'static str = include_str!("cross_entropy.rs");

    fn traits(&self) -> Traits {
        Traits::softmax(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        Ok(Box::new(self.clone()))
    }
}

impl<T: Real> Loss<T> for CrossEntropy {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        out.fill_softmax(batch, |true_class, _, _| -true_class.ln_p);
    }
}
