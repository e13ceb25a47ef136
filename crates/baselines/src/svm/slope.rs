//! The slope that makes probabilities of a machine's decisions.
//!
//! ```text
//! s = argmin over s > 0   -Σ_i w_i [t_i ln σ(s f_i) + (1 - t_i) ln σ(-s f_i)]
//! t = (n+ + 1) / (n+ + 2) of a positive example, 1 / (n- + 2) of a negative one
//! ```
//!
//! `w` is the weight of the example's side, `n+` and `n-` the sums of the weights of either side. The sum is
//! convex in `s`. Source of the targets: Platt, *Probabilistic Outputs for Support Vector Machines*, 1999.

use nn::Real;

/// The slope for `decisions` of `targets`, `[n_examples]`; `weights` are those of a positive and of a negative
/// example.
///
/// Where the likelihood is best without a slope, or against the machine, a small one is kept: the class is
/// the side, and its probability just above one half.
pub(super) fn fit(decisions: &[f64], targets: &[bool], weights: (f64, f64)) -> f64 {
    let largest = decisions.iter().fold(0.0_f64, |largest, f| largest.max(f.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return 1.0;
    }
    let (positive, negative) = weights;
    let n_positive = positive * targets.iter().filter(|&&yes| yes).count() as f64;
    let n_negative = negative * targets.iter().filter(|&&yes| !yes).count() as f64;
    let rises = |slope: f64| -> f64 {
        let terms = decisions.iter().zip(targets).map(|(f, &yes)| {
            let (weight, target) = if yes {
                (positive, (n_positive + 1.0) / (n_positive + 2.0))
            } else {
                (negative, 1.0 / (n_negative + 2.0))
            };
            weight * f * ((slope * f).sigmoid() - target)
        });
        terms.sum()
    };
    // Targets lie between 0 and 1, so that the sum rises in the end.
    let (mut low, mut high) = (1e-6 / largest, 1.0 / largest);
    for _ in 0..64 {
        if 0.0 <= rises(high) {
            break;
        }
        (low, high) = (high, 2.0 * high);
    }
    // Halves of an interval that is at most as long as its upper end: one rounding is left of it.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if rises(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All decisions are ±1, of each side a share is wrong.
    fn fitted(rights: [usize; 2], wrongs: [usize; 2], weights: (f64, f64)) -> f64 {
        let (mut decisions, mut targets) = (Vec::new(), Vec::new());
        for (side, positive) in [(0, true), (1, false)] {
            let sign = if positive { 1.0 } else { -1.0 };
            let signs = [(rights[side], sign), (wrongs[side], -sign)];
            for (n, decision) in signs {
                decisions.extend(std::iter::repeat_n(decision, n));
                targets.extend(std::iter::repeat_n(positive, n));
            }
        }
        fit(&decisions, &targets, weights)
    }

    #[test]
    fn the_probability_of_a_side_is_the_weighted_share_that_is_right_on_it() {
        // Decisions of ±1 have one probability, σ(s) on their own side: the mean over all examples of the
        // target of the side that they are on.
        let (rights, wrongs, weights) = ([30, 400], [10, 60], (5.0, 0.5));
        let (n_positive, n_negative) = (5.0 * 40.0, 0.5 * 460.0);
        let (t, u) = ((n_positive + 1.0) / (n_positive + 2.0), 1.0 / (n_negative + 2.0));
        let own = 5.0 * (30.0 * t + 10.0 * (1.0 - t)) + 0.5 * (400.0 * (1.0 - u) + 60.0 * u);
        let expected = own / (n_positive + n_negative);
        let p = fitted(rights, wrongs, weights).sigmoid();
        assert!((p - expected).abs() < 1e-12, "{p} {expected}");
    }

    #[test]
    fn a_machine_that_is_mostly_wrong_keeps_its_sides() {
        let slope = fitted([1, 1], [30, 30], (1.0, 1.0));
        assert!(0.5 < slope.sigmoid() && slope.sigmoid() < 0.51, "{slope}");
        assert_eq!(fit(&[0.0, 0.0], &[true, false], (1.0, 1.0)), 1.0);
    }

    #[test]
    fn the_scale_of_the_decisions_does_not_matter() {
        let targets = [true, true, false, false, false, true];
        let decisions = [2.0, 0.5, -1.0, -3.0, 0.2, -0.1];
        let slope = fit(&decisions, &targets, (1.0, 1.0));
        for factor in [1e-9, 1e9] {
            let scaled: Vec<f64> = decisions.iter().map(|f| f * factor).collect();
            let other = fit(&scaled, &targets, (1.0, 1.0)) * factor;
            assert!((other / slope - 1.0).abs() < 1e-12, "{other} {slope}");
        }
    }
}
