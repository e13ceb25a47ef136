//! Layers being made, one after another: each takes its places among the numbers of the network.

use crate::initialization::Initialization;
use crate::layer::passes::Values;
use crate::layer::weights::Weights;
use crate::shape::Shape;
use crate::{Real, Stream};

/// A network being made.
#[derive(Debug)]
pub(crate) struct Builder<'a, T> {
    /// Of what the next layer reads.
    pub(super) shape: Shape,
    pub(super) values: Values<T>,
    initialization: Initialization,
    stream: &'a mut Stream,
}

impl<'a, T: Real> Builder<'a, T> {
    /// For a network over examples of a shape, with weights drawn from `stream`.
    pub(crate) fn new(
        shape: Shape,
        initialization: Initialization,
        stream: &'a mut Stream,
    ) -> Self {
        let values = Values { parameters: Vec::new(), buffers: Vec::new() };
        Builder { shape, values, initialization, stream }
    }

    /// Weights to `n_out` columns, drawn, and as many biases; without `biases` they are 0.
    pub(super) fn weights(&mut self, n_out: usize, biases: &[f64]) -> Weights {
        let n_in = self.shape.n_values();
        let start = self.draw(n_in * n_out, [n_in, n_out]);
        let from = self.fill(n_out, 0.0);
        let to = self.values.parameters[from..].iter_mut();
        to.zip(biases).for_each(|(to, &bias)| *to = T::of(bias));
        self.shape = Shape::flat(n_out);
        Weights { n_in, n_out, start }
    }

    /// `n` weights, drawn for outputs of `n_in` values each, by `n_out` of which each of these is read. Returns where
    /// they begin.
    pub(super) fn draw(&mut self, n: usize, [n_in, n_out]: [usize; 2]) -> usize {
        let start = self.values.parameters.len();
        let draw = |_| T::of(self.initialization.draw(n_in, n_out, self.stream));
        self.values.parameters.extend((0..n).map(draw));
        start
    }

    /// `n` parameters, all `value`. Returns where they begin.
    pub(super) fn fill(&mut self, n: usize, value: f64) -> usize {
        let start = self.values.parameters.len();
        self.values.parameters.extend(std::iter::repeat_n(T::of(value), n));
        start
    }

    /// The numbers of all layers made.
    pub(crate) fn finish(self) -> Values<T> {
        self.values
    }
}
