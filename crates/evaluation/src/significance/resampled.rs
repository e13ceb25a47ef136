//! Student's paired t, and Nadeau and Bengio's correction for repeated splits of one data set.
//!
//! ```text
//! t = mean(d) / sqrt(c s²),   s² = Σ (d_i - mean)² / (n - 1),   n - 1 degrees of freedom
//! c = 1/n                      paired t: the differences are independent
//! c = 1/n + n_test/n_train     corrected: they share their training rows
//! ```
//!
//! `d` the `n` differences of two methods, one a split (fold × seed). With k folds `n_test/n_train = 1/(k-1)`:
//! `n_train` counts all rows that are not tested, validation and meta set among them.
//!
//! Source: Nadeau, Bengio, *Inference for the Generalization Error*, Machine Learning 2003; for folds: Bouckaert, Frank,
//! *Evaluating the Replicability of Significance Tests for Comparing Learning Algorithms*, PAKDD 2004.
//!
//! Differs: differences without any spread. Where all are zero, nothing speaks against equality: t = 0, p = 1. Where all
//! are the same other number t would be infinite and p 0, which no finite number of splits can show: there is no
//! test (`None`). Differences count as the same if they are within 1e-12 of the largest: rounding is no spread.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::interval::Interval;
use crate::summary::{mean, standard_deviation};

/// The result of a t-test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// The mean difference.
    pub mean: f64,
    /// The standard error that the mean is held against; 0 where all differences are zero.
    pub standard_error: f64,
    /// `mean / standard_error`; 0 where all differences are zero.
    pub t: f64,
    /// Degrees of freedom.
    pub degrees: f64,
    /// Two-sided.
    pub p_value: f64,
}

impl TTest {
    /// The interval of the mean at level `1 - alpha`; `None` unless `alpha` is between 0 and 1.
    pub fn interval(&self, alpha: f64) -> Option<Interval> {
        if !(0.0 < alpha && alpha < 1.0) {
            return None;
        }
        let student = StudentsT::new(0.0, 1.0, self.degrees).ok()?;
        let reach = -student.inverse_cdf(alpha / 2.0) * self.standard_error;
        Some(Interval { low: self.mean - reach, high: self.mean + reach, level: 1.0 - alpha })
    }
}

/// The t-test of independent differences. `None` of fewer than two, of what is no number, and of one number repeated
/// that is not zero.
pub fn paired_t(differences: &[f64]) -> Option<TTest> {
    corrected_resampled_t(differences, 0.0)
}

/// The t-test of differences over splits of one data set, whose test parts are `test_train_ratio` times as large as their
/// training parts. `None` as [`paired_t`].
pub fn corrected_resampled_t(differences: &[f64], test_train_ratio: f64) -> Option<TTest> {
    let n = differences.len() as f64;
    if n < 2.0 || !differences.iter().all(|difference| difference.is_finite()) {
        return None;
    }
    let (mean, deviation) = (mean(differences.iter().copied())?, standard_deviation(differences)?);
    let largest = differences.iter().fold(0.0, |most: f64, d| most.max(d.abs()));
    let degrees = n - 1.0;
    if largest == 0.0 {
        return Some(TTest { mean: 0.0, standard_error: 0.0, t: 0.0, degrees, p_value: 1.0 });
    }
    if differences.iter().all(|d| (d - differences[0]).abs() <= 1e-12 * largest) {
        return None;
    }
    let standard_error = (1.0 / n + test_train_ratio).sqrt() * deviation;
    let t = mean / standard_error;
    let p_value = (2.0 * StudentsT::new(0.0, 1.0, degrees).ok()?.sf(t.abs())).min(1.0);
    Some(TTest { mean, standard_error, t, degrees, p_value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_has_no_spread_has_no_test_unless_it_is_zero() {
        assert_eq!(paired_t(&[0.0; 4]).unwrap().p_value, 1.0);
        assert_eq!(paired_t(&[0.3; 4]), None);
        assert_eq!(paired_t(&[0.1 + 0.2, 0.3, 0.3]), None, "rounding is no spread");
        assert_eq!(paired_t(&[0.3]), None);
        assert_eq!(paired_t(&[0.3, f64::NAN]), None);
    }

    #[test]
    fn the_interval_is_students() {
        // t of 4 degrees at 0.975 is 2.776445105.
        let test = paired_t(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        let interval = test.interval(0.05).unwrap();
        let reach = 2.776_445_105_197_793 * 0.5_f64.sqrt();
        assert!((interval.low - (3.0 - reach)).abs() < 1e-9, "{interval:?}");
        assert!((interval.high - (3.0 + reach)).abs() < 1e-9, "{interval:?}");
        assert_eq!(test.interval(0.0), None);
        assert_eq!(paired_t(&[0.0; 4]).unwrap().interval(0.05).unwrap().high, 0.0);
    }

    proptest! {
        #[test]
        fn the_correction_only_makes_p_larger(
            d in prop::collection::vec(-1.0..1.0_f64, 2..20), ratio in 0.0..2.0_f64
        ) {
            let (plain, corrected) = (paired_t(&d).unwrap(), corrected_resampled_t(&d, ratio).unwrap());
            prop_assert!(plain.p_value <= corrected.p_value + 1e-12 && corrected.p_value <= 1.0);
            prop_assert!(corrected.t.abs() <= plain.t.abs());
        }

        #[test]
        fn the_interval_excludes_zero_where_the_test_rejects(d in prop::collection::vec(-0.5..1.0_f64, 2..20)) {
            let test = corrected_resampled_t(&d, 0.25).unwrap();
            let interval = test.interval(0.05).unwrap();
            prop_assume!((test.p_value - 0.05).abs() > 1e-9);
            prop_assert_eq!(test.p_value < 0.05, !interval.contains(0.0));
        }

        #[test]
        fn other_signs_turn_t_around(d in prop::collection::vec(-1.0..1.0_f64, 2..20)) {
            let swapped: Vec<f64> = d.iter().map(|d| -8.0 * d).collect();
            let (test, other) = (paired_t(&d).unwrap(), paired_t(&swapped).unwrap());
            prop_assert!((test.t + other.t).abs() <= 1e-9 * test.t.abs());
            prop_assert!((test.p_value - other.p_value).abs() <= 1e-9);
        }
    }
}
