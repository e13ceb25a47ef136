//! Post-hoc logit adjustment: plain cross-entropy in training, and log-frequencies of the classes taken
//! off the logits when it predicts.
//!
//! ```text
//! L        = -ln p_y                     p = softmax(z)
//! dL/dz_k  =  p_k - [k = y]
//! predicts   softmax(z - τ ln π)
//! ```
//!
//! - `π_k`: share of class `k` among the training examples, as they are sampled
//! - `τ` (`tau`): 1; 0 is cross-entropy
//! - the batch's loss is the mean over examples
//!
//! Source: Menon, Jayasumana, Rawat, Jain, Veit, Kumar, *Long-tail Learning via Logit Adjustment*, ICLR 2021,
//! equation 9.
//! Trap: on Bayes-optimal logits it is the decision for balanced classes; its probabilities are those of
//! balanced classes too, and so look badly calibrated on a test part that is not balanced.

use nn::Real;
use nn::range::Finite;
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::losses::class_priors::log_priors;
use crate::losses::definition::{Built, Definition};
use crate::losses::{CrossEntropy, Readout, Traits};
use crate::setting::{ClassCounts, Setting};

/// Parameters of post-hoc logit adjustment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogitAdjustmentPosthoc {
    /// Strength `τ`.
    pub tau: Finite,
}

impl Default for LogitAdjustmentPosthoc {
    fn default() -> Self {
        LogitAdjustmentPosthoc { tau: Finite::new(1.0) }
    }
}

impl LogitAdjustmentPosthoc {
    /// What is added to the logits that predict: `-τ ln π`, `[n_classes]`.
    ///
    /// # Errors
    /// If a class has no training example.
    pub fn offsets(&self, counts: &ClassCounts) -> Result<Vec<f64>, MethodError> {
        let priors = log_priors(counts, "logit_adjustment_posthoc")?;
        Ok(priors.into_iter().map(|ln| -self.tau.get() * ln).collect())
    }
}

impl Definition for LogitAdjustmentPosthoc {
    const CODE: &'static str = include_str!("logit_adjustment_posthoc.rs");

    fn traits(&self) -> Traits {
        Traits { reads_counts: true, ..Traits::softmax(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        self.offsets(setting.counts)?;
        CrossEntropy {}.build(setting)
    }

    fn readout(&self, counts: &ClassCounts) -> Result<Readout, MethodError> {
        Ok(Readout { offsets: self.offsets(counts)?, ..self.traits().readout() })
    }
}
