//! A second loss of the same examples, in columns of its own and with a divisor of its own.

use nn::Real;

/// The part that a second loss has in the losses and slopes of a batch; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Aside<T> {
    /// Its columns of the gradient are those from here on.
    first_column: usize,
    /// `[n_examples]`, what it has added to the losses.
    losses: Vec<T>,
    /// `[n_examples]`, what each example adds to its divisor.
    mass: Vec<T>,
}

impl<T: Real> Aside<T> {
    /// A loss in the columns from `first_column` on.
    pub(crate) fn set(&mut self, first_column: usize, losses: &[T], mass: &[T]) {
        self.first_column = first_column;
        self.losses.clear();
        self.losses.extend_from_slice(losses);
        self.mass.clear();
        self.mass.extend_from_slice(mass);
    }

    /// What it has to be multiplied by, so that a division by `divisor` is one by its own, of examples with these weights;
    /// `None` where there is nothing to do.
    pub(super) fn ratio(&self, weights: &[T], divisor: T) -> Option<T> {
        if self.mass.is_empty() {
            return None;
        }
        let own: T = weights.iter().zip(&self.mass).map(|(&v, &mass)| v * mass).sum();
        // Nothing that has a loss here is kept if nothing that counts is.
        (own != divisor && own != T::ZERO).then(|| divisor / own)
    }

    pub(super) fn first_column(&self) -> usize {
        self.first_column
    }

    pub(super) fn losses(&self) -> &[T] {
        &self.losses
    }
}
