//! A folder of data sets: `catalog.toml` and the files that it names.
//!
//! ```text
//! [[dataset]]
//! name, family, citation, rows, n_numeric, n_categorical, missing_cells
//! file     relative to the folder: a Parquet table with its class in `target`, or (format = "idx-gz") a
//!          folder with the four files of MNIST, whose classes are `labels`
//! blake3   of the file; files.NAME.blake3 of each file of a folder
//! positive_class, leaky_features (left out), notes: optional
//! class_counts.CLASS = rows        licence.data = "..."
//! official_folds.file = "..."      CSV with the columns row (from 0) and fold (from 1)
//! ```
//!
//! Other keys are for readers and are passed over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::catalogue::{Entry, Origin};
use crate::formats::bounds::Bound;
use crate::formats::{Kinds, TARGET, Unlabelled, images, parquet};
use crate::{DataError, Dataset};

/// The file that makes a folder a catalogue.
const NAME: &str = "catalog.toml";

#[derive(Deserialize)]
struct CatalogueFile {
    dataset: Vec<Described>,
}

/// One `[[dataset]]`.
#[derive(Deserialize)]
struct Described {
    name: String,
    family: String,
    citation: String,
    file: String,
    format: String,
    rows: usize,
    n_numeric: usize,
    n_categorical: usize,
    missing_cells: usize,
    class_counts: BTreeMap<String, u32>,
    licence: Licence,
    blake3: Option<String>,
    positive_class: Option<String>,
    notes: Option<String>,
    #[serde(default)]
    leaky_features: Vec<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, Digest>,
    official_folds: Option<Folds>,
}

#[derive(Deserialize)]
struct Licence {
    data: String,
}

#[derive(Deserialize)]
struct Digest {
    blake3: Option<String>,
}

#[derive(Deserialize)]
struct Folds {
    file: String,
    #[serde(rename = "n_folds")]
    n: usize,
    blake3: Option<String>,
}

/// The files of one data set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FolderFiles {
    /// The folder of the catalogue.
    folder: PathBuf,
    /// The table, or the folder of images.
    file: String,
    /// Digests by file name; that of a table has the name of the table.
    digests: BTreeMap<String, String>,
    /// Names of the classes of images; empty for a table.
    labels: Vec<String>,
    folds: Option<String>,
}

/// The data sets of `folder`.
pub(super) fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let path = folder.join(NAME);
    let unreadable = |error: std::io::Error| DataError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let text = fs::read_to_string(&path).map_err(unreadable)?;
    let file: CatalogueFile =
        toml::from_str(&text).map_err(|error| DataError::toml(&path, &text, &error))?;
    Ok(file.dataset.into_iter().map(|described| described.entry(folder)).collect())
}

impl Described {
    fn entry(self, folder: &Path) -> Entry {
        let mut digests: BTreeMap<String, String> =
            self.files.into_iter().filter_map(|(name, file)| Some((name, file.blake3?))).collect();
        digests.extend(self.blake3.map(|digest| (self.file.clone(), digest)));
        let is_image = self.format == "idx-gz";
        if let Some(Folds { file, blake3: Some(digest), .. }) = &self.official_folds {
            digests.insert(file.clone(), digest.clone());
        }
        let n_official_folds = self.official_folds.as_ref().map_or(0, |folds| folds.n);
        let files = FolderFiles {
            folder: folder.to_owned(),
            file: self.file.clone(),
            digests,
            labels: if is_image { self.labels } else { Vec::new() },
            folds: self.official_folds.map(|folds| folds.file),
        };
        Entry {
            name: self.name,
            file: is_image.then_some(self.file),
            blake3: None,
            parent: None,
            positives: Vec::new(),
            negatives: Vec::new(),
            dropped: self.leaky_features,
            family: self.family,
            rows: self.rows,
            n_numeric: self.n_numeric,
            n_categorical: self.n_categorical,
            missing_cells: self.missing_cells,
            positive: self.positive_class,
            counts: self.class_counts,
            citation: self.citation,
            licence: self.licence.data,
            note: self.notes,
            n_official_folds,
            origin: Origin::Folder(files),
        }
    }
}

impl FolderFiles {
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.file)
    }

    pub(super) fn load(&self, entry: &Entry) -> Result<Dataset, DataError> {
        let path = self.path();
        let shown = path.display().to_string();
        let table = if entry.is_image() {
            let read = |name: &str| self.bytes(&path.join(name), name).map(Cow::Owned);
            images::read(&shown, read, &self.labels)?
        } else {
            let bytes = self.bytes(&path, &self.file)?;
            let frame = parquet::read(&shown, &bytes, &Kinds::new(), Bound::of(bytes.len()))?;
            frame.table(&shown, Some(TARGET), Unlabelled::Refuse)?
        };
        let mut dataset = entry.dataset(table);
        if let Some(folds) = &self.folds {
            dataset.folds =
                Some(self.folds(folds, dataset.targets.len(), entry.n_official_folds)?);
        }
        Ok(dataset)
    }

    fn folds(&self, name: &str, n_rows: usize, n_folds: usize) -> Result<Vec<u32>, DataError> {
        let path = self.folder.join(name);
        let bytes = self.bytes(&path, name)?;
        read_folds(&path.display().to_string(), &String::from_utf8_lossy(&bytes), n_rows, n_folds)
    }

    /// The bytes of a file, which has to have the digest under which `name` is listed.
    fn bytes(&self, path: &Path, name: &str) -> Result<Vec<u8>, DataError> {
        let shown = || path.display().to_string();
        let bytes = fs::read(path)
            .map_err(|error| DataError::Unreadable { path: shown(), reason: error.to_string() })?;
        let found = blake3::hash(&bytes).to_hex();
        match self.digests.get(name) {
            Some(digest) if *digest != *found.as_str() => Err(DataError::Changed {
                file: shown(),
                expected: digest.clone(),
                found: found.to_string(),
            }),
            _ => Ok(bytes),
        }
    }
}

/// The fold of every row, from 0, as `text` gives it.
fn read_folds(
    file: &str,
    text: &str,
    n_rows: usize,
    n_folds: usize,
) -> Result<Vec<u32>, DataError> {
    let wrong = |line: usize, message: String| DataError::Text {
        file: file.to_owned(),
        line: line as u64,
        column: 1,
        message,
    };
    let mut folds = vec![None; n_rows];
    for (line, text) in (2..).zip(text.lines().skip(1)) {
        let numbers = text.split_once(',').and_then(|(row, fold)| {
            Some((row.trim().parse::<usize>().ok()?, fold.trim().parse::<u32>().ok()?))
        });
        let Some((row, fold @ 1..)) = numbers else {
            return Err(wrong(line, format!("`{text}` is not row,fold with folds from 1")));
        };
        if n_folds < fold as usize {
            return Err(wrong(line, format!("fold {fold}, and the catalogue says {n_folds}")));
        }
        let slot = folds
            .get_mut(row)
            .ok_or_else(|| wrong(line, format!("row {row} of a table with {n_rows} rows")))?;
        if slot.replace(fold - 1).is_some() {
            return Err(wrong(line, format!("row {row} is in two folds")));
        }
    }
    let missing = folds.iter().position(Option::is_none);
    if let Some(row) = missing {
        return Err(wrong(1, format!("row {row} is in no fold")));
    }
    let folds: Vec<u32> = folds.into_iter().flatten().collect();
    match (0..n_folds as u32).find(|fold| !folds.contains(fold)) {
        Some(fold) => Err(wrong(1, format!("no row is in fold {}", fold + 1))),
        None => Ok(folds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folds(text: &str) -> Result<Vec<u32>, String> {
        read_folds("f.csv", text, 3, 2).map_err(|error| error.to_string())
    }

    #[test]
    fn every_row_is_in_one_fold() {
        assert_eq!(folds("row,fold\n2,1\n0,2\n1,2\n"), Ok(vec![1, 1, 0]));
        let error = |text| folds(text).unwrap_err();
        assert_eq!(error("row,fold\n0,1\n0,2\n"), "f.csv:3:1: row 0 is in two folds");
        assert_eq!(error("row,fold\n0,1\n1,2\n"), "f.csv:1:1: row 2 is in no fold");
        assert_eq!(error("row,fold\n3,1\n"), "f.csv:2:1: row 3 of a table with 3 rows");
        assert_eq!(error("row,fold\n0,3\n"), "f.csv:2:1: fold 3, and the catalogue says 2");
        assert_eq!(error("row,fold\n0,1\n1,1\n2,1\n"), "f.csv:1:1: no row is in fold 2");
        assert!(error("row,fold\n0,0\n").starts_with("f.csv:2:1: `0,0` is not row,fold"));
    }
}
