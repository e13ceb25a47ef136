//! Where a `dataset.toml` says what is wrong.

use std::fs;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::error::DataError;

/// A mistake about a column, where the `dataset.toml` at `path` names it: in `[columns]`, in `[roles]`, in
/// `[regions]`, else as target.
pub(crate) fn located(path: &Path, column: &str, message: String) -> DataError {
    let text = fs::read_to_string(path).unwrap_or_default();
    let start = DeTable::parse(&text).ok().and_then(|table| {
        let table = table.into_inner();
        let section = |key: &str| match table.get(key).map(toml::Spanned::get_ref) {
            Some(DeValue::Table(section)) => Some(section),
            _ => None,
        };
        let pinned =
            section("columns").and_then(|columns| Some(columns.get_key_value(column)?.0.span()));
        let role = |of| section(of)?.values().find_map(|role| named_in(role, column));
        let target = || Some(table.get("target")?.span());
        pinned
            .or_else(|| role("roles"))
            .or_else(|| role("regions"))
            .or_else(target)
            .map(|span| span.start)
    });
    DataError::at(path, &text, start.unwrap_or(0), message)
}

/// A mistake in the `dataset.toml` at `path`, where the last of `keys` is that it has.
pub(super) fn located_at(path: &Path, keys: &[String], message: String) -> DataError {
    let text = fs::read_to_string(path).unwrap_or_default();
    let start = DeTable::parse(&text).map_or(0, |table| place(table.get_ref(), keys));
    DataError::at(path, &text, start, message)
}

fn place(table: &DeTable<'_>, keys: &[String]) -> usize {
    let Some((key, rest)) = keys.split_first() else { return 0 };
    let Some((name, value)) = table.get_key_value(key.as_str()) else { return 0 };
    let within = match value.get_ref() {
        DeValue::Table(inner) if !rest.is_empty() => place(inner, rest),
        _ => 0,
    };
    if within == 0 { name.span().start } else { within }
}

/// Where `value`, a name or a list of names, has `name`.
fn named_in(value: &toml::Spanned<DeValue<'_>>, name: &str) -> Option<std::ops::Range<usize>> {
    match value.get_ref() {
        DeValue::String(text) => (text == name).then(|| value.span()),
        DeValue::Array(list) => list.iter().find_map(|element| named_in(element, name)),
        _ => None,
    }
}
