//! What is said of the columns of a file that are treated, left out, or had better be.

use std::path::Path;

use data::{FeatureChoice, Grouping, Kind, Treatments, column_line};

use crate::exit::Failure;
use crate::words::visible;

/// Columns that are named when they are left out.
const NAMED: usize = 20;

/// Without a feature, every cell of an experiment would fail.
pub(crate) fn check(choice: &FeatureChoice, file: &Path) -> Result<(), Failure> {
    if 0 < choice.n_features {
        return Ok(());
    }
    let file = file.display();
    let message = if choice.left_out.is_empty() {
        format!("{file} has no column but the class: there is nothing to learn from")
    } else {
        // To pin what is not read as it should be would help nobody.
        let help = if choice.has_unread {
            "`longtail datasets describe` says what to do about them"
        } else {
            "pin one in [columns] of a dataset.toml"
        };
        format!("{file} has no column to learn from: {} would be left out; {help}", list(choice))
    };
    Err(Failure::Usage(message))
}

/// A line of the columns that are ignored, and one of those that give the class away; nothing if there is none.
pub(crate) fn text(choice: &FeatureChoice) -> String {
    let mut text = String::new();
    if let Some((group, Grouping { n_values, .. })) = &choice.group {
        text += &format!(
            "kept together: rows with the same `{}`, of which there are {n_values}; no feature; remove it from \
             [roles] if rows have nothing in common\n",
            visible(group)
        );
    }
    if !choice.left_out.is_empty() {
        text += &format!("left out: {}\n", list(choice));
    }
    if let Some(first) = choice.leaks.first() {
        let named: Vec<String> =
            choice.leaks.iter().take(NAMED).map(|name| format!("`{}`", visible(name))).collect();
        let (whose, them) =
            if choice.leaks.len() == 1 { ("it gives", "it") } else { ("each gives", "one") };
        let more = match choice.leaks.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        text += &format!(
            "kept: {}{more}, though {whose} the class away; to leave {them} out, `{}` in [columns] of its \
             dataset.toml\n",
            named.join(", "),
            visible(&column_line(first, Kind::Ignored))
        );
    }
    text
}

fn list(choice: &FeatureChoice) -> String {
    let shown = |(name, reason): &(String, String)| visible(&format!("{name} ({reason})"));
    let named: Vec<String> = choice.left_out.iter().take(NAMED).map(shown).collect();
    match choice.left_out.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// A line of the columns that are read as numbers though they are not written so; nothing if there is none.
pub(crate) fn treated(treat: &Treatments) -> String {
    let named: Vec<String> = treat
        .iter()
        .map(|(name, treatment)| format!("{name} ({})", treatment.lines().join(", ")))
        .collect();
    if named.is_empty() {
        return String::new();
    }
    format!("treated: {}\n", visible(&named.join("; ")))
}
