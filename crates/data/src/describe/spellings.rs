//! Names that are one name in several spellings.

use std::collections::BTreeMap;

/// The names that are equal but for upper case and blanks around them, as a sentence; `name` says
/// what each is.
pub(super) fn spellings(names: &[String], name: &str) -> Option<String> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for text in names {
        groups.entry(text.trim().to_lowercase()).or_default().push(text);
    }
    let mut several = groups.into_values().filter(|group| 1 < group.len());
    let first = several.next()?;
    let has_blanks = first.iter().any(|text| text.trim() != *text);
    let how = if has_blanks { "case or blanks" } else { "case" };
    let shown: Vec<String> = first.iter().map(|text| format!("`{text}`")).collect();
    let (last, others) = shown.split_last()?;
    let more = if several.next().is_some() { " There are others." } else { "" };
    Some(format!("{} and {last} differ in {how} alone: one {name}?{more}", others.join(", ")))
}
