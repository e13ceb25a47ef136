//! Is a difference between methods more than chance? Tests over tables of scores.

mod design;
mod friedman;

pub use design::{families_needed, least_p};
pub use friedman::{Friedman, average_ranks, friedman, ranks};
