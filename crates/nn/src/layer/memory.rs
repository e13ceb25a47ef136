//! What layers keep of a pass. It is reused: nothing is allocated after the first batch.

use crate::Matrix;
use crate::layer::cosines::Cosines;
use crate::layer::moments::Moments;

/// What one layer keeps, together with those that put their outputs in the place of its own. A layer uses the fields
/// that it needs; the others stay empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory<T> {
    pub(crate) output: Matrix<T>,
    /// The mask of dropout; empty after a pass in evaluation.
    pub(crate) mask: Matrix<T>,
    pub(crate) cosines: Cosines<T>,
    pub(crate) moments: Moments<T>,
    /// `‖x‖` of each example.
    pub(crate) lengths: Vec<T>,
    /// Of the two chains within a layer.
    pub(crate) traces: [Trace<T>; 2],
}

/// What a chain of layers keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace<T> {
    pub(crate) memories: Vec<Memory<T>>,
    /// Gradients, or tangents, at the layer at hand and at the next.
    pub(crate) moving: [Matrix<T>; 2],
}

/// What a chain over `x`, or the part of it that these memories are of, has made of `x`.
pub(crate) fn output<'a, T>(x: &'a Matrix<T>, memories: &'a [Memory<T>]) -> &'a Matrix<T> {
    memories.last().map_or(x, |last| &last.output)
}
