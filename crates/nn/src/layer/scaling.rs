//! What a normalisation ends with: a scale `γ` and a shift `β` for each channel.

use crate::Real;
use crate::layer::builder::Builder;

/// A row of scales, which begin at 1, and a row of shifts after it, which begin at 0: their place among the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scaling {
    pub(super) channels: usize,
    start: usize,
}

impl Scaling {
    pub(super) fn new<T: Real>(channels: usize, builder: &mut Builder<'_, T>) -> Self {
        let parameters = &mut builder.values.parameters;
        let start = parameters.len();
        parameters.extend(std::iter::repeat_n(T::ONE, channels));
        parameters.extend(std::iter::repeat_n(T::ZERO, channels));
        Scaling { channels, start }
    }

    /// Scales and shifts, of parameters or of what is laid out as they are.
    pub(super) fn of<'a, T>(&self, parameters: &'a [T]) -> (&'a [T], &'a [T]) {
        parameters[self.start..][..2 * self.channels].split_at(self.channels)
    }

    /// Scales and shifts, to write.
    pub(super) fn of_mut<'a, T>(&self, parameters: &'a mut [T]) -> (&'a mut [T], &'a mut [T]) {
        parameters[self.start..][..2 * self.channels].split_at_mut(self.channels)
    }
}
