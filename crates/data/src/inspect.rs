//! A file of which nothing is known yet.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::catalogue::dataset_file::{DatasetFile, ignored};
use crate::catalogue::located::located;
use crate::catalogue::rows::Loaded;
use crate::column::Column;
use crate::dataset::{ClassLabels, Dataset};
use crate::error::DataError;
use crate::formats::content::unpacked_name;
use crate::formats::format::Format;
use crate::formats::kind::Kinds;
use crate::formats::labels::Unlabelled;
use crate::formats::truths;
use crate::roles::Roles;
use crate::treatment::keys::Treatments;
use crate::treatment::read::read_treated;
use crate::twins::TwinRows;

/// A file as it was understood.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// How it is written.
    pub format: Format,
    /// The column that holds the class, if it is known.
    pub target: Option<String>,
    /// Its rows; of one class if the target is not known.
    pub dataset: Dataset,
    /// Why the format may be another, as a sentence.
    pub doubt: Option<String>,
    /// Rows of the file that are not among them, as they have no class.
    pub left_out: Option<UnlabelledRows>,
    /// Rows of the file that are not among them, as they are twins of others.
    pub n_twins_left_out: usize,
}

/// Rows of a file that have no class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnlabelledRows {
    /// How many there are.
    pub n_rows: usize,
    /// The first of them, counted from 0.
    pub first: usize,
    /// The line on which it is, if the file has lines.
    pub line: Option<u64>,
}

impl UnlabelledRows {
    fn of(rows: &[usize], format: &Format, path: &Path) -> Option<Self> {
        let first = *rows.first()?;
        Some(UnlabelledRows { n_rows: rows.len(), first, line: format.line_of(path, first) })
    }
}

impl Inspection {
    /// Of two classes, the one to be found; `None` if the target is not known.
    pub fn positive(&self) -> Option<&str> {
        self.dataset.positive().map(String::as_str)
    }

    /// Of two classes, the one to be found: the one called `given`, if it is named.
    pub fn to_be_found(&self, given: Option<&str>) -> Option<String> {
        let given = given.map(|given| self.class(given).unwrap_or(given));
        given.or_else(|| self.positive()).map(str::to_owned)
    }

    /// What a `dataset.toml` called `name` would say of `file`, the file that was understood so, as long as nobody
    /// corrects it.
    pub fn described_as(&self, name: String, file: String) -> DatasetFile {
        DatasetFile {
            name,
            file,
            blake3: None,
            target: self.target.clone(),
            positive: self.to_be_found(None),
            unlabelled: self.left_out.as_ref().map(|_| Unlabelled::Drop),
            family: None,
            citation: None,
            licence: None,
            note: None,
            facts: None,
            official_folds: None,
            roles: Roles::default(),
            regions: None,
            format: self.format.clone(),
            columns: Kinds::new(),
            twins: None,
            treat: Treatments::new(),
        }
    }

    /// The class that is called `name`; of truth values in any spelling.
    pub fn class(&self, name: &str) -> Option<&str> {
        truths::meant(name, &self.dataset.classes).map(String::as_str)
    }

    /// Reads the file or folder at `path`, or what a `dataset.toml` describes. `target` names the column with the
    /// class, or says `first`, `last` or its number from 1. Rows without a class are left out, unless a
    /// `dataset.toml` refuses them.
    ///
    /// # Errors
    /// If it cannot be read, or has no such column.
    pub fn of(path: &Path, target: Option<&str>) -> Result<Self, DataError> {
        Inspection::with_labels(path, target, None)
    }

    /// The same of images whose labels are in the file `labels`, unless they are named like the images.
    ///
    /// # Errors
    /// As [`Inspection::of`]; and if what is read are no images that have labels in another file.
    pub fn with_labels(
        path: &Path,
        target: Option<&str>,
        labels: Option<&Path>,
    ) -> Result<Self, DataError> {
        if DatasetFile::is_at(path) {
            return match labels {
                None => described(path, target),
                Some(_) => Err(DataError::Binary {
                    file: path.display().to_string(),
                    message: "it says itself where labels are: leave out --labels".to_owned(),
                }),
            };
        }
        let format = Format::guess(path, labels)?;
        let doubt = format.doubt(path);
        let (kinds, roles) = (Kinds::new(), Roles::default());
        let wanted = Wanted { target, unlabelled: Unlabelled::Drop, twins: None, roles: &roles };
        let found = inspect(path, path, format, &kinds, &Treatments::new(), &wanted)?;
        Ok(Inspection { doubt, ..found })
    }

    /// The file of data at `path`, which was understood like this, with some of its columns treated.
    ///
    /// # Errors
    /// If they cannot be treated so.
    pub fn treated(&self, path: &Path, treat: &Treatments) -> Result<Self, DataError> {
        let (target, roles) = (self.target.as_deref(), Roles::default());
        let wanted = Wanted { target, unlabelled: Unlabelled::Drop, twins: None, roles: &roles };
        let found = inspect(path, path, self.format.clone(), &Kinds::new(), treat, &wanted)?;
        Ok(Inspection { doubt: self.doubt.clone(), ..found })
    }
}

/// What is wanted of a file.
struct Wanted<'a> {
    target: Option<&'a str>,
    unlabelled: Unlabelled,
    twins: Option<TwinRows>,
    roles: &'a Roles,
}

fn described(path: &Path, target: Option<&str>) -> Result<Inspection, DataError> {
    let file = DatasetFile::read(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    if target.is_none() {
        let Loaded { dataset, unlabelled, n_twins } = file.rows_beside(path)?;
        let left_out = UnlabelledRows::of(&unlabelled, &file.format, &folder.join(&file.file));
        let target = if file.target.is_some() {
            file.target
        } else {
            let frame = file.format.read(&folder.join(&file.file), &file.kinds())?;
            frame.target.map(|index| frame.columns[index].name().to_owned())
        };
        return Ok(Inspection {
            format: file.format,
            target,
            dataset,
            doubt: None,
            left_out,
            n_twins_left_out: n_twins,
        });
    }
    if let Some(target) = target
        && file.ignores(target)
    {
        return Err(located(path, target, ignored(target)));
    }
    let data = folder.join(&file.file);
    let unlabelled = file.unlabelled.unwrap_or_default();
    let wanted = Wanted { target, unlabelled, twins: file.twins, roles: &file.all_roles() };
    inspect(path, &data, file.format.clone(), &file.kinds(), &file.treat, &wanted)
        .map_err(|error| file.relocated(path, error))
}

fn inspect(
    name: &Path,
    path: &Path,
    format: Format,
    kinds: &Kinds,
    treat: &Treatments,
    wanted: &Wanted<'_>,
) -> Result<Inspection, DataError> {
    let frame = read_treated(&format, path, kinds, treat, wanted.target)?;
    let n_rows = frame.columns.first().map_or(0, Column::n_rows);
    let names: Vec<String> = frame.columns.iter().map(|c| c.name().to_owned()).collect();
    let target =
        match wanted.target {
            Some(target) => Some(meant(target, &names).map_err(|message| DataError::Binary {
                file: path.display().to_string(),
                message,
            })?),
            None => frame.target.map(|index| names[index].clone()),
        };
    let shown = shown_name(name, &format);
    let (mut left_out, mut part) = (None, None);
    let file = path.display().to_string();
    let dataset = if let Some(target) = &target {
        let table = frame.table(&file, Some(target), wanted.unlabelled)?;
        let table = table.with_truths_named(wanted.roles, kinds);
        left_out = UnlabelledRows::of(&table.unlabelled, &format, path);
        part = table.part;
        Dataset::new(&shown, table.columns, table.labels, None).with_image(table.image)
    } else {
        let frame = frame.typed(&file, None)?;
        let columns = truths::features(frame.columns, &frame.truths, wanted.roles, kinds);
        Dataset::new(&shown, columns, ClassLabels::of(vec!["unknown"; n_rows]), None)
    };
    let (columns, mut asides) = wanted.roles.set_aside(dataset.columns);
    asides.extend(part);
    let dataset = Dataset { columns, asides, group: wanted.roles.group.clone(), ..dataset };
    let (dataset, n_twins_left_out) = wanted.twins.unwrap_or_default().applied(dataset)?;
    Ok(Inspection { format, target, dataset, doubt: None, left_out, n_twins_left_out })
}

/// The name that the data set of a file has: that of the file, or of the folder in which a published set of images is,
/// whose files are called the same in every set.
fn shown_name(path: &Path, format: &Format) -> String {
    let folder = || fs::canonicalize(path).ok()?.parent()?.file_name().map(ToOwned::to_owned);
    let folder =
        if matches!(format, Format::Idx(idx) if idx.test.is_some()) { folder() } else { None };
    let stem = || unpacked_name(path).file_stem().map(ToOwned::to_owned);
    folder.or_else(stem).map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The name of the column that `target` means: its own, `first`, `last`, or that of its number from 1.
fn meant(target: &str, names: &[String]) -> Result<String, String> {
    let place = match target {
        _ if names.iter().any(|name| name == target) => return Ok(target.to_owned()),
        "first" => names.first(),
        "last" => names.last(),
        other => match other.parse::<usize>() {
            Err(_) => None,
            Ok(number) => match number.checked_sub(1).and_then(|index| names.get(index)) {
                Some(name) => Some(name),
                None => return Err(no_such_number(number, names.len())),
            },
        },
    };
    Ok(place.map_or_else(|| target.to_owned(), Clone::clone))
}

fn no_such_number(number: usize, n_columns: usize) -> String {
    let there_are = match n_columns {
        1 => "there is 1 column".to_owned(),
        n => format!("there are {n} columns"),
    };
    format!("no column has the number {number}: {there_are}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_no_column_has_is_answered_with_how_many_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, "a,b,7\n1,2,x\n3,4,y\n5,6,x\n").unwrap();
        for number in ["0", "9"] {
            let error = Inspection::of(&path, Some(number)).unwrap_err().to_string();
            let expected = format!("no column has the number {number}: there are 3 columns");
            assert!(error.ends_with(&expected), "{error}");
        }
        for (target, name) in [("2", "b"), ("7", "7"), ("last", "7")] {
            let inspection = Inspection::of(&path, Some(target)).unwrap();
            assert_eq!(inspection.target.as_deref(), Some(name));
        }
    }
}
