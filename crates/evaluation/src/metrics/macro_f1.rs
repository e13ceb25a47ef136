//! Macro F1: the mean F1 of the classes; 0 for a class that is never found.
//!
//! ```text
//! (1/K) Σ_k 2 TP_k / (2 TP_k + FP_k + FN_k)
//! ```
//!
//! F1 is the harmonic mean of a class's precision and recall.
//!
//! Absent classes: undefined on a part that lacks a class. When it picks an epoch, it is the mean over the classes that
//! the validation part has, at least two.
//! scikit-learn: `f1_score(average="macro", zero_division=0)`, which on a part that lacks a class counts it as 0 if it
//! is predicted, and leaves it out if it is not. The F1 of one class, scikit-learn's default, is `positive_f1`.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::summary::mean;
use crate::tally::Tally;

pub(super) const MACRO_F1: Definition = Definition {
    title: "macro F1",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Counts(macro_f1),
    aliases: &["f1", "f1_macro", "f1_score", "f_score", "f_measure", "macro_f1_score"],
    code: include_str!("macro_f1.rs"),
};

fn macro_f1(tally: &Tally) -> Option<f64> {
    mean(tally.present().filter_map(|class| tally.f(class, 1.0)))
}
