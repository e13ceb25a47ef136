//! Cells of a text table, and the columns that they make.
//!
//! A column is numeric if every cell of it that is not missing is a finite number, else it is
//! categorical, unless its kind is pinned.

pub(crate) mod chunks;
pub(crate) mod number;
pub(crate) mod texts;
