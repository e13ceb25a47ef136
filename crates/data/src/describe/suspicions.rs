//! What in a column should make one suspicious.

use crate::column::Column;
use crate::dataset::Dataset;
use crate::describe::identifiers::{is_whole, names_a_row};
use crate::describe::spellings::spellings;
use crate::describe::summary::{ColumnSummary, Grouping};

/// Below so many rows, a column of different values is nothing special.
pub(super) const FEW_ROWS: usize = 20;
/// Whole numbers with no more different values than this may be codes.
const FEW_VALUES: usize = 10;

pub(super) fn suspicions(
    column: &Column,
    summary: &ColumnSummary,
    leak: Option<String>,
    dataset: &Dataset,
) -> Vec<String> {
    let n_rows = dataset.targets.len();
    let mut found = Vec::new();
    if let Column::Categorical { levels, .. } = column {
        found.extend(spellings(levels, "level"));
    }
    if summary.is_identifier {
        let who = if summary.n_distinct < n_rows { "almost every row" } else { "every row" };
        found.push(format!("{who} has a value of its own: an identifier?"));
    }
    if let Some(Grouping { n_values, .. }) = summary.grouping {
        found.push(format!(
            "{n_values} values on {n_rows} rows: an identifier that repeats? rows of one value may belong together: split \
             by it with group_k_fold"
        ));
    }
    if summary.looks_like == Some("dates") || are_days(column) {
        found.push(
            "days are a possible order: if what comes later is to be predicted, let a column say which rows are tested \
             (given.column)"
                .to_owned(),
        );
    }
    match summary.n_distinct {
        0 => found.push("it holds nothing".to_owned()),
        1 => found.push("it never changes".to_owned()),
        n if leak.is_none() && n <= FEW_VALUES && 2 < n && is_whole(column) => {
            found.push(format!("{n} different whole numbers: codes of categories?"));
        }
        _ => {}
    }
    found.extend(leak);
    if n_rows < 2 * summary.n_missing {
        found.push("more than half of it is missing".to_owned());
    }
    found
}

/// Every row has another text, or another whole number, but for a few without one or with one that is taken. Numbers
/// may be an income: they have to follow each other in some order, or the name has to say it.
pub(super) fn is_identifier(column: &Column, summary: &ColumnSummary, dataset: &Dataset) -> bool {
    let n_rows = dataset.targets.len();
    let n_exceptions = (n_rows / 100).max(1);
    if n_rows < FEW_ROWS || summary.n_distinct + n_exceptions < n_rows {
        return false;
    }
    match summary.range {
        None => summary.looks_like.is_none(),
        Some([smallest, _, largest]) => {
            let n_numbers = largest - smallest + 1.0;
            let follow_each_other = n_numbers <= (n_rows + n_exceptions) as f64;
            is_whole(column) && (follow_each_other || names_a_row(&summary.name))
        }
    }
}

/// Whether numbers are written as `20240131`.
fn are_days(column: &Column) -> bool {
    let is_day = |&x: &f64| {
        let number = x as u64;
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
        (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    let Column::Numeric { values, .. } = column else { return false };
    let mut known = values.iter().filter(|x| !x.is_nan()).peekable();
    known.peek().is_some() && is_whole(column) && known.all(is_day)
}
