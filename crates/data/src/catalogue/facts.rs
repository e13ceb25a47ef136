//! What is in a data set, in numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::dataset::Dataset;

/// What is in a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Number of rows.
    pub rows: usize,
    /// Number of numeric features.
    pub numeric: usize,
    /// Number of categorical features.
    pub categorical: usize,
    /// Number of missing values.
    pub missing: usize,
    /// Rows of each class.
    pub counts: BTreeMap<String, u32>,
}

impl Facts {
    /// What is in `dataset`.
    pub fn of(dataset: &Dataset) -> Self {
        let numeric =
            dataset.columns.iter().filter(|c| matches!(c, Column::Numeric { .. })).count();
        Facts {
            rows: dataset.targets.len(),
            numeric,
            categorical: dataset.columns.len() - numeric,
            missing: dataset.columns.iter().map(Column::n_missing).sum(),
            counts: dataset.classes.iter().cloned().zip(dataset.class_counts()).collect(),
        }
    }
}
