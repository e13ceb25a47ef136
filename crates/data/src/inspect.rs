//! A file of which nothing is known yet.

use std::path::Path;

use serde::Serialize;

use crate::dataset::Labels;
use crate::formats::format::Format;
use crate::formats::{Kinds, Unlabelled};
use crate::{DataError, Dataset, DatasetFile};

/// A file as it was understood.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// How it is written.
    pub format: Format,
    /// The column that holds the class, if it is known.
    pub target: Option<String>,
    /// Its rows; of one class if the target is not known.
    pub dataset: Dataset,
    /// Rows of the file that are not among them, as they have no class.
    pub left_out: Option<LeftOut>,
}

/// Rows of a file that have no class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// How many there are.
    pub n_rows: usize,
    /// The first of them, counted from 0.
    pub first: usize,
    /// The line on which it is, if the file has lines.
    pub line: Option<u64>,
}

impl LeftOut {
    fn of(rows: &[usize], format: &Format, path: &Path) -> Option<Self> {
        let first = *rows.first()?;
        Some(LeftOut { n_rows: rows.len(), first, line: format.line_of(path, first) })
    }
}

impl Inspection {
    /// Reads the file or folder at `path`, or what a `dataset.toml` describes. `target` names the column with the
    /// class, or says `first`, `last` or its number from 1. Rows without a class are left out, unless a
    /// `dataset.toml` refuses them.
    ///
    /// # Errors
    /// If it cannot be read, or has no such column.
    pub fn of(path: &Path, target: Option<&str>) -> Result<Self, DataError> {
        if path.extension().is_some_and(|extension| extension == "toml") {
            return described(path, target);
        }
        let format = Format::guess(path)?;
        inspect(path, path, format, &Kinds::new(), target, Unlabelled::Drop)
    }
}

fn described(path: &Path, target: Option<&str>) -> Result<Inspection, DataError> {
    let file = DatasetFile::read(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    if target.is_none() {
        let (dataset, rows) = file.rows(folder)?;
        let left_out = LeftOut::of(&rows, &file.format, &folder.join(&file.file));
        let target = if file.target.is_some() {
            file.target
        } else {
            let frame = file.format.read(&folder.join(&file.file), &file.columns)?;
            frame.target.map(|index| frame.columns[index].name().to_owned())
        };
        return Ok(Inspection { format: file.format, target, dataset, left_out });
    }
    let unlabelled = file.unlabelled.unwrap_or_default();
    inspect(path, &folder.join(&file.file), file.format, &file.columns, target, unlabelled)
}

fn inspect(
    name: &Path,
    path: &Path,
    format: Format,
    kinds: &Kinds,
    target: Option<&str>,
    unlabelled: Unlabelled,
) -> Result<Inspection, DataError> {
    let frame = format.read(path, kinds)?;
    let n_rows = frame.columns.first().map_or(0, crate::Column::n_rows);
    let names: Vec<String> = frame.columns.iter().map(|c| c.name().to_owned()).collect();
    let by_place = |target: &str| match target {
        _ if names.iter().any(|name| name == target) => None,
        "first" => names.first(),
        "last" => names.last(),
        number => names.get(number.parse::<usize>().ok()?.checked_sub(1)?),
    };
    let target = match target {
        Some(target) => Some(by_place(target).map_or_else(|| target.to_owned(), Clone::clone)),
        None => frame.target.map(|index| names[index].clone()),
    };
    let name = if name.extension().is_some_and(|gz| gz == "gz") {
        name.with_extension("")
    } else {
        name.to_owned()
    };
    let shown = name.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let mut left_out = None;
    let dataset = match &target {
        Some(target) => {
            let table = frame.table(&path.display().to_string(), Some(target), unlabelled)?;
            left_out = LeftOut::of(&table.unlabelled, &format, path);
            Dataset::new(&shown, table.columns, table.labels, None)
        }
        None => Dataset::new(&shown, frame.columns, Labels::of(vec!["unknown"; n_rows]), None),
    };
    Ok(Inspection { format, target, dataset, left_out })
}
