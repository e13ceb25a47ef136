//! Columns that give the class away.

use std::collections::HashMap;

use crate::describe::suspicions::FEW_ROWS;
use crate::describe::values;
use crate::{Column, Dataset};

/// Whether the class follows from the value: each of few values has one class, or each class has a stretch of
/// the numbers for itself.
pub(super) fn gives_the_class_away(column: &Column, dataset: &Dataset) -> bool {
    let n_classes = dataset.classes.len();
    if dataset.targets.len() < FEW_ROWS || n_classes < 2 || 0 < column.n_missing() {
        return false;
    }
    let mut class_of: HashMap<u64, u32> = HashMap::new();
    let mut pure = true;
    for (value, &target) in values(column).into_iter().zip(&dataset.targets) {
        pure &= *class_of.entry(value).or_insert(target) == target;
    }
    if !pure {
        return false;
    }
    if class_of.len() <= dataset.targets.len() / 5 {
        return true;
    }
    let Column::Numeric { values, .. } = column else { return false };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let changes =
        order.windows(2).filter(|pair| dataset.targets[pair[0]] != dataset.targets[pair[1]]);
    changes.count() < n_classes
}
