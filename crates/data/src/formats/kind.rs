//! What columns hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
