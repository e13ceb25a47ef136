//! A row of a table, and of which axes rows can be.

use experiment::Axis;
use strum::IntoEnumIterator;

use crate::comparison::row_name::RowName;
use crate::comparison::trial::Label;

/// The axes that can make a row, in the order in which tables show them.
pub(crate) fn method_axes() -> impl Iterator<Item = Axis> {
    let others = Axis::iter().filter(|axis| !matches!(axis, Axis::Dataset | Axis::Protocol));
    others.chain([Axis::Protocol])
}

/// One row: the trials of each data set.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) labels: Vec<Label>,
    pub(crate) named: RowName,
    pub(crate) trials: Vec<Vec<Planned>>,
}

/// What is one value of a row on a data set: a trial or, if folds are pooled, those of all folds.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    /// Indices of `Groups::trials`; they ascend, and there is at least one.
    pub(crate) trials: Vec<usize>,
    /// What run of the data set it is, once runs are numbered; rows are compared over runs of the same number. `None` if
    /// some row has no such run in the plan.
    pub(crate) run: Option<usize>,
}
