//! How far a machine is from its optimum.
//!
//! ```text
//! violation = max_{i may grow} (y_i - g_i) - min_{i may shrink} (y_i - g_i),   g_i = Σ_j α_j y_j k(x_i, x_j)
//! ```
//!
//! `i` may grow if `y_i α_i` may: a positive example below its bound, a negative one above 0; it may shrink the
//! other way round. At the optimum the violation is 0 or less; LIBSVM and linfa stop below their tolerance.
//!
//! Source: Keerthi, Shevade, Bhattacharyya, Murthy, *Improvements to Platt's SMO Algorithm*, Neural Computation
//! 2001; Fan, Chen, Lin, *Working Set Selection Using Second Order Information*, JMLR 2005.

/// The largest violation of the conditions of optimality.
///
/// - `alpha`: `y_i α_i`, as the library keeps them; `sums`: `g_i`; `bounds`: the largest `α_i`: all
///   `[n_examples]`
pub(super) fn violation(
    alpha: &[f64],
    sums: &[f64],
    targets: &[bool],
    bounds: impl Iterator<Item = f64>,
) -> f64 {
    let (mut grows, mut shrinks) = (f64::NEG_INFINITY, f64::INFINITY);
    for (((alpha, sum), &positive), bound) in alpha.iter().zip(sums).zip(targets).zip(bounds) {
        let y = if positive { 1.0 } else { -1.0 };
        // What is within rounding of a bound is at it.
        let below = y * alpha < bound * (1.0 - 1e-9);
        let above = bound * 1e-9 < y * alpha;
        let (may_grow, may_shrink) = if positive { (below, above) } else { (above, below) };
        if may_grow {
            grows = grows.max(y - sum);
        }
        if may_shrink {
            shrinks = shrinks.min(y - sum);
        }
    }
    grows - shrinks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows -1 and 1 with a linear kernel: α = 1/2 for both, g = x.
    #[test]
    fn the_optimum_of_two_points_violates_nothing_and_the_start_violates_by_two() {
        let targets = [false, true];
        let bounds = || [1.0, 1.0].into_iter();
        assert_eq!(violation(&[-0.5, 0.5], &[-1.0, 1.0], &targets, bounds()), 0.0);
        assert_eq!(violation(&[0.0, 0.0], &[0.0, 0.0], &targets, bounds()), 2.0);
        // At a bound of 1/4, g = x / 2: neither may move on.
        let bounds = [0.25, 0.25].into_iter();
        assert!(violation(&[-0.25, 0.25], &[-0.5, 0.5], &targets, bounds) < 0.0);
    }
}
