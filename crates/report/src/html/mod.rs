//! `report.html`: the comparison as one page that asks for nothing else.
//!
//! Every figure is drawn here, once. The page has those of the first metric; those of the others, and of other rows,
//! are packed beside it (`payload`), and the script puts them in place.

mod answer;
mod band;
mod chooser;
mod classes;
mod cost;
mod curves;
mod data;
mod gains;
mod interaction;
mod key;
mod markup;
mod numbers;
mod packed;
mod page;
mod parts;
mod payload;
mod protocol;
mod provenance;
mod ranks;
mod runs;
mod scale;
mod scores;
mod statistics;
mod strip;
mod table;
mod toml;
mod trouble;
mod view;
mod weights;

pub use page::{PAGE, html, write_page};
pub use view::Subject;
