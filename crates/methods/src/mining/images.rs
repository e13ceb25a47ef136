//! The positions of a batch, image by image.

use nn::Real;

use crate::losses::Batch;

/// Which positions of a batch a miner looks at together: those of an image, or all.
pub(super) struct Images {
    one_by_one: bool,
    /// Those of an image next to each other, in the order of the batch.
    positions: Vec<u32>,
}

impl Images {
    pub(super) fn new(one_by_one: bool) -> Self {
        Images { one_by_one, positions: Vec::new() }
    }

    /// The positions that belong together, images in the order of their numbers. Rows that lie in no image are all of one.
    pub(super) fn split<T: Real>(&mut self, batch: &Batch<'_, T>) -> impl Iterator<Item = &[u32]> {
        let regions = batch.regions.filter(|_| self.one_by_one);
        let image =
            move |&i: &u32| regions.map(|regions| regions.images[batch.rows[i as usize] as usize]);
        self.positions.clear();
        self.positions.extend(0..batch.targets.len() as u32);
        self.positions.sort_by_key(image);
        self.positions.chunk_by(move |a, b| image(a) == image(b))
    }
}
