//! Label smoothing: another loss, of which every class has a small share as the label.
//!
//! ```text
//! L        = (1 - ε) ℓ(z, y) + ε / K Σ_k ℓ(z, k)
//! dL/dz    = (1 - ε) ∇ℓ(z, y) + ε / K Σ_k ∇ℓ(z, k)          cross-entropy: p - t
//! t        = (1 - ε) e_y + ε / K
//! ```
//!
//! - `ℓ`: the loss (`loss`: `cross_entropy`), one that needs nothing but logits and label: the label is
//!   smoothed in its place
//! - `ε` (`epsilon`): 0.1, the paper's
//! - the batch's loss is the mean over examples
//!
//! Source: Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, *Rethinking the Inception Architecture for Computer
//! Vision*, CVPR 2016; for other losses than cross-entropy ours.
//! Trap: some code spreads `ε` over the other `K - 1` classes only, which is another `ε`.

use nn::Real;
use nn::range::UnitInterval;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::smoothing::Smoothed;
use crate::losses::{CrossEntropy, LossSpec, Setting, Traits};
use crate::{MethodError, named};

/// Parameters of label smoothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LabelSmoothing {
    /// The loss whose label is smoothed.
    #[serde(deserialize_with = "named::deserialize")]
    pub loss: Box<LossSpec>,
    /// Share `ε` of the label that all classes have together.
    pub epsilon: UnitInterval,
}

impl Default for LabelSmoothing {
    fn default() -> Self {
        LabelSmoothing {
            loss: Box::new(LossSpec::CrossEntropy(CrossEntropy {})),
            epsilon: UnitInterval::new(0.1),
        }
    }
}

impl Definition for LabelSmoothing {
    fn traits(&self) -> Traits {
        self.loss.traits()
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        if !self.loss.is_function_of_label() {
            let (wrapper, loss) = ("label_smoothing", self.loss.name());
            return Err(MethodError::NoLabelFunction { wrapper, loss });
        }
        let shares = vec![self.epsilon.get(); setting.counts.n_classes()];
        Ok(Box::new(Smoothed::new(&self.loss, &shares, setting)?))
    }
}
