//! G-mean: the geometric mean of the recalls of the classes; 0 as soon as one class is never found.
//!
//! ```text
//! (Π_k TP_k / n_k)^(1/K)
//! ```
//!
//! `n_k`: examples of class `k`; `TP_k`: those that are predicted as it.
//!
//! Absent classes: undefined on a part that lacks a class. When it picks an epoch, it is of the classes that the
//! validation part has, at least two.
//! imbalanced-learn: `geometric_mean_score`, which on a part that lacks a class leaves it out if it is not predicted, and
//! is 0 if it is.
//!
//! Source: Kubat, Matwin, *Addressing the Curse of Imbalanced Training Sets*, ICML 1997 (two classes); Sun, Kamel, Wang,
//! *Boosting for Learning Multiple Classes with Imbalanced Class Distribution*, ICDM 2006 (more).

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::summary::mean;
use crate::tally::Tally;

pub(super) const G_MEAN: Definition = Definition {
    title: "G-mean",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Counts(g_mean),
    aliases: &["gmean", "geometric_mean", "geometric_mean_score", "gm"],
    code: include_str!("g_mean.rs"),
};

fn g_mean(tally: &Tally) -> Option<f64> {
    let recalls: Vec<f64> = tally.present().filter_map(|class| tally.recall(class)).collect();
    if recalls.contains(&0.0) {
        return Some(0.0);
    }
    // The root of a product of many small recalls would underflow: the mean of logarithms does not.
    mean(recalls.into_iter().map(libm::log)).map(libm::exp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::testing::tally;

    #[test]
    fn it_is_the_root_of_the_product_and_zero_where_a_class_is_never_found() {
        let half = tally(&[0, 0, 1, 1], &[0, 0, 1, 0], 2);
        assert!((g_mean(&half).unwrap() - 0.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(g_mean(&tally(&[0, 1], &[0, 0], 2)), Some(0.0));
    }
}
