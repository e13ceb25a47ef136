//! The columns of a file, with the class of every row set apart.

use crate::column::Column;
use crate::dataset::ClassLabels;
use crate::formats::boxes::GroundTruthBox;
use crate::formats::kind::Kinds;
use crate::formats::truths::{features, named};
use crate::image_shape::ImageShape;
use crate::roles::Roles;

/// The columns of a file, and the class of every row.
#[derive(Debug)]
pub(crate) struct LabelledTable {
    pub(crate) columns: Vec<Column>,
    pub(crate) labels: ClassLabels,
    /// Rows of the file that were left out, as they have no class.
    pub(crate) unlabelled: Vec<usize>,
    /// Names of columns of truth values that are 0 and 1.
    pub(crate) truths: Vec<String>,
    /// How the columns are the pixels of an image, if every row is one.
    pub(crate) image: Option<ImageShape>,
    /// Which published part each row is in, if the format knows it.
    pub(crate) part: Option<Column>,
    /// The objects of the pictures that rows are regions of, if the format knows them.
    pub(crate) objects: Option<Vec<GroundTruthBox>>,
}

impl LabelledTable {
    /// The same with truth values called by their names, in features and classes.
    pub(crate) fn with_truths_named(mut self, roles: &Roles, kinds: &Kinds) -> Self {
        self.columns = features(self.columns, &self.truths, roles, kinds);
        if let Some(levels) = named(&self.labels.levels) {
            self.labels.levels = levels;
        }
        self
    }
}

/// The column that holds the class.
pub(crate) const TARGET: &str = "target";
