//! Which rows are ranked together.

use serde::{Deserialize, Serialize};

/// Which rows are ranked together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The rows of each class.
    PerClass,
    /// All rows.
    Global,
}

impl Scope {
    /// Where a row of this class is ranked.
    pub(super) fn group(self, class: u32) -> usize {
        match self {
            Scope::PerClass => class as usize,
            Scope::Global => 0,
        }
    }
}
