//! Class-dependent temperatures: cross-entropy of logits that are divided the more, the rarer their class.
//!
//! ```text
//! L        = -ln p̃_y                     p̃ = softmax(z / Δ)
//! dL/dz_k  = (p̃_k - [k = y]) / Δ_k
//! Δ_k      = (n_max / n_k)^γ
//! ```
//!
//! - `n_k`: training examples of class `k`, as they are sampled
//! - `γ` (`gamma`): 0.3; 0 is cross-entropy
//! - the network's own logits `z` predict
//! - the batch's loss is the mean over examples
//!
//! Source: Ye, Chen, Zhan, Chao, *Identifying and Compensating for Feature Deviation in Imbalanced Deep
//! Learning*, arXiv 2001.01385, 2020.
//! Differs: the paper chooses `γ` by validation; the default is that of the vector-scaling loss.
//! Trap: the gradient does not sum to 0 over the classes; `Σ_k Δ_k dL/dz_k` does.

use nn::Real;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::losses::Traits;
use crate::losses::definition::{Built, Definition};
use crate::losses::vector_scaling::Scaled;
use crate::setting::Setting;

/// Parameters of the loss of class-dependent temperatures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClassDependentTemperature {
    /// Exponent `γ` of the temperatures, at least 0.
    pub gamma: NonNegative,
}

impl Default for ClassDependentTemperature {
    fn default() -> Self {
        ClassDependentTemperature { gamma: NonNegative::new(0.3) }
    }
}

impl Definition for ClassDependentTemperature {
    const CODE: &'static str = include_str!("class_dependent_temperature.rs");

    fn traits(&self) -> Traits {
        Traits { reads_counts: true, ..Traits::softmax(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let name = "class_dependent_temperature";
        Ok(Box::new(Scaled::new(setting.counts, self.gamma.get(), 0.0, name)?))
    }
}
