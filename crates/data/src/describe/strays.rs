//! Columns of texts that would be numbers: in plainer dress, or without a few of their cells.

use std::cmp::Reverse;

use crate::column::Column;
use crate::describe::looks::Look;
use crate::describe::proposals::{self, Proposal};
use crate::formats::format::Format;
use crate::treatment::keys::{Treatment, treat_header};

/// Different texts that are shown.
const SHOWN: usize = 5;

/// A column of texts that would be numbers.
pub(super) struct Unread {
    /// What most of its texts look like.
    pub(super) looks_like: &'static str,
    /// What they look like and what to do, in sentences.
    pub(super) findings: Vec<String>,
    /// How they could be read.
    pub(super) proposal: Option<Proposal>,
}

/// What keeps a column of a file of `format` from being numeric; `None` if nothing does, or if its texts are texts.
pub(super) fn unread(column: &Column, format: Option<&Format>) -> Option<Unread> {
    let Column::Categorical { levels, codes, .. } = column else { return None };
    let mut counts = vec![0; levels.len()];
    codes.iter().flatten().for_each(|&code| counts[code as usize] += 1);
    let looks = looks(levels, format)?;
    // The texts that look so, the most frequent first, and their cells.
    let with = |look: Look| {
        let mut found: Vec<usize> = (0..levels.len()).filter(|&i| looks[i] == look).collect();
        found.sort_by_key(|&i| Reverse(counts[i]));
        let n_cells: usize = found.iter().map(|&i| counts[i]).sum();
        (found.into_iter().map(|i| levels[i].as_str()).collect::<Vec<_>>(), n_cells)
    };
    let n_known: usize = counts.iter().sum();
    let (strays, n_strays) = with(Look::Text);
    // Marks of missing values may be many cells, but not many different ones.
    let may_be_marks = 10 * n_strays <= n_known || strays.len() <= SHOWN;
    if n_known < 2 * n_strays || !may_be_marks {
        return None;
    }

    let others = (0..levels.len()).filter(|&i| looks[i] != Look::Text);
    let others: Vec<&str> = others.map(|i| levels[i].as_str()).collect();
    // Many different texts are no marks of missing values.
    let mut proposal = if SHOWN < strays.len() {
        None
    } else if looks.iter().all(|look| matches!(look, Look::Number | Look::Text)) {
        Some(proposals::marks(&strays))
    } else {
        proposals::dressed(&others, &strays, format)
    };
    let mut findings = Vec::new();
    let mut most = ("numbers and a few texts", 0);
    for (look, name) in [
        (Look::DecimalComma, "numbers with decimal commas"),
        (Look::Either, "numbers with thousands marks"),
        (Look::Thousands, "numbers with thousands marks"),
        (Look::Percentage, "percentages"),
        (Look::Money, "amounts of money"),
        (Look::Date, "dates"),
    ] {
        let (texts, n) = with(look);
        let Some(first) = texts.first() else { continue };
        let advice = advice(look, format, column.name(), proposal.as_ref());
        findings.push(format!("{name} in {n} of {n_known} cells, such as `{first}`: {advice}"));
        if most.1 < n {
            most = (name, n);
        }
    }
    if 0 < n_strays {
        findings.push(stray_texts(&strays, n_strays, n_known, format));
    }
    if let Some(proposal) = &mut proposal {
        proposal.why = match most {
            (_, 0) => format!("{n_strays} of {n_known} cells are no numbers"),
            (look, n) => format!("{look} in {n} of {n_known} cells"),
        };
    }
    (!findings.is_empty()).then_some(Unread { looks_like: most.0, findings, proposal })
}

/// What each level looks like to the reader of `format`; `None` if they are intervals, of which one may look like a
/// percentage: `0%`, `1 - 10%`, `11 - 20%`.
fn looks(levels: &[String], format: Option<&Format>) -> Option<Vec<Look>> {
    let mut looks: Vec<Look> = levels.iter().map(|level| Look::of(level)).collect();
    let n_intervals = looks.iter().filter(|look| **look == Look::Interval).count();
    if 2 <= n_intervals && looks.len() <= 2 * n_intervals {
        return None;
    }
    let is_read = matches!(format, Some(Format::Csv(csv)) if csv.decimal_comma);
    // What the comma of `1,234` is, other cells may tell.
    let either =
        [Look::DecimalComma, Look::Thousands].into_iter().find(|look| looks.contains(look));
    for look in &mut looks {
        match *look {
            Look::DecimalComma | Look::Either if is_read => *look = Look::Number,
            Look::Either => *look = either.unwrap_or(Look::Either),
            Look::Interval => *look = Look::Text,
            _ => {}
        }
    }
    Some(looks)
}

fn advice(
    look: Look,
    format: Option<&Format>,
    column: &str,
    proposal: Option<&Proposal>,
) -> String {
    let is_decimal = matches!(look, Look::DecimalComma | Look::Either);
    let Some(Proposal { treatment, alternative, .. }) = proposal else {
        let help = match (look, format) {
            (Look::DecimalComma, Some(Format::Csv(_))) => {
                "set decimal_comma = true in [format.csv]"
            }
            (Look::Date, _) => "convert them to numbers first, such as days since the first",
            _ => "convert them to plain numbers first",
        };
        return help.to_owned();
    };
    let keys = |treatment: &Treatment| treatment.lines().join(", ");
    let mut text = format!("{} with {} reads them", treat_header(column), keys(treatment));
    if let Some(other) = alternative {
        text += &format!(", or, if that is meant, with {}", keys(other));
    }
    if is_decimal && matches!(format, Some(Format::Csv(_))) {
        text += "; for a comma that is a decimal one in all columns, set decimal_comma = true in [format.csv]";
    }
    text
}

/// Texts among numbers, ready to be pasted where the format can be told of them.
fn stray_texts(texts: &[&str], n: usize, n_known: usize, format: Option<&Format>) -> String {
    let quoted =
        |text: &&str| toml::Value::from(text.chars().take(40).collect::<String>()).to_string();
    let list = texts.iter().take(SHOWN).map(quoted).collect::<Vec<_>>().join(", ");
    let more = match texts.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (are, they) = if n == 1 {
        ("is no number", "it stands for a missing value")
    } else {
        ("are no numbers", "they stand for missing values")
    };
    match format {
        Some(Format::Csv(_) | Format::Whitespace(_)) => {
            format!("{n} of {n_known} cells {are}: if {they}, add to missing: {list}{more}")
        }
        _ => format!("{n} of {n_known} cells {are} ({list}{more}): do they mark what is missing?"),
    }
}
