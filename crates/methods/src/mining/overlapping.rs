//! Regions of a batch that overlap: of those of an image and a class, the hardest alone is up for choice.

use boxes::Suppression;
use nn::Real;

use crate::losses::Batch;

/// Leaves out regions that overlap, with its workspace.
pub(super) struct Overlapping {
    overlap: f64,
    suppression: Suppression,
}

impl Overlapping {
    /// By more than `overlap`.
    pub(super) fn above(overlap: f64) -> Self {
        Overlapping { overlap, suppression: Suppression::default() }
    }

    /// Keeps of `order`, the positions in a batch, the hardest first, those that are not left out.
    pub(super) fn leave_out<T: Real>(&mut self, order: &mut Vec<u32>, batch: &Batch<'_, T>) {
        let Some(regions) = batch.regions else { return };
        let row = |i: u32| batch.rows[i as usize] as usize;
        let group = |i: u32| (regions.images[row(i)], batch.targets[i as usize]);
        let bounds = |i: u32| regions.bounds[row(i)];
        self.suppression.leave_out(order, group, bounds, self.overlap);
    }
}
