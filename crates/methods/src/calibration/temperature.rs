//! Temperature scaling: one number makes all probabilities more or less sure.
//!
//! ```text
//! q_k = p_k^(1/T) / Σ_j p_j^(1/T)
//! T   = argmin_T -Σ_i ln q_i,   0.05 <= T <= 20
//! d/dβ (-Σ_i ln q_i) = Σ_i (Σ_k q_ik ln p_ik - ln p_i),   β = 1/T, which grows with β
//! ```
//!
//! - `p`: the probabilities of the classes, `[n_classes]`, at least 2⁻⁵²; for a loss on a softmax this is the softmax of
//!   the logits divided by `T`. `p_i`, `q_i`: those of the true class of example `i` of the validation part
//!
//! `T` is found by halving the range of `β` until the derivative is 0 or nothing is left between.
//!
//! Source: Guo, Pleiss, Sun, Weinberger, *On Calibration of Modern Neural Networks*, ICML 2017.
//! Differs: they take logits; here every learner has one temperature, those that say probabilities alone too.
//! Differs: `T` is bounded. A validation part without a mistake would ask for 0.
//! Trap: it never changes which class is the most probable, but for ties that rounding makes, and so moves no metric of
//! `argmax`.

use serde::{Deserialize, Serialize};

use crate::calibration::calibrator::Calibrator;
use crate::calibration::definition::Definition;
use crate::judged::Judged;

/// The bounds of `1 / T`.
const RANGE: [f64; 2] = [0.05, 20.0];

/// One temperature. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Temperature {}

impl Definition for Temperature {
    fn code(&self) -> &'static str {
        include_str!("temperature.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn fit(&self, validation: &Judged<'_>) -> Option<Calibrator> {
        let mut logs = validation.probabilities.to_vec();
        logs.iter_mut().for_each(|p| *p = ln(*p));
        let [mut low, mut high] = RANGE;
        let slope = |beta| slope(&logs, validation, beta);
        // Of probabilities that are all alike, every temperature is as good as another.
        let beta = if slope(1.0) == 0.0 {
            1.0
        } else if 0.0 <= slope(low) {
            low
        } else if slope(high) <= 0.0 {
            high
        } else {
            loop {
                let middle = f64::midpoint(low, high);
                if middle <= low || high <= middle {
                    break middle;
                }
                if slope(middle) < 0.0 { low = middle } else { high = middle }
            }
        };
        Some(Calibrator::Temperature(1.0 / beta))
    }
}

fn ln(p: f64) -> f64 {
    libm::log(p.max(f64::EPSILON))
}

/// The derivative of the validation part's negative log likelihood by `beta`.
fn slope(logs: &[f64], validation: &Judged<'_>, beta: f64) -> f64 {
    let mut q = vec![0.0; validation.n_classes];
    let rows = logs.chunks_exact(validation.n_classes.max(1));
    let of = |(row, &target): (&[f64], &u32)| {
        soften(row, beta, &mut q);
        let expected: f64 = q.iter().zip(row).map(|(q, s)| q * s).sum();
        expected - row[target as usize]
    };
    rows.zip(validation.targets).map(of).sum()
}

/// `softmax(beta logs)`.
fn soften(logs: &[f64], beta: f64, out: &mut [f64]) {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    out.iter_mut().zip(logs).for_each(|(q, s)| *q = libm::exp(beta * (s - largest)));
    let sum: f64 = out.iter().sum();
    out.iter_mut().for_each(|q| *q /= sum);
}

/// Divides the logarithms of `probabilities` by `temperature`.
pub(crate) fn apply(probabilities: &mut [f64], n_classes: usize, temperature: f64) {
    for row in probabilities.chunks_exact_mut(n_classes.max(1)) {
        let logs: Vec<f64> = row.iter().map(|p| ln(*p)).collect();
        soften(&logs, 1.0 / temperature, row);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::judged::{largest, renormalise};

    fn fitted(probabilities: &[f64], n_classes: usize, targets: &[u32]) -> f64 {
        let part = Judged { probabilities, n_classes, targets };
        let calibrator = Temperature {}.fit(&part);
        let Some(Calibrator::Temperature(t)) = calibrator else { panic!("{calibrator:?}") };
        t
    }

    fn log_loss(probabilities: &[f64], targets: &[u32], temperature: f64) -> f64 {
        let n_classes = probabilities.len() / targets.len();
        let mut probabilities = probabilities.to_vec();
        apply(&mut probabilities, n_classes, temperature);
        let rows = probabilities.chunks_exact(n_classes).zip(targets);
        rows.map(|(row, &target)| -libm::log(row[target as usize])).sum()
    }

    #[test]
    fn it_has_a_closed_form_where_all_are_equally_sure() {
        // Three of four right: q = 3/4, so 9^(1/T) = 3.
        let t = fitted(&[0.9, 0.1].repeat(4), 2, &[0, 0, 0, 1]);
        // The slope is flat to 1e-16 of its terms there.
        assert!((t - 2.0).abs() < 1e-14, "{t}");
    }

    #[test]
    fn without_a_mistake_it_is_as_cold_as_may_be_and_of_noise_as_hot() {
        assert_eq!(fitted(&[0.6, 0.4, 0.4, 0.6], 2, &[0, 1]), 0.05);
        assert_eq!(fitted(&[0.6, 0.4, 0.4, 0.6], 2, &[1, 0]), 20.0);
        assert_eq!(fitted(&[0.5; 4], 2, &[1, 0]), 1.0);
    }

    #[test]
    fn its_slope_is_the_difference_of_the_log_loss() {
        let (p, targets) = ([0.7, 0.2, 0.1, 0.3, 0.3, 0.4, 0.05, 0.9, 0.05], [0, 1, 2]);
        let logs: Vec<f64> = p.iter().map(|p| ln(*p)).collect();
        let part = Judged { probabilities: &p, n_classes: 3, targets: &targets };
        for beta in [0.1, 1.0, 3.0] {
            let at = |beta: f64| log_loss(&p, &targets, 1.0 / beta);
            let h = 1e-5;
            let difference = (at(beta + h) - at(beta - h)) / (2.0 * h);
            // The third derivative is of order 1: h² and 1e-16 / h of rounding.
            assert!((slope(&logs, &part, beta) - difference).abs() < 1e-9, "{beta}");
        }
    }

    proptest! {
        #[test]
        fn no_other_temperature_is_better_and_the_order_of_classes_stays(
            rows in prop::collection::vec((prop::collection::vec(0..50_u8, 3), 0..3_u32), 2..30),
            other in 0.05..20.0_f64,
        ) {
            let mut p: Vec<f64> =
                rows.iter().flat_map(|(row, _)| row.iter().map(|&p| f64::from(p))).collect();
            renormalise(&mut p, 3);
            let targets: Vec<u32> = rows.iter().map(|(_, target)| *target).collect();
            let t = fitted(&p, 3, &targets);
            // Both sums are rounded.
            prop_assert!(log_loss(&p, &targets, t) <= log_loss(&p, &targets, other) + 1e-9);
            let mut scaled = p.clone();
            apply(&mut scaled, 3, t);
            for (before, after) in p.chunks_exact(3).zip(scaled.chunks_exact(3)) {
                let class = |row: &[f64]| largest(row.iter().copied());
                prop_assert_eq!(class(before), class(after));
                prop_assert!((after.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            }
        }
    }
}
