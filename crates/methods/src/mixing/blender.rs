//! What the mixings have in common: one share and one permutation a batch, and features blended by them.

use nn::{Matrix, Real, Streams};

use crate::mixing::beta::symmetric_beta;

/// Draws shares and partners, and blends features.
pub(super) struct Blender<T> {
    alpha: f64,
    streams: Streams,
    step: u64,
    /// Position in the batch of each example's partner.
    order: Vec<u32>,
    /// The partners' features.
    others: Matrix<T>,
}

impl<T: Real> Blender<T> {
    /// Shares are drawn from Beta(`alpha`, `alpha`).
    pub(super) fn new(alpha: f64, streams: &Streams) -> Self {
        let streams = streams.clone();
        Blender { alpha, streams, step: 0, order: Vec::new(), others: Matrix::default() }
    }

    /// Blends each example with its partner; the share it keeps, and the position of the partner.
    pub(super) fn blend(&mut self, features: &mut Matrix<T>) -> (f64, &[u32]) {
        let mut stream = self.streams.indexed("mixing", self.step);
        self.step += 1;
        let share = symmetric_beta(self.alpha, &mut stream);
        self.order.clear();
        self.order.extend(0..features.n_rows() as u32);
        stream.shuffle(&mut self.order);
        let own = T::of(share);
        // A zero times a share of 1 would still lose its sign.
        if own != T::ONE {
            self.others.gather(features, &self.order);
            let values = features.values_mut().iter_mut().zip(self.others.values());
            values.for_each(|(x, &other)| *x = own * *x + (T::ONE - own) * other);
        }
        (share, &self.order)
    }
}
