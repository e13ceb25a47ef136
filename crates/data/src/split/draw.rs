//! Draws of rows.

/// Gives the permutation of `0..n` that has a name.
pub type Permutation<'a> = &'a mut dyn FnMut(&str, usize) -> Vec<u32>;

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
    let mut is_taken = vec![false; rows.len()];
    order[..n].iter().for_each(|&at| is_taken[at as usize] = true);
    let mut is_taken = is_taken.into_iter();
    rows.retain(|_| is_taken.next() == Some(false));
    taken
}
