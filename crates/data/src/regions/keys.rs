//! `[regions]` of a `dataset.toml`: which columns say where rows lie, and where the objects are.
//!
//! ```text
//! [regions]
//! image = "image_id"                            the column with the image of each row
//! box = ["xmin", "ymin", "xmax", "ymax"]        the columns with its edges
//! ground_truth = "boxes.csv"                    the objects, relative to this file: CSV, or one or several of Pascal VOC
//! background = "background"                     optional: the class of rows that are of no object
//! ignore = "ignore"                             optional: the class of rows that are no examples
//! objects = "tree"                              optional: all objects are of one class, called so
//! ```
//!
//! Images are called in the ground truth as in the column, but for an extension of a file name that either may have.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::formats::boxes::{GroundTruthBox, read};
use crate::roles::{Names, Roles};

/// What `[regions]` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionKeys {
    /// The column with the image of each row. Rows of an image belong together.
    pub image: String,
    /// The columns with the left, the upper, the right and the lower edge of each row.
    #[serde(rename = "box")]
    pub edges: [String; 4],
    /// The file with the objects, or several.
    pub ground_truth: Names,
    /// The class of rows that are of no object; default `background`.
    #[serde(default = "background")]
    pub background: String,
    /// The class of rows that are no examples: they overlap an object too far for background, and too little for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore: Option<String>,
    /// What all objects are called, where they are to be of one class; default: classes stay apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects: Option<String>,
}

fn background() -> String {
    "background".to_owned()
}

impl RegionKeys {
    /// The columns that it names.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.image).chain(&self.edges)
    }

    /// What the files of the ground truth say, which are in `folder`.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(crate) fn truth(&self, folder: &Path) -> Result<Vec<GroundTruthBox>, DataError> {
        let mut boxes = Vec::new();
        for file in self.ground_truth.iter() {
            boxes.extend(read(&folder.join(file))?);
        }
        Ok(boxes)
    }

    /// `roles`, and none of its own columns is a feature; rows of an image belong together, unless larger groups do.
    pub(crate) fn beside(&self, roles: &Roles) -> Roles {
        let is_new = |name: &&String| roles.names().all(|known| known != *name);
        let mut others: Vec<String> = self.columns().filter(is_new).cloned().collect();
        let mut roles = roles.clone();
        if roles.group.is_none() {
            others.retain(|name| *name != self.image);
            roles.group = Some(self.image.clone());
        }
        roles.with_others(others)
    }
}
