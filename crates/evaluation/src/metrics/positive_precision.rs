//! Precision of the positive class: the share of what is taken for positive that is; 0 when nothing is.
//!
//! ```text
//! TP / (TP + FP)
//! ```
//!
//! Of a data set of two classes, of which the second is positive (`longtail datasets NAME` lists them); undefined on others,
//! for which there is `macro_precision`.
//!
//! Absent classes: undefined on a part that lacks one of the two: without positives nobody can be right.
//! scikit-learn: `precision_score(zero_division=0)`, which is 0 on a part without positives.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::tally::Tally;

pub(super) const POSITIVE_PRECISION: Definition = Definition {
    title: "precision of the positive class",
    higher_is_better: true,
    needs: Needs::Positive,
    measure: Measure::Counts(positive_precision),
    aliases: &["precision", "precision_score", "ppv", "positive_predictive_value"],
    code: include_str!("positive_precision.rs"),
};

fn positive_precision(tally: &Tally) -> Option<f64> {
    (0.0 < tally.n_true(1)).then(|| tally.precision(1))
}
