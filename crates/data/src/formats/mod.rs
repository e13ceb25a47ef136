//! Readers, one file a format. They give columns; which of them holds the class is decided later.

mod bounds;
pub(crate) mod boxes;
pub(crate) mod arff;
mod attributes;
mod cells;
pub(crate) mod csv;
mod declared;
pub(crate) mod idx;
pub(crate) mod images;
pub(crate) mod image_folder;
#[cfg(test)]
mod mutations;
pub(crate) mod npy;
pub(crate) mod npz;
pub(crate) mod keel;
pub(crate) mod libsvm;
mod lines;
pub(crate) mod parquet;
#[cfg(test)]
mod testing;
pub(crate) mod whitespace;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Column;

/// The columns of a file.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) columns: Vec<Column>,
    /// The column that the format itself says is the class, as KEEL's output is.
    pub(crate) target: Option<usize>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Numbers.
    Numeric,
    /// One of several levels, whatever they look like.
    Categorical,
    /// Nothing to learn from: an identifier, a copy of the class.
    Ignored,
}

/// The kinds of columns that were pinned, by the columns' names.
pub type Kinds = BTreeMap<String, Kind>;

/// What a table holds.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) labels: Vec<String>,
}

/// The column that holds the class.
pub(crate) const TARGET: &str = "target";
