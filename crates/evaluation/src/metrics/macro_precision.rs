//! Macro precision: the mean precision of the classes; 0 for a class that is never predicted.
//!
//! ```text
//! (1/K) Σ_k TP_k / (TP_k + FP_k)
//! ```
//!
//! `TP_k + FP_k`: examples that are predicted as class `k`; `TP_k`: those of them that are of it.
//!
//! Absent classes: undefined on a part that lacks a class. When it picks an epoch, it is the mean over the classes that
//! the validation part has, at least two.
//! scikit-learn: `precision_score(average="macro", zero_division=0)`, which on a part that lacks a class counts it as 0
//! if it is predicted, and leaves it out if it is not.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::summary::mean;
use crate::tally::Tally;

pub(super) const MACRO_PRECISION: Definition = Definition {
    title: "macro precision",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Counts(macro_precision),
    aliases: &["precision_macro", "precision", "precision_score"],
    code: include_str!("macro_precision.rs"),
};

fn macro_precision(tally: &Tally) -> Option<f64> {
    mean(tally.present().map(|class| tally.precision(class)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::testing::tally;

    #[test]
    fn a_class_never_predicted_has_precision_zero() {
        assert_eq!(macro_precision(&tally(&[0, 1], &[0, 0], 2)), Some(0.25));
    }
}
