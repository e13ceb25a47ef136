//! GHM-C: binary cross-entropy in which an element counts less the more others have its gradient.
//!
//! ```text
//! g_ik  = |σ(z_ik) - y_ik|                      held constant: no gradient goes through the weights
//! R_j   = number of valid elements with g in [j / M, (j + 1) / M)
//! S_j  ←  m S_j + (1 - m) R_j                   only where R_j > 0
//! w_ik  = N / (n S_j)                           j the bin of g_ik, N valid elements, n bins with R_j > 0
//! L     = Σ_ik w_ik BCE_ik / N                  BCE = ln(1 + e^{-s z}), s = 2y - 1
//! dL/dz_ik = w_ik (σ(z_ik) - y_ik) / N
//! ```
//!
//! - `z`: logits, `[n_examples, n_outputs]`; `y` is 1 for the true class's logit, else 0; two classes
//!   share one logit, that of class 1
//! - per example: loss `Σ_k w_ik BCE_ik`, mass its number of valid elements
//! - `bins` (`M`): 30; `momentum` (`m`): 0.75: both as in the authors' published configuration
//! - `bias_correction`: off, as in the authors' code. `S` starts at 0, so that the first steps' weights
//!   are too large by up to `1 / (1 - m)`; on, `S_j` is divided by `1 - m^t`, `t` the number of batches
//!   in which bin `j` was not empty
//!
//! Source: Li, Liu, Wang, *Gradient Harmonized Single-stage Detector*, AAAI 2019, and the authors' code.
//! Differs: as in the authors' code, unlike the paper, an empty bin keeps its `S`, and weights are
//! divided by the number of non-empty bins, not by `M`.
//! Trap: a label weight is a mask here; what it is above 0 does not matter.
//! Trap: under `l2rw` an example's `w` comes in twice, and only `l2rw`'s own weights sum to 1: the mean of `w` over them
//! is 2 to 3 instead of 1, and grows as logits spread and bins empty, up to `N / (n (1 - m))` for an element alone in its
//! bin. With the long steps of `l2rw` that feeds itself: on `pima` the largest logit after 40 epochs at rate
//! 0.05 and momentum 0.9 was 2,700 against 6 without reweighting, at 0.005 it was 7. Take a tenth of the rate.

use std::num::NonZeroU32;

use nn::range::BelowOne;
use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::histogram::{GhmState, Histogram};
use crate::losses::per_example::is_positive;
use crate::losses::{Batch, Loss, PerExample, Reduction, Traits};
use crate::setting::Setting;

/// Parameters of GHM-C.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GhmC {
    /// Number of bins of the gradient's histogram.
    pub bins: NonZeroU32,
    /// Share of the histogram that is kept from batch to batch, below 1.
    pub momentum: BelowOne,
    /// Whether the histogram's start at 0 is corrected for.
    pub bias_correction: bool,
}

impl Default for GhmC {
    fn default() -> Self {
        let bins = const { NonZeroU32::new(30).unwrap() };
        GhmC { bins, momentum: BelowOne::new(0.75), bias_correction: false }
    }
}

impl Definition for GhmC {
    const CODE: &'static str = include_str!("ghm_c.rs");

    fn traits(&self) -> Traits {
        Traits { reduction: Reduction::ValidElements, ..Traits::sigmoid(1) }
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        Ok(Box::new(GradientHarmonizing::new(self)))
    }

    fn beyond_its_label(&self) -> Option<&'static str> {
        Some("weighs an example by the histogram of its batch under the true labels")
    }
}

/// GHM-C with its state.
#[derive(Clone, Debug)]
pub struct GradientHarmonizing<T> {
    histogram: Histogram,
    labels: Matrix<T>,
    /// Of every element.
    everything: Matrix<T>,
}

impl<T: Real> GradientHarmonizing<T> {
    /// GHM-C with an empty histogram.
    pub fn new(parameters: &GhmC) -> Self {
        let GhmC { bins, momentum, bias_correction } = parameters;
        GradientHarmonizing {
            histogram: Histogram::new(*bins, *momentum, *bias_correction),
            labels: Matrix::default(),
            everything: Matrix::default(),
        }
    }

    /// The histogram after the last batch.
    pub fn state(&self) -> &GhmState {
        self.histogram.state()
    }

    /// The loss with a label and a label weight for each element, as a detector has them. An element
    /// whose label weight is not above 0 is not valid: it has no loss, no gradient and no mass.
    ///
    /// - `logits`, `labels` (0 or 1), `label_weights`: `[n_examples, n_outputs]`
    pub fn evaluate_labels(
        &mut self,
        logits: &Matrix<T>,
        labels: &Matrix<T>,
        label_weights: &Matrix<T>,
        out: &mut PerExample<T>,
    ) {
        out.gradient.reshape(logits.n_rows(), logits.n_columns());
        out.losses.clear();
        out.mass.clear();
        out.hidden_gradient.reshape(0, 0);
        let elements = || {
            let labels = labels.values().iter().map(|&label| T::ZERO < label);
            let valid = label_weights.values().iter().map(|&weight| T::ZERO < weight);
            logits.values().iter().zip(labels).zip(valid)
        };
        // The length of a gradient is that of its slope.
        for (slope, ((&z, positive), valid)) in out.gradient.values_mut().iter_mut().zip(elements())
        {
            *slope = match (valid, positive) {
                (false, _) => T::ZERO,
                (true, true) => -(-z).sigmoid(),
                (true, false) => z.sigmoid(),
            };
        }
        let lengths = out.gradient.values().iter().map(|slope| slope.abs().to_f64());
        let valid = lengths.zip(elements()).filter(|(_, (_, valid))| *valid);
        self.histogram.count(valid.map(|(length, _)| length));

        let mut elements = elements();
        for slopes in out.gradient.rows_mut() {
            let (mut loss, mut mass) = (T::ZERO, T::ZERO);
            for slope in slopes {
                let Some(((&z, positive), valid)) = elements.next() else { break };
                if valid {
                    let weight = T::of(self.histogram.weight(slope.abs().to_f64()));
                    loss += weight * if positive { (-z).softplus() } else { z.softplus() };
                    *slope *= weight;
                    mass += T::ONE;
                }
            }
            out.losses.push(loss);
            out.mass.push(mass);
        }
    }
}

impl<T: Real> Loss<T> for GradientHarmonizing<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let (logits, targets) = (batch.logits, batch.targets);
        let n_columns = logits.n_columns();
        let mut labels = std::mem::take(&mut self.labels);
        let mut everything = std::mem::take(&mut self.everything);
        labels.reshape(logits.n_rows(), n_columns);
        everything.reshape(logits.n_rows(), n_columns);
        everything.values_mut().fill(T::ONE);
        for (row, &target) in labels.rows_mut().zip(targets) {
            for (column, label) in row.iter_mut().enumerate() {
                *label = if is_positive(target, column, n_columns) { T::ONE } else { T::ZERO };
            }
        }
        self.evaluate_labels(logits, &labels, &everything, out);
        self.labels = labels;
        self.everything = everything;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::per_example::binary_cross_entropy;
    use crate::losses::per_example::testing::{TARGETS, evaluate, logits};
    use crate::losses::proposals::LabelBase;
    use proptest::prelude::*;

    fn fresh(bins: u32, momentum: f64, bias_correction: bool) -> GradientHarmonizing<f64> {
        let bins = NonZeroU32::new(bins).unwrap();
        GradientHarmonizing::new(&GhmC { bins, momentum: BelowOne::new(momentum), bias_correction })
    }

    fn ratio(out: &PerExample<f64>) -> f64 {
        out.losses.iter().sum::<f64>() / out.mass.iter().sum::<f64>()
    }

    fn mean_bce(logits: &Matrix<f64>, targets: &[u32]) -> f64 {
        let terms = logits.rows().zip(targets).flat_map(|(row, &y)| {
            let term = move |(k, &z): (usize, &f64)| binary_cross_entropy(z, y as usize == k).0;
            row.iter().enumerate().map(term)
        });
        terms.sum::<f64>() / logits.values().len() as f64
    }

    proptest! {
        #[test]
        fn one_bin_is_the_mean_binary_cross_entropy(z in prop::collection::vec(-9.0..9.0, 12)) {
            let (logits, mut out) = (Matrix::from_values(3, z), PerExample::default());
            fresh(1, 0.0, false).evaluate(&Batch::new(&logits, &TARGETS), &mut out);
            prop_assert!((ratio(&out) - mean_bce(&logits, &TARGETS)).abs() < 1e-12);
        }

        #[test]
        fn the_mean_weight_is_one(z in prop::collection::vec(-9.0..9.0, 12), bins in 1_u32..40) {
            let (logits, mut out) = (Matrix::from_values(3, z), PerExample::default());
            fresh(bins, 0.0, false).evaluate(&Batch::new(&logits, &TARGETS), &mut out);
            let weight = |i: usize, k: usize| {
                let positive = TARGETS[i] as usize == k;
                out.gradient.row(i)[k] / binary_cross_entropy(logits.row(i)[k], positive).1
            };
            let sum: f64 = (0..4).flat_map(|i| (0..3).map(move |k| (i, k))).map(|(i, k)| weight(i, k)).sum();
            prop_assert!((sum / 12.0 - 1.0).abs() < 1e-12, "{}", sum);
        }
    }

    #[test]
    fn bins_count_alike_however_full() {
        // 1/n of the sum over the filled bins of the mean in each.
        let logits = Matrix::from_rows(&[[-3.0], [-3.1], [-3.2], [2.0]]);
        let mut out = PerExample::default();
        fresh(2, 0.0, false).evaluate(&Batch::new(&logits, &[0; 4]), &mut out);
        let bce = |z: f64| binary_cross_entropy(z, false).0;
        let expected = f64::midpoint((bce(-3.0) + bce(-3.1) + bce(-3.2)) / 3.0, bce(2.0));
        assert!((ratio(&out) - expected).abs() < 1e-14);
    }

    #[test]
    fn a_masked_element_has_no_gradient_and_does_not_count() {
        let targets = TARGETS.map(i64::from);
        let (labels, _) = LabelBase::ZeroBasedBackgroundLast.expand(&targets, 3).unwrap();
        let weigh = |weight: f64, masked: f64| {
            let mut weights = vec![weight; 12];
            weights[4] = 0.0;
            let mut logits = logits();
            logits.values_mut()[4] = masked;
            let mut out = PerExample::default();
            let weights = Matrix::from_values(3, weights);
            fresh(10, 0.0, false).evaluate_labels(&logits, &labels, &weights, &mut out);
            out
        };
        let out = weigh(1.0, 0.5);
        assert_eq!((out.gradient.row(1)[1], out.mass[1]), (0.0, 2.0));
        assert_eq!(out, weigh(7.0, -9.0), "neither the weight's size nor the masked logit matters");
    }

    #[test]
    fn a_batch_without_valid_elements_has_no_mass() {
        let (labels, nothing) = (Matrix::zeros(4, 3), Matrix::zeros(4, 3));
        let (mut ghm, mut out) = (fresh(10, 0.75, true), PerExample::default());
        ghm.evaluate_labels(&logits(), &labels, &nothing, &mut out);
        assert_eq!((out.losses, out.mass), (vec![0.0; 4], vec![0.0; 4]));
        assert_eq!(ghm.state().updates, [0; 10]);
    }

    #[test]
    fn without_correction_the_first_weights_are_too_large() {
        let first = |momentum, correction| {
            let mut out = PerExample::default();
            fresh(10, momentum, correction).evaluate(&Batch::new(&logits(), &TARGETS), &mut out);
            ratio(&out)
        };
        assert!((first(0.75, false) / first(0.0, false) - 4.0).abs() < 1e-12);
        assert!((first(0.75, true) / first(0.0, false) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_unchanging_histogram_is_learnt() {
        let (mut ghm, mut out) = (fresh(10, 0.75, false), PerExample::default());
        for _ in 0..130 {
            ghm.evaluate(&Batch::new(&logits(), &TARGETS), &mut out);
        }
        let settled = evaluate("ghm_c = { bins = 10, momentum = 0 }", &logits(), &TARGETS);
        assert!((ratio(&out) - ratio(&settled)).abs() < 1e-12);
        assert!(ghm.state().updates.iter().all(|&t| t == 0 || t == 130));
    }

    #[test]
    fn labels_are_read_by_their_base() {
        let first = LabelBase::OneBasedBackgroundFirst.expand::<f64>(&[0, 1, 2, -1], 2).unwrap();
        let last = LabelBase::ZeroBasedBackgroundLast.expand::<f64>(&[2, 0, 1, -1], 2).unwrap();
        assert_eq!(first.0.values(), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(first, last);
    }

    #[test]
    fn a_label_of_minus_one_is_left_out_and_the_background_is_not() {
        for (base, background) in
            [(LabelBase::OneBasedBackgroundFirst, 0), (LabelBase::ZeroBasedBackgroundLast, 2)]
        {
            let (_, weights) = base.expand::<f64>(&[-1, background, 1], 2).unwrap();
            assert_eq!(weights.values(), [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
            let refused = base.expand::<f64>(&[1, 3], 2).unwrap_err().to_string();
            assert!(refused.starts_with("label 3 of example 1 is none of 2 classes"), "{refused}");
            assert!(base.expand::<f64>(&[-2], 2).is_err());
        }
    }
}
