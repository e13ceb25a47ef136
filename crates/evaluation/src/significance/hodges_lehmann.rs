//! Hodges and Lehmann's estimate of the middle of paired differences, with Tukey's interval.
//!
//! ```text
//! Walsh averages: (d_i + d_j) / 2, i <= j;  M = n(n+1)/2 of them, sorted: A_1 <= ... <= A_M
//! estimate  = median of A
//! interval  = [A_k, A_{M+1-k}],  level = 1 - 2 P(W+ <= k - 1)
//! ```
//!
//! `n` differences; W+ the signed-rank statistic without ties; `k` the largest whose level is at least `1 - alpha`. The
//! interval holds the values that Wilcoxon's test at `1 - level` does not reject. With tied differences it covers at
//! least as often as it says. Beyond 50 differences W+ is taken as normal, with half a rank of continuity.
//!
//! Source: Hodges, Lehmann, Annals of Mathematical Statistics 1963; Hollander, Wolfe, Chicken, *Nonparametric
//! Statistical Methods*, 2014, section 3.2 and 3.3.
//!
//! Trap: fewer than 6 differences have no interval at 95 %: the widest, from the least to the greatest, reaches
//! `1 - 2^(1-n)`.

use statrs::distribution::{ContinuousCDF, Normal};

use super::interval::Interval;
use super::signed_rank_null::{MOST_EXACT, SignedRankNull};

/// The median of the Walsh averages; `None` of nothing or of what is no number.
pub fn hodges_lehmann(differences: &[f64]) -> Option<f64> {
    let averages = walsh_averages(differences)?;
    let half = averages.len() / 2;
    let upper = averages[half];
    Some(if averages.len() % 2 == 1 { upper } else { f64::midpoint(averages[half - 1], upper) })
}

/// The narrowest interval of Walsh averages that reaches `1 - alpha`, with the level it reaches; `None` where not even
/// the widest does, of nothing, and of what is no number.
pub fn walsh_interval(differences: &[f64], alpha: f64) -> Option<Interval> {
    let averages = walsh_averages(differences)?;
    let tail = tail(differences.len());
    let level = |k: usize| 1.0 - 2.0 * tail(k - 1);
    // The level falls in k: the largest k that reaches is the last before the first that does not.
    let k = (1..=averages.len().div_ceil(2)).take_while(|&k| 1.0 - alpha <= level(k)).last()?;
    Some(Interval { low: averages[k - 1], high: averages[averages.len() - k], level: level(k) })
}

/// `P(W+ <= w)` of `n` differences without ties.
fn tail(n: usize) -> Box<dyn Fn(usize) -> f64> {
    if n <= MOST_EXACT {
        let ranks: Vec<f64> = (1..=n).map(|rank| rank as f64).collect();
        let null = SignedRankNull::new(&ranks);
        return Box::new(move |w| null.at_most(w as f64));
    }
    let n = n as f64;
    let (mean, variance) = (n * (n + 1.0) / 4.0, n * (n + 1.0) * (2.0 * n + 1.0) / 24.0);
    Box::new(move |w| Normal::standard().cdf((w as f64 + 0.5 - mean) / variance.sqrt()))
}

/// All means of two differences or of one with itself, ascending.
fn walsh_averages(differences: &[f64]) -> Option<Vec<f64>> {
    if differences.is_empty() || !differences.iter().all(|difference| difference.is_finite()) {
        return None;
    }
    let pairs = differences
        .iter()
        .enumerate()
        .flat_map(|(i, &a)| differences[i..].iter().map(move |&b| f64::midpoint(a, b)));
    let mut averages: Vec<f64> = pairs.collect();
    averages.sort_by(f64::total_cmp);
    Some(averages)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::significance::wilcoxon::{Zeros, signed_rank};

    #[test]
    fn six_differences_have_an_interval_from_the_least_to_the_greatest_and_five_have_none() {
        let interval = walsh_interval(&[3.0, 1.0, 2.0, 6.0, 5.0, 4.0], 0.05).unwrap();
        assert_eq!((interval.low, interval.high, interval.level), (1.0, 6.0, 0.96875));
        assert_eq!(walsh_interval(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.05), None);
        assert_eq!(walsh_interval(&[], 0.05), None);
    }

    #[test]
    fn one_wild_difference_does_not_move_the_estimate_far() {
        assert_eq!(hodges_lehmann(&[1.0, 2.0, 3.0]), Some(2.0));
        assert_eq!(hodges_lehmann(&[1.0, 2.0, 3.0, 4.0, 1000.0]), Some(3.0));
        assert_eq!(hodges_lehmann(&[0.5]), Some(0.5));
        assert_eq!(hodges_lehmann(&[f64::INFINITY]), None);
    }

    #[test]
    fn the_interval_of_ten_is_the_tabled_one() {
        // Hollander and Wolfe, table A.4: P(W+ <= 8) = 0.0244 for n = 10, so k = 9.
        let d: Vec<f64> = (0..10).map(|i| f64::from(1 << i)).collect();
        let averages = walsh_averages(&d).unwrap();
        let interval = walsh_interval(&d, 0.05).unwrap();
        assert_eq!((interval.low, interval.high), (averages[8], averages[46]));
        assert!((interval.level - 0.951_171_875).abs() < 1e-12);
    }

    #[test]
    fn beyond_fifty_the_level_is_still_about_what_was_asked() {
        for n in [51, 120] {
            let d: Vec<f64> = (0..n).map(|i| f64::from(i * i)).collect();
            let level = walsh_interval(&d, 0.05).unwrap().level;
            assert!((0.95..0.952).contains(&level), "{n}: {level}");
        }
    }

    proptest! {
        #[test]
        fn the_interval_excludes_zero_where_the_test_rejects(
            // Distinct sizes: no ties, no zeros.
            sizes in prop::sample::subsequence((1..400_i32).collect::<Vec<_>>(), 6..20),
            signs in prop::collection::vec(prop::bool::weighted(0.8), 20),
        ) {
            let d: Vec<f64> = sizes.iter().zip(signs)
                .map(|(&size, plus)| f64::from(if plus { size } else { -size })).collect();
            let interval = walsh_interval(&d, 0.05).unwrap();
            let p = signed_rank(&d, Zeros::Wilcox).unwrap().p_value;
            // The interval inverts the test at the level that it reaches. An average of exactly zero is a tie.
            let at_zero = interval.low == 0.0 || interval.high == 0.0;
            prop_assert!(at_zero || (p <= 1.0 - interval.level + 1e-12) != interval.contains(0.0));
            prop_assert!(interval.contains(hodges_lehmann(&d).unwrap()));
        }

        #[test]
        fn shift_and_scale_go_through(d in prop::collection::vec((-50..50_i32).prop_map(f64::from), 6..30)) {
            let moved: Vec<f64> = d.iter().map(|d| 4.0 * d + 3.0).collect();
            prop_assert_eq!(hodges_lehmann(&moved).unwrap(), 4.0 * hodges_lehmann(&d).unwrap() + 3.0);
            let (a, b) = (walsh_interval(&d, 0.05).unwrap(), walsh_interval(&moved, 0.05).unwrap());
            prop_assert_eq!((b.low, b.high, b.level), (4.0 * a.low + 3.0, 4.0 * a.high + 3.0, a.level));
        }
    }
}
