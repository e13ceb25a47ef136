//! From a TOML file to durable records: the plan of an experiment, its trials, their store.
//!
//! Data go one way: [`mod@file`] → [`plan`] → [`trial`] → [`record`] → [`store`]. This is the only crate
//! in which data, methods, networks and metrics meet.

pub mod atomic;
pub mod audit;
mod axes;
pub mod axis;
mod by_name;
mod canonical;
mod cell_id;
mod choice;
mod claims;
mod cost;
mod course;
pub mod file;
mod identity;
pub mod labels;
mod learner;
pub mod memory;
pub mod model;
pub mod networks;
pub mod noise;
pub mod objective;
pub mod pace;
pub mod parameters;
mod placed;
pub mod plan;
pub mod prepare;
pub mod provenance;
mod queue;
pub mod record;
pub mod replay;
mod rows;
pub mod run;
pub mod search;
pub mod selection;
mod shared_text;
mod slots;
pub mod spec;
pub mod store;
mod task;
mod teacher;
#[cfg(test)]
mod testing;
mod trained;
pub mod trial;
pub mod watched;

pub use axis::Axis;
pub use canonical::canonical;
pub use cell_id::CellId;
pub use identity::versions;
