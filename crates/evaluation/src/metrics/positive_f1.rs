//! F1 of the positive class: the harmonic mean of its precision and recall; 0 when it is never found.
//!
//! ```text
//! 2 TP / (2 TP + FP + FN)
//! ```
//!
//! Of a data set of two classes, of which the second is positive (`longtail datasets NAME` lists them); undefined on others,
//! for which there is `macro_f1`.
//!
//! Absent classes: undefined on a part that lacks one of the two.
//! scikit-learn: `f1_score(zero_division=0)`, which is 0 on a part without positives.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::tally::Tally;

pub(super) const POSITIVE_F1: Definition = Definition {
    title: "F1 of the positive class",
    higher_is_better: true,
    needs: Needs::Positive,
    measure: Measure::Counts(positive_f1),
    aliases: &["f1", "f1_score", "f_score", "f_measure", "f1_binary", "binary_f1"],
    code: include_str!("positive_f1.rs"),
};

fn positive_f1(tally: &Tally) -> Option<f64> {
    tally.f(1, 1.0)
}
