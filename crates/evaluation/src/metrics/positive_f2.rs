//! F2 of the positive class: F-beta with beta 2, in which its recall counts for more than its precision.
//!
//! ```text
//! (1 + β²) TP / (β² (TP + FN) + TP + FP),   β = 2
//! ```
//!
//! 0 when the class is never found. Of a data set of two classes, of which the second is positive (`longtail datasets
//! NAME` lists them); undefined on others, for which there is `macro_f2`.
//!
//! Absent classes: undefined on a part that lacks one of the two.
//! scikit-learn: `fbeta_score(beta=2, zero_division=0)`, which is 0 on a part without positives.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::metrics::macro_f2::BETA_SQUARED;
use crate::tally::Tally;

pub(super) const POSITIVE_F2: Definition = Definition {
    title: "F2 of the positive class",
    higher_is_better: true,
    needs: Needs::Positive,
    measure: Measure::Counts(positive_f2),
    aliases: &["f2", "f2_score", "f_beta", "fbeta", "fbeta_score", "f2_binary", "binary_f2"],
    code: include_str!("positive_f2.rs"),
};

fn positive_f2(tally: &Tally) -> Option<f64> {
    tally.f(1, BETA_SQUARED)
}
