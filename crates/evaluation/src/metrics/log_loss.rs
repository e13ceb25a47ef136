//! Log loss: the mean of the negative logarithms of the true classes' probabilities. Lower is better.
//!
//! ```text
//! -(1/n) Σ_i ln p_i,   p_i = min(max(q_i / Σ_k q_ik, 2⁻⁵²), 1 - 2⁻⁵²)
//! ```
//!
//! `q_ik`: predicted for class `k`, `q_i` for the true one. It is never infinite: a sure mistake costs 36.04.
//!
//! Absent classes: it is a mean over examples and defined on any of them.
//! scikit-learn: `log_loss`, with the same bounds.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::predictions::Predictions;
use crate::summary::mean;

pub(super) const LOG_LOSS: Definition = Definition {
    title: "log loss",
    higher_is_better: false,
    needs: Needs::Examples,
    measure: Measure::Mean(log_loss),
    aliases: &["logloss", "nll", "negative_log_likelihood", "cross_entropy", "ce"],
    code: include_str!("log_loss.rs"),
};

fn log_loss(predictions: &Predictions<'_>) -> Option<f64> {
    let rows = predictions.rows().zip(predictions.targets);
    mean(rows.map(|(row, &target)| of_example(row, target)))
}

/// `-ln p` of the true class; probabilities below the smallest difference of 1 count as that difference.
pub(crate) fn of_example(row: &[f64], target: u32) -> f64 {
    let total: f64 = row.iter().sum();
    let p = (row[target as usize] / total).clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    -libm::log(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sure_mistake_is_costly_and_finite() {
        let wrong =
            Predictions { probabilities: &[1.0, 0.0], n_classes: 2, targets: &[1], decided: None };
        assert!((log_loss(&wrong).unwrap() - 36.043_653_389_117_15).abs() < 1e-12);
    }
}
