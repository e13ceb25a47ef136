//! Balanced log loss: the mean over the classes of their log losses. Lower is better.
//!
//! ```text
//! -(1/K) Σ_k (1/n_k) Σ_{i of k} ln p_i
//! ```
//!
//! `p_i`: the probability of the true class, with the bounds of `log_loss`; `n_k`: examples of class `k`. Every class
//! counts alike, as in balanced accuracy: a network that is sure of the majority does not look good by its size.
//!
//! Absent classes: undefined on a part that lacks a class. When it picks an epoch, it is the mean over the classes that
//! the validation part has, at least two.
//! scikit-learn: `log_loss` with `sample_weight=compute_sample_weight("balanced", y)`, over the classes that are
//! present.

use crate::metrics::definition::{ClassLoss, Definition, Measure, Needs};
use crate::summary::mean;

pub(super) const BALANCED_LOG_LOSS: Definition = Definition {
    title: "balanced log loss",
    higher_is_better: false,
    needs: Needs::EveryClass,
    measure: Measure::ClassLosses(balanced_log_loss),
    aliases: &["balanced_logloss", "balanced_cross_entropy", "balanced_nll", "macro_log_loss"],
    code: include_str!("balanced_log_loss.rs"),
};

fn balanced_log_loss(classes: &[ClassLoss]) -> Option<f64> {
    let present = classes.iter().filter(|class| 0.0 < class.n_examples);
    mean(present.map(|class| class.sum / class.n_examples))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_counts_alike() {
        let classes = [
            ClassLoss { n_examples: 90.0, sum: 9.0 },
            ClassLoss { n_examples: 10.0, sum: 20.0 },
            ClassLoss::default(),
        ];
        assert_eq!(balanced_log_loss(&classes), Some(1.05));
        assert_eq!(balanced_log_loss(&classes[2..]), None);
    }
}
