//! How large a difference is, without a test: Cliff's delta and Hedges' g of two samples.
//!
//! ```text
//! delta = [#(a > b) - #(a < b)] / (n_a n_b)            over all pairs, from -1 to 1
//! g     = J(m) (mean a - mean b) / s,   m = n_a + n_b - 2
//! s²    = [(n_a - 1) s_a² + (n_b - 1) s_b²] / m
//! J(m)  = Γ(m/2) / (sqrt(m/2) Γ((m-1)/2))              removes the bias of small samples
//! ```
//!
//! Source: Cliff, *Dominance Statistics*, Psychological Bulletin 1993; Hedges, Journal of Educational Statistics 1981
//! (with the exact `J`, not `1 - 3/(4m - 1)`).
//!
//! Trap: the samples are taken as independent. On paired scores both are smaller than what the pairs show.

use statrs::function::gamma::ln_gamma;

use crate::summary::{mean, standard_deviation};

/// Cliff's delta: the chance that a score of `a` is above one of `b`, less the chance that it is below. `None` of nothing.
pub fn cliffs_delta(a: &[f64], b: &[f64]) -> Option<f64> {
    let signs =
        a.iter().flat_map(|x| b.iter().map(move |y| f64::from(i8::from(y < x) - i8::from(x < y))));
    mean(signs)
}

/// Hedges' g: the difference of means in pooled standard deviations. `None` with fewer than two of either or without spread.
pub fn hedges_g(a: &[f64], b: &[f64]) -> Option<f64> {
    let (spread_a, spread_b) = (standard_deviation(a)?, standard_deviation(b)?);
    let (n_a, n_b) = (a.len() as f64, b.len() as f64);
    let m = n_a + n_b - 2.0;
    let squares = (n_a - 1.0) * spread_a * spread_a + (n_b - 1.0) * spread_b * spread_b;
    let pooled = (squares / m).sqrt();
    let unbias = libm::exp(ln_gamma(m / 2.0) - ln_gamma((m - 1.0) / 2.0)) / (m / 2.0).sqrt();
    let apart = mean(a.iter().copied())? - mean(b.iter().copied())?;
    (0.0 < pooled).then(|| unbias * apart / pooled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn samples_apart_have_delta_one_and_a_constant_has_no_g() {
        assert_eq!(cliffs_delta(&[3.0, 4.0], &[1.0, 2.0]), Some(1.0));
        assert_eq!(cliffs_delta(&[1.0, 2.0], &[1.0, 2.0]), Some(0.0));
        assert_eq!(cliffs_delta(&[], &[1.0]), None);
        assert_eq!(hedges_g(&[1.0, 1.0], &[2.0, 2.0]), None);
        assert_eq!(hedges_g(&[1.0], &[2.0, 3.0]), None);
    }

    proptest! {
        #[test]
        fn both_turn_around_with_the_samples(
            a in prop::collection::vec(-9..9_i8, 2..12), b in prop::collection::vec(-9..9_i8, 2..12)
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) =
                (a.into_iter().map(f64::from).collect(), b.into_iter().map(f64::from).collect());
            let delta = cliffs_delta(&a, &b).unwrap();
            prop_assert_eq!(delta, -cliffs_delta(&b, &a).unwrap());
            prop_assert!((-1.0..=1.0).contains(&delta));
            if let Some(g) = hedges_g(&a, &b) {
                prop_assert!((g + hedges_g(&b, &a).unwrap()).abs() < 1e-12);
            }
        }
    }
}
