//! Label-aware smoothing: cross-entropy whose labels are smoothed the more, the more frequent their class,
//! against overconfidence in the head.
//!
//! ```text
//! L        = -Σ_k t_k ln p_k             t = (1 - ε_y) e_y + ε_y / K
//! dL/dz    =  p - t
//! r_y      = (n_y - n_min) / (n_max - n_min)
//! concave    ε_y = tail + (head - tail) sin(π r_y / 2)
//! linear     ε_y = tail + (head - tail) r_y
//! convex     ε_y = head + (head - tail) sin(3π / 2 + π r_y / 2)
//! ```
//!
//! - `n_y`: training examples of class `y`, as they are sampled; `r = 0` if all classes are alike
//! - `head`: 0.3, `tail`: 0, `shape`: `concave`: the authors' configuration for long-tailed CIFAR
//! - the batch's loss is the mean
//!
//! Source: Zhong, Cui, Liu, Jia, *Improving Calibration for Long-Tailed Recognition*, CVPR 2021 (MiSLAS).
//! Differs: the paper uses it in its second stage, with a frozen backbone.

use std::f64::consts::PI;

use nn::Real;
use nn::range::UnitInterval;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::smoothing::Smoothed;
use crate::losses::{CrossEntropy, LossSpec, Traits};
use crate::setting::Setting;

/// Parameters of label-aware smoothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LabelAwareSmoothing {
    /// `ε` of the most frequent class.
    pub head: UnitInterval,
    /// `ε` of the rarest class.
    pub tail: UnitInterval,
    /// How `ε` runs between them.
    pub shape: SmoothingShape,
}

/// How smoothing grows with the frequency of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmoothingShape {
    /// Fast first.
    Concave,
    /// Evenly.
    Linear,
    /// Fast last.
    Convex,
}

impl Default for LabelAwareSmoothing {
    fn default() -> Self {
        LabelAwareSmoothing {
            head: UnitInterval::new(0.3),
            tail: UnitInterval::new(0.0),
            shape: SmoothingShape::Concave,
        }
    }
}

impl LabelAwareSmoothing {
    /// `ε_k`, `[n_classes]`.
    pub(crate) fn shares(&self, counts: &[f64]) -> Vec<f64> {
        let smallest = counts.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = counts.iter().copied().fold(0.0, f64::max);
        let (head, tail) = (self.head.get(), self.tail.get());
        let share = |n: &f64| {
            let r = if smallest < largest { (n - smallest) / (largest - smallest) } else { 0.0 };
            match self.shape {
                SmoothingShape::Concave => tail + (head - tail) * libm::sin(PI * r / 2.0),
                SmoothingShape::Linear => tail + (head - tail) * r,
                SmoothingShape::Convex => head + (head - tail) * libm::sin(1.5 * PI + PI * r / 2.0),
            }
        };
        counts.iter().map(share).collect()
    }
}

impl Definition for LabelAwareSmoothing {
    const CODE: &'static str = include_str!("label_aware_smoothing.rs");

    fn traits(&self) -> Traits {
        Traits { reads_counts: true, ..Traits::softmax(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let shares = self.shares(setting.counts.get());
        let plain = LossSpec::CrossEntropy(CrossEntropy {});
        Ok(Box::new(Smoothed::new(&plain, &shares, setting)?))
    }
}
