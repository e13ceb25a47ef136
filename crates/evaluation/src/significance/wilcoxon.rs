//! Wilcoxon's signed-rank test: are paired differences symmetric about zero?
//!
//! ```text
//! W+ = Σ_{d_i > 0} r_i,   W- = Σ_{d_i < 0} r_i,   r_i the rank of |d_i|, 1 the smallest, ties share their mean
//! p  = min(1, 2 min(P(W+ <= w), P(W+ >= w)))
//! ```
//!
//! `n` differences. The distribution of W+ is that of the ranks at hand under all signs
//! (exact, with ties too) for up to 50 differences that are not zero, and beyond
//!
//! ```text
//! z = (W+ - n(n+1)/4) / sqrt([n(n+1)(2n+1) - Σ(t³ - t)/2] / 24)
//! ```
//!
//! `t` the sizes of groups of tied differences. With Pratt's zeros, `n0` of them, the mean loses `n0(n0+1)/4`
//! and the first term under the root `n0(n0+1)(2n0+1)`.
//!
//! Source: Wilcoxon, Biometrics Bulletin 1945; zeros: Pratt, JASA 1959; the normal form is SciPy's.
//!
//! Differs: SciPy falls back to the normal form wherever there are ties or zeros; ours stays exact.
//!
//! Trap: differences that are equal but for rounding are no ties, and a difference of 1e-17 is no zero: round the
//! differences first to what the scores mean.

use statrs::distribution::{ContinuousCDF, Normal};

use super::friedman::{ranks, tied};
use super::signed_rank_null::{MOST_EXACT, SignedRankNull};

/// What becomes of differences that are exactly zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zeros {
    /// They are ranked with the others, and their ranks are then dropped: the more zeros, the larger the ranks left.
    Pratt,
    /// They are dropped before ranking.
    Wilcox,
    /// They are ranked, and half of their ranks goes to either side. The exact p is Pratt's.
    ZSplit,
}

/// What is held against "symmetric about zero".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// Differences lean to either side.
    TwoSided,
    /// Differences lean above zero.
    Greater,
    /// Differences lean below zero.
    Less,
}

/// The distribution W+ is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Null {
    /// All signs of the ranks at hand; normal where more than 50 differences are not zero.
    Exact,
    /// Normal with tie correction; with `continuity`, half a rank nearer to its mean.
    Normal {
        /// Whether W+ is moved by half a rank.
        continuity: bool,
    },
}

/// The result of the signed-rank test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Sum of the ranks of positive differences.
    pub w_plus: f64,
    /// Sum of the ranks of negative differences.
    pub w_minus: f64,
    /// Probability of sums at least as far apart if differences are symmetric about zero.
    pub p_value: f64,
    /// Whether `p_value` counts all signs, or is of the normal distribution.
    pub exact: bool,
}

/// The two-sided test, exact up to 50 differences that are not zero. `None` of nothing or of what is no number.
/// Where all differences are zero, p is 1.
pub fn signed_rank(differences: &[f64], zeros: Zeros) -> Option<SignedRank> {
    signed_rank_against(differences, zeros, Alternative::TwoSided, Null::Exact)
}

/// The test against one alternative and distribution. `None` of nothing, of what is no number, and of a normal
/// distribution without spread.
pub fn signed_rank_against(
    differences: &[f64],
    zeros: Zeros,
    alternative: Alternative,
    null: Null,
) -> Option<SignedRank> {
    if differences.is_empty() || !differences.iter().all(|difference| difference.is_finite()) {
        return None;
    }
    let ranked = Ranked::new(differences, zeros);
    let exact = null == Null::Exact && ranked.signed.len() <= MOST_EXACT;
    let p_value = if exact {
        ranked.exact(alternative)
    } else {
        ranked.normal(alternative, matches!(null, Null::Normal { continuity: true }))?
    };
    let (w_plus, w_minus) =
        (ranked.w_plus + ranked.to_both_sides, ranked.w_minus + ranked.to_both_sides);
    Some(SignedRank { w_plus, w_minus, p_value, exact })
}

/// Differences by rank.
struct Ranked {
    /// The ranks that have a sign.
    signed: Vec<f64>,
    w_plus: f64,
    w_minus: f64,
    /// Of the ranks of zeros, what either side gets.
    to_both_sides: f64,
    mean: f64,
    /// The variance of W+ under the normal form.
    variance: f64,
}

impl Ranked {
    fn new(differences: &[f64], zeros: Zeros) -> Self {
        let kept: Vec<f64> =
            differences.iter().copied().filter(|d| zeros != Zeros::Wilcox || *d != 0.0).collect();
        let sizes: Vec<f64> = kept.iter().map(|d| d.abs()).collect();
        let ranks = ranks(&sizes, false);
        let sum_where = |holds: fn(f64) -> bool| -> f64 {
            kept.iter().zip(&ranks).filter(|(d, _)| holds(**d)).map(|(_, rank)| rank).sum()
        };
        let to_both_sides =
            if zeros == Zeros::ZSplit { sum_where(|d| d == 0.0) / 2.0 } else { 0.0 };
        let n_zeros = kept.iter().filter(|d| **d == 0.0).count() as f64;
        let n_dropped = if zeros == Zeros::Pratt { n_zeros } else { 0.0 };
        // Zeros whose ranks are dropped are no ties among what is summed.
        let ties = tied(&ranks) - (n_dropped.powi(3) - n_dropped);
        let below = |n: f64| (n * (n + 1.0) / 4.0, n * (n + 1.0) * (2.0 * n + 1.0));
        let (all, dropped) = (below(kept.len() as f64), below(n_dropped));
        Ranked {
            signed: kept.iter().zip(&ranks).filter(|(d, _)| **d != 0.0).map(|(_, r)| *r).collect(),
            w_plus: sum_where(|d| 0.0 < d),
            w_minus: sum_where(|d| d < 0.0),
            to_both_sides,
            mean: all.0 - dropped.0,
            variance: (all.1 - dropped.1 - ties / 2.0) / 24.0,
        }
    }

    fn exact(&self, alternative: Alternative) -> f64 {
        let null = SignedRankNull::new(&self.signed);
        match alternative {
            Alternative::Greater => null.at_least(self.w_plus),
            Alternative::Less => null.at_most(self.w_plus),
            Alternative::TwoSided => (2.0 * null.at_most(self.w_plus.min(self.w_minus))).min(1.0),
        }
    }

    fn normal(&self, alternative: Alternative, continuity: bool) -> Option<f64> {
        if self.variance <= 0.0 {
            return None;
        }
        let off = self.w_plus + self.to_both_sides - self.mean;
        let toward = match alternative {
            Alternative::TwoSided if off == 0.0 => 0.0,
            Alternative::TwoSided => 0.5_f64.copysign(off),
            Alternative::Greater => 0.5,
            Alternative::Less => -0.5,
        };
        let z = (off - if continuity { toward } else { 0.0 }) / self.variance.sqrt();
        let normal = Normal::standard();
        Some(match alternative {
            Alternative::Greater => normal.sf(z),
            Alternative::Less => normal.cdf(z),
            Alternative::TwoSided => (2.0 * normal.sf(z.abs())).min(1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn six_wins_of_six_are_one_in_thirty_two() {
        let test = signed_rank(&[0.3, 0.1, 0.2, 0.5, 0.4, 0.6], Zeros::Pratt).unwrap();
        assert_eq!((test.w_plus, test.w_minus, test.p_value), (21.0, 0.0, 0.03125));
        assert!(test.exact);
    }

    #[test]
    fn zeros_only_say_nothing_and_no_number_has_no_test() {
        for zeros in [Zeros::Pratt, Zeros::Wilcox, Zeros::ZSplit] {
            assert_eq!(signed_rank(&[0.0; 7], zeros).unwrap().p_value, 1.0);
            assert_eq!(signed_rank(&[], zeros), None);
            assert_eq!(signed_rank(&[0.1, f64::NAN], zeros), None);
        }
    }

    #[test]
    fn beyond_fifty_differences_the_normal_form_is_close_to_the_exact() {
        let of = |n: i32| -> Vec<f64> {
            (1..=n).map(|i| f64::from(if i % 3 == 0 { -i } else { i })).collect()
        };
        let exact = signed_rank(&of(50), Zeros::Pratt).unwrap();
        let continuity = Null::Normal { continuity: true };
        let normal =
            signed_rank_against(&of(50), Zeros::Pratt, Alternative::TwoSided, continuity).unwrap();
        assert!(exact.exact && !normal.exact);
        assert!((exact.p_value - normal.p_value).abs() < 1e-3, "{exact:?} {normal:?}");
        assert!(!signed_rank(&of(51), Zeros::Pratt).unwrap().exact);
    }

    fn differences() -> impl Strategy<Value = Vec<f64>> {
        // Small whole numbers: ties and zeros abound, and sums are exact.
        prop::collection::vec((-6..7_i8).prop_map(f64::from), 1..70)
    }

    fn any_zeros() -> impl Strategy<Value = Zeros> {
        prop::sample::select(vec![Zeros::Pratt, Zeros::Wilcox, Zeros::ZSplit])
    }

    proptest! {
        #[test]
        fn other_signs_swap_the_sums_and_keep_p(d in differences(), zeros in any_zeros()) {
            let swapped: Vec<f64> = d.iter().map(|d| -d).collect();
            let (test, other) = (signed_rank(&d, zeros).unwrap(), signed_rank(&swapped, zeros).unwrap());
            prop_assert_eq!((test.w_plus, test.w_minus), (other.w_minus, other.w_plus));
            prop_assert!((test.p_value - other.p_value).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&test.p_value));
        }

        #[test]
        fn neither_order_nor_scale_matters(d in differences(), zeros in any_zeros()) {
            let mut other: Vec<f64> = d.iter().map(|d| d * 0.125).collect();
            other.reverse();
            prop_assert_eq!(signed_rank(&d, zeros), signed_rank(&other, zeros));
        }

        #[test]
        fn one_side_is_at_least_half_of_two(d in differences(), zeros in any_zeros()) {
            let p = |alternative| {
                signed_rank_against(&d, zeros, alternative, Null::Exact).unwrap().p_value
            };
            let one = p(Alternative::Greater).min(p(Alternative::Less));
            prop_assert!((p(Alternative::TwoSided) - (2.0 * one).min(1.0)).abs() < 1e-12);
        }

        #[test]
        fn the_exact_p_counts_all_signs(d in prop::collection::vec((-4..5_i8).prop_map(f64::from), 1..9)) {
            let test = signed_rank(&d, Zeros::Pratt).unwrap();
            let sizes: Vec<f64> = d.iter().map(|d| d.abs()).collect();
            let ranks: Vec<f64> =
                ranks(&sizes, false).into_iter().zip(&d).filter(|(_, d)| **d != 0.0).map(|(r, _)| r).collect();
            let off = |plus: f64| (2.0 * plus - ranks.iter().sum::<f64>()).abs();
            let as_far = (0..1_u32 << ranks.len()).filter(|signs| {
                let plus: f64 =
                    ranks.iter().enumerate().filter(|(i, _)| signs >> i & 1 == 1).map(|(_, r)| r).sum();
                off(test.w_plus) <= off(plus)
            });
            let expected = as_far.count() as f64 / f64::from(1_u32 << ranks.len());
            prop_assert_eq!(test.p_value, expected);
        }
    }
}
