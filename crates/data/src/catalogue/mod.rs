//! The data sets one can name, and where they come from.

pub(crate) mod dataset_file;
mod described;
mod embedded;
pub(crate) mod facts;
mod folder;
mod folds;
pub(crate) mod located;
pub(crate) mod rows;
mod starter;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::catalogue::described::Described;
use crate::catalogue::folder::FolderFiles;
use crate::column::Column;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::formats::labelled::LabelledTable;
use crate::roles::Roles;

/// The data sets one can name.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

/// What the catalogue knows of a data set without loading it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The name in an experiment file.
    pub name: String,
    /// The embedded file, unless the set is cut from another.
    #[serde(default)]
    pub file: Option<String>,
    /// BLAKE3 of the file.
    #[serde(default)]
    pub blake3: Option<String>,
    /// The set it is cut from.
    #[serde(default)]
    pub parent: Option<String>,
    /// Classes of the parent that are positive.
    #[serde(default)]
    pub positives: Vec<String>,
    /// Classes of the parent that are negative; all others if none is named.
    #[serde(default)]
    pub negatives: Vec<String>,
    /// Features of the file that are left out.
    #[serde(default)]
    pub dropped: Vec<String>,
    /// Sets of one family are siblings, not independent evidence.
    pub family: String,
    /// Number of rows.
    pub rows: usize,
    /// Number of numeric features.
    pub n_numeric: usize,
    /// Number of categorical features.
    pub n_categorical: usize,
    /// Number of missing values.
    pub missing_cells: usize,
    /// The positive class of a binary set.
    #[serde(default)]
    pub positive: Option<String>,
    /// Rows of each class.
    pub counts: BTreeMap<String, u32>,
    /// Who to cite.
    pub citation: String,
    /// Licence of the data.
    pub licence: String,
    /// What a user should know before using it.
    #[serde(default)]
    pub note: Option<String>,
    /// Why it is not learnt from, in one sentence; `None` of sets that are made for classification.
    #[serde(skip)]
    pub refusal: Option<String>,
    /// Columns that are no features.
    #[serde(default)]
    roles: Roles,
    #[serde(skip)]
    origin: Origin,
}

/// Where the rows are.
#[derive(Clone, Debug, Default, PartialEq)]
enum Origin {
    /// In the program.
    #[default]
    Embedded,
    /// In a folder with a catalogue.
    Folder(FolderFiles),
    /// Described by a `dataset.toml`.
    Described(Box<Described>),
}

impl Entry {
    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.counts.len()
    }

    /// Rows of the largest class for each row of the smallest.
    pub fn imbalance_ratio(&self) -> f64 {
        let largest = self.counts.values().max().copied().unwrap_or(1);
        let smallest = self.counts.values().min().copied().unwrap_or(1);
        f64::from(largest) / f64::from(smallest)
    }

    /// Whether its rows are images.
    pub fn is_image(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.starts_with("image/"))
    }

    /// The data set that the table holds, without the features that are left out.
    fn dataset(&self, table: LabelledTable) -> Dataset {
        let (columns, asides) = self.roles.set_aside(table.columns);
        let is_kept = |column: &Column| self.dropped.iter().all(|name| name != column.name());
        let columns = columns.into_iter().filter(is_kept).collect();
        let dataset = Dataset::new(&self.name, columns, table.labels, self.positive.as_deref());
        Dataset { asides, group: self.roles.group.clone(), ..dataset }
    }

    /// Where its rows are, for readers.
    pub fn place(&self) -> String {
        match &self.origin {
            Origin::Embedded => "embedded".to_owned(),
            Origin::Folder(files) => files.path().display().to_string(),
            Origin::Described(described) => described.path().display().to_string(),
        }
    }
}

#[derive(Deserialize)]
struct CatalogueFile {
    dataset: Vec<Entry>,
}

impl Catalogue {
    /// Names of groups of data sets, without their `@`.
    pub const GROUPS: [&'static str; 4] = ["binary", "multiclass", "image", "all"];

    /// The data sets that the program carries.
    ///
    /// # Panics
    /// Never: the embedded catalogue is tested.
    pub fn embedded() -> Self {
        let file: CatalogueFile =
            toml::from_str(starter::CATALOGUE).expect("the embedded catalogue is tested");
        let mut catalogue = Catalogue { entries: Vec::new() };
        catalogue.add(file.dataset);
        catalogue
    }

    /// Adds the data sets of a folder with a `catalog.toml`. A set of the folder hides one of the same
    /// name that the program carries.
    ///
    /// # Errors
    /// If the folder has no catalogue, or it has mistakes.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self, DataError> {
        self.add(folder::entries(folder)?);
        Ok(self)
    }

    /// Adds the data set that the `dataset.toml` at `path` describes. It hides another of the same name.
    ///
    /// # Errors
    /// If the file, or the data it describes, cannot be read.
    pub fn with_file(mut self, path: &Path) -> Result<Self, DataError> {
        self.add(vec![described::entry(path)?]);
        Ok(self)
    }

    /// Adds the data sets that the `openml-*.toml` files of a cache describe, unless their names are taken. A folder
    /// that is not there holds none. What cannot be read is left out and handed back: no experiment depends on all
    /// that was ever fetched.
    pub fn with_cache(mut self, folder: &Path) -> (Self, Vec<DataError>) {
        let paths = match described::fetched(folder) {
            Ok(paths) => paths,
            Err(error) => return (self, vec![error]),
        };
        let (mut entries, mut errors) = (Vec::new(), Vec::new());
        for path in paths {
            match described::entry(&path) {
                Ok(entry) if self.entry(&entry.name).is_none() => entries.push(entry),
                Ok(_) => {}
                Err(error) => errors.push(error),
            }
        }
        self.add(entries);
        (self, errors)
    }

    fn add(&mut self, entries: Vec<Entry>) {
        self.entries.retain(|known| entries.iter().all(|entry| entry.name != known.name));
        self.entries.extend(entries);
        self.entries.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// All data sets, by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The names of all data sets, in byte order.
    pub fn names(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.name.clone()).collect()
    }

    /// The data set called `name`.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The data sets of a group: `binary` and `multiclass` are tables of two and of more classes,
    /// `image` images, `all` everything; but none that is not made for classification, and none that a
    /// `dataset.toml` describes, so that what was once fetched changes no experiment that does not name it. `None` if there is no such group.
    pub fn group(&self, group: &str) -> Option<Vec<String>> {
        let belongs = |entry: &&Entry| match group {
            "binary" => !entry.is_image() && entry.n_classes() == 2,
            "multiclass" => !entry.is_image() && entry.n_classes() != 2,
            "image" => entry.is_image(),
            _ => true,
        };
        let is_offered = |entry: &&Entry| {
            !matches!(entry.origin, Origin::Described(_)) && entry.refusal.is_none()
        };
        let entries = self.entries.iter().filter(is_offered);
        let names = entries.filter(belongs).map(|entry| entry.name.clone());
        Self::GROUPS.contains(&group).then(|| names.collect())
    }

    /// Loads a data set.
    ///
    /// # Errors
    /// If there is none of this name, it is not made for classification, or its file is damaged.
    pub fn load(&self, name: &str) -> Result<Arc<Dataset>, DataError> {
        let entry = self.entry(name).ok_or_else(|| DataError::Unknown { name: name.to_owned() })?;
        if let Some(refusal) = &entry.refusal {
            return Err(DataError::OtherTask(refusal.clone()));
        }
        match &entry.origin {
            Origin::Embedded => embedded::load(entry).map(Arc::new),
            Origin::Folder(files) => files.load(entry).map(Arc::new),
            Origin::Described(described) => described.load(),
        }
    }
}
