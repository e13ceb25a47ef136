//! A data set of the user's own: `dataset.toml`, and the file that it describes.
//!
//! ```text
//! name = "churn"
//! file = "churn.csv"          relative to this file
//! blake3 = "..."              optional; without it the file may change
//! target = "left"             the column that holds the class; formats that know it need none
//! positive = "yes"            optional: of two classes, the one to be found; default the smaller
//! unlabelled = "drop"         optional: rows without a class are left out; default "refuse"
//! [format.csv]                how it is written, see Format
//! delimiter = ";"
//! [columns]                   optional: numeric, categorical or ignored; else inferred
//! zip_code = "categorical"
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::catalogue::{Entry, Origin};
use crate::formats::format::{Format, bytes};
use crate::formats::{Kinds, Unlabelled};
use crate::{Column, DataError, Dataset};

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
    /// How the file is written.
    pub format: Format,
    /// Kinds of columns that are not inferred.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: Kinds,
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
    folder: PathBuf,
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
    /// Reads the `dataset.toml` at `path`.
    ///
    /// # Errors
    /// If it cannot be read or has mistakes.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let text = fs::read_to_string(path).map_err(|error| DataError::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        toml::from_str(&text).map_err(|error| DataError::toml(path, &text, &error))
    }

    /// Reads the data; `folder` is where `dataset.toml` is.
    ///
    /// # Errors
    /// If the file cannot be read, was changed, or is not what it is said to be.
    pub fn load(&self, folder: &Path) -> Result<Dataset, DataError> {
        self.rows(folder).map(|(dataset, _)| dataset)
    }

    /// The data, and the rows of the file that were left out.
    pub(crate) fn rows(&self, folder: &Path) -> Result<(Dataset, Vec<usize>), DataError> {
        let path = folder.join(&self.file);
        let shown = path.display().to_string();
        if let Some(expected) = &self.blake3 {
            let found = digest(&self.format, &path)?;
            if *expected != found {
                return Err(DataError::Changed { file: shown, expected: expected.clone(), found });
            }
        }
        let frame = self.format.read(&path, &self.columns)?;
        let unlabelled = self.unlabelled.unwrap_or_default();
        let table = frame.table(&shown, self.target.as_deref(), unlabelled)?;
        if let Some(positive) = &self.positive
            && !table.labels.levels.contains(positive)
        {
            let message =
                format!("no row is of the class `{positive}`, which is said to be positive");
            return Err(DataError::Binary { file: shown, message });
        }
        let left_out = table.unlabelled;
        let dataset =
            Dataset::new(&self.name, table.columns, table.labels, self.positive.as_deref());
        if dataset.classes.len() < 2 {
            let class = dataset.classes.first().map_or("nothing", String::as_str);
            let message =
                format!("every row is of one class, {class}: there is nothing to tell apart");
            return Err(DataError::Binary { file: shown, message });
        }
        Ok((dataset, left_out))
    }
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
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let loaded = match &file.facts {
        Some(_) => None,
        None => Some(Arc::new(file.load(&folder)?)),
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
        n_official_folds: 0,
        origin: Origin::Described(Box::new(Described { file, folder, loaded })),
    })
}

impl Described {
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.file.file)
    }

    pub(super) fn load(&self) -> Result<Arc<Dataset>, DataError> {
        match &self.loaded {
            Some(dataset) => Ok(Arc::clone(dataset)),
            None => self.file.load(&self.folder).map(Arc::new),
        }
    }
}
