//! Recall of the positive class, or sensitivity: the share of the positives that is found.
//!
//! ```text
//! TP / (TP + FN)
//! ```
//!
//! Of a data set of two classes, of which the second is positive (`longtail datasets NAME` lists them); undefined on others,
//! for which there is `balanced_accuracy`, the mean recall.
//!
//! Absent classes: undefined on a part that lacks one of the two.
//! scikit-learn: `recall_score`, which is 0 on a part without positives.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::tally::Tally;

pub(super) const POSITIVE_RECALL: Definition = Definition {
    title: "recall of the positive class",
    higher_is_better: true,
    needs: Needs::Positive,
    measure: Measure::Counts(positive_recall),
    aliases: &["recall", "recall_score", "sensitivity", "tpr", "true_positive_rate", "hit_rate"],
    code: include_str!("positive_recall.rs"),
};

fn positive_recall(tally: &Tally) -> Option<f64> {
    tally.recall(1)
}
