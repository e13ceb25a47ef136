//! Data sets of the user's own, and those that were fetched, in the catalogue.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalogue::dataset_file::DatasetFile;
use crate::catalogue::entry::Entry;
use crate::catalogue::facts::Facts;
use crate::catalogue::origin::{Described, Origin};
use crate::catalogue::published::PublishedSet;
use crate::error::DataError;

/// The `openml-*.toml` files of `folder` and those of published sets, by name; none if it is not there. Others in it are
/// not ours.
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
        let stem = name.strip_suffix(".toml").unwrap_or_default();
        stem.starts_with("openml-") || PublishedSet::has(stem)
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
        windows: None,
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
        roles: file.all_roles(),
        image: None,
        origin: Origin::Described(Box::new(Described { file, path: path.to_owned(), loaded })),
    })
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
}
