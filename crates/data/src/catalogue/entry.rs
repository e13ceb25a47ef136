//! A data set in the catalogue.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::catalogue::origin::Origin;
use crate::column::Column;
use crate::dataset::Dataset;
use crate::formats::labelled::LabelledTable;
use crate::formats::windows::WindowsFormat;
use crate::image_shape::ImageShape;
use crate::roles::Roles;

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
    /// How rows are made of its pictures, if the file is a folder of such.
    #[serde(default)]
    pub(super) windows: Option<WindowsFormat>,
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
    pub(super) roles: Roles,
    /// How the columns of its table are the pixels of images, where the table does not know it.
    #[serde(skip)]
    pub(super) image: Option<ImageShape>,
    #[serde(skip)]
    pub(super) origin: Origin,
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

    /// Whether its rows are regions of pictures, in which objects are to be found.
    pub(super) fn is_of_regions(&self) -> bool {
        self.windows.is_some()
    }

    /// The data set that the table holds, without the features that are left out.
    pub(super) fn dataset(&self, table: LabelledTable) -> Dataset {
        let image = table.image.or(self.image);
        let (columns, mut asides) = self.roles.set_aside(table.columns);
        asides.extend(table.part);
        let is_kept = |column: &Column| self.dropped.iter().all(|name| name != column.name());
        let columns = columns.into_iter().filter(is_kept).collect();
        let dataset = Dataset::new(&self.name, columns, table.labels, self.positive.as_deref());
        Dataset { asides, group: self.roles.group.clone(), ..dataset.with_image(image) }
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
