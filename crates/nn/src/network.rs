//! Networks over flat parameters, with three passes: forward, backward, tangent.
//!
//! ```text
//! h = body(x),   logits = head(h)
//! ```
//!
//! The body is a chain of layers, the head one layer. The parameters lie layer by layer. Without layers in the body
//! `h = x`. The tangent pass is forward-mode differentiation: it gives the change of all logits of a batch, and of its
//! last hidden activations, along one direction of the parameters.
//!
//! Every pass takes the network by `&self`. What a training pass finds out about its batch, and buffers are to follow,
//! lies in its [`Pass`] until [`Network::absorb`]: passes that look ahead, or at other rows, move nothing.

use crate::architecture::{Architecture, Head};
use crate::gemm::Scratch;
use crate::layer::Layer;
use crate::layer::builder::Builder;
use crate::layer::chain::Chain;
use crate::layer::cosine::CosineHead;
use crate::layer::dense::Dense;
use crate::layer::memory::{Memory, Trace, output};
use crate::layer::passes::{Context, Mode, Passes, Values};
use crate::{Matrix, Real, Stream};

mod moving;

/// A network, its parameters, and the buffers that no gradient moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Network<T> {
    architecture: Architecture,
    body: Chain,
    head: Layer,
    values: Values<T>,
}

/// The workspace of a network's passes over one batch. It is reused: nothing is allocated after the
/// first batch.
#[derive(Clone, Debug, Default)]
pub struct Pass<T> {
    body: Trace<T>,
    head: Memory<T>,
    logit_tangents: Matrix<T>,
    hidden_tangents: Matrix<T>,
    /// Whether the last hidden activations moved in the last tangent pass.
    hidden_moves: bool,
    scratch: Scratch<T>,
}

impl<T: Real> Pass<T> {
    /// Logits of the last forward pass, `[n_examples, n_outputs]`.
    pub fn logits(&self) -> &Matrix<T> {
        &self.head.output
    }

    /// What the head read in the last forward pass, `[n_examples, width]`; `None` without hidden layers.
    pub fn last_hidden(&self) -> Option<&Matrix<T>> {
        self.body.memories.last().map(|memory| &memory.output)
    }

    /// Change of the logits in the last tangent pass, `[n_examples, n_outputs]`.
    pub fn logit_tangents(&self) -> &Matrix<T> {
        &self.logit_tangents
    }

    /// Change of [`Pass::last_hidden`] in the last tangent pass, `[n_examples, width]`; `None` where no
    /// parameter moves it, as without hidden layers.
    pub fn hidden_tangents(&self) -> Option<&Matrix<T>> {
        self.hidden_moves.then_some(&self.hidden_tangents)
    }
}

impl<T: Real> Network<T> {
    /// A network with weights drawn from `stream`, layer by layer, and biases of 0.
    ///
    /// # Panics
    /// If [`Architecture::check`] has something against it.
    pub fn new(architecture: Architecture, stream: &mut Stream) -> Self {
        let Architecture { input, n_outputs, initialization, .. } = architecture;
        let mut builder = Builder::new(input, initialization, stream);
        let body = architecture.body.iter().map(|layer| layer.build(&mut builder)).collect();
        let head = match architecture.head {
            Head::Affine => {
                Layer::Dense(Dense::new(n_outputs, &architecture.output_biases, &mut builder))
            }
            Head::Cosine => Layer::Cosine(CosineHead::new(n_outputs, &mut builder)),
        };
        Network::assemble(architecture, body, head, builder.finish())
    }

    /// A network of layers that have been made, and their numbers.
    pub(crate) fn assemble(
        architecture: Architecture,
        body: Vec<Layer>,
        head: Layer,
        values: Values<T>,
    ) -> Self {
        Network { architecture, body: Chain::new(body), head, values }
    }

    /// The network's shape.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// All parameters, layer by layer, weights then biases.
    pub fn parameters(&self) -> &[T] {
        &self.values.parameters
    }

    /// All parameters, to write.
    pub fn parameters_mut(&mut self) -> &mut [T] {
        &mut self.values.parameters
    }

    /// Number of parameters.
    pub fn n_parameters(&self) -> usize {
        self.values.parameters.len()
    }

    /// The parameters of the head, weights then biases; those of the body lie before them.
    pub fn head(&self) -> &[T] {
        &self.values.parameters[self.head_start()..]
    }

    /// The same, to write.
    pub fn head_mut(&mut self) -> &mut [T] {
        let start = self.head_start();
        &mut self.values.parameters[start..]
    }

    fn head_start(&self) -> usize {
        let Architecture { n_outputs, .. } = self.architecture;
        self.values.parameters.len() - (self.architecture.width() + 1) * n_outputs
    }

    /// What no gradient moves and [`Network::absorb`] does, layer by layer.
    pub fn buffers(&self) -> &[T] {
        &self.values.buffers
    }

    /// Takes the parameters and buffers of `other`, a network of the same architecture; allocates nothing.
    pub fn copy_from(&mut self, other: &Network<T>) {
        self.values.parameters.copy_from_slice(&other.values.parameters);
        self.values.buffers.copy_from_slice(&other.values.buffers);
    }

    /// Logits of `features`, `[n_examples, n_values]`, without dropout.
    pub fn forward(&self, features: &Matrix<T>, pass: &mut Pass<T>) {
        self.run(features, Mode::Evaluation, pass);
    }

    /// Logits with dropout: masks are drawn from `dropout`, one uniform a unit, row by row and layer
    /// by layer, and kept for the backward and tangent passes.
    pub fn forward_training(&self, features: &Matrix<T>, dropout: &mut Stream, pass: &mut Pass<T>) {
        self.run(features, Mode::Training(dropout), pass);
    }

    fn run(&self, features: &Matrix<T>, mut mode: Mode<'_>, pass: &mut Pass<T>) {
        let Pass { body, head, scratch, .. } = pass;
        let values = &self.values;
        let at = Context { values, x: features, memory: &mut *body, scratch: &mut *scratch };
        self.body.forward(at, &mut mode);
        let x = output(features, &body.memories);
        self.head.forward(Context { values, x, memory: head, scratch }, &mut mode);
    }

    /// The parameters' gradient of a loss whose gradient at the logits is `d_logits`. Follows a
    /// forward pass over the same `features`, whose activations it leaves as they are.
    ///
    /// `d_hidden` is what the loss adds to the gradient at the last hidden activations,
    /// `[n_examples, width]`, if it reads them.
    pub fn backward(
        &self,
        features: &Matrix<T>,
        d_logits: &Matrix<T>,
        d_hidden: Option<&Matrix<T>>,
        pass: &mut Pass<T>,
        gradient: &mut Vec<T>,
    ) {
        gradient.resize(self.n_parameters(), T::ZERO);
        let Pass { body, head, scratch, .. } = pass;
        let values = &self.values;
        let Trace { memories, moving } = &mut *body;
        let x = output(features, memories);
        let mut at_hidden = (!memories.is_empty()).then_some(&mut moving[0]);
        let at = Context { values, x, memory: head, scratch: &mut *scratch };
        self.head.backward(at, d_logits, at_hidden.as_deref_mut(), gradient);
        if let (Some(at_hidden), Some(d_hidden)) = (at_hidden, d_hidden) {
            let values = at_hidden.values_mut().iter_mut().zip(d_hidden.values());
            values.for_each(|(d, &added)| *d += added);
        }
        let at = Context { values, x: features, memory: body, scratch };
        self.body.backward(at, None, false, gradient);
    }

    /// The change of the logits, and of the last hidden activations, as the parameters move along
    /// `direction`, for the whole batch of the last forward pass. Leaves activations and logits as they are.
    pub fn tangent(&self, features: &Matrix<T>, direction: &[T], pass: &mut Pass<T>) {
        let Pass { body, head, logit_tangents, hidden_tangents, hidden_moves, scratch } = pass;
        let values = &self.values;
        let at = Context { values, x: features, memory: &mut *body, scratch: &mut *scratch };
        *hidden_moves = self.body.tangent(at, direction, None);
        std::mem::swap(&mut body.moving[0], hidden_tangents);
        let x = output(features, &body.memories);
        let x_dot = hidden_moves.then_some(&*hidden_tangents);
        let at = Context { values, x, memory: head, scratch };
        self.head.tangent(at, direction, x_dot, logit_tangents);
    }

    /// Moves the buffers by what the training pass `pass` found: the one moment at which they move. For
    /// whoever takes a step, after it.
    pub fn absorb(&mut self, pass: &Pass<T>) {
        self.body.absorb(&pass.body, &mut self.values.buffers);
        self.head.absorb(&pass.head, &mut self.values.buffers);
    }
}

#[cfg(test)]
mod tests;
