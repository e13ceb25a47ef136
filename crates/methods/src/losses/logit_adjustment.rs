//! Logit-adjusted loss: cross-entropy of logits to which the log-frequencies of the classes are added, so
//! that rare classes have to win by a margin.
//!
//! ```text
//! L        = -ln p̃_y                     p̃ = softmax(z + τ ln π)
//! dL/dz_k  =  p̃_k - [k = y]
//! ```
//!
//! - `π_k`: share of class `k` among the training examples, as they are sampled
//! - `τ` (`tau`): 1
//! - the network's own logits `z`, not the adjusted ones, predict
//! - the batch's loss is the mean over examples
//!
//! Source: Menon, Jayasumana, Rawat, Jain, Veit, Kumar, *Long-tail Learning via Logit Adjustment*, ICLR 2021,
//! equation 10.
//! Differs: the authors' code adds 1e-12 to `π^τ`; a class without examples is an error here.
//! Trap: subtracting `τ ln π` again at test time corrects twice, as does class-balanced sampling.

use nn::Real;
use nn::range::Finite;
use serde::{Deserialize, Serialize};

use crate::losses::class_priors::log_priors;
use crate::losses::definition::{Built, Definition, reals};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the logit-adjusted loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogitAdjustment {
    /// Strength `τ`.
    pub tau: Finite,
}

impl Default for LogitAdjustment {
    fn default() -> Self {
        LogitAdjustment { tau: Finite::new(1.0) }
    }
}

impl Definition for LogitAdjustment {
    const CODE: &'static str = include_str!("logit_adjustment.rs");

    fn traits(&self) -> Traits {
        Traits { reads_counts: true, ..Traits::softmax(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let priors = log_priors(setting.counts, "logit_adjustment")?;
        Ok(Box::new(Shifted { offsets: reals(priors.iter().map(|ln| self.tau.get() * ln)) }))
    }
}

/// Cross-entropy of logits with an offset for each class.
pub(super) struct Shifted<T> {
    /// `[n_classes]`.
    pub(super) offsets: Vec<T>,
}

impl<T: Real> Loss<T> for Shifted<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let shift = |_: usize, logits: &mut [T]| {
            logits.iter_mut().zip(&self.offsets).for_each(|(z, &offset)| *z += offset);
        };
        out.fill_adjusted(batch, shift, |true_class, _, _| -true_class.ln_p);
    }
}
