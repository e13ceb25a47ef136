//! Draws of rows.

use crate::split::Permutation;

/// Takes `n` rows out of `rows`, those that the permutation called `draw` of this fold and class names
/// first.
pub(super) fn take(
    rows: &mut Vec<u32>,
    n: usize,
    draw: &str,
    fold: usize,
    class: usize,
    permutation: Permutation<'_>,
) -> Vec<u32> {
    if n == 0 {
        return Vec::new();
    }
    let order = permutation(&format!("{draw}/fold {fold}/class {class}"), rows.len());
    let taken: Vec<u32> = order[..n].iter().map(|&at| rows[at as usize]).collect();
    let mut sorted = taken.clone();
    sorted.sort_unstable();
    rows.retain(|row| sorted.binary_search(row).is_err());
    taken
}
