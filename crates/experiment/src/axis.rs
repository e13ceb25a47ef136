//! The axes of an experiment, and one choice on one of them.

use std::fmt;
use std::ops::Range;

use data::DatasetSpec;
use methods::losses::LossSpec;
use methods::mining::MiningSpec;
use methods::reweighting::ReweightingSpec;
use methods::sampling::SamplingSpec;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{EnumIter, IntoStaticStr};

use crate::spec::{ModelSpec, ProtocolSpec, TrainingSpec};

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
    /// Which examples meet in a batch.
    Sampling,
    /// Which examples of a batch are learnt from.
    Mining,
    /// How much each example counts.
    Reweighting,
    /// Optimiser, schedule, epochs, batch size.
    Training,
}

impl Axis {
    /// The name in an experiment file.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A typed value on one axis.
#[derive(Clone, Debug, PartialEq)]
pub enum AxisValue {
    /// On [`Axis::Dataset`].
    Dataset(DatasetSpec),
    /// On [`Axis::Protocol`].
    Protocol(ProtocolSpec),
    /// On [`Axis::Model`].
    Model(ModelSpec),
    /// On [`Axis::Loss`].
    Loss(LossSpec),
    /// On [`Axis::Sampling`].
    Sampling(SamplingSpec),
    /// On [`Axis::Mining`].
    Mining(MiningSpec),
    /// On [`Axis::Reweighting`].
    Reweighting(ReweightingSpec),
    /// On [`Axis::Training`].
    Training(TrainingSpec),
}

/// One choice on an axis: its value, how it is written in tables, and where it stands in the file.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The value.
    pub value: AxisValue,
    /// Short name: the method and those of its parameters that differ from the defaults.
    pub label: String,
    /// The value with every default written out.
    pub json: Value,
    /// Its place in the source.
    pub span: Range<usize>,
}
