//! Layers being made, one after another: each takes its places among the numbers of the network.

use crate::initialization::Initialization;
use crate::layer::passes::Values;
use crate::layer::weights::Weights;
use crate::{Real, Stream};

/// A network being made.
#[derive(Debug)]
pub(crate) struct Builder<'a, T> {
    /// Number of columns of what the next layer reads.
    pub(super) width: usize,
    pub(super) values: Values<T>,
    initialization: Initialization,
    stream: &'a mut Stream,
}

impl<'a, T: Real> Builder<'a, T> {
    /// For a network over `n_inputs` columns with weights drawn from `stream`.
    pub(crate) fn new(
        n_inputs: usize,
        initialization: Initialization,
        stream: &'a mut Stream,
    ) -> Self {
        let values = Values { parameters: Vec::new(), buffers: Vec::new() };
        Builder { width: n_inputs, values, initialization, stream }
    }

    /// Weights to `n_out` columns, drawn, and as many biases, all `bias`.
    pub(super) fn weights(&mut self, n_out: usize, bias: f64) -> Weights {
        let parameters = &mut self.values.parameters;
        let weights = Weights { n_in: self.width, n_out, start: parameters.len() };
        let draw = |_| T::of(self.initialization.draw(weights.n_in, n_out, self.stream));
        parameters.extend((0..weights.n_in * n_out).map(draw));
        parameters.extend(std::iter::repeat_n(T::of(bias), n_out));
        self.width = n_out;
        weights
    }

    /// The numbers of all layers made.
    pub(crate) fn finish(self) -> Values<T> {
        self.values
    }
}
