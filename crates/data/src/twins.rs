//! Rows that have the same features.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::Column;
use crate::describe::values;

/// What becomes of rows that have the same features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TwinRows {
    /// They stay, and a split may learn from one and test the other.
    #[default]
    Keep,
    /// Of those that are of one class as well, the first stays.
    Drop,
}

/// Of every row, a number that it has in common with the rows of the same features; numbered in the order in which they
/// are met.
pub(crate) fn groups(columns: &[Column], n_rows: usize) -> Vec<u32> {
    let mut groups = vec![0_u32; n_rows];
    for column in columns {
        refine(&mut groups, &values(column));
    }
    groups
}

/// The rows that stay if those with the same features and the same class are one row.
pub(crate) fn first_of_each(columns: &[Column], targets: &[u32]) -> Vec<usize> {
    let mut groups = groups(columns, targets.len());
    let targets: Vec<u64> = targets.iter().map(|&target| u64::from(target)).collect();
    refine(&mut groups, &targets);
    // A group has its number from the row that comes first.
    let mut next = 0;
    let is_first = |&row: &usize| {
        let is_first = groups[row] == next;
        next += u32::from(is_first);
        is_first
    };
    (0..groups.len()).filter(is_first).collect()
}

/// Divides each group by `values`.
fn refine(groups: &mut [u32], values: &[u64]) {
    let mut known: HashMap<(u32, u64), u32> = HashMap::new();
    for (group, &value) in groups.iter_mut().zip(values) {
        let next = known.len() as u32;
        *group = *known.entry((*group, value)).or_insert(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_twins_if_all_features_are_the_same() {
        let x = [1.0, 0.0, 1.0, -0.0, f64::NAN, f64::NAN, 1.0];
        let x = Column::Numeric { name: "x".to_owned(), values: x.to_vec() };
        let texts = [Some("a"), None, Some("a"), None, Some("a"), None, Some("b")];
        let columns = [x, Column::from_texts("t".to_owned(), texts)];
        assert_eq!(groups(&columns, 7), [0, 1, 0, 1, 2, 3, 4]);
        // Twins of two classes are two rows.
        assert_eq!(first_of_each(&columns, &[0, 0, 0, 1, 0, 0, 0]), [0, 1, 3, 4, 5, 6]);
        assert_eq!(groups(&[], 2), [0, 0]);
    }
}
