//! Methods against one control by their average ranks.
//!
//! ```text
//! z_j = (R_j - R_0) / sqrt(k (k+1) / (6 N)),   p_j = 2 (1 - Φ(|z_j|))
//! ```
//!
//! `k` methods, `N` data sets, `R_0` the average rank of the control. The p-values are not adjusted: Holm's or Hommel's
//! adjustment over the `k - 1` comparisons is for the caller.
//!
//! Source: Dunn, JASA 1961; Demšar, JMLR 2006, section 3.2.2.
//!
//! Trap: the verdict depends on the pool of methods (Benavoli et al., JMLR 2016); the signed-rank test does not.

use statrs::distribution::{ContinuousCDF, Normal};

use super::nemenyi::rank_error;

/// z and p of each method against `control`, in the order of the ranks; the control itself has z 0 and p 1.
pub fn against_control(average_ranks: &[f64], control: usize, n_units: usize) -> Vec<(f64, f64)> {
    let error = rank_error(average_ranks.len(), n_units);
    let zs = average_ranks.iter().map(|rank| (rank - average_ranks[control]) / error);
    zs.map(|z| (z, (2.0 * Normal::standard().sf(z.abs())).min(1.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_does_not_differ_from_itself() {
        let tests = against_control(&[2.0, 1.0, 3.0], 1, 9);
        assert_eq!(tests[1], (0.0, 1.0));
        // The error is sqrt(3·4 / 54) = 0.4714.
        assert!((tests[0].0 - 2.121_320_343_559_643).abs() < 1e-12);
        assert!(tests[2].1 < tests[0].1);
    }
}
