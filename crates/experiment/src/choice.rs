//! One choice on an axis of an experiment.

use std::ops::Range;

use serde_json::Value;

/// One choice on an axis: its value, how it is written in tables, and where it stands in the file.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// The value with every default written out.
    pub(crate) value: Value,
    /// Short name: the method and those of its parameters that differ from the defaults.
    pub(crate) label: String,
    /// Its place in the source.
    pub(crate) span: Range<usize>,
    /// What it is in each setting of `[search]`; empty where it has no parameter that is searched.
    pub(crate) drawn: Vec<Choice>,
}
