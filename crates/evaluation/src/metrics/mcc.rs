//! Matthews' correlation of the predicted with the true classes; 0 when only one class is predicted.
//!
//! ```text
//! (c n - Σ_k t_k p_k) / sqrt((n² - Σ_k t_k²) (n² - Σ_k p_k²))
//! ```
//!
//! `n`: examples; `c`: those that are right; `t_k`, `p_k`: how often class `k` is true and predicted.
//!
//! Absent classes: a correlation needs two classes among the targets and is undefined on a part that has only one. Of
//! more than two classes, those that a part lacks change nothing in what it means, and it is defined.
//! scikit-learn: `matthews_corrcoef`, which is 0 where only one class is true.
//!
//! Source: Matthews, 1975; Gorodkin, *Comparing Two K-Category Assignments by a K-Category Correlation Coefficient*, 2004.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::tally::Tally;

pub(super) const MCC: Definition = Definition {
    title: "Matthews correlation",
    higher_is_better: true,
    needs: Needs::TwoClasses,
    measure: Measure::Counts(mcc),
    aliases: &["matthews", "matthews_correlation", "matthews_corrcoef", "phi"],
    code: include_str!("mcc.rs"),
};

fn mcc(tally: &Tally) -> Option<f64> {
    let n = tally.n_examples();
    let classes = 0..tally.n_classes();
    let agreement: f64 = classes.clone().map(|k| tally.n_true(k) * tally.n_predicted(k)).sum();
    let square = |count: f64| count * count;
    let of_true: f64 = classes.clone().map(|k| square(tally.n_true(k))).sum();
    let of_predicted: f64 = classes.map(|k| square(tally.n_predicted(k))).sum();
    let denominator = (n * n - of_true) * (n * n - of_predicted);
    if n == 0.0 {
        None
    } else if denominator == 0.0 {
        Some(0.0)
    } else {
        Some((tally.n_right() * n - agreement) / denominator.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::testing::tally;

    #[test]
    fn it_is_one_minus_one_and_zero() {
        assert_eq!(mcc(&tally(&[0, 0, 1], &[0, 0, 1], 2)), Some(1.0));
        assert_eq!(mcc(&tally(&[0, 0, 1], &[1, 1, 0], 2)), Some(-1.0));
        assert_eq!(mcc(&tally(&[0, 1], &[0, 0], 2)), Some(0.0));
    }
}
