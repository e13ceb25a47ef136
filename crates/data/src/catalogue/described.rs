//! A data set of the user's own: `dataset.toml`, and the file that it describes.
//!
//! ```text
//! name = "churn"
//! file = "churn.csv"          relative to this file
//! blake3 = "..."              optional; without it the file may change
//! target = "left"             the column that holds the class; formats that know it need none
//! positive = "yes"            optional: of two classes, the one to be found; default the smaller
//! unlabelled = "drop"         optional: rows without a class are left out; default "refuse"
//! twins = "drop"              optional: of rows with the same features and class, the first stays; "together": all stay,
//!                             and a split by groups keeps them on one side; default "keep"
//! official_folds.file = "..." optional: CSV with the columns row (from 0), fold (from 1), perhaps repeat (from 1)
//! [roles]                     optional: columns that are no features
//! group = "customer"          rows of one value belong together
//! fold = "fold"               the official folds; of several columns each is a repeat
//! other = ["x1", "x2"]        nothing to learn from, but a split may name them
//! [format.csv]                how it is written, see Format
//! delimiter = ";"
//! [columns]                   optional: numeric, categorical or ignored; else inferred
//! zip_code = "categorical"
//! [treat.income]              optional: what is done to its cells, see Treatment
//! missing = [-999]
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::catalogue::located::{located, located_at};
use crate::catalogue::{Entry, Origin, folds};
use crate::column::Column;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::formats::content::bytes;
use crate::formats::format::Format;
use crate::formats::kind::{Kind, Kinds};
use crate::formats::labels::Unlabelled;
use crate::formats::lines::listed;
use crate::formats::truths;
use crate::roles::Roles;
use crate::treatment::keys::Treatments;
use crate::treatment::read::read_treated;
use crate::twins::TwinRows;

/// What `dataset.toml` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetFile {
    /// The name in an experiment file.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// The file or folder of the data, relative to the folder of `dataset.toml`.
    pub file: String,
    /// BLAKE3 of the file, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
    /// The column that holds the class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Of two classes, the one to be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// What becomes of rows without a class; `None` refuses them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlabelled: Option<Unlabelled>,
    /// What becomes of rows that have the same features; `None` keeps them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twins: Option<TwinRows>,
    /// Sets of one family are siblings, not independent evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Who to cite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citation: Option<String>,
    /// Licence of the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// What a user should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What is in it, so that listing data sets need not read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
    /// The folds that it is published with, in a table of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub official_folds: Option<FoldFile>,
    /// Columns that are no features.
    #[serde(default, skip_serializing_if = "Roles::is_empty")]
    pub roles: Roles,
    /// How the file is written.
    pub format: Format,
    /// Kinds of columns that are not inferred.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: Kinds,
    /// What is done to the cells of columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub treat: Treatments,
}

/// The rows of a file, and how many of it are not among them.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) dataset: Dataset,
    /// Rows of the file that have no class.
    pub(crate) unlabelled: Vec<usize>,
    /// Rows that are twins of others.
    pub(crate) n_twins: usize,
}

/// A table with the columns `row` (from 0), `fold` (from 1) and perhaps `repeat` (from 1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoldFile {
    /// Relative to the folder of `dataset.toml`.
    pub file: String,
    /// BLAKE3 of it, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
}

/// What is in a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Number of rows.
    pub rows: usize,
    /// Number of numeric features.
    pub numeric: usize,
    /// Number of categorical features.
    pub categorical: usize,
    /// Number of missing values.
    pub missing: usize,
    /// Rows of each class.
    pub counts: BTreeMap<String, u32>,
}

/// A `dataset.toml`, where it is, and its rows if they were read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Described {
    file: DatasetFile,
    /// That of the `dataset.toml`.
    path: PathBuf,
    loaded: Option<Arc<Dataset>>,
}

impl Facts {
    /// What is in `dataset`.
    pub fn of(dataset: &Dataset) -> Self {
        let numeric =
            dataset.columns.iter().filter(|c| matches!(c, Column::Numeric { .. })).count();
        Facts {
            rows: dataset.targets.len(),
            numeric,
            categorical: dataset.columns.len() - numeric,
            missing: dataset.columns.iter().map(Column::n_missing).sum(),
            counts: dataset.classes.iter().cloned().zip(dataset.class_counts()).collect(),
        }
    }
}

impl DatasetFile {
    /// Whether the file at `path` is taken for a `dataset.toml`: by its name, which ends in `.toml`.
    pub fn is_at(path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "toml")
    }

    /// Reads the `dataset.toml` at `path`.
    ///
    /// # Errors
    /// If it cannot be read or has mistakes.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let text = fs::read_to_string(path).map_err(|error| DataError::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        let file: DatasetFile =
            toml::from_str(&text).map_err(|error| hinted(DataError::toml(path, &text, &error)))?;
        if let Some(target) = &file.target
            && file.ignores(target)
        {
            return Err(located(path, target, ignored(target)));
        }
        for name in file.roles.names() {
            if let Some(message) = file.contradiction(name) {
                return Err(located(path, name, message));
            }
        }
        Ok(file)
    }

    /// Why the column of this name cannot have its role.
    fn contradiction(&self, name: &String) -> Option<String> {
        if self.target.as_ref() == Some(name) {
            Some(format!("`{name}` has a role, and is to be the class: remove one of the two"))
        } else if self.columns.contains_key(name) {
            Some(format!("`{name}` has a role and is pinned in [columns]: remove one of the two"))
        } else if 1 < self.roles.names().filter(|other| *other == name).count() {
            Some(format!("`{name}` has two roles: choose one"))
        } else if !self.roles.fold.is_empty() && self.official_folds.is_some() {
            Some(format!("the folds are in `{name}` and in official_folds: remove one of the two"))
        } else {
            None
        }
    }

    /// How each column is read, if it is not inferred.
    pub(crate) fn kinds(&self) -> Kinds {
        self.roles.kinds(&self.columns)
    }

    /// Whether the column is not to be read.
    pub(crate) fn ignores(&self, column: &str) -> bool {
        self.columns.get(column) == Some(&Kind::Ignored)
    }

    /// Reads the data that the `dataset.toml` at `path` describes.
    ///
    /// # Errors
    /// As [`DatasetFile::load`]; a column or class that is not there is located in the `dataset.toml`.
    pub(crate) fn load_beside(&self, path: &Path) -> Result<Dataset, DataError> {
        self.rows_beside(path).map(|loaded| loaded.dataset)
    }

    /// As [`DatasetFile::load_beside`], with what was left out.
    pub(crate) fn rows_beside(&self, path: &Path) -> Result<Loaded, DataError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        self.rows(folder).map_err(|error| self.relocated(path, error))
    }

    /// `error`, but in the `dataset.toml` at `path` if it is that one of the columns named there does not exist.
    pub(crate) fn relocated(&self, path: &Path, error: DataError) -> DataError {
        if let DataError::Described { keys, message } = &error {
            return located_at(path, keys, message.clone());
        }
        let (DataError::Text { message, .. } | DataError::Binary { message, .. }) = &error else {
            return error;
        };
        let is_meant =
            |name: &&String| message.starts_with(&format!("no column is called `{name}`"));
        match self.columns.keys().chain(self.roles.names()).chain(&self.target).find(is_meant) {
            Some(name) => located(path, name, message.clone()),
            None => match self.treat.keys().find(is_meant) {
                Some(name) => {
                    located_at(path, &["treat".to_owned(), name.clone()], message.clone())
                }
                None => error,
            },
        }
    }

    /// Reads the data; `folder` is where `dataset.toml` is.
    ///
    /// # Errors
    /// If the file cannot be read, was changed, or is not what it is said to be.
    pub fn load(&self, folder: &Path) -> Result<Dataset, DataError> {
        self.rows(folder).map(|loaded| loaded.dataset)
    }

    /// The data, and what was left out.
    fn rows(&self, folder: &Path) -> Result<Loaded, DataError> {
        let path = folder.join(&self.file);
        let shown = path.display().to_string();
        if let Some(expected) = &self.blake3 {
            let found = digest(&self.format, &path)?;
            if *expected != found {
                return Err(DataError::Changed { file: shown, expected: expected.clone(), found });
            }
        }
        let frame =
            read_treated(&self.format, &path, &self.kinds(), &self.treat, self.target.as_deref())?;
        let unlabelled = self.unlabelled.unwrap_or_default();
        let table = frame.table(&shown, self.target.as_deref(), unlabelled)?;
        let table = table.with_truths_named(&self.roles, &self.columns);
        let classes = &table.labels.levels;
        let positive = self.positive.as_ref().map(|class| {
            truths::meant(class, classes).ok_or_else(|| DataError::Described {
                keys: vec!["positive".to_owned()],
                message: format!(
                    "no row is of the class `{class}`, which is said to be positive; the classes are {}",
                    listed(classes)
                ),
            })
        });
        let positive = positive.transpose()?.cloned();
        let left_out = table.unlabelled;
        let (columns, asides) = self.roles.set_aside(table.columns);
        let dataset = Dataset::new(&self.name, columns, table.labels, positive.as_deref());
        let folds = match &self.official_folds {
            Some(folds) => {
                let n_rows = dataset.targets.len();
                folds::of_file(
                    &folder.join(&folds.file),
                    folds.blake3.as_deref(),
                    n_rows,
                    &left_out,
                )?
            }
            None => folds::of_columns(&shown, &self.roles, &asides)?,
        };
        let dataset = Dataset { asides, group: self.roles.group.clone(), folds, ..dataset };
        if dataset.classes.len() < 2 {
            let class = dataset.classes.first().map_or("nothing", String::as_str);
            let message =
                format!("every row is of one class, {class}: there is nothing to tell apart");
            return Err(DataError::Binary { file: shown, message });
        }
        let (dataset, n_twins) = self.twins.unwrap_or_default().applied(dataset)?;
        Ok(Loaded { dataset, unlabelled: left_out, n_twins })
    }
}

/// The column that is to be the class, and is not to be read.
pub(crate) fn ignored(target: &str) -> String {
    format!("`{target}` is ignored in [columns], and is to be the class: remove one of the two")
}

/// The names of [`Format`], for a reader who gave none.
const FORMATS: &str =
    "csv, whitespace, keel, arff, libsvm, parquet, arrow, npz, npy, idx, image_folder";

/// The mistake with what would be right, where TOML's reader does not say it.
fn hinted(mut error: DataError) -> DataError {
    if let DataError::Text { message, .. } = &mut error
        && message.contains("missing field `format`")
    {
        *message += &format!(": add [format.NAME], with one of {FORMATS}");
    }
    error
}

/// A name that an experiment can name: `@` begins those of groups.
fn name<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let name = String::deserialize(input)?;
    let usable =
        !name.trim().is_empty() && !name.starts_with('@') && !name.contains(char::is_control);
    let message = || format!("no experiment can name {name:?}: begin with a letter or a digit");
    if usable { Ok(name) } else { Err(D::Error::custom(message())) }
}

/// BLAKE3 of the files of a data set; that of a folder of images is of nothing.
///
/// # Errors
/// If a file cannot be read.
pub fn digest(format: &Format, path: &Path) -> Result<String, DataError> {
    let mut hasher = blake3::Hasher::new();
    for file in format.files(path) {
        hasher.update(&bytes(&file)?);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The `openml-*.toml` files of `folder`, by name; none if it is not there. Others in it are not ours.
pub(super) fn fetched(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |error: std::io::Error| DataError::Unreadable {
        path: folder.display().to_string(),
        reason: error.to_string(),
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<std::io::Result<Vec<PathBuf>>>().map_err(unreadable)?;
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("openml-") && name.ends_with(".toml")
    });
    paths.sort();
    Ok(paths)
}

/// The entry of the `dataset.toml` at `path`.
pub(super) fn entry(path: &Path) -> Result<Entry, DataError> {
    let file = DatasetFile::read(path)?;
    let loaded = match &file.facts {
        Some(_) => None,
        None => Some(Arc::new(file.load_beside(path)?)),
    };
    let facts = file.facts.clone().or_else(|| loaded.as_deref().map(Facts::of));
    let Facts { rows, numeric, categorical, missing, counts } =
        facts.expect("facts are given or taken from the data");
    let unknown = || "not given".to_owned();
    Ok(Entry {
        name: file.name.clone(),
        file: None,
        blake3: None,
        parent: None,
        positives: Vec::new(),
        negatives: Vec::new(),
        dropped: Vec::new(),
        family: file.family.clone().unwrap_or_else(|| file.name.clone()),
        rows,
        n_numeric: numeric,
        n_categorical: categorical,
        missing_cells: missing,
        positive: file.positive.clone(),
        counts,
        citation: file.citation.clone().unwrap_or_else(unknown),
        licence: file.licence.clone().unwrap_or_else(unknown),
        note: file.note.clone(),
        refusal: None,
        roles: file.roles.clone(),
        origin: Origin::Described(Box::new(Described { file, path: path.to_owned(), loaded })),
    })
}

impl Described {
    pub(super) fn path(&self) -> PathBuf {
        self.path.with_file_name(&self.file.file)
    }

    pub(super) fn load(&self) -> Result<Arc<Dataset>, DataError> {
        match &self.loaded {
            Some(dataset) => Ok(Arc::clone(dataset)),
            None => self.file.load_beside(&self.path).map(Arc::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a `dataset.toml` of these lines, beside a table of the columns x and y.
    fn mistake(lines: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let rows: String = (0..20).map(|i| format!("{i}.5,{}\n", i % 2)).collect();
        fs::write(folder.path().join("a.csv"), format!("x,y\n{rows}")).unwrap();
        let path = folder.path().join("dataset.toml");
        fs::write(&path, format!("name = \"a\"\nfile = \"a.csv\"\n{lines}")).unwrap();
        let error = entry(&path).unwrap_err().to_string();
        error.replace(&format!("{}/", folder.path().display()), "")
    }

    #[test]
    fn what_is_said_of_columns_is_located_where_it_is_said() {
        let format = "target = \"y\"\n[format.csv]\n[columns]\n";
        assert_eq!(
            mistake(&format!("{format}x = \"numeric\"\nxx = \"numeric\"\n")),
            "dataset.toml:7:1: no column is called `xx`; did you mean `x`?"
        );
        assert_eq!(
            mistake(&format!("{format}y = \"ignored\"\n")),
            "dataset.toml:6:1: `y` is ignored in [columns], and is to be the class: remove one of the two"
        );
        let target = mistake("target = \"yy\"\n[format.csv]\n");
        assert!(target.starts_with("dataset.toml:3:10: no column is called `yy`"), "{target}");
    }

    #[test]
    fn a_positive_class_that_there_is_not_is_located_with_those_that_there_are() {
        assert_eq!(
            mistake("target = \"y\"\npositive = \"true\"\n[format.csv]\n"),
            "dataset.toml:4:1: no row is of the class `true`, which is said to be positive; the classes are `0`, `1`"
        );
    }

    #[test]
    fn formats_and_encodings_are_suggested() {
        let missing = mistake("target = \"y\"\n");
        assert!(missing.contains("missing field `format`: add [format.NAME], with one of csv,"));
        let encoding = mistake("target = \"y\"\n[format.csv]\nencoding = \"cp850\"\n");
        assert!(
            encoding.starts_with("dataset.toml:5:12: `cp850` is no encoding that"),
            "{encoding}"
        );
        // The list is that of the formats.
        let unknown = mistake("[format.nothing]\n");
        let known = unknown.split_once("expected one of ").unwrap().1.replace('`', "");
        assert_eq!(known, FORMATS);
    }
}
