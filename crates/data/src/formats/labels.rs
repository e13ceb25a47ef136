//! The class of every row, and rows that have none.

use serde::{Deserialize, Serialize};

use crate::Column;
use crate::dataset::Labels;

/// What becomes of rows that have no class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlabelled {
    /// The file is refused.
    #[default]
    Refuse,
    /// They are left out.
    Drop,
}

/// Whole numbers up to here are all different as floats.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// The rows of `column` with a class, and those without.
pub(super) fn labelled(column: &Column) -> (Vec<usize>, Vec<usize>) {
    let has_class = |&row: &usize| match column {
        Column::Categorical { codes, .. } => codes[row].is_some(),
        Column::Numeric { values, .. } => !values[row].is_nan(),
    };
    (0..column.n_rows()).partition(has_class)
}

/// Why a file with `n` rows without a class is refused, said at the first of them.
pub(super) fn refusal(column: &str, n: usize) -> String {
    let remedy = "or say unlabelled = \"drop\" in its dataset.toml";
    match n {
        1 => format!("this row has no class in the column `{column}`: remove it, {remedy}"),
        n => format!(
            "{n} rows have no class in the column `{column}`, this one first: remove them, {remedy}"
        ),
    }
}

/// The class of each of `rows`, or the first row of another kind, and why.
pub(super) fn labels(column: &Column, rows: &[usize]) -> Result<Labels, (usize, String)> {
    let name = column.name();
    match column {
        Column::Categorical { levels, codes, .. } => {
            let codes: Vec<u32> = rows.iter().filter_map(|&row| codes[row]).collect();
            Ok(Labels::new(levels, &codes))
        }
        Column::Numeric { values, .. } => {
            let wrong = |value: f64| match value {
                _ if value.fract() != 0.0 => Some(format!(
                    "{value} in the column `{name}` is a quantity and no class: name another target, or pin the column \
                     as categorical"
                )),
                _ if LARGEST_WHOLE < value.abs() => Some(format!(
                    "{value} in the column `{name}`: beyond 2^53 different labels would become one; pin the column as \
                     categorical"
                )),
                _ => None,
            };
            let mut texts = Vec::with_capacity(rows.len());
            for &row in rows {
                if let Some(message) = wrong(values[row]) {
                    return Err((row, message));
                }
                // Zero is added because -0 is the same class as 0.
                texts.push((values[row] + 0.0).to_string());
            }
            Ok(Labels::of(texts.iter().map(String::as_str)))
        }
    }
}
