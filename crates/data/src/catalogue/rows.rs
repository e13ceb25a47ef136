//! The rows of the file that a `dataset.toml` describes.

use std::path::Path;

use crate::catalogue::dataset_file::DatasetFile;
use crate::catalogue::folds;
use crate::catalogue::located::{located, located_at};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::formats::content::bytes;
use crate::formats::format::Format;
use crate::formats::lines::listed;
use crate::formats::truths;
use crate::treatment::read::read_treated;
use crate::twins::TwinRows;

/// The rows of a file, and how many of it are not among them.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) dataset: Dataset,
    /// Rows of the file that have no class.
    pub(crate) unlabelled: Vec<usize>,
    /// Rows that are twins of others.
    pub(crate) n_twins: usize,
}

impl DatasetFile {
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
        let roles = self.all_roles();
        match self.columns.keys().chain(roles.names()).chain(&self.target).find(is_meant) {
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
        let roles = self.all_roles();
        let mut table = table.with_truths_named(&roles, &self.columns);
        let regions = self.region_keys();
        let ignored = match &regions {
            Some(regions) => {
                let (labels, ignored) = regions.labels(&table.labels)?;
                table.labels = labels;
                ignored
            }
            None => Vec::new(),
        };
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
        let (left_out, image, objects) = (table.unlabelled, table.image, table.objects);
        let (columns, mut asides) = roles.set_aside(table.columns);
        asides.extend(table.part);
        let dataset =
            Dataset::new(&self.name, columns, table.labels, positive.as_deref()).with_image(image);
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
            None => folds::of_columns(&shown, &roles, &asides)?,
        };
        let dataset = Dataset { asides, group: roles.group.clone(), folds, ..dataset };
        if dataset.classes.len() < 2 {
            let class = dataset.classes.first().map_or("nothing", String::as_str);
            let message =
                format!("every row is of one class, {class}: there is nothing to tell apart");
            return Err(DataError::Binary { file: shown, message });
        }
        let dataset = match &regions {
            Some(_) if self.twins.is_some_and(|twins| twins != TwinRows::Keep) => {
                let message = "rows of [regions] with the same features lie in different places: remove one of the two";
                return Err(DataError::Described {
                    keys: vec!["twins".to_owned()],
                    message: message.to_owned(),
                });
            }
            Some(regions) => {
                let known = objects.filter(|_| self.regions.is_none());
                let truth = known.map_or_else(|| regions.truth(folder), Ok)?;
                regions.placed(dataset, ignored, &truth)?
            }
            None => dataset,
        };
        let (dataset, n_twins) = self.twins.unwrap_or_default().applied(dataset)?;
        Ok(Loaded { dataset, unlabelled: left_out, n_twins })
    }
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
