//! Balanced softmax: cross-entropy of logits to which the logarithms of the class counts are added.
//!
//! ```text
//! L        = -ln p̃_y                     p̃_k = n_k e^{z_k} / Σ_j n_j e^{z_j}
//! dL/dz_k  =  p̃_k - [k = y]
//! ```
//!
//! - `n_k`: training examples of class `k`, as they are sampled
//! - no parameters; it is the logit-adjusted loss at `τ = 1`
//! - the network's own logits `z` predict
//! - the batch's loss is the mean over examples
//!
//! Source: Ren, Yu, Sheng, Ma, Zhao, Yi, Li, *Balanced Meta-Softmax for Long-Tailed Visual Recognition*,
//! NeurIPS 2020.
//! Trap: class-balanced sampling beside it corrects twice.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::losses::Traits;
use crate::losses::class_priors::log_priors;
use crate::losses::definition::{Built, Definition, reals};
use crate::losses::logit_adjustment::Shifted;
use crate::setting::Setting;

/// Balanced softmax. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BalancedSoftmax {}

impl Definition for BalancedSoftmax {
    const CODE: &'static str = include_str!("balanced_softmax.rs");

    fn traits(&self) -> Traits {
        Traits { reads_counts: true, ..Traits::softmax(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        // Shares and counts differ by a constant, which a softmax does not see.
        let offsets = reals(log_priors(setting.counts, "balanced_softmax")?);
        Ok(Box::new(Shifted { offsets }))
    }
}
