//! Recall@k: the share of queries with one of their class among the `k` nearest.
//!
//! ```text
//! (1/n) Σ_q [some of the k nearest of q is of its class]
//! ```
//!
//! `n`: queries of whose class there is something to be found besides themselves; nearest by Euclidean distance of embeddings of
//! length 1, of equals the first. `recall_at_1` is Precision@1; `k` is 1, 2, 4 and 8, as in Song and others.
//!
//! Absent classes: it is a mean over queries and defined where there is anything to be found. On imbalanced data it is
//! nearly that of the largest classes; `macro_recall_at_1` counts every class alike.
//! pytorch-metric-learning: `precision_at_1`; it has none for larger `k`.
//! Not pooled: what is near in the space of one network is not comparable with that of another.
//!
//! Source: Jégou, Douze, Schmid, *Product Quantization for Nearest Neighbor Search*, TPAMI 2011; Song, Xiang, Jegelka,
//! Savarese, *Deep Metric Learning via Lifted Structured Feature Embedding*, CVPR 2016.

use crate::metrics::definition::{Definition, Measure, Needs};

pub(super) const RECALL_AT_1: Definition = Definition {
    title: "Recall@1",
    measure: Measure::Found(|retrieved| Some(retrieved.found.recall_at[0])),
    aliases: &["precision_at_1", "r@1", "recall@1", "p@1"],
    ..OF_ANY
};

pub(super) const RECALL_AT_2: Definition = Definition {
    title: "Recall@2",
    measure: Measure::Found(|retrieved| Some(retrieved.found.recall_at[1])),
    aliases: &["r@2", "recall@2"],
    ..OF_ANY
};

pub(super) const RECALL_AT_4: Definition = Definition {
    title: "Recall@4",
    measure: Measure::Found(|retrieved| Some(retrieved.found.recall_at[2])),
    aliases: &["r@4", "recall@4"],
    ..OF_ANY
};

pub(super) const RECALL_AT_8: Definition = Definition {
    title: "Recall@8",
    measure: Measure::Found(|retrieved| Some(retrieved.found.recall_at[3])),
    aliases: &["r@8", "recall@8"],
    ..OF_ANY
};

const OF_ANY: Definition = Definition {
    title: "",
    higher_is_better: true,
    needs: Needs::Examples,
    measure: Measure::Found(|_| None),
    aliases: &[],
    code: include_str!("recall_at_k.rs"),
};
