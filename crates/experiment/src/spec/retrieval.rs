//! What retrieval is measured by.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

/// Rows are found by what is near their embedding. A network ends in one: its rows are divided by their length, and what is
/// measured is whether the nearest of a row, its query, are of the class of that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetrievalSpec {
    /// Numbers in an embedding; default 64.
    pub dimension: NonZeroUsize,
    /// Where queries look; default `part`.
    pub gallery: GallerySpec,
    /// Neighbours that vote for the class of a query; default 5.
    pub neighbors: NonZeroUsize,
    /// Whether clusters are made of the embeddings of a part, for `nmi`; default false. It is not written where it is that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub clusters: bool,
}

/// Where queries look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GallerySpec {
    /// Among the other rows of their own part.
    #[default]
    Part,
    /// Among the training rows, whose imbalance is then that of what is found.
    Training,
}

impl Default for RetrievalSpec {
    fn default() -> Self {
        let whole = |n| NonZeroUsize::new(n).expect("a default is not 0");
        RetrievalSpec {
            dimension: whole(64),
            gallery: GallerySpec::Part,
            neighbors: whole(5),
            clusters: false,
        }
    }
}

impl RetrievalSpec {
    /// Raised when what a network ends in, or what is measured of it, changes.
    pub const VERSION: u32 = 2;
}
