//! What a design could show at best: the smallest p that a row can reach which wins everywhere.
//!
//! ```text
//! p_least  = min(1, 2 k / 2^F)
//! F_needed = the least F with 2 k / 2^F < alpha
//! ```
//!
//! `F` families of data sets, `k` rows that are compared with the baseline. Of the `2^F` ways in which `F` differences can
//! have signs, all equally likely if the rows are equal, two are as one-sided as "always better": the least p of an exact
//! two-sided Wilcoxon signed-rank test, and of a sign test. Holm multiplies the smallest p of `k` by `k`.
//!
//! Source: Wilcoxon, Biometrics Bulletin 1945; Holm, *A Simple Sequentially Rejective Multiple Test Procedure*, Scand. J.
//! Statist. 1979.
//!
//! Trap: it is a bound. Differences of exactly 0 leave less to be shown; and with few families a p below `alpha` is within
//! reach of a row alone that wins in all of them.

/// The smallest p after Holm that one of `comparisons` rows can reach over `families` families of data sets; with no
/// comparison, as with one.
pub fn least_p(families: usize, comparisons: usize) -> f64 {
    // A power of two is exact, so that the bound is equal to the p of the test and not only near it.
    let uncorrected = (0..families).fold(2.0, |p: f64, _| p / 2.0);
    (uncorrected * comparisons.max(1) as f64).min(1.0)
}

/// The least number of families with which one of `comparisons` rows can be below `alpha` after Holm.
///
/// # Panics
///
/// If `alpha` is not above 0: no number of families is enough.
pub fn families_needed(comparisons: usize, alpha: f64) -> usize {
    assert!(0.0 < alpha, "alpha must be above 0");
    let mut families = 0;
    while least_p(families, comparisons) >= alpha.min(1.0) {
        families += 1;
    }
    families
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often, over all signs of the ranks 1 to `n`, the sum of the positive ones is as far from its middle as possible.
    fn most_one_sided(n: u32) -> f64 {
        let middle = f64::from(n * (n + 1)) / 4.0;
        let distance = |signs: u32| {
            let sum: u32 = (0..n).filter(|rank| signs >> rank & 1 == 1).map(|rank| rank + 1).sum();
            (f64::from(sum) - middle).abs()
        };
        let extreme = (0..1 << n).filter(|&signs| distance(signs) >= middle).count();
        extreme as f64 / f64::from(1_u32 << n)
    }

    #[test]
    fn it_is_the_least_p_of_an_exact_signed_rank_test() {
        for n in 1..=12 {
            assert_eq!(least_p(n as usize, 1), most_one_sided(n), "{n} families");
        }
    }

    #[test]
    fn six_families_and_fifteen_comparisons_cannot_answer() {
        assert_eq!(least_p(6, 15), 30.0 / 64.0);
        assert_eq!(families_needed(15, 0.05), 10);
        assert!(least_p(10, 15) < 0.05 && least_p(9, 15) >= 0.05);
    }

    #[test]
    fn one_comparison_takes_six_families() {
        assert_eq!(families_needed(1, 0.05), 6);
        assert_eq!(least_p(6, 1), 0.03125);
    }

    #[test]
    fn no_p_is_above_one_and_no_families_show_nothing() {
        assert_eq!((least_p(0, 1), least_p(1, 1), least_p(3, 1000)), (1.0, 1.0, 1.0));
        assert_eq!(least_p(4, 0), least_p(4, 1));
    }

    #[test]
    fn a_p_that_only_equals_alpha_is_not_below_it() {
        assert_eq!(families_needed(1, 0.25), 4);
        assert_eq!(families_needed(1, 2.0), 2);
    }
}
