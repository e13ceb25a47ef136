//! Regions of a batch that overlap: of those of an image and a class, the hardest alone is up for choice.

use boxes::Suppression;
use nn::Real;

use crate::losses::Batch;
use crate::mining::hardness::{harder, hardest_first};

/// Leaves out regions that overlap, with its workspace.
pub(super) struct Overlapping {
    overlap: f64,
    suppression: Suppression,
    survivors: Vec<u32>,
}

impl Overlapping {
    /// By more than `overlap`.
    pub(super) fn above(overlap: f64) -> Self {
        Overlapping { overlap, suppression: Suppression::default(), survivors: Vec::new() }
    }

    /// Keeps of `order`, positions in a batch, those that are not left out, the hardest first: the `n` hardest of them, if
    /// there are as many, and perhaps more.
    pub(super) fn leave_out<T: Real>(
        &mut self,
        order: &mut Vec<u32>,
        n: usize,
        scores: &[T],
        batch: &Batch<'_, T>,
    ) {
        let Some(regions) = batch.regions else { return };
        let row = |i: u32| batch.rows[i as usize] as usize;
        let group = |i: u32| (regions.images[row(i)], batch.targets[i as usize]);
        let bounds = |i: u32| regions.bounds[row(i)];
        let Overlapping { overlap, suppression, survivors } = self;
        // Whether a region is left out depends on harder ones alone: of the hardest few the same stay as of all.
        let mut n_seen = n;
        loop {
            n_seen = n_seen.saturating_mul(2).min(order.len());
            hardest_first(order, n_seen, scores);
            survivors.clear();
            survivors.extend(&order[..n_seen]);
            survivors.sort_unstable_by(harder(scores));
            suppression.leave_out(survivors, group, bounds, *overlap);
            if n <= survivors.len() || n_seen == order.len() {
                break;
            }
        }
        order.clone_from(survivors);
    }
}
