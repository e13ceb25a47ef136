//! Macro Recall@1: the mean over classes of the share of queries whose nearest is of their class.
//!
//! ```text
//! (1/K) Σ_k (1/n_k) Σ_{q of k} [the nearest of q is of class k]
//! ```
//!
//! `n_k`: queries of class `k` of which there is something to be found besides themselves.
//!
//! Absent classes: undefined on a part without queries of some class. Where classes are tested that nobody has learnt from,
//! they are the classes of that part.
//! pytorch-metric-learning: `precision_at_1` with `avg_of_avgs`.
//! Not pooled: what is near in the space of one network is not comparable with that of another.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::retrieval::Retrieved;

pub(super) const MACRO_RECALL_AT_1: Definition = Definition {
    title: "macro Recall@1",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Found(of_classes),
    aliases: &["macro_r@1", "macro_precision_at_1"],
    code: include_str!("macro_recall_at_1.rs"),
};

fn of_classes(retrieved: &Retrieved<'_>) -> Option<f64> {
    retrieved.macro_recall_at_1()
}
