//! What the mixings have in common: one share and one permutation a batch, and features of partners.

use nn::{Matrix, Real, Stream, Streams};

use crate::mixing::beta::symmetric_beta;

/// Draws shares and partners, and gathers or blends their features.
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

    /// Draws the share and the partners of the next batch, of so many examples; what else is drawn for it comes after.
    pub(super) fn draw(&mut self, n_examples: usize) -> (f64, Stream) {
        let mut stream = self.streams.indexed("mixing", self.step);
        self.step += 1;
        let share = symmetric_beta(self.alpha, &mut stream);
        self.order.clear();
        self.order.extend(0..n_examples as u32);
        stream.shuffle(&mut self.order);
        (share, stream)
    }

    /// Position in the batch of each example's partner.
    pub(super) fn partners(&self) -> &[u32] {
        &self.order
    }

    /// The partners' features.
    pub(super) fn gather(&mut self, features: &Matrix<T>) -> &Matrix<T> {
        self.others.gather(features, &self.order);
        &self.others
    }

    /// Blends each example with its partner; the share it keeps, and the position of the partner.
    pub(super) fn blend(&mut self, features: &mut Matrix<T>) -> (f64, &[u32]) {
        let (share, _) = self.draw(features.n_rows());
        let own = T::of(share);
        // A zero times a share of 1 would still lose its sign.
        if own != T::ONE {
            let others = self.gather(features).values();
            let values = features.values_mut().iter_mut().zip(others);
            values.for_each(|(x, &other)| *x = own * *x + (T::ONE - own) * other);
        }
        (share, &self.order)
    }
}
