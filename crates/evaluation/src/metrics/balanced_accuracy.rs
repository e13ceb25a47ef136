//! Balanced accuracy: the mean recall of the classes.
//!
//! ```text
//! (1/K) Σ_k TP_k / n_k
//! ```
//!
//! `n_k`: examples of class `k`; `TP_k`: those that are predicted as it.
//!
//! Absent classes: undefined on a part that lacks a class. The mean over the others would be another figure: on a part
//! without positives whoever always says no has 1. When it picks an epoch, it is the mean over the classes that the
//! validation part has, at least two, which are the same for every epoch.
//! scikit-learn: `balanced_accuracy_score`, which takes the mean over the classes that are present.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::summary::mean;
use crate::tally::Tally;

pub(super) const BALANCED_ACCURACY: Definition = Definition {
    title: "balanced accuracy",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Counts(balanced_accuracy),
    aliases: &[
        "bac",
        "bacc",
        "balanced_acc",
        "balanced_accuracy_score",
        "macro_recall",
        "recall_macro",
        "recall",
        "uar",
    ],
    code: include_str!("balanced_accuracy.rs"),
};

fn balanced_accuracy(tally: &Tally) -> Option<f64> {
    mean(tally.present().filter_map(|class| tally.recall(class)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::testing::tally;

    #[test]
    fn it_is_the_mean_of_recalls() {
        let tally = tally(&[0, 0, 0, 0, 1, 1], &[0, 0, 0, 1, 1, 0], 2);
        assert_eq!(balanced_accuracy(&tally), Some(0.625));
    }

    #[test]
    fn rows_of_a_class_that_are_doubled_change_nothing() {
        let once = tally(&[0, 0, 0, 1, 1, 2], &[0, 1, 2, 1, 0, 2], 3);
        let doubled = tally(&[0, 0, 0, 0, 0, 0, 1, 1, 2], &[0, 1, 2, 0, 1, 2, 1, 0, 2], 3);
        assert_eq!(balanced_accuracy(&once), balanced_accuracy(&doubled));
    }
}
