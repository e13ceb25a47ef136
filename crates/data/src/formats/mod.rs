//! Readers, one file a format. They give columns; which of them holds the class is decided later.

pub(crate) mod arff;
mod attributes;
mod bounds;
pub(crate) mod boxes;
mod cells;
pub(crate) mod csv;
mod declared;
pub(crate) mod format;
pub(crate) mod idx;
pub(crate) mod image_folder;
pub(crate) mod images;
pub(crate) mod keel;
pub(crate) mod libsvm;
mod lines;
pub(crate) mod npy;
pub(crate) mod npz;
pub(crate) mod parquet;
#[cfg(test)]
mod testing;
pub(crate) mod whitespace;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::formats::lines::{listed, no_such_name};
use crate::{Column, DataError};

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

impl Frame {
    /// Sets the class apart: the column called `target`, or the one that the format says is the class.
    ///
    /// # Errors
    /// If there is no such column, a row has no class, or the column holds no classes.
    pub(crate) fn table(mut self, file: &str, target: Option<&str>) -> Result<Table, DataError> {
        let failed = |message: String| DataError::Binary { file: file.to_owned(), message };
        let names = || self.columns.iter().map(|c| c.name().to_owned()).collect::<Vec<_>>();
        let index = match target {
            Some(name) => self.columns.iter().position(|column| column.name() == name),
            None => self.target,
        };
        let index = index.ok_or_else(|| match target {
            Some(name) => failed(no_such_name(name, &names())),
            None => failed(format!(
                "which column is the class? name it as target: there are {}",
                listed(&names())
            )),
        })?;
        let labels = labels(&self.columns.remove(index)).map_err(failed)?;
        Ok(Table { columns: self.columns, labels })
    }
}

/// The class of every row.
fn labels(column: &Column) -> Result<Vec<String>, String> {
    let name = column.name();
    let none = |row: usize| {
        format!("row {row} (from 0) has no class in the column `{name}`: remove such rows first")
    };
    match column {
        Column::Categorical { levels, codes, .. } => codes
            .iter()
            .enumerate()
            .map(|(row, code)| {
                code.map(|code| levels[code as usize].clone()).ok_or_else(|| none(row))
            })
            .collect(),
        Column::Numeric { values, .. } => values
            .iter()
            .enumerate()
            .map(|(row, &value)| match value {
                _ if value.is_nan() => Err(none(row)),
                _ if value.fract() != 0.0 => Err(format!(
                    "row {row} (from 0) holds {value} in the column `{name}`, which is a quantity and no \
                     class: name another target, or pin the column as categorical"
                )),
                // Zero is added because -0 is the same class as 0.
                whole => Ok((whole + 0.0).to_string()),
            })
            .collect(),
    }
}

/// What a table holds.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) labels: Vec<String>,
}

/// The column that holds the class.
pub(crate) const TARGET: &str = "target";
