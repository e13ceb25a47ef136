//! The data sets one can name, and where they come from.

pub(crate) mod dataset_file;
mod described;
mod embedded;
pub(crate) mod entry;
pub(crate) mod facts;
mod folder;
mod folds;
pub(crate) mod located;
mod origin;
pub(crate) mod published;
pub(crate) mod rows;
mod starter;

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::catalogue::entry::Entry;
use crate::catalogue::origin::Origin;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::formats::picture::Picture;

/// The data sets one can name.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    entries: Vec<Entry>,
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
        catalogue.add(file.dataset.into_iter().map(embedded::with_roles).collect());
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

    /// Adds the data sets that the files of a cache describe, those of OpenML and published sets, unless their names are taken. A folder
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
            let is_classified = entry.refusal.is_none() && !entry.is_of_regions();
            !matches!(entry.origin, Origin::Described(_)) && is_classified
        };
        let entries = self.entries.iter().filter(is_offered);
        let names = entries.filter(belongs).map(|entry| entry.name.clone());
        Self::GROUPS.contains(&group).then(|| names.collect())
    }

    /// The pictures that the rows of the set called `name` are regions of; `None` if nobody has them.
    ///
    /// # Errors
    /// If there is no such set, or the pictures cannot be read.
    pub fn pictures(&self, name: &str) -> Result<Option<Vec<Picture>>, DataError> {
        let entry = self.entry(name).ok_or_else(|| DataError::Unknown { name: name.to_owned() })?;
        match &entry.origin {
            Origin::Embedded if entry.is_of_regions() => embedded::pictures(entry).map(Some),
            Origin::Described(described) => described.file.format.pictures(&described.path()),
            Origin::Embedded | Origin::Folder(_) => Ok(None),
        }
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
