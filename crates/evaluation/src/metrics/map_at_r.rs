//! MAP@R: mean average precision among the `R` nearest, where `R` are to be found.
//!
//! ```text
//! (1/n) Σ_q (1/R_q) Σ_{i=1..R_q} [the i-th nearest of q is of its class] P_q(i)
//! ```
//!
//! `R_q`: items of the class of `q` but itself; `n`: queries with `R_q > 0`; `P_q(i)`: of the `i` nearest, the share that is of
//! the class. It tells apart what Recall@1 does not: whether the whole class lies together, and in front.
//!
//! Absent classes: it is a mean over queries and defined where there is anything to be found.
//! pytorch-metric-learning: `mean_average_precision_at_r`.
//! Not pooled: what is near in the space of one network is not comparable with that of another.
//!
//! Source: Musgrave, Belongie, Lim, *A Metric Learning Reality Check*, ECCV 2020.

use crate::metrics::definition::{Definition, Measure, Needs};

pub(super) const MAP_AT_R: Definition = Definition {
    title: "MAP@R",
    higher_is_better: true,
    needs: Needs::Examples,
    measure: Measure::Found(|retrieved| Some(retrieved.found.map_at_r)),
    aliases: &["map", "map@r", "mean_average_precision_at_r"],
    code: include_str!("map_at_r.rs"),
};
