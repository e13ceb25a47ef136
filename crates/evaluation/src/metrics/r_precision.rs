//! R-precision: of the `R` nearest, where `R` are to be found, the share that is of the query's class.
//!
//! ```text
//! (1/n) Σ_q (1/R_q) Σ_{i=1..R_q} [the i-th nearest of q is of its class]
//! ```
//!
//! `R_q`: items of the class of `q` but itself; `n`: queries with `R_q > 0`.
//!
//! Absent classes: it is a mean over queries and defined where there is anything to be found.
//! pytorch-metric-learning: `r_precision`.
//! Not pooled: what is near in the space of one network is not comparable with that of another.
//!
//! Source: Musgrave, Belongie, Lim, *A Metric Learning Reality Check*, ECCV 2020.

use crate::metrics::definition::{Definition, Measure, Needs};

pub(super) const R_PRECISION: Definition = Definition {
    title: "R-precision",
    higher_is_better: true,
    needs: Needs::Examples,
    measure: Measure::Found(|retrieved| Some(retrieved.found.r_precision)),
    aliases: &["r-precision", "rp"],
    code: include_str!("r_precision.rs"),
};
