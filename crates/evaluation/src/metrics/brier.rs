//! Brier score: the mean squared error of the probabilities. Lower is better.
//!
//! ```text
//! two classes   (1/n) Σ_i (p_i1 - y_i)²
//! more          (1/n) Σ_i Σ_k (p_ik - [k = y_i])²
//! ```
//!
//! With two classes it is half of what the second line would give.
//!
//! Absent classes: it is a mean over examples and defined on any of them.
//! scikit-learn: `brier_score_loss`; for more than two classes with `scale_by_half=False`.
//!
//! Source: Brier, *Verification of Forecasts Expressed in Terms of Probability*, 1950.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::predictions::Predictions;
use crate::summary::mean;

pub(super) const BRIER: Definition = Definition {
    title: "Brier score",
    higher_is_better: false,
    needs: Needs::Examples,
    measure: Measure::Mean(brier),
    aliases: &["brier_score", "brier_score_loss", "mse", "squared_error"],
    code: include_str!("brier.rs"),
};

fn brier(predictions: &Predictions<'_>) -> Option<f64> {
    let rows = predictions.rows().zip(predictions.targets);
    mean(rows.map(|(row, &target)| {
        let error = |class: usize| row[class] - f64::from(u8::from(class == target as usize));
        let classes = if row.len() == 2 { 1..2 } else { 0..row.len() };
        classes.map(|class| error(class) * error(class)).sum()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sure_mistake_costs_one() {
        let wrong =
            Predictions { probabilities: &[1.0, 0.0], n_classes: 2, targets: &[1], decided: None };
        assert_eq!(brier(&wrong), Some(1.0));
    }
}
