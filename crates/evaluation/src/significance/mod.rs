//! Is a difference between methods more than chance? Tests over tables of scores.

mod adjust;
mod control;
mod design;
mod friedman;
mod hodges_lehmann;
mod interval;
mod nemenyi;
mod resampled;
mod signed_rank_null;
mod studentized_range;
mod wilcoxon;

pub use adjust::{benjamini_hochberg, holm, hommel};
pub use control::against_control;
pub use design::{families_needed, least_p};
pub use friedman::{Friedman, average_ranks, friedman, ranks};
pub use hodges_lehmann::{hodges_lehmann, walsh_interval};
pub use interval::Interval;
pub use nemenyi::{cliques, critical_difference, nemenyi};
pub use resampled::{TTest, corrected_resampled_t, paired_t};
pub use studentized_range::{studentized_range_quantile, studentized_range_sf};
pub use wilcoxon::{Alternative, Null, SignedRank, Zeros, signed_rank, signed_rank_against};
