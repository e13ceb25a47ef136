//! A layer by itself.

use crate::Streams;
use crate::gemm::Scratch;
use crate::initialization::Initialization;
use crate::layer::builder::Builder;
use crate::layer::memory::Memory;
use crate::layer::passes::{Context, Mode, Passes, Values};
use crate::shape::Shape;
use crate::{Matrix, Real};

/// A layer with its numbers and its memory.
pub(crate) struct Alone<T, L> {
    pub(crate) layer: L,
    pub(crate) values: Values<T>,
    pub(crate) memory: Memory<T>,
    scratch: Scratch<T>,
}

impl<T: Real, L: Passes<T>> Alone<T, L> {
    /// A layer over examples of a shape.
    pub(crate) fn new(shape: Shape, make: impl FnOnce(&mut Builder<'_, T>) -> L) -> Self {
        let mut stream = Streams::new([2; 32]).stream("init");
        let mut builder = Builder::new(shape, Initialization::XavierNormal, &mut stream);
        let layer = make(&mut builder);
        let (memory, scratch) = (Memory::default(), Scratch::default());
        Alone { layer, values: builder.finish(), memory, scratch }
    }

    pub(crate) fn at<'a>(&'a mut self, x: &'a Matrix<T>) -> (&'a L, Context<'a, T>) {
        let Alone { layer, values, memory, scratch } = self;
        (layer, Context { values, x, memory, scratch })
    }

    pub(crate) fn forward(&mut self, x: &Matrix<T>, training: bool) -> Matrix<T> {
        let mut stream = Streams::new([3; 32]).stream("dropout");
        let mut mode = if training { Mode::Training(&mut stream) } else { Mode::Evaluation };
        let (layer, at) = self.at(x);
        layer.forward(at, &mut mode);
        self.memory.output.clone()
    }

    /// `∂L/∂x` and `∂L/∂θ`.
    pub(crate) fn backward(&mut self, x: &Matrix<T>, dy: &Matrix<T>) -> (Matrix<T>, Vec<T>) {
        let mut gradient = vec![T::ZERO; self.values.parameters.len()];
        let mut dx = Matrix::default();
        let (layer, at) = self.at(x);
        layer.backward(at, dy, Some(&mut dx), &mut gradient);
        (dx, gradient)
    }

    /// `ẏ` as the input moves by `x_dot`, and the parameters along `direction`.
    pub(crate) fn tangent(
        &mut self,
        x: &Matrix<T>,
        direction: &[T],
        x_dot: &Matrix<T>,
    ) -> Matrix<T> {
        let mut y_dot = Matrix::default();
        let (layer, at) = self.at(x);
        layer.tangent(at, direction, Some(x_dot), &mut y_dot);
        y_dot
    }
}
