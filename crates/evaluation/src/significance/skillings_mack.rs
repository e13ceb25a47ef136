//! Skillings and Mack's test that all methods are equally good, where not every data set has every method.
//!
//! ```text
//! A_j   = Σ_i sqrt(12 / (k_i + 1)) (r_ij - (k_i + 1)/2)        over the data sets that have method j
//! S     = Σ_i c_i (k_i I - 1 1')                               of the methods that data set i has
//! c_i   = 1 - Σ (t³ - t) / (k_i³ - k_i)
//! T     = A' S⁻ A,   χ² with k - 1 degrees of freedom
//! ```
//!
//! `k_i` how many of the `k` methods data set `i` has, `r_ij` their ranks, `t` the sizes of groups of tied scores. Data
//! sets with fewer than two scores say nothing and are left out. Without gaps T is Friedman's χ².
//!
//! Source: Skillings, Mack, *On the Use of a Friedman-Type Statistic in Balanced and Unbalanced Block Designs*,
//! Technometrics 1981.
//!
//! Differs: they leave ties to simulation. `c_i`, the variance of the ranks at hand, makes T the tie-corrected χ².

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::friedman::{ranks, tied};

/// The result of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SkillingsMack {
    /// T.
    pub statistic: f64,
    /// `k - 1`.
    pub degrees: f64,
    /// Probability of a T at least as large if all methods are equal.
    pub p_value: f64,
    /// Data sets with two scores or more.
    pub n_used: usize,
}

/// The test over `scores`, `[data set][method]`, `None` where a method was not measured. No test with fewer than two methods,
/// where all tie, and where the data sets fall into groups that share no method: nothing compares across.
pub fn skillings_mack(scores: &[Vec<Option<f64>>]) -> Option<SkillingsMack> {
    let k = scores.first().map_or(0, Vec::len);
    if k < 2 {
        return None;
    }
    let (mut sums, mut covariance) = (vec![0.0; k], vec![vec![0.0; k]; k]);
    let mut n_used = 0;
    for row in scores {
        n_used += usize::from(add_block(row, &mut sums, &mut covariance));
    }
    let statistic = quadratic_form(covariance, sums)?.max(0.0);
    let degrees = (k - 1) as f64;
    let p_value = ChiSquared::new(degrees).ok()?.sf(statistic);
    Some(SkillingsMack { statistic, degrees, p_value, n_used })
}

/// Adds what one data set says, if it says something.
fn add_block(row: &[Option<f64>], sums: &mut [f64], covariance: &mut [Vec<f64>]) -> bool {
    let (present, scores): (Vec<usize>, Vec<f64>) =
        row.iter().enumerate().filter_map(|(method, score)| Some((method, (*score)?))).unzip();
    if present.len() < 2 {
        return false;
    }
    let n = present.len() as f64;
    let ranks = ranks(&scores, true);
    let untied = 1.0 - tied(&ranks) / (n * n * n - n);
    let weight = (12.0 / (n + 1.0)).sqrt();
    for (&a, rank) in present.iter().zip(ranks) {
        sums[a] += weight * (rank - f64::midpoint(n, 1.0));
        for &b in &present {
            covariance[a][b] += untied * if a == b { n - 1.0 } else { -1.0 };
        }
    }
    true
}

/// `a' S⁻ a`, where the rows of `S` and `a` sum to zero: then the last row and column can be left out. `None` where
/// what remains is singular.
fn quadratic_form(mut s: Vec<Vec<f64>>, mut a: Vec<f64>) -> Option<f64> {
    let n = a.len() - 1;
    let least = 1e-10 * (0..n).map(|i| s[i][i]).fold(0.0, f64::max);
    let mut form = 0.0;
    // Elimination from the top; S is positive definite, so that the pivots are and need no order.
    for i in 0..n {
        let (done, below) = s.split_at_mut(i + 1);
        let (top, own) = (&done[i], a[i]);
        if top[i] <= least {
            return None;
        }
        form += own * own / top[i];
        for (row, other) in below.iter_mut().zip(&mut a[i + 1..]) {
            let factor = row[i] / top[i];
            row.iter_mut().zip(top).for_each(|(value, above)| *value -= factor * above);
            *other -= factor * own;
        }
    }
    Some(form)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::significance::friedman::friedman;

    #[test]
    fn groups_of_data_sets_without_a_method_in_common_are_not_compared() {
        let apart = [
            vec![Some(1.0), Some(2.0), None, None],
            vec![None, None, Some(1.0), Some(2.0)],
            vec![Some(1.0), Some(2.0), None, None],
        ];
        assert_eq!(skillings_mack(&apart), None);
        assert_eq!(skillings_mack(&[]), None);
        assert_eq!(skillings_mack(&vec![vec![Some(1.0); 2]; 3]), None, "all tie");
    }

    #[test]
    fn one_score_alone_says_nothing() {
        let rows = vec![vec![Some(1.0), Some(2.0), Some(3.0)]; 4];
        let mut more = rows.clone();
        more.push(vec![None, Some(9.0), None]);
        assert_eq!(skillings_mack(&rows), skillings_mack(&more));
    }

    proptest! {
        #[test]
        fn without_gaps_it_is_friedmans(
            // Few values: ties abound.
            rows in (3..7_usize).prop_flat_map(|k| prop::collection::vec(
                prop::collection::vec((0..6_u8).prop_map(f64::from), k), 2..15))
        ) {
            let with_gaps: Vec<Vec<Option<f64>>> =
                rows.iter().map(|row| row.iter().copied().map(Some).collect()).collect();
            match (friedman(&rows), skillings_mack(&with_gaps)) {
                (Some(expected), Some(test)) => {
                    prop_assert!((test.statistic - expected.chi_square).abs() < 1e-9 * (1.0 + expected.chi_square));
                    prop_assert!((test.p_value - expected.p_value).abs() < 1e-9);
                }
                (expected, test) => prop_assert!(expected.is_none() && test.is_none()),
            }
        }

        #[test]
        fn which_method_is_named_last_does_not_matter(
            rows in prop::collection::vec(prop::collection::vec(prop::option::weighted(0.7, -1.0..1.0_f64), 5), 4..15)
        ) {
            let turned: Vec<Vec<Option<f64>>> =
                rows.iter().map(|row| row.iter().rev().copied().collect()).collect();
            match (skillings_mack(&rows), skillings_mack(&turned)) {
                (Some(a), Some(b)) => prop_assert!((a.statistic - b.statistic).abs() < 1e-8 * (1.0 + a.statistic)),
                (a, b) => prop_assert!(a.is_none() && b.is_none()),
            }
        }
    }
}
