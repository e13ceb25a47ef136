//! `report.html`: the comparison as one page that asks for nothing else.
//!
//! Every figure is drawn here, once. The page has those of the first metric; those of the others, and of other rows,
//! are packed beside it (`payload`), and the script puts them in place.

mod across;
mod answer;
pub(crate) mod band;
mod bars;
mod chooser;
pub(crate) mod classes;
pub(crate) mod cost;
pub(crate) mod curves;
mod data;
mod embeddings;
mod gains;
mod gradients;
mod interaction;
pub(crate) mod key;
pub(crate) mod lengths;
pub(crate) mod markup;
pub(crate) mod numbers;
pub(crate) mod packed;
mod page;
mod parts;
mod payload;
mod protocol;
mod provenance;
mod ranks;
pub(crate) mod ratios;
mod readings;
mod runs;
pub(crate) mod scale;
pub(crate) mod scores;
pub(crate) mod search;
mod searched;
mod statistics;
mod strip;
pub(crate) mod table;
mod toml;
mod trouble;
pub(crate) mod tuning;
pub(crate) mod view;
mod weights;

pub use page::{PAGE, html, write_page};
pub use view::Subject;
