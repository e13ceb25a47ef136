//! Columns that number or name rows.

use crate::column::Column;

/// Numbers from here on are whole whatever was measured: 2^53.
const ALL_WHOLE: f64 = 9_007_199_254_740_992.0;

/// `id`, `customer_id`, `customerId`, `index`, `row`.
pub(super) fn names_a_row(name: &str) -> bool {
    let lower = name.to_lowercase();
    let word = lower.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let before_id = name.strip_suffix("Id").or(name.strip_suffix("ID"));
    word == "id"
        || ["index", "row"].contains(&lower.as_str())
        || before_id.is_some_and(|before| before.ends_with(char::is_lowercase))
}

/// Whether every number is a whole one.
pub(super) fn is_whole(column: &Column) -> bool {
    let whole = |x: &f64| x.is_nan() || (x.fract() == 0.0 && x.abs() < ALL_WHOLE);
    match column {
        Column::Numeric { values, .. } => values.iter().all(whole),
        Column::Categorical { .. } => false,
    }
}
