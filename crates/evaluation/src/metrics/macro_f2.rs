//! Macro F2: the mean of the classes' F-beta with beta 2, in which recall counts for more than precision.
//!
//! ```text
//! (1/K) Σ_k (1 + β²) TP_k / (β² n_k + TP_k + FP_k),   β = 2
//! ```
//!
//! `n_k`: examples of class `k`. F-beta is the weighted harmonic mean of precision and recall in which recall has `β²`
//! times the weight; 0 for a class that is never found.
//!
//! Absent classes: undefined on a part that lacks a class. When it picks an epoch, it is the mean over the classes that
//! the validation part has, at least two.
//! scikit-learn: `fbeta_score(beta=2, average="macro", zero_division=0)`, which on a part that lacks a class counts it as
//! 0 if it is predicted, and leaves it out if it is not. The F2 of one class is `positive_f2`.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::summary::mean;
use crate::tally::Tally;

/// `β²`.
pub(super) const BETA_SQUARED: f64 = 4.0;

pub(super) const MACRO_F2: Definition = Definition {
    title: "macro F2",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Counts(macro_f2),
    aliases: &["f2", "f2_macro", "f2_score", "f_beta", "fbeta", "fbeta_score"],
    code: include_str!("macro_f2.rs"),
};

fn macro_f2(tally: &Tally) -> Option<f64> {
    mean(tally.present().filter_map(|class| tally.f(class, BETA_SQUARED)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::testing::tally;

    #[test]
    fn it_lies_between_precision_and_recall_and_nearer_to_recall() {
        // Class 1: recall 1, precision 1/2.
        let tally = tally(&[0, 0, 0, 1, 1], &[0, 1, 1, 1, 1], 2);
        let (f1, f2) = (tally.f(1, 1.0).unwrap(), tally.f(1, BETA_SQUARED).unwrap());
        assert!((f1 - 2.0 / 3.0).abs() < 1e-15 && (f2 - 5.0 / 6.0).abs() < 1e-15);
        // Class 0: recall 1/3, precision 1; the mean of 5/13... and 5/6.
        let expected = f64::midpoint(5.0 / (4.0 * 3.0 + 1.0), 5.0 / 6.0);
        assert!((macro_f2(&tally).unwrap() - expected).abs() < 1e-15);
    }
}
