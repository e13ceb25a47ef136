//! Partitions that others made: in a column, or published with the data set.

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::roles::Names;
use crate::split::rows::Rows;

/// The column of sets with a published test part, and what it says of a row that is learnt from and of one that is tested.
pub(crate) const PART: &str = "part";
pub(crate) const LEARNT: &str = "train";
pub(crate) const TESTED: &str = "test";

/// Folds that are more are no folds: every one is learnt from anew by every method.
const MOST_FOLDS: usize = 1000;

/// A column says in which fold a row is: each of its values is tested once, in the order of the numbers if all are
/// numbers, else in byte order. The column is no feature.
///
/// Without a column it is the published test part that is tested: the rows of which the column `part` says `test`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, from = "AsWritten")]
pub struct Given {
    /// The column; of several, `[["a", "b"]]` in an experiment file, each is a repeat of its own. Default `part`.
    pub column: Names,
    /// The values that are tested, each as a fold, if the rows of the others are only learnt from; default all, and
    /// `test` where the column is not named either.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub test: Names,
    /// Values whose rows are in no part: neither learnt from nor tested; default none.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub unused: Names,
}

/// What a file says of it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AsWritten {
    column: Option<Names>,
    test: Option<Names>,
    unused: Option<Names>,
}

impl From<AsWritten> for Given {
    fn from(AsWritten { column, test, unused }: AsWritten) -> Self {
        let tested = if column.is_some() { Names::default() } else { Names::from_iter([TESTED]) };
        Given {
            column: column.unwrap_or_else(|| Names::from_iter([PART])),
            test: test.unwrap_or(tested),
            unused: unused.unwrap_or_default(),
        }
    }
}

/// The partition that others used: each fold is the test part once. Only some data sets have one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OfficialFolds {}

impl Given {
    /// Number of test parts.
    ///
    /// # Errors
    /// If there is no such column or value, a row has no value, or the parts cannot be tested.
    pub(super) fn n_folds(&self, rows: &Rows<'_>) -> Result<usize, DataError> {
        let mut n_folds = 0;
        let mut tested = vec![false; rows.targets.len()];
        for column in self.column.iter() {
            let parts = self.parts(rows, column)?;
            if MOST_FOLDS < parts.len() {
                return Err(DataError::Split(format!(
                    "`{column}` has {} values, each of which would be a fold, and {MOST_FOLDS} are the most",
                    parts.len()
                )));
            }
            for (value, part) in &parts {
                if part.len() == 1 {
                    return Err(DataError::Split(format!(
                        "one row alone has the value `{value}` of `{column}`: a fold that is tested needs more, and \
                         there are {} folds",
                        parts.len()
                    )));
                }
                part.iter().for_each(|&row| tested[row as usize] = true);
            }
            n_folds += parts.len();
        }
        let is_tested = |class: usize| {
            rows.targets.iter().zip(&tested).any(|(&t, &tested)| tested && t as usize == class)
        };
        let occurs = |class: usize| rows.targets.iter().any(|&target| target as usize == class);
        match (0..rows.classes.len()).find(|&class| occurs(class) && !is_tested(class)) {
            Some(class) => Err(DataError::Split(format!(
                "no row of the class `{}` is in a part that `{}` says is tested",
                rows.classes[class],
                self.column.iter().map(String::as_str).collect::<Vec<_>>().join("`, `")
            ))),
            None => Ok(n_folds),
        }
    }

    /// The rows that fold `fold` tests.
    pub(super) fn test(&self, rows: &Rows<'_>, fold: usize) -> Result<Vec<u32>, DataError> {
        let mut before = 0;
        for column in self.column.iter() {
            let mut parts = self.parts(rows, column)?;
            if fold - before < parts.len() {
                return Ok(parts.swap_remove(fold - before).1);
            }
            before += parts.len();
        }
        Err(DataError::Split(format!("there is no fold {fold}: there are {before}")))
    }

    /// Column by column, the value of each row that is tested, `[n_rows]`, and `u32::MAX` of those that never are.
    pub fn sides(&self, rows: &Rows<'_>) -> impl Iterator<Item = Vec<u32>> {
        self.column.iter().filter_map(|column| {
            let values = rows.values(column).ok()?;
            let is_tested = |value: &u32| {
                let name = &values.names[*value as usize];
                self.test.is_empty() || self.test.iter().any(|tested| tested == name)
            };
            let side = |value: &u32| if is_tested(value) { *value } else { u32::MAX };
            Some(values.of_row.iter().map(side).collect())
        })
    }

    /// The rows that are in no part.
    pub(super) fn unused(&self, rows: &Rows<'_>) -> Result<Vec<u32>, DataError> {
        let mut unused = Vec::new();
        if self.unused.is_empty() {
            return Ok(unused);
        }
        for column in self.column.iter() {
            let values = rows.values(column)?;
            let is_unused = |value: u32| {
                self.unused.iter().any(|unused| *unused == values.names[value as usize])
            };
            let of_row = values.of_row.iter().zip(0..);
            unused.extend(of_row.filter(|(value, _)| is_unused(**value)).map(|(_, row)| row));
        }
        Ok(unused)
    }

    /// The values of `column` that are tested, each with its rows.
    fn parts(&self, rows: &Rows<'_>, column: &str) -> Result<Vec<(String, Vec<u32>)>, DataError> {
        let is_there = rows.columns.iter().any(|known| known.name() == column);
        if column == PART && !is_there {
            let message = "it has no published test part: name the column that says which rows are tested, as in \
                           split = { given.column = \"fold\" }, or choose another split";
            return Err(DataError::Split(message.to_owned()));
        }
        let values = rows.values(column)?;
        let mut of_value = vec![Vec::new(); values.names.len()];
        for (row, &value) in values.of_row.iter().enumerate() {
            of_value[value as usize].push(row as u32);
        }
        let shown = |names: &[String]| {
            let more = if names.len() <= 10 { "" } else { ", ..." };
            let names: Vec<String> = names.iter().take(10).map(|n| format!("`{n}`")).collect();
            names.join(", ") + more
        };
        if let Some(both) =
            self.test.iter().find(|name| self.unused.iter().any(|other| other == *name))
        {
            let message = format!("`{both}` of `{column}` is to be tested and unused: choose one");
            return Err(DataError::Split(message));
        }
        let mut asked = self.test.iter().chain(self.unused.iter());
        if let Some(unknown) = asked.find(|name| !values.names.contains(name)) {
            return Err(DataError::Split(format!(
                "no row has the value `{unknown}` of `{column}`; there are {}",
                shown(&values.names)
            )));
        }
        if of_value.len() < 2 {
            return Err(DataError::Split(format!(
                "every row has the value {} of `{column}`: there is nothing to learn from beside what is tested",
                shown(&values.names)
            )));
        }
        let parts = values.names.into_iter().zip(of_value);
        let is_unused = |name: &String| self.unused.iter().any(|unused| unused == name);
        let is_tested = |name: &String| {
            let is_asked = self.test.is_empty() || self.test.iter().any(|t| t == name);
            is_asked && !is_unused(name)
        };
        Ok(parts.filter(|(name, _)| is_tested(name)).collect())
    }
}

/// The rows of official fold `fold`.
pub(super) fn official(rows: &Rows<'_>, fold: usize) -> Result<Vec<u32>, DataError> {
    let mut before = 0;
    for folds in rows.folds {
        let n_folds = folds.iter().max().map_or(0, |&last| last as usize + 1);
        if fold - before < n_folds {
            let of_fold = folds.iter().zip(0..);
            let is_in = |(of_row, _): &(&u32, u32)| **of_row as usize == fold - before;
            return Ok(of_fold.filter(is_in).map(|(_, row)| row).collect());
        }
        before += n_folds;
    }
    Err(DataError::Split(format!("there is no official fold {fold}: there are {before}")))
}

/// Number of official folds.
pub(super) fn n_official(rows: &Rows<'_>) -> Result<usize, DataError> {
    let mut n_folds = 0;
    for folds in rows.folds {
        let mut sizes = vec![0_usize; folds.iter().max().map_or(0, |&last| last as usize + 1)];
        folds.iter().for_each(|&fold| sizes[fold as usize] += 1);
        if let Some(fold) = sizes.iter().position(|&n_rows| n_rows < 2) {
            let rows = if sizes[fold] == 0 { "no row" } else { "one row alone" };
            return Err(DataError::Split(format!("{rows} is in its official fold {}", fold + 1)));
        }
        n_folds += sizes.len();
    }
    if n_folds == 0 {
        let message = "it has no official folds: its dataset.toml or catalogue gives them as official_folds, or as fold in its roles";
        return Err(DataError::Split(message.to_owned()));
    }
    Ok(n_folds)
}
