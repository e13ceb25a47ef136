//! Samplings that learn while a network does.

use std::num::NonZeroUsize;

/// Draws the batches of an epoch one by one, and learns from each step which classes to draw more often.
///
/// [`Sampling::epoch`](crate::sampling::Sampling::epoch) comes first, and says how many rows each batch has. Then, batch by
/// batch, [`Learning::draw`], the step, [`Learning::learn`].
pub trait Learning {
    /// Meta examples that it learns from in a step.
    fn meta_batch_size(&self) -> NonZeroUsize;

    /// Fills `rows`, those of the next batch.
    fn draw(&mut self, rows: &mut [u32]);

    /// Learns from the step on the rows that were drawn last: `slopes`, `[n_rows]`, is how much the meta loss after it
    /// would grow with how much each of them counts ([`LastLayer`](crate::reweighting::LastLayer)). Nothing is learnt where
    /// they are none, or one of them is no number.
    fn learn(&mut self, slopes: &[f64]);

    /// The probability that the next row is of each class, `[n_classes]`.
    fn probabilities(&self) -> &[f64];
}
