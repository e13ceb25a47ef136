//! Data sets: formats, the embedded catalogue, drafts of a `dataset.toml`, long-tail profiles, splits, preprocessing.
//!
//! Data go one way: bytes → [`Dataset`] → rows of each part ([`PartsSpec`]) → numbers
//! ([`Preprocessor`]). Randomness enters as permutations that the caller draws; nothing here knows
//! a network.

mod catalogue;
mod column;
mod dataset;
mod describe;
mod draft;
mod error;
mod formats;
mod image_shape;
mod inspect;
mod preprocess;
mod profile;
mod regions;
mod roles;
mod sheet;
mod spec;
mod split;
mod treatment;
mod twins;

pub use catalogue::Catalogue;
pub use catalogue::dataset_file::{DatasetFile, FoldFile};
pub use catalogue::entry::Entry;
pub use catalogue::facts::Facts;
pub use catalogue::published::{PublishedContent, PublishedSet};
pub use catalogue::rows::digest;
pub use column::Column;
pub use dataset::Dataset;
pub use describe::boxes::BoxesSummary;
pub use describe::proposals::Proposal;
pub use describe::summary::{ColumnSummary, DatasetSummary, Grouping};
pub use draft::features::{FeatureChoice, pinned_by};
pub use draft::named::{NotFeatures, column_meant, column_names};
pub use draft::obstacle::Obstacle;
pub use draft::spellings::merged_spellings;
pub use draft::split::{ProposedParts, SplitProposal};
pub use draft::text::{column_line, dataset_toml};
pub use draft::treated::Treated;
pub use error::DataError;
pub use formats::boxes::{GroundTruthBox, is_voc, read as read_boxes};
pub use formats::csv::format::{CsvFormat, Delimiter};
pub use formats::encoding::Encoding;
pub use formats::format::Format;
pub use formats::idx::{IdxFormat, IdxPair};
pub use formats::image_folder::ImageFolderFormat;
pub use formats::kind::{Kind, Kinds};
pub use formats::labels::Unlabelled;
pub use formats::npz::NpzFormat;
pub use formats::whitespace::WhitespaceFormat;
pub use formats::windows::WindowsFormat;
pub use image_shape::{ChannelOrder, ImageShape};
pub use inspect::{Inspection, UnlabelledRows};
pub use preprocess::pixels::{PixelConstants, PixelScaling};
pub use preprocess::{Features, PreprocessSpec, Preprocessor};
pub use profile::{ProfileSpec, class_counts as profile_counts, is_met, reached_ratio};
pub use regions::Proposed;
pub use regions::keys::RegionKeys;
pub use roles::{Names, Roles};
pub use sheet::ContactSheet;
pub use spec::DatasetSpec;
pub use split::draw::Permutation;
pub use split::given::{Given, OfficialFolds};
pub use split::groups::GroupKFold;
pub use split::holdout::Holdout;
pub use split::k_fold::StratifiedKFold;
pub use split::rows::Rows;
pub use split::warning::SplitWarning;
pub use split::{MetaSpec, Parts, PartsSpec, SplitSpec};
pub use treatment::amount::Amount;
pub use treatment::date::{Day, Order};
pub use treatment::keys::{ReadAs, Treatment, Treatments, treat_header};
pub use treatment::mark::Mark;
pub use twins::TwinRows;
