//! A paired difference: its size, an interval, a test.
//!
//! ```text
//! over families   Hodges–Lehmann median (of the Walsh averages), their exact interval, Wilcoxon's signed-rank test with
//!                 zeros by Pratt, two-sided
//! over runs       mean, interval and test by the corrected resampled t (Nadeau, Bengio): what one run tests, others learn
//!                 from; of several data sets of one family, a run's difference is the mean over them, and the correction
//!                 that of the one with the most test rows for each training row. Where all runs are tested on the rows
//!                 of one given test part, from which none learns, by the paired t
//! ```
//!
//! Source: Wilcoxon, Biometrics Bulletin 1945; Hodges, Lehmann, Ann. Math. Statist. 1963; Nadeau, Bengio, *Inference for
//! the Generalization Error*, Machine Learning 2003; Holm, Scand. J. Statist. 1979.

use evaluation::significance::{
    Interval, Zeros, corrected_resampled_t, hodges_lehmann, holm, signed_rank, walsh_interval,
};
use serde::Serialize;

use crate::judgement::ALPHA;

/// Differences that differ by less are equal: the rest is the rounding of sums, not merit.
const RESOLUTION: f64 = 1e-12;

/// A difference to another row, positive where it is better.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The difference of each family, or of each run; `None` where one of both has no value.
    pub by_unit: Vec<Option<f64>>,
    /// How many there are.
    pub n: usize,
    /// Hodges–Lehmann median over families, or mean over runs.
    pub size: f64,
    /// For this comparison alone; `None` where there are too few units for one.
    pub interval: Option<Interval>,
    /// Two-sided, of this comparison alone; `None` where there is nothing to test it by.
    pub p_value: Option<f64>,
    /// The same after Holm's correction over all comparisons of its table.
    pub p_holm: Option<f64>,
    /// Units in which it is better by more than the region of practical equivalence.
    pub better: usize,
    /// Units in which it is within that region.
    pub same: usize,
    /// Units in which it is worse by more.
    pub worse: usize,
}

impl Estimate {
    /// Of one difference a family; `None` of none.
    pub(crate) fn over_families(differences: &[Option<f64>], rope: f64) -> Option<Self> {
        let by_unit: Vec<Option<f64>> =
            differences.iter().map(|difference| difference.map(resolved)).collect();
        let known: Vec<f64> = by_unit.iter().copied().flatten().collect();
        let size = hodges_lehmann(&known)?;
        let p_value = signed_rank(&known, Zeros::Pratt).map_or(1.0, |test| test.p_value);
        let interval = walsh_interval(&known, ALPHA);
        Some(Self::of(by_unit, size, interval, Some(p_value), rope))
    }

    /// Of one difference a run, of which `test_train_ratio` says how much of the rows are tested: `None` where runs are
    /// not those of a resampling. `None` of none.
    pub(crate) fn over_runs(
        differences: &[f64],
        test_train_ratio: Option<f64>,
        rope: f64,
    ) -> Option<Self> {
        let known: Vec<f64> = differences.iter().copied().map(resolved).collect();
        let size = evaluation::summary::mean(known.iter().copied())?;
        let test = test_train_ratio.and_then(|ratio| corrected_resampled_t(&known, ratio));
        let interval = test.as_ref().and_then(|test| test.interval(ALPHA));
        let p_value = test.map(|test| test.p_value);
        Some(Self::of(known.into_iter().map(Some).collect(), size, interval, p_value, rope))
    }

    fn of(
        by_unit: Vec<Option<f64>>,
        size: f64,
        interval: Option<Interval>,
        p_value: Option<f64>,
        rope: f64,
    ) -> Self {
        let known = || by_unit.iter().flatten();
        let better = known().filter(|difference| rope < **difference).count();
        let worse = known().filter(|difference| **difference < -rope).count();
        let n = known().count();
        Estimate {
            n,
            size,
            interval,
            p_value,
            p_holm: p_value,
            better,
            same: n - better - worse,
            worse,
            by_unit,
        }
    }

    /// Whether `other` is of the same differences, whatever both are corrected for.
    pub(crate) fn is_alike(&self, other: &Estimate) -> bool {
        let is_near = |a: f64, b: f64| (a - b).abs() <= 1e-9;
        let tests = match (self.p_value, other.p_value) {
            (Some(own), Some(others)) => is_near(own, others),
            (own, others) => own == others,
        };
        self.n == other.n && tests && is_near(self.size, other.size)
    }

    /// Whether it is above 0 by more than chance, after Holm.
    pub fn is_better(&self) -> bool {
        self.differs() && 0.0 < self.size
    }

    /// Whether it is below 0 by more than chance, after Holm.
    pub fn is_worse(&self) -> bool {
        self.differs() && self.size < 0.0
    }

    fn differs(&self) -> bool {
        self.p_holm.is_some_and(|p| p < ALPHA)
    }
}

/// Corrects the tests of all of `estimates` for each other.
pub(crate) fn corrected_for(estimates: &mut [&mut Estimate]) {
    let tested: Vec<f64> = estimates.iter().filter_map(|estimate| estimate.p_value).collect();
    let mut corrected = holm(&tested).into_iter();
    for estimate in estimates.iter_mut().filter(|estimate| estimate.p_value.is_some()) {
        estimate.p_holm = corrected.next();
    }
}

pub(crate) fn resolved(difference: f64) -> f64 {
    (difference / RESOLUTION).round() * RESOLUTION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_families_that_agree_have_the_least_p_of_six() {
        let differences: Vec<Option<f64>> = (1..=6).map(|i| Some(0.01 * f64::from(i))).collect();
        let estimate = Estimate::over_families(&differences, 0.01).unwrap();
        assert_eq!((estimate.n, estimate.better, estimate.same, estimate.worse), (6, 5, 1, 0));
        assert!((estimate.size - 0.035).abs() < 1e-12, "{}", estimate.size);
        assert_eq!(estimate.p_value, Some(0.03125));
        let interval = estimate.interval.unwrap();
        assert!((interval.low - 0.01).abs() < 1e-12 && (interval.high - 0.06).abs() < 1e-12);
        assert!((interval.level - 0.96875).abs() < 1e-12);
    }

    #[test]
    fn equal_rows_are_tested_and_not_told_apart() {
        let estimate = Estimate::over_families(&[Some(1e-15), Some(0.0), None], 0.01).unwrap();
        assert_eq!((estimate.n, estimate.size, estimate.same), (2, 0.0, 2));
        assert_eq!((estimate.p_value, estimate.interval), (Some(1.0), None));
        assert!(Estimate::over_families(&[None], 0.01).is_none());
    }

    #[test]
    fn runs_without_a_ratio_are_no_test() {
        let estimate = Estimate::over_runs(&[0.1, 0.2], None, 0.01).unwrap();
        assert_eq!((estimate.p_value, estimate.p_holm, estimate.interval), (None, None, None));
        assert!((estimate.size - 0.15).abs() < 1e-12);
    }

    #[test]
    fn the_smallest_p_pays_for_all_comparisons() {
        let all = |sign: f64| (1..=8).map(|i| Some(sign * f64::from(i))).collect::<Vec<_>>();
        let mixed: Vec<Option<f64>> = (1..=8).map(|i| Some(f64::from(i % 2) - 0.5)).collect();
        let mut estimates: Vec<Estimate> = [all(1.0), all(-1.0), mixed]
            .iter()
            .map(|differences| Estimate::over_families(differences, 0.01).unwrap())
            .collect();
        corrected_for(&mut estimates.iter_mut().collect::<Vec<_>>());
        assert_eq!(estimates[0].p_holm, Some(3.0 / 128.0));
        assert!(estimates[0].is_better() && estimates[1].is_worse() && !estimates[2].is_better());
    }
}
