//! The histogram of gradient lengths that the gradient-harmonizing losses share.

use std::num::NonZeroU32;

use nn::range::BelowOne;
use serde::{Deserialize, Serialize};

/// The moving histogram of gradient lengths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GhmState {
    /// `S_j`, `[bins]`.
    pub sums: Vec<f64>,
    /// Number of batches in which the bin was not empty, `[bins]`.
    pub updates: Vec<u32>,
}

/// Lengths from 0 to 1 in bins, and the weight `N / (n S_j)` of each.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    momentum: f64,
    bias_correction: bool,
    state: GhmState,
    /// `R_j` of the batch, then the weight of an element in bin `j`.
    bins: Vec<f64>,
}

impl Histogram {
    pub(super) fn new(bins: NonZeroU32, momentum: BelowOne, bias_correction: bool) -> Self {
        let n_bins = bins.get() as usize;
        Histogram {
            momentum: momentum.get(),
            bias_correction,
            state: GhmState { sums: vec![0.0; n_bins], updates: vec![0; n_bins] },
            bins: Vec::new(),
        }
    }

    pub(super) fn state(&self) -> &GhmState {
        &self.state
    }

    /// Moves the histogram towards that of a batch's `lengths`, and finds the weights of its bins.
    pub(super) fn count(&mut self, lengths: impl Iterator<Item = f64>) {
        self.fill(lengths);
        self.harmonize(self.bins.iter().sum());
    }

    /// The same with `total` in place of the number of elements.
    pub(super) fn count_as(&mut self, total: f64, lengths: impl Iterator<Item = f64>) {
        self.fill(lengths);
        self.harmonize(total);
    }

    fn fill(&mut self, lengths: impl Iterator<Item = f64>) {
        self.bins.clear();
        self.bins.resize(self.state.sums.len(), 0.0);
        for length in lengths {
            let bin = self.bin(length);
            self.bins[bin] += 1.0;
        }
    }

    fn harmonize(&mut self, total: f64) {
        let n_filled = self.bins.iter().filter(|&&count| 0.0 < count).count() as f64;
        let GhmState { sums, updates } = &mut self.state;
        for ((bin, sum), updates) in self.bins.iter_mut().zip(sums).zip(updates) {
            if 0.0 < *bin {
                *sum = self.momentum * *sum + (1.0 - self.momentum) * *bin;
                *updates += 1;
                let exponent = f64::from(*updates);
                let seen = if self.bias_correction {
                    1.0 - libm::pow(self.momentum, exponent)
                } else {
                    1.0
                };
                *bin = total / (n_filled * (*sum / seen));
            }
        }
    }

    /// The weight of an element of the batch that was counted last.
    pub(super) fn weight(&self, length: f64) -> f64 {
        self.bins[self.bin(length)]
    }

    /// A length of 1 belongs to the last bin.
    fn bin(&self, length: f64) -> usize {
        let n_bins = self.state.sums.len();
        ((length * n_bins as f64) as usize).min(n_bins - 1)
    }
}
