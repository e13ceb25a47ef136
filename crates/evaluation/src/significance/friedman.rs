//! Average ranks, and Friedman's test that all methods are equally good.
//!
//! ```text
//! χ² = [12 / (N k (k+1)) Σ_j R_j² - 3 N (k+1)] / C,   R_j the sum of ranks of method j
//! C  = 1 - Σ (t³ - t) / (N (k³ - k)),                 t the sizes of groups of tied scores
//! F  = (N - 1) χ² / (N (k - 1) - χ²)                  (Iman, Davenport)
//! W  = χ² / (N (k - 1))                               (Kendall)
//! ```
//!
//! `N` data sets, `k` methods; χ² has `k - 1` degrees of freedom, F has `k - 1` and
//! `(k - 1)(N - 1)`.
//!
//! Source: Friedman, JASA 1937; Iman, Davenport, 1980; Demšar, *Statistical Comparisons of Classifiers
//! over Multiple Data Sets*, JMLR 2006.

use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

/// The result of Friedman's test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Friedman {
    /// χ², corrected for ties.
    pub chi_square: f64,
    /// Probability of a χ² at least as large if all methods are equal.
    pub p_value: f64,
    /// Iman and Davenport's F; `None` where it is infinite: all data sets rank alike.
    pub f: Option<f64>,
    /// Probability of an F at least as large; 0 where F is infinite.
    pub f_p_value: f64,
    /// Kendall's W: 0 where data sets rank without agreement, 1 where all rank alike.
    pub concordance: f64,
}

/// Ranks of one data set's scores: 1 is the best, ties share the mean of their ranks.
pub fn ranks(scores: &[f64], higher_is_better: bool) -> Vec<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| {
        let ascending = scores[a].total_cmp(&scores[b]);
        if higher_is_better { ascending.reverse() } else { ascending }
    });
    let mut ranks = vec![0.0; scores.len()];
    let mut first = 0;
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        // Positions first+1 ..= first+t share their mean.
        let rank = first as f64 + f64::midpoint(tied.len() as f64, 1.0);
        tied.iter().for_each(|&method| ranks[method] = rank);
        first += tied.len();
    }
    ranks
}

/// The mean rank of each method over data sets; `scores` is `[data set][method]`.
pub fn average_ranks(scores: &[Vec<f64>], higher_is_better: bool) -> Vec<f64> {
    let n_methods = scores.first().map_or(0, Vec::len);
    let mut sums = vec![0.0; n_methods];
    for row in scores {
        let ranks = ranks(row, higher_is_better);
        sums.iter_mut().zip(ranks).for_each(|(sum, rank)| *sum += rank);
    }
    sums.iter().map(|sum| sum / scores.len() as f64).collect()
}

/// Friedman's test over `scores`, `[data set][method]`. `None` with fewer than two data sets or three
/// methods, or when all methods tie everywhere.
pub fn friedman(scores: &[Vec<f64>]) -> Option<Friedman> {
    let ranked: Vec<Vec<f64>> = scores.iter().map(|row| ranks(row, true)).collect();
    friedman_of_ranks(ranked.iter().map(Vec::as_slice))
}

/// The same of ranks, which replicates of a bootstrap need not sort again.
pub fn friedman_of_ranks<'a>(ranked: impl Iterator<Item = &'a [f64]>) -> Option<Friedman> {
    let (mut sums, mut ties, mut n) = (Vec::new(), 0.0, 0.0);
    for ranks in ranked {
        sums.resize(ranks.len(), 0.0);
        sums.iter_mut().zip(ranks).for_each(|(sum, rank)| *sum += rank);
        ties += tied(ranks);
        n += 1.0;
    }
    let k = sums.len() as f64;
    if n < 2.0 || k < 3.0 {
        return None;
    }
    let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
    let correction = 1.0 - ties / (n * (k * k * k - k));
    if correction <= 0.0 {
        return None;
    }
    let uncorrected = 12.0 / (n * k * (k + 1.0)) * squares - 3.0 * n * (k + 1.0);
    let chi_square = (uncorrected / correction).max(0.0);
    let rest = n * (k - 1.0) - chi_square;
    let f = (1e-12 * n < rest).then(|| (n - 1.0) * chi_square / rest);
    let f_p_value = match f {
        Some(f) => FisherSnedecor::new(k - 1.0, (k - 1.0) * (n - 1.0)).ok()?.sf(f),
        None => 0.0,
    };
    let p_value = ChiSquared::new(k - 1.0).ok()?.sf(chi_square);
    let concordance = chi_square / (n * (k - 1.0));
    Some(Friedman { chi_square, p_value, f, f_p_value, concordance })
}

/// `Σ (t³ - t)` over the groups of ties: twelve times what sharing ranks takes from the sum of their squares. Exact, as
/// ranks are halves.
pub(super) fn tied(ranks: &[f64]) -> f64 {
    let n = ranks.len() as f64;
    let squares: f64 = ranks.iter().map(|rank| rank * rank).sum();
    2.0 * n * (n + 1.0) * (2.0 * n + 1.0) - 12.0 * squares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(ranks(&[0.9, 0.5, 0.9, 0.1], true), [1.5, 3.0, 1.5, 4.0]);
        assert_eq!(ranks(&[0.9, 0.5, 0.9, 0.1], false), [3.5, 2.0, 3.5, 1.0]);
    }

    #[test]
    fn equal_methods_give_no_test_and_a_steady_order_the_largest_statistic() {
        assert_eq!(friedman(&[vec![0.5; 3], vec![0.5; 3]]), None);
        assert_eq!(friedman(&[vec![0.1, 0.2, 0.3]]), None);
        let steady = friedman(&vec![vec![0.1, 0.2, 0.3]; 5]).unwrap();
        assert!((steady.chi_square - 10.0).abs() < 1e-12);
        assert_eq!((steady.f, steady.f_p_value), (None, 0.0));
        assert!((steady.concordance - 1.0).abs() < 1e-12);
    }

    #[test]
    fn groups_of_ties_are_known_by_their_ranks() {
        // Three 7s and two 4s: 27 - 3 and 8 - 2.
        assert_eq!(tied(&ranks(&[7.0, 4.0, 7.0, 1.0, 7.0, 4.0], true)), 30.0);
        assert_eq!(tied(&ranks(&[3.0, 1.0, 2.0], true)), 0.0);
        assert_eq!(tied(&[]), 0.0);
    }

    proptest! {
        #[test]
        fn ranks_sum_to_the_triangle(scores in prop::collection::vec(0..6_u8, 1..20)) {
            let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
            let k = scores.len() as f64;
            let sum: f64 = ranks(&scores, true).iter().sum();
            prop_assert!((sum - k * (k + 1.0) / 2.0).abs() < 1e-9);
        }
    }
}
