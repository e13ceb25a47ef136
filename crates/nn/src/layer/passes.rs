//! What every layer can do.

use crate::gemm::Scratch;
use crate::layer::memory::Memory;
use crate::{Matrix, Real, Stream};

/// The three passes of a layer `y(x; θ)` over one batch. None of them moves a number of the network.
pub(crate) trait Passes<T: Real> {
    /// `memory.output ← y`.
    fn forward(&self, at: Context<'_, T>, mode: &mut Mode<'_>);

    /// `dx ← ∂L/∂x` where it is asked for, and `∂L/∂θ` at the layer's places in `gradient`, both of `dy = ∂L/∂y`.
    /// Follows a forward pass over the same input, and leaves what that found as it is.
    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        gradient: &mut [T],
    );

    /// `y_dot ← ẏ` as the parameters move along `direction` and the input by `x_dot`; `None` if it does not move.
    /// Follows a forward pass over the same input, and leaves what that found as it is.
    fn tangent(
        &self,
        at: Context<'_, T>,
        direction: &[T],
        x_dot: Option<&Matrix<T>>,
        y_dot: &mut Matrix<T>,
    );

    /// Moves the layer's buffers by what a training pass found; not at all after a pass in evaluation.
    fn absorb(&self, _memory: &Memory<T>, _buffers: &mut [T]) {}
}

/// What a pass reads, and what it works in: the memory of a layer, or the trace of a chain.
#[derive(Debug)]
pub(crate) struct Context<'a, T, M = Memory<T>> {
    pub(crate) values: &'a Values<T>,
    /// The input, one example a row.
    pub(crate) x: &'a Matrix<T>,
    pub(crate) memory: &'a mut M,
    pub(crate) scratch: &'a mut Scratch<T>,
}

/// The numbers of a network, layer by layer. A layer knows its places among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values<T> {
    /// What a gradient moves.
    pub(crate) parameters: Vec<T>,
    /// What no gradient moves, and training does: running statistics of batches.
    pub(crate) buffers: Vec<T>,
}

/// What a forward pass is for.
#[derive(Debug)]
pub(crate) enum Mode<'a> {
    /// Learning: statistics are those of the batch, and masks are drawn.
    Training(&'a mut Stream),
    /// Everything else: statistics are those of the buffers, and nothing is dropped.
    Evaluation,
}
