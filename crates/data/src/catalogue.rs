//! The data sets one can name, and where they come from.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::formats::{Table, csv, idx, parquet};
use crate::starter::{CATALOGUE, FILES};
use crate::{Column, DataError, Dataset};

/// The data sets one can name.
#[derive(Clone, Debug)]
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
            toml::from_str(CATALOGUE).expect("the embedded catalogue is tested");
        let mut entries = file.dataset;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Catalogue { entries }
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
    /// `image` images, `all` everything. `None` if there is no such group.
    pub fn group(&self, group: &str) -> Option<Vec<String>> {
        let belongs = |entry: &&Entry| match group {
            "binary" => !entry.is_image() && entry.n_classes() == 2,
            "multiclass" => !entry.is_image() && entry.n_classes() != 2,
            "image" => entry.is_image(),
            _ => true,
        };
        let names = self.entries.iter().filter(belongs).map(|entry| entry.name.clone());
        Self::GROUPS.contains(&group).then(|| names.collect())
    }

    /// Loads a data set.
    ///
    /// # Errors
    /// If there is none of this name, or its file is damaged.
    pub fn load(&self, name: &str) -> Result<Dataset, DataError> {
        let entry = self.entry(name).ok_or_else(|| DataError::Unknown { name: name.to_owned() })?;
        match &entry.parent {
            Some(parent) => Ok(cut(entry, &self.load(parent)?)),
            None if entry.is_image() => images(entry),
            None => {
                let table = table(entry.file.as_deref().unwrap_or_default())?;
                let columns = kept(table.columns, &entry.dropped);
                let labels: Vec<&str> = table.labels.iter().map(String::as_str).collect();
                Ok(Dataset::new(name, columns, &labels, entry.positive.as_deref()))
            }
        }
    }
}

fn embedded(file: &str) -> Result<&'static [u8], DataError> {
    let found = FILES.iter().find(|(name, _)| *name == file);
    let missing =
        || DataError::Binary { file: file.to_owned(), message: "it is not embedded".to_owned() };
    found.map(|(_, bytes)| *bytes).ok_or_else(missing)
}

fn table(file: &str) -> Result<Table, DataError> {
    let bytes = embedded(file)?;
    match file.rsplit_once('.') {
        Some((_, "csv")) => csv::read(file, bytes),
        _ => parquet::read(file, bytes),
    }
}

fn kept(columns: Vec<Column>, dropped: &[String]) -> Vec<Column> {
    columns.into_iter().filter(|column| !dropped.iter().any(|name| name == column.name())).collect()
}

/// A binary task: some classes of the parent against others.
fn cut(entry: &Entry, parent: &Dataset) -> Dataset {
    let is_in = |classes: &[String], row: usize| {
        let class = &parent.classes[parent.targets[row] as usize];
        classes.contains(class)
    };
    let is_positive = |row: &usize| is_in(&entry.positives, *row);
    let is_negative = |row: &usize| entry.negatives.is_empty() || is_in(&entry.negatives, *row);
    let rows: Vec<usize> =
        (0..parent.targets.len()).filter(|row| is_positive(row) || is_negative(row)).collect();
    let columns =
        kept(parent.columns.iter().map(|column| column.keep(&rows)).collect(), &entry.dropped);
    let label = |row: &usize| if is_positive(row) { "positive" } else { "negative" };
    let labels: Vec<&str> = rows.iter().map(label).collect();
    Dataset::new(&entry.name, columns, &labels, Some("positive"))
}

/// Names of the classes of Fashion-MNIST, in the order of their labels.
const FASHION: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// Training images, then test images; a pixel is a feature from 0 to 1.
fn images(entry: &Entry) -> Result<Dataset, DataError> {
    let folder = entry.file.as_deref().unwrap_or_default();
    let mut pixels: Vec<Vec<f64>> = Vec::new();
    let mut labels = Vec::new();
    for part in ["train", "t10k"] {
        let file = format!("{folder}/{part}-images-idx3-ubyte.gz");
        let images = idx::read(&file, embedded(&file)?)?;
        let n_pixels: usize = images.sizes.iter().skip(1).product();
        pixels.resize_with(n_pixels, Vec::new);
        for image in images.values.chunks_exact(n_pixels.max(1)) {
            pixels.iter_mut().zip(image).for_each(|(values, &x)| values.push(f64::from(x) / 255.0));
        }
        let file = format!("{folder}/{part}-labels-idx1-ubyte.gz");
        let names = idx::read(&file, embedded(&file)?)?.values;
        for label in names {
            let unknown = || DataError::Binary {
                file: file.clone(),
                message: format!("label {label} of 10 classes"),
            };
            labels.push(*FASHION.get(usize::from(label)).ok_or_else(unknown)?);
        }
    }
    let column = |(i, values)| Column::Numeric { name: format!("pixel {i}"), values };
    let columns = pixels.into_iter().enumerate().map(column).collect();
    Ok(Dataset::new(&entry.name, columns, &labels, None))
}
