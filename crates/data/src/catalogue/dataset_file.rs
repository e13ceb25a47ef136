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
//! [regions]                   optional: rows are proposals of a detector, see RegionKeys
//! [format.csv]                how it is written, see Format
//! delimiter = ";"
//! [columns]                   optional: numeric, categorical or ignored; else inferred
//! zip_code = "categorical"
//! [treat.income]              optional: what is done to its cells, see Treatment
//! missing = [-999]
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::catalogue::facts::Facts;
use crate::catalogue::located::located;
use crate::error::DataError;
use crate::formats::format::Format;
use crate::formats::kind::{Kind, Kinds};
use crate::formats::labels::Unlabelled;
use crate::regions::keys::RegionKeys;
use crate::roles::Roles;
use crate::treatment::keys::Treatments;
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
    /// Where rows lie, if they are proposals of a detector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<RegionKeys>,
    /// How the file is written.
    pub format: Format,
    /// Kinds of columns that are not inferred.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: Kinds,
    /// What is done to the cells of columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub treat: Treatments,
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

impl DatasetFile {
    /// Whether its rows are regions of pictures, in which objects are to be found.
    pub fn is_of_regions(&self) -> bool {
        self.regions.is_some() || matches!(self.format, Format::Windows(_) | Format::Scenes(_))
    }

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
        for name in file.all_roles().names() {
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
        } else if 1 < self.all_roles().names().filter(|other| *other == name).count() {
            Some(format!("`{name}` has two roles: choose one"))
        } else if !self.roles.fold.is_empty() && self.official_folds.is_some() {
            Some(format!("the folds are in `{name}` and in official_folds: remove one of the two"))
        } else {
            None
        }
    }

    /// Where rows lie, as `[regions]` says it, or the format.
    pub(crate) fn region_keys(&self) -> Option<RegionKeys> {
        self.regions.clone().or_else(|| self.format.regions())
    }

    /// The roles that columns have in `[roles]` and in `[regions]`.
    pub(crate) fn all_roles(&self) -> Roles {
        match self.region_keys() {
            Some(regions) => regions.beside(&self.roles),
            None => self.roles.clone(),
        }
    }

    /// How each column is read, if it is not inferred.
    pub(crate) fn kinds(&self) -> Kinds {
        self.all_roles().kinds(&self.columns)
    }

    /// Whether the column is not to be read.
    pub(crate) fn ignores(&self, column: &str) -> bool {
        self.columns.get(column) == Some(&Kind::Ignored)
    }
}

/// The column that is to be the class, and is not to be read.
pub(crate) fn ignored(target: &str) -> String {
    format!("`{target}` is ignored in [columns], and is to be the class: remove one of the two")
}

/// The names of [`Format`], for a reader who gave none.
const FORMATS: &str = "csv, whitespace, keel, arff, libsvm, parquet, arrow, npz, npy, idx, image_folder, windows, scenes";

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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a `dataset.toml` of these lines.
    fn mistake(lines: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dataset.toml");
        fs::write(&path, format!("name = \"a\"\nfile = \"a.csv\"\n{lines}")).unwrap();
        let error = DatasetFile::read(&path).unwrap_err().to_string();
        error.replace(&format!("{}/", folder.path().display()), "")
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
