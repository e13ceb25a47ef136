//! Whether the first row of a table names its columns.
//!
//! It does if it has a word over a column of numbers, whatever else is in it: names may be empty, repeated or
//! numbers themselves. Where no column tells so, names are words that do not come again below; with a number or
//! an empty name among them, some column has to show that its words do come again.

use std::collections::HashSet;

use crate::formats::cells::number::missing_by_default;

pub(super) fn has_header(rows: &[Vec<String>]) -> bool {
    let Some((first, below)) = rows.split_first() else { return false };
    let missing = missing_by_default();
    let columns: Vec<HeadedColumn<'_>> = first
        .iter()
        .enumerate()
        .map(|(i, first)| HeadedColumn::of(i, first, below, &missing))
        .collect();
    columns.iter().any(HeadedColumn::is_a_word_over_numbers) || has_words_of_its_own(&columns)
}

/// Whether a cell is a number, with a point or a comma.
pub(super) fn is_number(cell: &str) -> bool {
    cell.replacen(',', ".", 1).parse().is_ok_and(f64::is_finite)
}

/// A cell of the first row, and those below it that are not missing.
struct HeadedColumn<'a> {
    first: &'a str,
    below: Vec<&'a str>,
    is_word: bool,
}

impl<'a> HeadedColumn<'a> {
    fn of(i: usize, first: &'a str, rows: &'a [Vec<String>], missing: &[String]) -> Self {
        let cells = rows.iter().filter_map(|row| row.get(i));
        let below = cells.filter(|cell| !missing.contains(cell)).map(String::as_str).collect();
        // `-` and `*` stand for missing values too.
        let is_word = first.contains(char::is_alphanumeric)
            && !is_number(first)
            && missing.iter().all(|missing| missing != first);
        HeadedColumn { first, below, is_word }
    }

    fn is_a_word_over_numbers(&self) -> bool {
        self.is_word && !self.below.is_empty() && self.below.iter().all(|cell| is_number(cell))
    }

    /// Whether the first cell comes again.
    fn recurs(&self) -> bool {
        self.below.contains(&self.first)
    }

    /// Whether cells come again, so that the first one would be expected to.
    fn has_repeats(&self) -> bool {
        self.recurs() || self.below.iter().collect::<HashSet<_>>().len() < self.below.len()
    }
}

fn has_words_of_its_own(columns: &[HeadedColumn<'_>]) -> bool {
    let names: Vec<&str> =
        columns.iter().map(|c| c.first).filter(|name| !name.is_empty()).collect();
    let differ = names.iter().collect::<HashSet<_>>().len() == names.len();
    let is_name =
        |c: &HeadedColumn<'_>| c.is_word || c.first.is_empty() || c.first.parse::<u64>().is_ok();
    let words = || columns.iter().filter(|column| column.is_word);
    if !differ || !columns.iter().all(is_name) || words().next().is_none() {
        return false;
    }
    let recurring = words().filter(|column| column.recurs()).count();
    let repeating = words().filter(|column| column.has_repeats()).count();
    if words().count() < columns.len() {
        recurring == 0 && 0 < repeating
    } else {
        // A class may be called as one of its levels is; the first of many rows has more in common with the rest.
        4 * recurring <= repeating
    }
}
