//! The axes of an experiment.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

/// What an experiment can vary. `training` and `protocol` are axes too: a list in them is a sweep.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Axis {
    /// The data set.
    Dataset,
    /// The split and what is measured on it.
    Protocol,
    /// The network or classical learner.
    Model,
    /// The loss.
    Loss,
    /// What the boxes of a detector cost.
    BoxLoss,
    /// Which examples meet in a batch.
    Sampling,
    /// What the examples of a batch are blended with.
    Mixing,
    /// Which examples of a batch are learnt from.
    Mining,
    /// How much each example counts.
    Reweighting,
    /// What runs in place of the method, for comparison.
    Control,
    /// What becomes of the classifier once the features have been learnt.
    Decoupling,
    /// Optimiser, schedule, epochs, batch size.
    Training,
    /// What becomes of the probabilities after training.
    Calibration,
    /// Which class they stand for.
    Decision,
    /// What embeddings are compared with besides their batch.
    Memory,
}

impl Axis {
    /// The name in an experiment file.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether `label` on the axis leaves a trial what it was before there was such an axis. It is then not written, in
    /// specifications or in sentences.
    pub fn is_silent(self, label: &str) -> bool {
        match self {
            Axis::Mixing | Axis::Control | Axis::Decoupling | Axis::Calibration | Axis::Memory => {
                label == "none"
            }
            Axis::Decision => label == "argmax",
            Axis::BoxLoss => label == "smooth_l1",
            Axis::Dataset
            | Axis::Protocol
            | Axis::Model
            | Axis::Loss
            | Axis::Sampling
            | Axis::Mining
            | Axis::Reweighting
            | Axis::Training => false,
        }
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
