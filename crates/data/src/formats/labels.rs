//! The class of every row, and rows that have none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::column::{Column, Levels};
use crate::dataset::ClassLabels;

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

/// The number that a text holds, written as numbers are that are classes; `None` if it holds none, or one that as a
/// float could be another.
pub(crate) fn same_number(text: &str) -> Option<String> {
    let number: f64 = text.trim().parse().ok()?;
    // Zero is added because -0 is the same class as 0.
    (number.abs() < LARGEST_WHOLE).then(|| (number + 0.0).to_string())
}

/// One name for all of `names` that are one number: that of the only one, else the number.
pub(super) fn numbers_as_one(names: &[String]) -> Vec<String> {
    let mut spellings: BTreeMap<String, usize> = BTreeMap::new();
    let numbers: Vec<Option<String>> = names.iter().map(|name| same_number(name)).collect();
    numbers.iter().flatten().for_each(|number| *spellings.entry(number.clone()).or_default() += 1);
    let name = |(name, number): (&String, Option<String>)| {
        number.filter(|number| 1 < spellings[number]).unwrap_or_else(|| name.clone())
    };
    names.iter().zip(numbers).map(name).collect()
}

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

/// The class of every row, or the first row of another kind, and why. Every row has one.
pub(super) fn labels(column: &Column) -> Result<ClassLabels, (usize, String)> {
    let name = column.name();
    match column {
        Column::Categorical { levels, codes, .. } => {
            let codes: Vec<u32> = codes.iter().copied().flatten().collect();
            Ok(ClassLabels::new(levels, &codes))
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
            let mut levels = Levels::default();
            let mut codes = Vec::with_capacity(values.len());
            for (row, &value) in values.iter().enumerate() {
                if let Some(message) = wrong(value) {
                    return Err((row, message));
                }
                // Zero is added because -0 is the same class as 0.
                codes.push(levels.code(&(value + 0.0).to_string()));
            }
            Ok(ClassLabels::new(&levels.into_names(), &codes))
        }
    }
}
