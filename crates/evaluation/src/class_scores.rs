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
    /// Of a class of objects alone: what of its detections is averaged over classes elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection: Option<DetectionScores>,
}

/// How well the objects of a class were found; each `None` without any.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectionScores {
    /// Average precision at IoU 0.5.
    pub ap50: Option<f64>,
    /// Average precision, the mean over IoU 0.5 to 0.95.
    pub ap50_95: Option<f64>,
    /// Recall at so many false positives per image.
    pub recall_at_fppi: Option<f64>,
}
