//! The distribution of the studentised range: of how far the extremes of `k` standard normal values are apart.
//!
//! ```text
//! P(Q > q) = k ∫ φ(z) [Φ(z)^{k-1} - (Φ(z) - Φ(z - q))^{k-1}] dz
//! ```
//!
//! `φ`, `Φ` density and distribution of the standard normal; infinite degrees of freedom: the spread is known, as that of
//! ranks is. The bracket is `-Φ^{k-1} expm1((k-1) ln1p(-Φ(z-q)/Φ(z)))`, so that small probabilities keep their digits.
//! The trapezoid rule converges geometrically on such an integrand: at a step of 1/8 its error is that of rounding for
//! k up to 400.
//!
//! Source: Tukey, *The Problem of Multiple Comparisons*, 1953; the integral: Hartley, Biometrika 1942.
//!
//! Trap: tables and programs of Nemenyi's test often give `q / sqrt(2)`.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

const STEP: f64 = 0.125;
/// Beyond 9 standard deviations the density is below 1e-18.
const REACH: f64 = 9.0;

/// `P(Q > q)` for the range of `k` values, at least 2; 1 where `q` is not positive.
pub fn studentized_range_sf(q: f64, k: usize) -> f64 {
    if q <= 0.0 {
        return 1.0;
    }
    // Right of q/2 + 9 everything has decayed, also compared with a tail that is itself small.
    let n_steps = ((2.0 * REACH + q / 2.0) / STEP).ceil() as usize;
    let others = (k.max(2) - 1) as f64;
    let sum: f64 = (0..=n_steps)
        .map(|i| {
            let z = STEP * i as f64 - REACH;
            let (below, far_below) = (normal_cdf(z), normal_cdf(z - q));
            let share = (far_below / below).min(1.0);
            let density = libm::exp(-z * z / 2.0) / (2.0 * PI).sqrt();
            density * libm::pow(below, others) * -libm::expm1(others * libm::log1p(-share))
        })
        .sum();
    ((others + 1.0) * STEP * sum).min(1.0)
}

/// The `q` that a range of `k` values exceeds with probability `alpha`, to 1e-13 of itself; `None` unless `alpha` is
/// between 0 and 1 and `k` at least 2.
pub fn studentized_range_quantile(alpha: f64, k: usize) -> Option<f64> {
    if !(0.0 < alpha && alpha < 1.0) || k < 2 {
        return None;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while alpha < studentized_range_sf(high, k) {
        (low, high) = (high, 2.0 * high);
    }
    while 1e-13 * high < high - low {
        let middle = f64::midpoint(low, high);
        if alpha < studentized_range_sf(middle, k) { low = middle } else { high = middle }
    }
    Some(f64::midpoint(low, high))
}

fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_two_values_it_is_the_normal_distribution_of_a_difference() {
        for q in [0.1, 1.0, 3.0, 8.0, 20.0] {
            // |x - y| > q, of variance 2.
            let expected = libm::erfc(q / 2.0);
            assert!((studentized_range_sf(q, 2) / expected - 1.0).abs() < 1e-12, "{q}");
        }
    }

    #[test]
    fn what_is_asked_wrongly_has_no_quantile() {
        assert_eq!(studentized_range_quantile(0.0, 3), None);
        assert_eq!(studentized_range_quantile(1.0, 3), None);
        assert_eq!(studentized_range_quantile(0.05, 1), None);
        assert_eq!(studentized_range_sf(0.0, 3), 1.0);
    }

    proptest! {
        #[test]
        fn a_wider_range_is_rarer_and_more_values_range_wider(q in 0.05..9.0_f64, k in 2..80_usize) {
            let p = studentized_range_sf(q, k);
            prop_assert!((0.0..=1.0).contains(&p));
            prop_assert!(studentized_range_sf(q + 0.05, k) <= p + 1e-15);
            prop_assert!(p <= studentized_range_sf(q, k + 1) + 1e-15);
        }

        #[test]
        fn the_quantile_inverts(alpha in 1e-6..0.999_f64, k in 2..60_usize) {
            let q = studentized_range_quantile(alpha, k).unwrap();
            prop_assert!((studentized_range_sf(q, k) / alpha - 1.0).abs() < 1e-10);
        }
    }
}
