//! Weights dealt out anew: by one permutation of the rows of a trial, and by another of each batch.

use nn::{Real, Stream, Streams};

use crate::control::Control;
use crate::control::definition::Controlled;
use crate::sampling::Pool;

/// A permutation of examples with these classes.
type Permute = fn(&[u32], &mut Stream) -> Vec<u32>;

/// Who gets the weights of whom.
pub(super) struct Dealt<T> {
    permute: Permute,
    /// Row `r` gets the weight of the row `rows[r]`.
    rows: Vec<u32>,
    streams: Streams,
    step: u64,
    /// The weights of a batch as the method gives them.
    weights: Vec<T>,
}

impl<T: Real> Dealt<T> {
    pub(super) fn new(controlled: &Controlled<'_>, permute: Permute) -> Self {
        let streams = controlled.setting.streams.clone();
        let rows = permute(controlled.targets, &mut streams.stream("control rows"));
        Dealt { permute, rows, streams, step: 0, weights: Vec::new() }
    }
}

impl<T: Real> Control<T> for Dealt<T> {
    fn pool(&mut self, pool: &mut Pool) {
        let dealt: Vec<f64> = self.rows.iter().map(|&row| pool.weight(row)).collect();
        pool.change(|weights| weights.copy_from_slice(&dealt));
    }

    fn weights(&mut self, targets: &[u32], weights: &mut [T]) {
        let order = (self.permute)(targets, &mut self.streams.indexed("control", self.step));
        self.step += 1;
        self.weights.clear();
        self.weights.extend_from_slice(weights);
        for (weight, &from) in weights.iter_mut().zip(&order) {
            *weight = self.weights[from as usize];
        }
    }
}
