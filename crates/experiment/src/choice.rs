//! One choice on an axis of an experiment.

use std::ops::Range;

use data::DatasetSpec;
use methods::losses::LossSpec;
use methods::mining::MiningSpec;
use methods::reweighting::ReweightingSpec;
use methods::sampling::SamplingSpec;
use serde_json::Value;

use crate::spec::{ModelSpec, ProtocolSpec, TrainingSpec};

/// A typed value on one axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AxisValue {
    /// On [`crate::Axis::Dataset`].
    Dataset(DatasetSpec),
    /// On [`crate::Axis::Protocol`].
    Protocol(ProtocolSpec),
    /// On [`crate::Axis::Model`].
    Model(ModelSpec),
    /// On [`crate::Axis::Loss`].
    Loss(LossSpec),
    /// On [`crate::Axis::Sampling`].
    Sampling(SamplingSpec),
    /// On [`crate::Axis::Mining`].
    Mining(MiningSpec),
    /// On [`crate::Axis::Reweighting`].
    Reweighting(ReweightingSpec),
    /// On [`crate::Axis::Training`].
    Training(TrainingSpec),
}

/// One choice on an axis: its value, how it is written in tables, and where it stands in the file.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// The value.
    pub(crate) value: AxisValue,
    /// Short name: the method and those of its parameters that differ from the defaults.
    pub(crate) label: String,
    /// The value with every default written out.
    pub(crate) json: Value,
    /// Its place in the source.
    pub(crate) span: Range<usize>,
}
