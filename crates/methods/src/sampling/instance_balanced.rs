//! Instance-balanced sampling: every training example once an epoch, in random order.
//!
//! ```text
//! P(class k) = n_k / Σ_j n_j
//! ```
//!
//! - `n_k`: number of training examples of class `k`
//!
//! Source: Kang and others, *Decoupling Representation and Classifier for Long-Tailed Recognition*,
//! ICLR 2020, which gives the usual procedure this name (`q = 1`).

use serde::{Deserialize, Serialize};

use crate::sampling::SamplingSpec;
use crate::sampling::definition::Definition;

/// Sampling without replacement. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstanceBalancedSampling {}

/// How rows are shown where no sampling is named.
impl Default for SamplingSpec {
    fn default() -> Self {
        SamplingSpec::InstanceBalanced(InstanceBalancedSampling::default())
    }
}

impl Definition for InstanceBalancedSampling {
    fn code(&self) -> &'static str {
        include_str!("instance_balanced.rs")
    }

    fn version(&self) -> u32 {
        1
    }
}
