//! Readers, one file a format. They give columns and the text of every row's class.

pub(crate) mod csv;
pub(crate) mod idx;
pub(crate) mod parquet;

use crate::Column;

/// What a table holds.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) labels: Vec<String>,
}

/// The column that holds the class.
pub(crate) const TARGET: &str = "target";
