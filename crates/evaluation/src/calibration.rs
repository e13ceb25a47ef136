//! Metrics of the probabilities themselves.

use crate::Predictions;
use crate::summary::mean;

/// Mean of `-ln p_y`; probabilities below the smallest difference of 1 count as that difference.
pub(crate) fn log_loss(predictions: &Predictions<'_>) -> Option<f64> {
    let rows = predictions.rows().zip(predictions.targets);
    mean(rows.map(|(row, &target)| {
        let total: f64 = row.iter().sum();
        let p = (row[target as usize] / total).clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        -libm::log(p)
    }))
}

pub(crate) fn brier(predictions: &Predictions<'_>) -> Option<f64> {
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
    fn a_sure_mistake_is_costly_and_finite() {
        let wrong = Predictions { probabilities: &[1.0, 0.0], n_classes: 2, targets: &[1] };
        assert!((log_loss(&wrong).unwrap() - 36.043_653_389_117_15).abs() < 1e-12);
        assert_eq!(brier(&wrong), Some(1.0));
    }
}
