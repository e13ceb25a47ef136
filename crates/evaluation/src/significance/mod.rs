//! Is a difference between methods more than chance? Tests over tables of scores.

mod friedman;

pub use friedman::{Friedman, average_ranks, friedman, ranks};
