//! What is recorded of a class.

use serde::{Deserialize, Serialize};

/// How well one class was recognised: with `support`, `predicted` and `right` of every class, each metric of predicted
/// classes can be computed again, and those of several parts together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Examples of the class.
    pub support: u32,
    /// Examples taken for this class; records of old did not have it.
    #[serde(default)]
    pub predicted: Option<u32>,
    /// Those of them that are of it; records of old did not have it.
    #[serde(default)]
    pub right: Option<u32>,
    /// Share of its examples that was found; `None` without any.
    pub recall: Option<f64>,
    /// Share of the examples taken for this class that are of it; 0 if none was taken for it.
    pub precision: Option<f64>,
    /// `2 TP / (2 TP + FP + FN)`; `None` if the class is neither true nor predicted.
    pub f1: Option<f64>,
    /// Mean log loss of its examples; `None` without any. Records of old did not have it.
    #[serde(default)]
    pub log_loss: Option<f64>,
}
