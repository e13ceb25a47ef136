//! The mean of paired differences over several data sets, each with folds and seeds of its own.
//!
//! ```text
//! d    = Σ_k w_k d_k,            d_k the mean of the n_k differences on data set k
//! w_k  = 1 / (F K_f)             F families, K_f data sets in that of k: each family counts once
//! SE²  = Σ_k w_k² s_k² / n_k     s_k² the variance of the differences on k
//! ν    = (Σ_k u_k)² / Σ_k u_k² / (n_k - 1),   u_k = w_k² s_k² / n_k    (Satterthwaite)
//! T    = (d - margin) / SE,      Student's t with ν degrees of freedom
//! ```
//!
//! The data sets are taken as they are: it says something of these rows, and nothing of others. What varies are splits,
//! initial weights and batches, which each fold and seed draws anew; the differences are independent as far as these go.
//!
//! Where some data set has one difference alone its variance is not known, and the sample is the families: a paired t-test
//! of their means. No p value is below that of a sign test in which all differences point one way, `2^-n`: a handful of
//! equal differences, whose variance is 0, proves little.
//!
//! Source: Satterthwaite, *An Approximate Distribution of Estimates of Variance Components*, Biometrics Bulletin 1946.
//! Differs: one data set gives the halves of the two-sided `paired_t`.
//! Trap: whether one method is better than another on more data of the same kind is another question: rows that several
//! training parts share are no new evidence there, and `corrected_resampled_t` is the test.

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::significance::interval::Interval;
use crate::summary::{mean, standard_deviation};

/// The differences on one data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Stratum {
    /// What sort of data it is: those of one family are siblings.
    pub family: String,
    /// One for each fold and seed.
    pub differences: Vec<f64>,
}

/// A mean difference, and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanDifference {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Degrees of freedom of Student's t.
    pub degrees: f64,
    /// What it is the mean of: differences or, where these are too few, families.
    pub n: usize,
}

/// The mean over `strata`; `None` of one difference alone, or nothing.
pub fn stratified_mean(strata: &[Stratum]) -> Option<MeanDifference> {
    let means = strata.iter().map(|stratum| mean(stratum.differences.iter().copied()));
    let means: Vec<f64> = means.collect::<Option<_>>()?;
    let families: BTreeSet<&str> = strata.iter().map(|stratum| &*stratum.family).collect();
    let weight = |stratum: &Stratum| {
        let siblings = strata.iter().filter(|other| other.family == stratum.family).count();
        1.0 / (families.len() * siblings) as f64
    };
    let weights: Vec<f64> = strata.iter().map(weight).collect();
    let overall = weights.iter().zip(&means).map(|(weight, mean)| weight * mean).sum();
    let fewest = strata.iter().map(|stratum| stratum.differences.len()).min()?;
    if fewest < 2 {
        return over_families(strata, &means, overall);
    }
    let (mut square, mut parts) = (0.0, 0.0);
    for (stratum, weight) in strata.iter().zip(weights) {
        let n = stratum.differences.len() as f64;
        let deviation = weight * standard_deviation(&stratum.differences)?;
        let part = deviation * deviation / n;
        square += part;
        parts += part * part / (n - 1.0);
    }
    Some(MeanDifference {
        mean: overall,
        standard_error: square.sqrt(),
        degrees: if 0.0 < parts { square * square / parts } else { fewest as f64 - 1.0 },
        n: strata.iter().map(|stratum| stratum.differences.len()).sum(),
    })
}

/// The same from the spread between the means of the families.
fn over_families(strata: &[Stratum], means: &[f64], overall: f64) -> Option<MeanDifference> {
    let mut families: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (stratum, &mean) in strata.iter().zip(means) {
        families.entry(&stratum.family).or_default().push(mean);
    }
    let means = families.into_values().map(|means| mean(means.into_iter()));
    let means: Vec<f64> = means.collect::<Option<_>>()?;
    let n = means.len();
    let standard_error = standard_deviation(&means)? / (n as f64).sqrt();
    Some(MeanDifference { mean: overall, standard_error, degrees: n as f64 - 1.0, n })
}

impl MeanDifference {
    /// The probability of a mean as low as this one or lower if the true one is `margin` or more.
    pub fn below(&self, margin: f64) -> f64 {
        let p = match (self.mean - margin) / self.standard_error {
            // All differences are alike.
            _ if self.standard_error == 0.0 => f64::from(u8::from(margin <= self.mean)),
            t => self.student().cdf(t),
        };
        p.max(self.least_p())
    }

    /// The probability of a mean as high as this one or higher if the true one is `margin` or less.
    pub fn above(&self, margin: f64) -> f64 {
        MeanDifference { mean: -self.mean, ..*self }.below(-margin)
    }

    /// The interval that holds the true mean with probability `level`.
    pub fn interval(&self, level: f64) -> Interval {
        let half = self.student().inverse_cdf(f64::midpoint(1.0, level)) * self.standard_error;
        Interval { low: self.mean - half, high: self.mean + half, level }
    }

    /// The true mean below 0 that a one-sided test at `alpha` finds with probability `power`, about: the noncentral
    /// distribution is taken for a shifted one.
    pub fn detectable(&self, alpha: f64, power: f64) -> f64 {
        let student = self.student();
        (student.inverse_cdf(1.0 - alpha) + student.inverse_cdf(power)) * self.standard_error
    }

    /// That of a sign test in which all differences point one way.
    fn least_p(&self) -> f64 {
        0.5_f64.powi(i32::try_from(self.n).unwrap_or(i32::MAX))
    }

    fn student(&self) -> StudentsT {
        StudentsT::new(0.0, 1.0, self.degrees).expect("at least one degree of freedom")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::significance::resampled::paired_t;

    fn stratum(family: &str, differences: &[f64]) -> Stratum {
        Stratum { family: family.to_owned(), differences: differences.to_vec() }
    }

    #[test]
    fn one_data_set_is_the_paired_t() {
        let d = [0.01, -0.02, 0.03, 0.00, 0.05];
        let one = stratified_mean(&[stratum("a", &d)]).unwrap();
        let t = paired_t(&d).unwrap();
        // Mean 0.014, variance 0.00073.
        assert!((one.mean - 0.014).abs() < 1e-15 && (one.degrees - 4.0).abs() < 1e-12);
        assert!((one.standard_error - (0.000_73_f64 / 5.0).sqrt()).abs() < 1e-15);
        assert!((2.0 * one.above(0.0) - t.p_value).abs() < 1e-12);
    }

    #[test]
    fn more_data_sets_are_more_evidence_and_a_family_counts_once() {
        let d = [0.01, -0.02, 0.03, 0.00, 0.05];
        let one = stratified_mean(&[stratum("a", &d)]).unwrap();
        let four = ["a", "b", "c", "d"].map(|family| stratum(family, &d));
        let four = stratified_mean(&four).unwrap();
        assert!((four.standard_error - one.standard_error / 2.0).abs() < 1e-15);
        assert!((four.degrees - 16.0).abs() < 1e-9, "{}", four.degrees);
        let siblings = [("a", &d[..]), ("b", &[0.1, 0.2]), ("b", &[0.3, 0.5])];
        let siblings = siblings.map(|(family, d)| stratum(family, d));
        let mean = stratified_mean(&siblings).unwrap().mean;
        assert!((mean - f64::midpoint(0.014, 0.275)).abs() < 1e-15, "{mean}");
    }

    #[test]
    fn single_differences_are_tested_over_families() {
        assert_eq!(stratified_mean(&[stratum("a", &[0.1])]), None);
        assert_eq!(stratified_mean(&[]), None);
        let three = ["a", "b", "c"].map(|family| stratum(family, &[0.25]));
        let three = stratified_mean(&three).unwrap();
        assert_eq!((three.n, three.degrees, three.standard_error), (3, 2.0, 0.0));
        // Three equal differences: no more than a sign test says.
        assert_eq!((three.above(0.0), three.below(0.0)), (0.125, 1.0));
    }

    #[test]
    fn an_interval_that_ends_at_a_margin_is_where_the_test_turns() {
        let two = [stratum("a", &[0.1, 0.3, 0.2]), stratum("b", &[-0.1, 0.2, 0.1, 0.0])];
        let two = stratified_mean(&two).unwrap();
        let Interval { low, high, .. } = two.interval(0.9);
        assert!((two.above(low) - 0.05).abs() < 1e-9, "{}", two.above(low));
        assert!((two.below(high) - 0.05).abs() < 1e-9, "{}", two.below(high));
        assert!(two.detectable(0.05, 0.8) > two.detectable(0.05, 0.5));
    }

    proptest! {
        #[test]
        fn what_is_above_one_way_is_below_the_other(
            a in prop::collection::vec(-1.0..1.0_f64, 2..8),
            b in prop::collection::vec(-1.0..1.0_f64, 2..8),
            margin in -0.1..0.1_f64,
        ) {
            let of = |sign: f64| {
                let signed = |d: &[f64]| d.iter().map(|x| sign * x).collect::<Vec<_>>();
                stratified_mean(&[stratum("a", &signed(&a)), stratum("b", &signed(&b))]).unwrap()
            };
            let (here, mirrored) = (of(1.0), of(-1.0));
            prop_assert!((here.below(margin) - mirrored.above(-margin)).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&here.below(margin)));
        }
    }
}
