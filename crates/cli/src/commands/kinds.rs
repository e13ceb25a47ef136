//! What each column of a file is learnt from as, why some are left out, and the `dataset.toml` that says it.

use std::path::Path;

use data::{ColumnSummary, DatasetFile, Grouping, Kind, Kinds, Summary, Treatments};

use crate::commands::treatments;
use crate::exit::Failure;
use crate::words::visible;

/// Levels above which a column is left out: each would be a feature of its own.
const MANY_LEVELS: usize = 100;
/// Columns that are named when they are left out.
const NAMED: usize = 20;

/// The kind of every column.
pub(crate) struct Choice {
    pub(crate) kinds: Kinds,
    /// Columns that are ignored, and why.
    pub(crate) left_out: Vec<(String, String)>,
    /// Columns that are learnt from, though they give the class away.
    pub(crate) leaks: Vec<String>,
    /// The column whose rows of one value stay together, if there is one that no `dataset.toml` names.
    pub(crate) group: Option<(String, Grouping)>,
    n_features: usize,
    /// Whether numbers are left out that are not read as such.
    has_unread: bool,
}

impl Choice {
    /// Columns are what `pinned` says, which `whose` says; the others what they were read as. Identifiers, columns
    /// that hold nothing and categories without end are left out. A group is looked for unless one `is_named`.
    pub(crate) fn of(summary: &Summary, pinned: &Kinds, is_named: bool, whose: &str) -> Self {
        let mut choice = Choice {
            kinds: pinned.clone(),
            left_out: Vec::new(),
            leaks: Vec::new(),
            group: if is_named { None } else { group(summary, pinned) },
            n_features: 0,
            has_unread: false,
        };
        for column in &summary.columns {
            let name = &column.name;
            if choice.group.as_ref().is_some_and(|(group, _)| group == name) {
                continue;
            }
            if !pinned.contains_key(name) {
                let kind = match reason(column, summary.n_rows) {
                    Some(reason) => {
                        choice.has_unread |= column.looks_like.is_some();
                        choice.left_out.push((name.clone(), reason));
                        Kind::Ignored
                    }
                    None if column.kind == "numeric" => Kind::Numeric,
                    None => Kind::Categorical,
                };
                choice.kinds.insert(name.clone(), kind);
            }
            let is_kept = choice.kinds[name] != Kind::Ignored;
            choice.n_features += usize::from(is_kept);
            if is_kept && column.gives_the_class_away {
                choice.leaks.push(name.clone());
            }
        }
        let ignored = pinned.iter().filter(|(_, kind)| **kind == Kind::Ignored);
        let by_whose = ignored.map(|(name, _)| (name.clone(), format!("{whose} says so")));
        choice.left_out.extend(by_whose);
        choice
    }

    /// Without a feature, every cell of an experiment would fail.
    pub(crate) fn check(&self, file: &Path) -> Result<(), Failure> {
        if 0 < self.n_features {
            return Ok(());
        }
        let file = file.display();
        let message = if self.left_out.is_empty() {
            format!("{file} has no column but the class: there is nothing to learn from")
        } else {
            // To pin what is not read as it should be would help nobody.
            let help = if self.has_unread {
                "`longtail datasets describe` says what to do about them"
            } else {
                "pin one in [columns] of a dataset.toml"
            };
            format!("{file} has no column to learn from: {} would be left out; {help}", self.list())
        };
        Err(Failure::Usage(message))
    }

    /// A line of the columns that are ignored, and one of those that give the class away; nothing if there is none.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if let Some((group, Grouping { n_values, .. })) = &self.group {
            text += &format!(
                "kept together: rows with the same `{}`, of which there are {n_values}; no feature; remove it from \
                 [roles] if rows have nothing in common\n",
                visible(group)
            );
        }
        if !self.left_out.is_empty() {
            text += &format!("left out: {}\n", self.list());
        }
        if let Some(first) = self.leaks.first() {
            let named: Vec<String> =
                self.leaks.iter().take(NAMED).map(|name| format!("`{}`", visible(name))).collect();
            let (whose, them) =
                if self.leaks.len() == 1 { ("it gives", "it") } else { ("each gives", "one") };
            let more = match self.leaks.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            text += &format!(
                "kept: {}{more}, though {whose} the class away; to leave {them} out, `{}` in [columns] of its \
                 dataset.toml\n",
                named.join(", "),
                visible(line(first, Kind::Ignored).trim_end())
            );
        }
        text
    }

    fn list(&self) -> String {
        let shown = |(name, reason): &(String, String)| visible(&format!("{name} ({reason})"));
        let named: Vec<String> = self.left_out.iter().take(NAMED).map(shown).collect();
        match self.left_out.len().saturating_sub(NAMED) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    }
}

/// Of the columns that seem to say which rows belong together, the one with the largest groups; every row has to be in
/// one, and the smallest class in two or more.
fn group(summary: &Summary, pinned: &Kinds) -> Option<(String, Grouping)> {
    let can_split = |grouping: &&Grouping| 2 <= grouping.of_smallest_class;
    let found =
        summary.columns.iter().filter(|c| c.n_missing == 0 && !pinned.contains_key(&c.name));
    let found = found.filter_map(|c| Some((&c.name, c.grouping.as_ref().filter(can_split)?)));
    let (name, grouping) = found.min_by_key(|(_, grouping)| grouping.n_values)?;
    Some((name.clone(), grouping.clone()))
}

/// Why a column is no feature, if it is none.
fn reason(column: &ColumnSummary, n_rows: usize) -> Option<String> {
    match (column.n_distinct, column.looks_like) {
        (0, _) => Some("holds nothing".to_owned()),
        _ if column.is_identifier => Some("identifier".to_owned()),
        _ if column.grouping.is_some() => Some("an identifier that repeats".to_owned()),
        // Numbers that are not read as such are no categories.
        (n, Some(looks_like)) if MANY_LEVELS < n || n_rows < 2 * n => Some(looks_like.to_owned()),
        (n, _) if column.kind == "categorical" && MANY_LEVELS < n => Some(format!("{n} levels")),
        _ => None,
    }
}

/// The content of a `dataset.toml`; what is suspicious of a column stands beside its kind.
pub(crate) fn dataset_toml(file: &DatasetFile, summary: &Summary) -> String {
    let mut kinds = file.columns.clone();
    let plain = DatasetFile { columns: Kinds::new(), treat: Treatments::new(), ..file.clone() };
    let mut text = toml::to_string(&plain).expect("a dataset file is plain data") + "\n[columns]\n";
    if file.twins.is_none() {
        let end_of_keys = text.find("\n[").map_or(0, |at| at + 1);
        text.insert_str(end_of_keys, &treatments::twins(summary));
    }
    for column in &summary.columns {
        let Some(kind) = kinds.remove(&column.name) else { continue };
        let mut remarks = column.suspicions.clone();
        if column.kind == "categorical" && MANY_LEVELS < column.n_distinct {
            remarks.push(format!("{} levels, each would be a feature", column.n_distinct));
        }
        text += line(&column.name, kind).trim_end();
        if !remarks.is_empty() {
            text += &format!("  # {}", visible(&remarks.join("; ")));
        }
        text.push('\n');
    }
    kinds.iter().for_each(|(name, kind)| text += &line(name, *kind));
    text + &treatments::sections(&file.treat, summary)
}

/// A kind under its key, which TOML may have to quote.
fn line(name: &str, kind: Kind) -> String {
    let kinds = Kinds::from([(name.to_owned(), kind)]);
    toml::to_string(&kinds).expect("a kind is a name")
}
