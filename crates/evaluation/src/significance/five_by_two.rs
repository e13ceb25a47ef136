//! The 5×2 cross-validation F test of two methods on one data set.
//!
//! ```text
//! F   = Σ_i Σ_j d_ij² / (2 Σ_i s_i²)
//! s_i² = (d_i1 - m_i)² + (d_i2 - m_i)²,   m_i = (d_i1 + d_i2) / 2
//! ```
//!
//! `d_ij` the difference on fold `j` of the `i`-th of five halvings; F has 10 and 5 degrees of freedom.
//!
//! Source: Alpaydin, *Combined 5×2 cv F Test for Comparing Supervised Classification Learning Algorithms*, Neural
//! Computation 1999.
//!
//! Differs: where the folds of all halvings agree exactly there is no spread to hold the differences against, and no test,
//! unless all differences are zero: p = 1.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// The result of the 5×2 F test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FiveByTwo {
    /// The statistic; 0 where all differences are zero.
    pub f: f64,
    /// Probability of an F at least as large if the methods are equal.
    pub p_value: f64,
}

/// The test of differences `[halving][fold]`. `None` of what is no number, and without spread.
pub fn five_by_two(differences: &[[f64; 2]; 5]) -> Option<FiveByTwo> {
    if !differences.as_flattened().iter().all(|difference| difference.is_finite()) {
        return None;
    }
    let squares: f64 = differences.as_flattened().iter().map(|d| d * d).sum();
    if squares == 0.0 {
        return Some(FiveByTwo { f: 0.0, p_value: 1.0 });
    }
    // The two deviations from the mean are half of the difference each.
    let spread: f64 = differences.iter().map(|[a, b]| (a - b) * (a - b) / 2.0).sum();
    if spread <= 1e-24 * squares {
        return None;
    }
    let f = squares / (2.0 * spread);
    Some(FiveByTwo { f, p_value: FisherSnedecor::new(10.0, 5.0).ok()?.sf(f) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn without_spread_there_is_no_test_unless_nothing_differs() {
        assert_eq!(five_by_two(&[[0.0; 2]; 5]).unwrap().p_value, 1.0);
        assert_eq!(five_by_two(&[[0.2; 2]; 5]), None);
        assert_eq!(five_by_two(&[[f64::NAN, 0.0]; 5]), None);
    }

    proptest! {
        #[test]
        fn neither_sides_nor_scale_nor_folds_matter(d in prop::array::uniform5(prop::array::uniform2(-1.0..1.0_f64))) {
            let other = d.map(|[a, b]| [-4.0 * b, -4.0 * a]);
            let (test, other) = (five_by_two(&d).unwrap(), five_by_two(&other).unwrap());
            prop_assert!((test.f - other.f).abs() <= 1e-9 * test.f);
            prop_assert!((0.0..=1.0).contains(&test.p_value));
        }
    }
}
