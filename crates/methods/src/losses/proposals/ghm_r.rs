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
//! - `mu` (`μ`): 0.2; `loss_weight`: 1; `bins`: 10; `momentum`: 0.7
//! - per proposal: loss `loss_weight Σ_k w_k (sqrt(d_k² + μ²) - μ)` over its valid elements, mass the sum of their label
//!   weights, which are 1 for the four deltas of a proposal with an object
//! - a loss of boxes, for detectors: it stands on the axis `box_loss`, beside one of classes on the axis `loss`
//!
//! Source: Li, Liu, Wang, *Gradient Harmonized Single-stage Detector*, AAAI 2019, and the authors' code.
//! Differs: the authors have 0.02 and 10, of deltas as they are; detectors here divide those of a centre by 0.1, and `√(d² + μ²) - μ`
//! of ten times the error and ten times the `μ` is ten times the loss. With 0.02 nearly all errors fall into the last bin.
//! Trap: the sizes of the label weights enter `N` here; in GHM-C they are a mask.

use std::num::NonZeroU32;

use nn::Real;
use nn::range::{BelowOne, Positive};
use serde::{Deserialize, Serialize};

use crate::losses::histogram::{GhmState, Histogram};
use crate::losses::per_example::PerExample;
use crate::losses::proposals::box_loss::{BoxBatch, BoxLoss};

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
            mu: Positive::new(0.2),
            bins: const { NonZeroU32::new(10).unwrap() },
            momentum: BelowOne::new(0.7),
            loss_weight: Positive::new(1.0),
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
}

impl<T: Real> BoxLoss<T> for BoxHarmonizing {
    fn evaluate(&mut self, batch: &BoxBatch<'_, T>, out: &mut PerExample<T>) {
        let mu = T::of(self.mu);
        let root = |d: T| (d * d + mu * mu).sqrt();
        let length = |d: T| (d.abs() / root(d)).to_f64();
        let mass: f64 = batch.valid().map(|(_, weight)| weight.to_f64()).sum();
        let total = mass.max(1.0);
        self.histogram.count_as(total, batch.valid().map(|(d, _)| length(d)));
        // The sum of the masses, by which losses are divided, is `N` unless that is the 1.
        let factor = self.loss_weight * mass / total;
        let element = |d: T, _| {
            let weight = T::of(factor * self.histogram.weight(length(d)));
            // Of a small error the difference would leave nothing in 32 bits.
            let error = if mu < d.abs() { root(d) - mu } else { d * d / (root(d) + mu) };
            (weight * error, weight * d / root(d))
        };
        batch.fill(out, element, |weights| {
            weights.iter().copied().filter(|&weight| T::ZERO < weight).sum()
        });
    }
}
