//! Columns that would be numeric without a few of their cells.

use crate::Column;

/// Of a column that would be numeric without a few of its cells: how many they are, and the first.
pub(super) fn stray_texts(column: &Column) -> Option<String> {
    let Column::Categorical { levels, codes, .. } = column else { return None };
    let is_number = |text: &String| text.replacen(',', ".", 1).parse().is_ok_and(f64::is_finite);
    let is_number: Vec<bool> = levels.iter().map(is_number).collect();
    let known: Vec<usize> = codes.iter().flatten().map(|&code| code as usize).collect();
    let mut strays = known.iter().filter(|&&level| !is_number[level]);
    let first = &levels[*strays.next()?];
    let (n, n_known) = (1 + strays.count(), known.len());
    let verb = if n == 1 { "is no number" } else { "are no numbers" };
    (10 * n <= n_known).then(|| {
        format!("{n} of {n_known} cells {verb}, the first is `{first}`: a mark of a missing value?")
    })
}
