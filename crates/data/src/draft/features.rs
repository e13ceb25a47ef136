//! What each column of a file is learnt from as, and why some are left out.

use crate::catalogue::dataset_file::DatasetFile;
use crate::describe::summary::{ColumnSummary, DatasetSummary, Grouping};
use crate::formats::kind::{Kind, Kinds};

/// Levels above which a column is left out: each would be a feature of its own.
pub(super) const MANY_LEVELS: usize = 100;

/// The kind of every column.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureChoice {
    /// By the names of the columns.
    pub kinds: Kinds,
    /// Columns that are ignored, and why.
    pub left_out: Vec<(String, String)>,
    /// Columns that are learnt from, though they give the class away.
    pub leaks: Vec<String>,
    /// The column whose rows of one value stay together, if there is one that no `dataset.toml` names.
    pub group: Option<(String, Grouping)>,
    /// Columns that are learnt from.
    pub n_features: usize,
    /// Whether numbers are left out that are not read as such.
    pub has_unread: bool,
}

impl FeatureChoice {
    /// Columns are what `pinned` says, which `whose` says; the others what they were read as. Identifiers, columns
    /// that hold nothing and categories without end are left out. A group is looked for unless one `is_named`.
    pub fn of(summary: &DatasetSummary, pinned: &Kinds, is_named: bool, whose: &str) -> Self {
        let mut choice = FeatureChoice {
            kinds: pinned.clone(),
            left_out: Vec::new(),
            leaks: Vec::new(),
            group: if is_named { None } else { group(summary, pinned) },
            n_features: summary.n_features() - summary.columns.len(),
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
                    None => column.read_as(),
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

    /// The column whose rows of one value stay together, whoever names it.
    pub fn groups(&self, summary: &DatasetSummary) -> Option<(String, Grouping)> {
        match (&self.group, &summary.group) {
            // Of a set that keeps twins together, the group is of these rows and of twins.
            (Some((_, groups)), Some((name, _))) => Some((name.clone(), groups.clone())),
            (found, of_set) => found.clone().or_else(|| of_set.clone()),
        }
    }

    /// Writes the choice into `file`, which may treat some of the columns.
    pub fn note_in(&self, file: &mut DatasetFile) {
        file.columns.clone_from(&self.kinds);
        // Parts of a date are no columns of the file.
        let is_made = |name: &String| file.treat.iter().any(|(of, treat)| treat.makes(of, name));
        file.columns.retain(|name, _| !is_made(name));
        file.treat.retain(|name, _| file.columns.get(name) != Some(&Kind::Ignored));
        if let Some((group, _)) = &self.group {
            file.roles.group = Some(group.clone());
        }
    }
}

/// The kinds that a `dataset.toml` pins; what it treats is meant to be learnt from.
pub fn pinned_by(file: &DatasetFile, summary: &DatasetSummary) -> Kinds {
    let mut pinned = file.columns.clone();
    for column in summary.columns.iter().filter(|column| file.treat.contains_key(&column.name)) {
        pinned.entry(column.name.clone()).or_insert(column.read_as());
    }
    pinned
}

/// Of the columns that seem to say which rows belong together, the one with the largest groups; every row has to be in
/// one, and the smallest class in two or more.
fn group(summary: &DatasetSummary, pinned: &Kinds) -> Option<(String, Grouping)> {
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
        (n, _) if has_many_levels(column) => Some(format!("{n} levels")),
        _ => None,
    }
}

/// Whether a column would be more features than one wants of it.
pub(super) fn has_many_levels(column: &ColumnSummary) -> bool {
    column.read_as() == Kind::Categorical && MANY_LEVELS < column.n_distinct
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Column;
    use crate::dataset::{ClassLabels, Dataset};

    fn texts(name: &str, text: impl Fn(usize) -> String) -> Column {
        let texts: Vec<String> = (0..N_ROWS).map(text).collect();
        Column::from_texts(name.to_owned(), texts.iter().map(|text| Some(text.as_str())))
    }

    fn numbers(name: &str, number: impl Fn(usize) -> f64) -> Column {
        Column::Numeric { name: name.to_owned(), values: (0..N_ROWS).map(number).collect() }
    }

    const N_ROWS: usize = 400;

    fn summary() -> DatasetSummary {
        let columns = vec![
            numbers("x", |i| (i * 37 % 101) as f64 / 7.0),
            texts("colour", |i| ["red", "green", "blue"][i * 7 % 3].to_owned()),
            texts("town", |i| {
                let (a, b) = (i * 31 % 10, i * 31 / 10 % 15);
                format!("{}{}", &"abcdefghij"[a..=a], &"klmnopqrstuvwxy"[b..=b])
            }),
            numbers("nothing", |_| f64::NAN),
        ];
        let labels = (0..N_ROWS).map(|i| if i * 13 % 5 == 0 { "yes" } else { "no" });
        DatasetSummary::of(&Dataset::new("t", columns, ClassLabels::of(labels), None), None)
    }

    #[test]
    fn columns_that_hold_nothing_or_too_many_levels_are_left_out_with_the_reason() {
        let choice = FeatureChoice::of(&summary(), &Kinds::new(), true, "nobody");
        let kinds = ["colour", "nothing", "town", "x"].map(|name| choice.kinds[name]);
        assert_eq!(kinds, [Kind::Categorical, Kind::Ignored, Kind::Ignored, Kind::Numeric]);
        let reasons = [("town", "150 levels"), ("nothing", "holds nothing")];
        assert_eq!(choice.left_out, reasons.map(|(name, why)| (name.to_owned(), why.to_owned())));
        assert_eq!(choice.n_features, 2);
    }

    #[test]
    fn what_is_pinned_stays_as_it_is() {
        let pins = [("town", Kind::Categorical), ("x", Kind::Ignored)];
        let pins: Kinds = pins.map(|(name, kind)| (name.to_owned(), kind)).into();
        let choice = FeatureChoice::of(&summary(), &pins, true, "t.toml");
        assert_eq!(choice.kinds["town"], Kind::Categorical);
        assert_eq!(choice.left_out[1], ("x".to_owned(), "t.toml says so".to_owned()));
        assert_eq!(choice.n_features, 2);
    }
}
