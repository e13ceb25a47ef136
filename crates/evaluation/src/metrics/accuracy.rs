//! Accuracy: the share of examples that are predicted right.
//!
//! ```text
//! Σ_k TP_k / n
//! ```
//!
//! `TP_k`: examples of class `k` that are predicted as it. Predicted is the most probable class, the first of equals,
//! unless the experiment decides otherwise.
//!
//! Absent classes: it is a mean over examples and defined on any of them. On imbalanced data it is nearly the share of
//! the largest class for whoever always says that class.
//! scikit-learn: `accuracy_score`.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::tally::Tally;

pub(super) const ACCURACY: Definition = Definition {
    title: "accuracy",
    higher_is_better: true,
    needs: Needs::Examples,
    measure: Measure::Counts(accuracy),
    aliases: &["acc", "accuracy_score", "top_1", "top1"],
    code: include_str!("accuracy.rs"),
};

fn accuracy(tally: &Tally) -> Option<f64> {
    let n_examples = tally.n_examples();
    (0.0 < n_examples).then(|| tally.n_right() / n_examples)
}
