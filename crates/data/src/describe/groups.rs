//! Columns that say which rows belong together: identifiers that repeat.

use std::collections::BTreeSet;

use crate::column::Column;
use crate::dataset::Dataset;
use crate::describe::identifiers::{is_whole, names_a_row};
use crate::describe::summary::{ColumnSummary, Grouping};

/// With fewer values a column is a category.
const FEW_VALUES: usize = 20;
/// With more rows a value, on average, it is one too.
const MANY_ROWS: usize = 200;

/// Words that name whom or what several rows are of.
const OWNERS: [&str; 16] = [
    "account",
    "client",
    "customer",
    "device",
    "group",
    "guid",
    "household",
    "member",
    "participant",
    "patient",
    "person",
    "session",
    "student",
    "subject",
    "user",
    "uuid",
];

/// The groups of a column that seems to be an identifier, but has the same value in several rows.
pub(super) fn grouping(
    column: &Column,
    summary: &ColumnSummary,
    dataset: &Dataset,
) -> Option<Grouping> {
    let (n_rows, n_values) = (dataset.targets.len(), summary.n_distinct);
    let is_many = FEW_VALUES <= n_values && n_rows <= MANY_ROWS * n_values;
    // Where nearly every row has a value of its own, rows have nothing in common.
    let repeats = 10 * n_values <= 9 * n_rows;
    if summary.is_identifier || summary.looks_like.is_some() || !is_many || !repeats {
        return None;
    }
    let says_so = names_a_row(column.name()) || names_an_owner(column.name());
    let is_group = match column {
        Column::Numeric { .. } => says_so && is_whole(column),
        Column::Categorical { levels, .. } => says_so || are_codes(levels),
    };
    is_group.then(|| of_values(&column.keys(), dataset))
}

/// The groups that `column`, an identifier or not, makes of the rows.
pub(super) fn of_values(values: &[u64], dataset: &Dataset) -> Grouping {
    let counts = dataset.class_counts();
    let can_be_tested = (0..counts.len()).filter(|&class| 1 < counts[class]);
    let smallest = can_be_tested.min_by_key(|&class| counts[class]).unwrap_or(0);
    let of_smallest = values.iter().zip(&dataset.targets).filter(|(_, t)| **t as usize == smallest);
    let of_smallest: BTreeSet<u64> = of_smallest.map(|(value, _)| *value).collect();
    let all: BTreeSet<u64> = values.iter().copied().collect();
    Grouping { n_values: all.len(), of_smallest_class: of_smallest.len() }
}

/// `customer`, `patient_no`, `userNumber`.
fn names_an_owner(name: &str) -> bool {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (was_lower && c.is_uppercase()) {
            words.push(String::new());
        }
        words.last_mut().expect("there is a word").extend(c.is_alphanumeric().then_some(c));
        was_lower = c.is_lowercase();
    }
    let mut words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    words.retain(|word| !["id", "no", "nr", "number", "key", "code"].contains(&word.as_str()));
    words.last().is_some_and(|word| OWNERS.contains(&word.as_str()))
}

/// Whether all texts are letters and numbers in one pattern, as `C001`, `C002` and `C117` are.
fn are_codes(levels: &[String]) -> bool {
    let pattern = |text: &String| {
        let mut pattern = String::new();
        for c in text.chars() {
            match c {
                '0'..='9' if pattern.ends_with('0') => {}
                '0'..='9' => pattern.push('0'),
                c => pattern.push(c),
            }
        }
        pattern
    };
    let Some(first) = levels.first().map(pattern) else { return false };
    let is_code = first.contains('0') && first.contains(char::is_alphabetic);
    is_code && levels.iter().all(|level| pattern(level) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_named_in_many_ways() {
        for name in ["customer", "Customer", "patient_no", "userNumber", "the_session", "SUBJECT"] {
            assert!(names_an_owner(name), "{name}");
        }
        for name in ["age", "customers_per_day", "zip_code", "user_rating", "number", ""] {
            assert!(!names_an_owner(name), "{name}");
        }
    }

    #[test]
    fn codes_are_letters_and_numbers_in_one_pattern() {
        let are =
            |texts: &[&str]| are_codes(&texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
        assert!(are(&["C001", "C2", "C31"]) && are(&["a-1/2", "a-10/3"]));
        assert!(
            !are(&["C1", "D1"])
                && !are(&["1", "22"])
                && !are(&["10-20", "20-30"])
                && !are(&["x", "y"])
        );
    }
}
