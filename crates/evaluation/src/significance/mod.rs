//! Is a difference between methods more than chance? Tests over tables of scores.

mod adjust;
mod bayes;
mod bootstrap;
mod bradley_terry;
mod control;
mod design;
mod draws;
mod effect_size;
mod five_by_two;
mod friedman;
mod hodges_lehmann;
mod interval;
mod nemenyi;
mod resampled;
mod sign_test;
mod signed_rank_null;
mod skillings_mack;
mod studentized_range;
mod wilcoxon;

pub use adjust::{benjamini_hochberg, holm, hommel};
pub use bayes::{BayesSettings, Posterior, bayes_correlated_t, bayes_signed_rank};
pub use bootstrap::{Bootstrap, Resampler, bootstrap};
pub use bradley_terry::{elo, elo_intervals, wins};
pub use control::against_control;
pub use design::{families_needed, least_p};
pub use effect_size::{cliffs_delta, hedges_g};
pub use five_by_two::{FiveByTwo, five_by_two};
pub use friedman::{Friedman, average_ranks, friedman, friedman_of_ranks, ranks};
pub use hodges_lehmann::{hodges_lehmann, walsh_interval};
pub use interval::Interval;
pub use nemenyi::{cliques, critical_difference, nemenyi};
pub use resampled::{TTest, corrected_resampled_t, paired_t};
pub use sign_test::{SignTest, sign_test};
pub use skillings_mack::{SkillingsMack, skillings_mack};
pub use studentized_range::{studentized_range_quantile, studentized_range_sf};
pub use wilcoxon::{Alternative, Null, SignedRank, Zeros, signed_rank, signed_rank_against};
