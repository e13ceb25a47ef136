//! From a TOML file to durable records: the plan of an experiment, its trials, their store.
//!
//! Data go one way: [`mod@file`] → [`plan`] → [`trial`] → [`record`] → [`store`]. This is the only crate
//! in which data, methods, networks and metrics meet.

pub mod atomic;
pub mod audit;
pub mod axis;
mod boost;
mod claims;
mod classical;
mod cost;
pub mod file;
mod identity;
pub mod labels;
pub mod memory;
mod meter;
pub mod networks;
pub mod pace;
pub mod plan;
pub mod prepare;
mod queue;
pub mod record;
pub mod replay;
pub mod run;
pub mod spec;
pub mod store;
mod train;
pub mod trial;

pub use axis::Axis;
pub use identity::{CellId, canonical, versions};
