//! What a split is made from.

use crate::column::{Column, DistinctValues};
use crate::error::DataError;
use crate::formats::lines::no_such_name;

/// What a split is made from.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    /// The class of each row.
    pub targets: &'a [u32],
    /// Names of the classes.
    pub classes: &'a [String],
    /// The official fold of each row, from 0, in each repeat; empty without such folds.
    pub folds: &'a [Vec<u32>],
    /// Columns that a split may name.
    pub columns: Vec<&'a Column>,
    /// Of them, the one whose rows of the same value belong together.
    pub group: Option<&'a str>,
    /// Whether each row is no example, which is learnt from in no part; empty where all are.
    pub ignored: &'a [bool],
}

impl Rows<'_> {
    /// Whether `row` is an example.
    pub(super) fn is_example(&self, row: u32) -> bool {
        self.ignored.get(row as usize).is_none_or(|ignored| !ignored)
    }

    /// The examples of each class, in ascending order.
    pub(super) fn by_class(&self) -> Vec<Vec<u32>> {
        let mut classes = vec![Vec::new(); self.classes.len()];
        for (row, &target) in self.targets.iter().enumerate() {
            if self.is_example(row as u32) {
                classes[target as usize].push(row as u32);
            }
        }
        classes
    }

    /// The values of the column called `name`, every row with one.
    pub(crate) fn values(&self, name: &str) -> Result<DistinctValues, DataError> {
        if let Some(column) = self.columns.iter().find(|column| column.name() == name) {
            return column.values().map_err(DataError::Split);
        }
        let names: Vec<String> = self.columns.iter().map(|c| c.name().to_owned()).collect();
        let unknown = no_such_name(name, &names);
        Err(DataError::Split(match unknown.strip_suffix('?') {
            Some(_) => unknown,
            None => format!(
                "{unknown}; what is ignored in [columns] is not read: give it a role, as in [roles] group = \"{name}\""
            ),
        }))
    }

    /// The column whose rows of the same value belong together: the one that is asked for, else the one with this role.
    pub(super) fn group_column<'b>(&'b self, asked: Option<&'b String>) -> Option<&'b str> {
        asked.map(String::as_str).or(self.group)
    }
}
