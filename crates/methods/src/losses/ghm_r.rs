//! GHM-R: a smooth absolute error of box coordinates, in which an error counts less the more others are as
//! large.
//!
//! ```text
//! d        = prediction - target         g = |d| / sqrt(d² + μ²), held constant
//! L        = loss_weight Σ w (sqrt(d² + μ²) - μ) / N
//! dL/dd    = loss_weight w d / sqrt(d² + μ²) / N
//! w        = N / (n S_j)                 N = max(Σ label_weight, 1); S_j, n as in GHM-C
//! ```
//!
//! - `mu` (`μ`): 0.02; `bins`: 10; `momentum`: 0.7; `loss_weight`: 10: the authors' configuration
//! - a loss of boxes, for detectors: it is no entry of the loss axis
//!
//! Source: Li, Liu, Wang, *Gradient Harmonized Single-stage Detector*, AAAI 2019, and the authors' code.
//! Trap: the sizes of the label weights enter `N` here; in GHM-C they are a mask.

use std::num::NonZeroU32;

use nn::range::{BelowOne, Positive};
use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::losses::histogram::{GhmState, Histogram};

/// Parameters of GHM-R.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GhmR {
    /// Where the absolute error becomes smooth, `μ`.
    pub mu: Positive,
    /// Number of bins of the histogram.
    pub bins: NonZeroU32,
    /// Share of the histogram that is kept from batch to batch.
    pub momentum: BelowOne,
    /// Factor of the loss.
    pub loss_weight: Positive,
}

impl Default for GhmR {
    fn default() -> Self {
        GhmR {
            mu: Positive::new(0.02),
            bins: const { NonZeroU32::new(10).unwrap() },
            momentum: BelowOne::new(0.7),
            loss_weight: Positive::new(10.0),
        }
    }
}

/// GHM-R with its state.
#[derive(Clone, Debug)]
pub struct BoxHarmonizing {
    mu: f64,
    loss_weight: f64,
    histogram: Histogram,
}

impl BoxHarmonizing {
    /// GHM-R with an empty histogram.
    pub fn new(parameters: &GhmR) -> Self {
        BoxHarmonizing {
            mu: parameters.mu.get(),
            loss_weight: parameters.loss_weight.get(),
            histogram: Histogram::new(parameters.bins, parameters.momentum, false),
        }
    }

    /// The histogram after the last batch.
    pub fn state(&self) -> &GhmState {
        self.histogram.state()
    }

    /// The loss of a batch, and its gradient at the predictions in `gradient`.
    ///
    /// - `predictions`, `targets`, `label_weights`, `gradient`: `[n_boxes, 4]`; an element whose label weight
    ///   is not above 0 has no loss
    pub fn evaluate<T: Real>(
        &mut self,
        predictions: &Matrix<T>,
        targets: &Matrix<T>,
        label_weights: &Matrix<T>,
        gradient: &mut Matrix<T>,
    ) -> T {
        gradient.reshape(predictions.n_rows(), predictions.n_columns());
        let mu = T::of(self.mu);
        let elements = || {
            let weights = label_weights.values().iter();
            predictions
                .values()
                .iter()
                .zip(targets.values())
                .zip(weights)
                .map(|((&prediction, &target), &weight)| (prediction - target, weight))
        };
        let root = |d: T| (d * d + mu * mu).sqrt();
        let length = |d: T| (d.abs() / root(d)).to_f64();
        let valid = elements().filter(|(_, weight)| T::ZERO < *weight);
        let total = valid.clone().map(|(_, weight)| weight.to_f64()).sum::<f64>().max(1.0);
        self.histogram.count_as(total, valid.map(|(d, _)| length(d)));
        let factor = self.loss_weight / total;
        let mut loss = T::ZERO;
        for ((d, label_weight), slope) in elements().zip(gradient.values_mut()) {
            *slope = T::ZERO;
            if T::ZERO < label_weight {
                let weight = T::of(factor * self.histogram.weight(length(d)));
                loss += weight * (root(d) - mu);
                *slope = weight * d / root(d);
            }
        }
        loss
    }
}
