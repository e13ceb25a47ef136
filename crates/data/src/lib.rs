//! Data sets: formats, the embedded catalogue, drafts of a `dataset.toml`, long-tail profiles, splits, preprocessing.
//!
//! Data go one way: bytes → [`Dataset`] → rows of each part ([`PartsSpec`]) → numbers
//! ([`Preprocessor`]). Randomness enters as permutations that the caller draws; nothing here knows
//! a network.

mod catalogue;
mod dataset;
mod describe;
mod draft;
mod error;
mod formats;
mod inspect;
mod preprocess;
mod profile;
mod roles;
mod spec;
mod split;
mod treatment;
mod twins;

pub use catalogue::{Catalogue, DatasetFile, Entry, Facts, FoldFile, digest};
pub use dataset::{Column, Dataset};
pub use describe::boxes::BoxesSummary;
pub use describe::groups::Grouping;
pub use describe::proposals::Proposal;
pub use describe::{ColumnSummary, Summary};
pub use draft::features::{FeatureChoice, pinned_by};
pub use draft::named::{NotFeatures, column_meant, column_names};
pub use draft::obstacle::Obstacle;
pub use draft::spellings::merged_spellings;
pub use draft::split::{ProposedParts, SplitProposal};
pub use draft::text::{column_line, dataset_toml};
pub use draft::treated::Treated;
pub use error::DataError;
pub use formats::boxes::{GroundTruthBox, is_voc, read as read_boxes};
pub use formats::csv::{CsvFormat, Delimiter};
pub use formats::encoding::Encoding;
pub use formats::format::{Format, IdxFormat, ImageFolderFormat, NpzFormat, WhitespaceFormat};
pub use formats::{Kind, Kinds, Unlabelled};
pub use inspect::{Inspection, LeftOut};
pub use preprocess::{Features, PreprocessSpec, Preprocessor};
pub use profile::{ProfileSpec, class_counts as profile_counts, is_met, reached_ratio};
pub use roles::{Names, Roles};
pub use spec::DatasetSpec;
pub use split::{
    Given, GroupKFold, Holdout, MetaSpec, OfficialFolds, Parts, PartsSpec, Permutation, Rows,
    SplitSpec, SplitWarning, StratifiedKFold,
};
pub use treatment::{Amount, Day, Mark, Order, Reading, Treatment, Treatments, treat_header};
pub use twins::TwinRows;
