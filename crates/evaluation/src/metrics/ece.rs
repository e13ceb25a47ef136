//! Expected calibration error: how far confidence is from accuracy, in 15 bins of equal width. Lower is better.
//!
//! ```text
//! Σ_b (n_b / n) |accuracy_b - confidence_b|
//! ```
//!
//! An example's confidence is the probability of its predicted class, here the most probable whatever is decided; bin `b`
//! of 1 to 15 has those with confidence in `((b - 1)/15, b/15]`, and `accuracy_b`, `confidence_b` are its share of right predictions and
//! its mean confidence.
//!
//! It is about the predicted class, not the positive one, and on imbalanced data the majority dominates it. Small
//! parts have large values by chance: of few examples in a bin, the share of right ones is far from its expectation.
//!
//! Absent classes: it is about examples and defined on any of them.
//! scikit-learn: none. As in the authors' code, bins are closed to the right.
//! Not pooled: what is in the bins is not recorded.
//!
//! Source: Naeini, Cooper, Hauskrecht, *Obtaining Well Calibrated Probabilities Using Bayesian Binning*, AAAI 2015; Guo,
//! Pleiss, Sun, Weinberger, *On Calibration of Modern Neural Networks*, ICML 2017 (15 bins).

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::predictions::Predictions;
use crate::tally::most_probable;

pub(crate) const N_BINS: usize = 15;

pub(super) const ECE: Definition = Definition {
    title: "expected calibration error",
    higher_is_better: false,
    needs: Needs::Examples,
    measure: Measure::Bins(ece),
    aliases: &["expected_calibration_error", "calibration_error", "calibration"],
    code: include_str!("ece.rs"),
};

#[derive(Clone, Copy, Default)]
struct Bin {
    n_examples: f64,
    n_right: f64,
    confidence: f64,
}

fn ece(predictions: &Predictions<'_>) -> Option<f64> {
    let mut bins = [Bin::default(); N_BINS];
    for (row, &target) in predictions.rows().zip(predictions.targets) {
        let predicted = most_probable(row);
        let bin = &mut bins[bin(row[predicted])];
        bin.n_examples += 1.0;
        bin.n_right += f64::from(u8::from(predicted == target as usize));
        bin.confidence += row[predicted];
    }
    let n_examples: f64 = bins.iter().map(|bin| bin.n_examples).sum();
    let gaps: f64 = bins.iter().map(|bin| (bin.n_right - bin.confidence).abs()).sum();
    (0.0 < n_examples).then(|| gaps / n_examples)
}

/// The first bin whose upper end is not below `confidence`.
pub(crate) fn bin(confidence: f64) -> usize {
    let reaches = |bin: &usize| confidence <= (bin + 1) as f64 / N_BINS as f64;
    (0..N_BINS).find(reaches).unwrap_or(N_BINS - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_binary(scores: &[f64], targets: &[u32]) -> f64 {
        let probabilities: Vec<f64> = scores.iter().flat_map(|&p| [1.0 - p, p]).collect();
        ece(&Predictions { probabilities: &probabilities, n_classes: 2, targets, decided: None })
            .unwrap()
    }

    #[test]
    fn bins_are_closed_to_the_right() {
        assert_eq!((bin(0.2), bin(0.2 + 1e-15)), (2, 3));
        assert_eq!((bin(0.6), bin(0.8), bin(1.0), bin(0.0)), (8, 11, 14, 0));
    }

    #[test]
    fn who_is_right_as_often_as_sure_has_none() {
        // Sure by 3/4, right in three of four.
        assert!(of_binary(&[0.75; 4], &[1, 1, 1, 0]).abs() < 1e-15);
        assert!((of_binary(&[0.75; 4], &[1, 0, 0, 0]) - 0.5).abs() < 1e-15);
        assert_eq!(of_binary(&[1.0, 0.0], &[1, 0]), 0.0);
        assert_eq!(of_binary(&[1.0, 0.0], &[0, 1]), 1.0);
    }

    proptest! {
        /// By the triangle inequality: merging all bins into one gives the gap of the whole.
        #[test]
        fn it_is_no_less_than_the_gap_of_the_whole_and_at_most_one(
            drawn in prop::collection::vec((0.0..1.0_f64, 0..2_u32), 1..60),
        ) {
            let (scores, targets): (Vec<f64>, Vec<u32>) = drawn.into_iter().unzip();
            let n = scores.len() as f64;
            let confidence: f64 = scores.iter().map(|p| p.max(1.0 - p)).sum();
            let n_right = scores.iter().zip(&targets).filter(|(p, y)| (0.5 < **p) == (**y == 1));
            let gap = (n_right.count() as f64 - confidence).abs() / n;
            let value = of_binary(&scores, &targets);
            prop_assert!(gap <= value + 1e-12 && value <= 1.0 + 1e-12, "{gap} {value}");
        }
    }
}
