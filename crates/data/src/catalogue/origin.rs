//! Where the rows of a data set are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::catalogue::dataset_file::DatasetFile;
use crate::dataset::Dataset;
use crate::error::DataError;

/// Where the rows are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Origin {
    /// In the program.
    #[default]
    Embedded,
    /// In a folder with a catalogue.
    Folder(FolderFiles),
    /// Described by a `dataset.toml`.
    Described(Box<Described>),
}

/// The files of one data set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FolderFiles {
    /// The folder of the catalogue.
    pub(super) folder: PathBuf,
    /// The table, or the folder of images.
    pub(super) file: String,
    /// Digests by file name; that of a table has the name of the table.
    pub(super) digests: BTreeMap<String, String>,
    /// Names of the classes of images; empty for a table.
    pub(super) labels: Vec<String>,
    pub(super) folds: Option<FoldTable>,
}

/// The table of official folds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FoldTable {
    pub(super) file: String,
    pub(super) n_folds: usize,
}

impl FolderFiles {
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.file)
    }
}

/// A `dataset.toml`, where it is, and its rows if they were read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Described {
    pub(super) file: DatasetFile,
    /// That of the `dataset.toml`.
    pub(super) path: PathBuf,
    pub(super) loaded: Option<Arc<Dataset>>,
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
