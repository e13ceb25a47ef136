//! The products of a matrix of weights, which layers share.

use crate::gemm::{Scratch, Shape, Start, View};
use crate::{Matrix, Real};

/// A matrix of weights `W`, `[n_in, n_out]`, and a row of biases after it: their place among the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weights {
    pub(super) n_in: usize,
    pub(super) n_out: usize,
    pub(super) start: usize,
}

impl Weights {
    /// `W` and the biases, of parameters or of what is laid out as they are.
    pub(super) fn of<'a, T>(&self, parameters: &'a [T]) -> (&'a [T], &'a [T]) {
        parameters[self.start..][..(self.n_in + 1) * self.n_out].split_at(self.n_in * self.n_out)
    }

    /// `W` and the biases, to write.
    pub(super) fn of_mut<'a, T>(&self, parameters: &'a mut [T]) -> (&'a mut [T], &'a mut [T]) {
        let all = &mut parameters[self.start..][..(self.n_in + 1) * self.n_out];
        all.split_at_mut(self.n_in * self.n_out)
    }

    /// `out ← start + x W`.
    pub(super) fn product<T: Real>(
        &self,
        x: &Matrix<T>,
        weights: &[T],
        start: Start<'_, T>,
        out: &mut Matrix<T>,
        scratch: &mut Scratch<T>,
    ) {
        let shape = Shape { m: x.n_rows(), n: self.n_out, k: self.n_in };
        out.reshape(shape.m, shape.n);
        let a = View::new(x.values(), self.n_in);
        let b = View::new(weights, self.n_out);
        T::product(shape, a, b, out.values_mut(), start, scratch);
    }

    /// `∂L/∂W = xᵀ dy`.
    pub(super) fn gradient<T: Real>(
        &self,
        x: &Matrix<T>,
        dy: &Matrix<T>,
        d_weights: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        let shape = Shape { m: self.n_in, n: self.n_out, k: x.n_rows() };
        let a = View::new(x.values(), self.n_in).transposed();
        let b = View::new(dy.values(), self.n_out);
        T::product(shape, a, b, d_weights, Start::Zero, scratch);
    }

    /// `dx ← dy Wᵀ`.
    pub(super) fn back<T: Real>(
        &self,
        dy: &Matrix<T>,
        weights: &[T],
        dx: &mut Matrix<T>,
        scratch: &mut Scratch<T>,
    ) {
        let shape = Shape { m: dy.n_rows(), n: self.n_in, k: self.n_out };
        dx.reshape(shape.m, shape.n);
        let a = View::new(dy.values(), self.n_out);
        let b = View::new(weights, self.n_out).transposed();
        T::product(shape, a, b, dx.values_mut(), Start::Zero, scratch);
    }
}
