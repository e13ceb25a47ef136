//! Metrics of predictions and statistical tests over score tables.
//!
//! A metric that is undefined is `None`, never NaN and never a silent 0. Sums run in the order of
//! their elements, and logarithms come from `libm`: the same bits everywhere.
//!
//! Metrics of predicted classes are of the class decided for, which is the most probable where no other decision is made;
//! all others are of the probabilities.
//!
//! Metrics of how classes are recognised are undefined on a part that lacks a class: over the others they would be
//! another figure, which no mean over parts may be made of. [`pooled`] measures several parts together. What picks
//! an epoch ([`score`]) compares epochs on one and the same part, and is of the classes that it has.

mod class_scores;
pub mod curves;
pub mod detection;
mod evaluation;
mod measuring;
mod metrics;
mod pooled;
mod predictions;
mod ranking;
pub mod retrieval;
mod shots;
pub mod significance;
pub mod summary;
mod tally;
mod values;

pub use class_scores::{ClassScores, DetectionScores};
pub use evaluation::{ClassCounts, ClassesBrief, Evaluation, Reading};
pub use measuring::{class_recalls, evaluate, score};
pub use metrics::{Metric, TaskKind};
pub use pooled::pooled;
pub use predictions::Predictions;
pub use shots::ShotThresholds;
pub use tally::most_probable;
pub use values::Values;
