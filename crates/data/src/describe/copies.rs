//! Columns that are another column under a second name.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::column::Column;

/// Of every column, the first one before it that has the same value in every row.
pub(super) fn copies(columns: &[Column]) -> Vec<Option<&str>> {
    let mut met: HashMap<u64, Vec<&Column>> = HashMap::new();
    let mut copies = Vec::with_capacity(columns.len());
    for column in columns {
        let mut hasher = DefaultHasher::new();
        column.keys().hash(&mut hasher);
        let alike = met.entry(hasher.finish()).or_default();
        let first = alike.iter().find(|other| is_same(other, column));
        copies.push(first.map(|other| other.name()));
        if first.is_none() {
            alike.push(column);
        }
    }
    copies
}

fn is_same(a: &Column, b: &Column) -> bool {
    match (a, b) {
        (Column::Numeric { .. }, Column::Numeric { .. }) => a.keys() == b.keys(),
        (
            Column::Categorical { levels: of_a, codes, .. },
            Column::Categorical { levels, codes: of_b, .. },
        ) => of_a == levels && codes == of_b,
        _ => false,
    }
}
