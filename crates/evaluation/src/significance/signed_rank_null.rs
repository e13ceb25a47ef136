//! The distribution of a sum of ranks whose signs are thrown like coins, by convolution.
//!
//! ```text
//! c_0(0) = 1,   c_i(s) = c_{i-1}(s) + c_{i-1}(s - r_i),   P(W+ = s) = c_n(s) / 2^n
//! ```
//!
//! `r_i` the `n` ranks. Means of tied ranks are halves, so all is counted in half ranks. The counts are whole numbers
//! below 2^50: the probabilities are exact.
//!
//! Source: Wilcoxon, *Individual Comparisons by Ranking Methods*, Biometrics Bulletin 1945; with ties, the
//! permutation distribution given the ranks (Pratt, Gibbons, *Concepts of Nonparametric Theory*, 1981).

/// Most signs whose ways are counted: beyond, a normal distribution stands in.
pub(super) const MOST_EXACT: usize = 50;

/// How many of the `2^n` ways to give signs reach each sum, in half ranks.
pub(super) struct SignedRankNull {
    ways: Vec<u64>,
    n: usize,
}

impl SignedRankNull {
    /// Of these ranks, which are multiples of a half, at most [`MOST_EXACT`] of them.
    pub(super) fn new(ranks: &[f64]) -> Self {
        assert!(ranks.len() <= MOST_EXACT, "more than {MOST_EXACT} ranks");
        let halves: Vec<usize> = ranks.iter().map(|rank| (2.0 * rank) as usize).collect();
        let mut ways = vec![0; halves.iter().sum::<usize>() + 1];
        ways[0] = 1;
        let mut reached = 0;
        for rank in halves {
            reached += rank;
            for sum in (rank..=reached).rev() {
                ways[sum] += ways[sum - rank];
            }
        }
        SignedRankNull { ways, n: ranks.len() }
    }

    /// `P(W+ <= sum)`.
    pub(super) fn at_most(&self, sum: f64) -> f64 {
        if sum < 0.0 {
            return 0.0;
        }
        let end = self.ways.len().min((2.0 * sum) as usize + 1);
        self.ways[..end].iter().sum::<u64>() as f64 / (1_u64 << self.n) as f64
    }

    /// `P(W+ >= sum)`, by symmetry.
    pub(super) fn at_least(&self, sum: f64) -> f64 {
        self.at_most((self.ways.len() - 1) as f64 / 2.0 - sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ranks_have_eight_ways() {
        let null = SignedRankNull::new(&[1.0, 2.0, 3.0]);
        // Sums 0, 1, 2, 3 (twice), 4, 5, 6.
        assert_eq!([0.0, 2.0, 3.0, 6.0].map(|sum| null.at_most(sum)), [0.125, 0.375, 0.625, 1.0]);
        assert_eq!([0.0, 3.0, 6.0].map(|sum| null.at_least(sum)), [1.0, 0.625, 0.125]);
        assert_eq!((null.at_most(-0.5), null.at_least(6.5)), (0.0, 0.0));
    }

    #[test]
    fn without_ranks_the_sum_is_zero() {
        let null = SignedRankNull::new(&[]);
        assert_eq!((null.at_most(0.0), null.at_least(0.0)), (1.0, 1.0));
    }
}
