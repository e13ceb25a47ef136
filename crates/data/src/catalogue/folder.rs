//! A folder of data sets: `catalog.toml` and the files that it names.
//!
//! ```text
//! [[dataset]]
//! name, family, citation, rows, n_numeric, n_categorical, missing_cells
//! file     relative to the folder: a Parquet table with its class in `target`, or (format = "idx-gz") a
//!          folder with the four files of MNIST, whose classes are `labels`
//! blake3   of the file; files.NAME.blake3 of each file of a folder
//! task     optional: binary, multiclass, image, metric; a set of another task is listed and not learnt from
//! positive_class, leaky_features (left out), notes: optional
//! shape    optional: [height, width, channels] of images whose table has a column a value, the last of these first to change
//! roles    columns of the table that are no features: group, fold, other
//! class_counts.CLASS = rows        licence.data = "..."
//! official_folds.file = "..."      CSV with the columns row (from 0), fold (from 1) and perhaps repeat (from 1)
//! ```
//!
//! Other keys are for readers and are passed over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::catalogue::entry::Entry;
use crate::catalogue::folds;
use crate::catalogue::origin::{FoldTable, FolderFiles, Origin};
use crate::column::Column;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::formats::bounds::Bound;
use crate::formats::kind::Kinds;
use crate::formats::labelled::{LabelledTable, TARGET};
use crate::formats::labels::Unlabelled;
use crate::formats::{images, parquet};
use crate::image_shape::ImageShape;
use crate::roles::Roles;

/// The file that makes a folder a catalogue.
const NAME: &str = "catalog.toml";

#[derive(Deserialize)]
struct FolderCatalogue {
    dataset: Vec<ListedSet>,
}

/// One `[[dataset]]`.
#[derive(Deserialize)]
struct ListedSet {
    name: String,
    family: String,
    citation: String,
    file: String,
    format: String,
    task: Option<String>,
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
    official_folds: Option<ListedFolds>,
    #[serde(default)]
    roles: Roles,
    #[serde(default)]
    shape: Vec<usize>,
}

/// What the cells of a column hold that says in which published part a row is.
const PARTS: [&str; 6] = ["dev", "test", "train", "val", "valid", "validation"];

/// Whether these are the names of published parts.
fn are_parts(levels: &[String]) -> bool {
    levels.iter().all(|level| PARTS.contains(&level.as_str()))
}

/// Tasks whose sets are rows with one class each.
const CLASSIFICATION: [&str; 4] = ["binary", "multiclass", "image", "metric"];

#[derive(Deserialize)]
struct Licence {
    data: String,
}

#[derive(Deserialize)]
struct Digest {
    blake3: Option<String>,
}

#[derive(Deserialize)]
struct ListedFolds {
    file: String,
    #[serde(rename = "n_folds")]
    n: usize,
    blake3: Option<String>,
}

/// The data sets of `folder`.
pub(super) fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let path = folder.join(NAME);
    let unreadable = |error: std::io::Error| DataError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let text = fs::read_to_string(&path).map_err(unreadable)?;
    let file: FolderCatalogue =
        toml::from_str(&text).map_err(|error| DataError::toml(&path, &text, &error))?;
    Ok(file.dataset.into_iter().map(|described| described.entry(folder)).collect())
}

impl ListedSet {
    fn entry(self, folder: &Path) -> Entry {
        let mut digests: BTreeMap<String, String> =
            self.files.into_iter().filter_map(|(name, file)| Some((name, file.blake3?))).collect();
        digests.extend(self.blake3.map(|digest| (self.file.clone(), digest)));
        let is_image = self.format == "idx-gz";
        if let Some(ListedFolds { file, blake3: Some(digest), .. }) = &self.official_folds {
            digests.insert(file.clone(), digest.clone());
        }
        let refusal = self.task.filter(|task| !CLASSIFICATION.contains(&task.as_str()));
        let refusal = refusal.map(|task| {
            format!(
                "`{}` is a set for the task `{task}`: its rows are no examples of one class each, and only \
                 classification is learnt",
                self.name
            )
        });
        let files = FolderFiles {
            folder: folder.to_owned(),
            file: self.file.clone(),
            digests,
            labels: if is_image { self.labels } else { Vec::new() },
            folds: self
                .official_folds
                .map(|folds| FoldTable { file: folds.file, n_folds: folds.n }),
        };
        Entry {
            name: self.name,
            file: is_image.then_some(self.file),
            blake3: None,
            windows: None,
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
            refusal,
            roles: self.roles,
            image: ImageShape::of_item(&self.shape),
            origin: Origin::Folder(files),
        }
    }
}

impl FolderFiles {
    pub(super) fn load(&self, entry: &Entry) -> Result<Dataset, DataError> {
        let path = self.path();
        let shown = path.display().to_string();
        let table = if entry.is_image() {
            let read = |name: &str| self.bytes(&path.join(name), name).map(Cow::Owned);
            images::read(&shown, read, &self.labels)?
        } else {
            let kinds = entry.roles.kinds(&Kinds::new());
            let bytes = self.bytes(&path, &self.file)?;
            let frame = parquet::read(&shown, &bytes, &kinds, Bound::of(bytes.len()))?;
            frame.table(&shown, Some(TARGET), Unlabelled::Refuse)?
        };
        let roles = entry.roles.with_others(self.uncounted(entry, &table)?);
        let mut dataset = Entry { roles, ..entry.clone() }.dataset(table);
        let n_rows = dataset.targets.len();
        dataset.folds = match &self.folds {
            Some(table) => self.folds(table, n_rows)?,
            None => folds::of_columns(&shown, &entry.roles, &dataset.asides)?,
        };
        Ok(dataset)
    }

    /// Columns that are no features because the catalogue counts none of their kind, as a column of texts beside
    /// numbers, or fewer columns than there are and this one says which rows are `train` and which `test`.
    ///
    /// # Errors
    /// If more columns are not counted: any of them may hold what is to be predicted.
    fn uncounted(&self, entry: &Entry, table: &LabelledTable) -> Result<Vec<String>, DataError> {
        let is_named = |column: &&Column| {
            entry.roles.names().chain(&entry.dropped).any(|name| name == column.name())
        };
        let unnamed = || table.columns.iter().filter(|column| !is_named(column));
        let (n_columns, n_counted) = (unnamed().count(), entry.n_numeric + entry.n_categorical);
        let is_uncounted = |column: &&Column| match column {
            Column::Numeric { .. } => entry.n_numeric == 0,
            Column::Categorical { levels, .. } => entry.n_categorical == 0 || are_parts(levels),
        };
        let uncounted: Vec<String> =
            unnamed().filter(is_uncounted).map(|column| column.name().to_owned()).collect();
        if n_columns <= n_counted {
            return Ok(Vec::new());
        }
        if n_columns - uncounted.len() <= n_counted {
            return Ok(uncounted);
        }
        let message = format!(
            "the table has {n_columns} columns besides the class, and its catalogue counts {n_counted}: name those that \
             are no features in `roles`, as in roles = {{ group = \"image\", other = [\"x1\", \"x2\"] }}"
        );
        Err(DataError::Binary { file: self.path().display().to_string(), message })
    }

    fn folds(&self, table: &FoldTable, n_rows: usize) -> Result<Vec<Vec<u32>>, DataError> {
        let path = self.folder.join(&table.file);
        let bytes = self.bytes(&path, &table.file)?;
        let text = String::from_utf8_lossy(&bytes);
        folds::of_table(&path.display().to_string(), &text, n_rows, Some(table.n_folds))
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

#[cfg(test)]
mod tests {
    use polars::prelude::{DataFrame, NamedFrom, Series};
    use polars_io::parquet::write::ParquetWriter;

    use super::*;

    /// A folder with a table of the columns site (texts), x, y and target, and `lines` in its catalogue.
    fn load(lines: &str) -> Result<Dataset, DataError> {
        counted([2, 0], lines)
    }

    /// The same, where the catalogue counts so many numeric and categorical features.
    fn counted([n_numeric, n_categorical]: [usize; 2], lines: &str) -> Result<Dataset, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let text: Vec<String> = (0..12).map(|i| format!("s{}", i % 4)).collect();
        let target: Vec<&str> = (0..12).map(|i| if i % 3 == 0 { "a" } else { "b" }).collect();
        let columns = vec![
            Series::new("site".into(), text).into(),
            Series::new("x".into(), (0..12).map(f64::from).collect::<Vec<_>>()).into(),
            Series::new("y".into(), vec![1.5; 12]).into(),
            Series::new("target".into(), target).into(),
        ];
        let mut frame = DataFrame::new(12, columns).unwrap();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
        fs::write(folder.path().join("t.parquet"), bytes).unwrap();
        let text = format!(
            "[[dataset]]\nname = \"t\"\nfamily = \"t\"\nfile = \"t.parquet\"\nformat = \"parquet\"\nrows = 12\n\
             n_numeric = {n_numeric}\nn_categorical = {n_categorical}\nmissing_cells = 0\ncitation = \"c\"\nclass_counts = {{ a = 4, b = 8 }}\n\
             licence.data = \"l\"\n{lines}"
        );
        fs::write(folder.path().join(NAME), text).unwrap();
        let catalogue = crate::Catalogue::default().with_folder(folder.path())?;
        catalogue.load("t").map(|dataset| (*dataset).clone())
    }

    #[test]
    fn columns_with_a_role_are_no_features() {
        let dataset = load("roles.group = \"site\"\n").unwrap();
        assert_eq!(dataset.columns.iter().map(Column::name).collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!((dataset.asides[0].name(), dataset.group.as_deref()), ("site", Some("site")));
        let folds = load("roles.fold = \"site\"\n").unwrap();
        assert_eq!((folds.n_official_folds(), folds.group), (4, None));
        let other = load("roles.other = \"site\"\n").unwrap();
        assert_eq!(other.digest(), dataset.digest());
    }

    #[test]
    fn a_column_that_nobody_counts_is_no_feature_or_refused() {
        // Texts, and only numbers are counted.
        let dataset = load("").unwrap();
        assert_eq!((dataset.columns.len(), dataset.asides[0].name()), (2, "site"));
        assert_eq!(counted([2, 1], "").unwrap().columns.len(), 3);
        let error = counted([1, 0], "").unwrap_err().to_string();
        let expected = "t.parquet: the table has 3 columns besides the class, and its catalogue counts 1: name those";
        assert!(error.contains(expected), "{error}");
        let unknown = load("roles.other = [\"site\", \"z\"]\n").unwrap_err().to_string();
        assert!(unknown.contains("no column is called `z`"), "{unknown}");
        let leaky = counted([1, 1], "leaky_features = [\"y\"]\n").unwrap();
        assert_eq!(leaky.columns.len(), 2);
    }

    #[test]
    fn a_set_of_another_task_is_refused_before_it_is_read() {
        let error = load("task = \"detection\"\nfile2 = 1\n").unwrap_err();
        assert!(
            matches!(&error, DataError::OtherTask(reason) if reason.contains("`detection`")),
            "{error}"
        );
        assert!(load("task = \"binary\"\nroles.group = \"site\"\n").is_ok());
    }

    #[test]
    fn a_column_of_published_parts_is_known_by_what_it_holds() {
        let are = |levels: [&str; 3]| are_parts(&levels.map(str::to_owned));
        assert!(are(["test", "train", "valid"]) && are(["dev", "test", "train"]));
        assert!(!are(["red", "test", "train"]));
    }
}
