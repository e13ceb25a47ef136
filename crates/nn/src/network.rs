//! Networks over flat parameters, with three passes: forward, backward, tangent.
//!
//! ```text
//! a_l = h_{l-1} W_l + b_l,   h_l = φ(a_l) ⊙ m_l,   h_0 = x,   logits = a_L
//! ```
//!
//! `W_l` is `[n_in, n_out]`; `m_l` is the dropout mask, 1 without dropout. The parameters lie layer by
//! layer, weights then biases. The tangent pass is forward-mode differentiation,
//!
//! ```text
//! ȧ_l = ḣ_{l-1} W_l + h_{l-1} Ẇ_l + ḃ_l,   ḣ_l = φ'(a_l) ⊙ m_l ⊙ ȧ_l,   ḣ_0 = 0
//! ```
//!
//! and gives the change of all logits of a batch, and of its last hidden activations, along one direction of
//! the parameters.
//!
//! A cosine head has `logits_k = ⟨h, w_k⟩ / (‖h‖ ‖w_k‖)` in place of the last layer; its biases stay 0.

use pulp::Arch;
use serde::{Deserialize, Serialize};

use crate::cosine::Cosines;
use crate::gemm::{Scratch, Shape, Start, View};
use crate::{Matrix, Real, Stream};

/// Non-linearity after each hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `max(a, 0)`, with derivative 0 at 0.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
}

/// Distribution of the initial weights; biases start at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initialization {
    /// Normal with variance `2 / n_in` (He, Zhang, Ren, Sun, ICCV 2015).
    HeNormal,
    /// Uniform within `sqrt(6 / n_in)`: the same variance.
    HeUniform,
    /// Normal with variance `2 / (n_in + n_out)` (Glorot, Bengio, AISTATS 2010).
    XavierNormal,
    /// Uniform within `sqrt(6 / (n_in + n_out))`: the same variance.
    XavierUniform,
}

impl Initialization {
    /// Raised when other weights are drawn.
    pub const VERSION: u32 = 1;

    fn draw(self, n_in: usize, n_out: usize, stream: &mut Stream) -> f64 {
        let variance = match self {
            Initialization::HeNormal | Initialization::HeUniform => 2.0 / n_in as f64,
            Initialization::XavierNormal | Initialization::XavierUniform => {
                2.0 / (n_in + n_out) as f64
            }
        };
        match self {
            Initialization::HeNormal | Initialization::XavierNormal => {
                variance.sqrt() * stream.normal()
            }
            Initialization::HeUniform | Initialization::XavierUniform => {
                (3.0 * variance).sqrt() * (2.0 * stream.uniform() - 1.0)
            }
        }
    }
}

/// How the last layer makes logits of the activations before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// `h W + b`.
    #[default]
    Affine,
    /// The cosine of the angle between `h` and each column of `W`, without biases.
    Cosine,
}

/// The shape of a network. Without hidden layers it is a linear classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// Number of features.
    pub n_inputs: usize,
    /// Width of each hidden layer, first to last.
    pub hidden: Vec<usize>,
    /// Number of logits.
    pub n_outputs: usize,
    /// Non-linearity after each hidden layer.
    pub activation: Activation,
    /// Share of hidden units dropped in training, below 1.
    pub dropout: f64,
    /// Distribution of the initial weights.
    pub initialization: Initialization,
    /// The last layer.
    pub head: Head,
    /// Where the biases of the last layer start; 0 for the prior of no loss.
    pub output_bias: f64,
}

/// One dense layer's place among the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layer {
    n_in: usize,
    n_out: usize,
    start: usize,
}

impl Layer {
    fn weights<'a, T>(&self, parameters: &'a [T]) -> &'a [T] {
        &parameters[self.start..][..self.n_in * self.n_out]
    }

    fn biases<'a, T>(&self, parameters: &'a [T]) -> &'a [T] {
        &parameters[self.start + self.n_in * self.n_out..][..self.n_out]
    }

    fn split_mut<'a, T>(&self, parameters: &'a mut [T]) -> (&'a mut [T], &'a mut [T]) {
        let all = &mut parameters[self.start..][..(self.n_in + 1) * self.n_out];
        all.split_at_mut(self.n_in * self.n_out)
    }
}

/// A network and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Network<T> {
    architecture: Architecture,
    layers: Vec<Layer>,
    parameters: Vec<T>,
}

/// The workspace of a network's passes over one batch. It is reused: nothing is allocated after the
/// first batch.
#[derive(Clone, Debug, Default)]
pub struct Pass<T> {
    /// `h_1 … h_{L-1}`.
    hidden: Vec<Matrix<T>>,
    /// `m_1 … m_{L-1}`; empty without dropout.
    masks: Vec<Matrix<T>>,
    logits: Matrix<T>,
    /// Gradients, then tangents, of the layer at hand and of the next.
    moving: [Matrix<T>; 2],
    logit_tangents: Matrix<T>,
    hidden_tangents: Matrix<T>,
    cosines: Cosines<T>,
    scratch: Scratch<T>,
}

impl<T: Real> Pass<T> {
    /// Logits of the last forward pass, `[n_examples, n_outputs]`.
    pub fn logits(&self) -> &Matrix<T> {
        &self.logits
    }

    /// `h_{L-1}` of the last forward pass, `[n_examples, width]`; `None` without hidden layers.
    pub fn last_hidden(&self) -> Option<&Matrix<T>> {
        self.hidden.last()
    }

    /// Change of the logits in the last tangent pass, `[n_examples, n_outputs]`.
    pub fn logit_tangents(&self) -> &Matrix<T> {
        &self.logit_tangents
    }

    /// Change of [`Pass::last_hidden`] in the last tangent pass, `[n_examples, width]`; `None` without
    /// hidden layers, whose inputs do not move.
    pub fn hidden_tangents(&self) -> Option<&Matrix<T>> {
        (!self.hidden.is_empty()).then_some(&self.hidden_tangents)
    }
}

impl<T: Real> Network<T> {
    /// A network with weights drawn from `stream`, layer by layer, and biases of 0.
    pub fn new(architecture: Architecture, stream: &mut Stream) -> Self {
        let mut widths = vec![architecture.n_inputs];
        widths.extend(&architecture.hidden);
        widths.push(architecture.n_outputs);
        let mut layers = Vec::new();
        let mut parameters = Vec::new();
        for ends in widths.windows(2) {
            let (n_in, n_out) = (ends[0], ends[1]);
            layers.push(Layer { n_in, n_out, start: parameters.len() });
            let draw = |_| T::of(architecture.initialization.draw(n_in, n_out, stream));
            parameters.extend((0..n_in * n_out).map(draw));
            parameters.extend((0..n_out).map(|_| T::ZERO));
        }
        if architecture.head == Head::Affine {
            let first = parameters.len() - architecture.n_outputs;
            parameters[first..].fill(T::of(architecture.output_bias));
        }
        Network { architecture, layers, parameters }
    }

    /// The network's shape.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// All parameters, layer by layer, weights then biases.
    pub fn parameters(&self) -> &[T] {
        &self.parameters
    }

    /// All parameters, to write.
    pub fn parameters_mut(&mut self) -> &mut [T] {
        &mut self.parameters
    }

    /// Number of parameters.
    pub fn n_parameters(&self) -> usize {
        self.parameters.len()
    }

    /// Logits of `features`, `[n_examples, n_inputs]`, without dropout.
    pub fn forward(&self, features: &Matrix<T>, pass: &mut Pass<T>) {
        pass.masks.clear();
        self.run(features, pass);
    }

    /// Logits with dropout: masks are drawn from `dropout`, one uniform a unit, row by row and layer
    /// by layer, and kept for the backward and tangent passes.
    pub fn forward_training(&self, features: &Matrix<T>, dropout: &mut Stream, pass: &mut Pass<T>) {
        let drop = self.architecture.dropout;
        if drop == 0.0 {
            return self.forward(features, pass);
        }
        let kept = T::of(1.0 / (1.0 - drop));
        pass.masks.resize_with(self.architecture.hidden.len(), Matrix::default);
        for (mask, &width) in pass.masks.iter_mut().zip(&self.architecture.hidden) {
            mask.reshape(features.n_rows(), width);
            for m in mask.values_mut() {
                *m = if dropout.uniform() < drop { T::ZERO } else { kept };
            }
        }
        self.run(features, pass);
    }

    fn run(&self, features: &Matrix<T>, pass: &mut Pass<T>) {
        let n_hidden = self.layers.len() - 1;
        pass.hidden.resize_with(n_hidden, Matrix::default);
        for (l, layer) in self.layers.iter().enumerate() {
            let (before, after) = pass.hidden.split_at_mut(l.min(n_hidden));
            let input = before.last().filter(|_| l != 0).unwrap_or(features);
            let output = after.first_mut().unwrap_or(&mut pass.logits);
            let biases = self.biases(l, &self.parameters);
            affine(layer, &self.parameters, biases, input, output, &mut pass.scratch);
            if l < n_hidden {
                self.activate(output, pass.masks.get(l));
            } else if self.architecture.head == Head::Cosine {
                pass.cosines.measure(input, layer.weights(&self.parameters));
                pass.cosines.divide(output);
            }
        }
    }

    /// Where the chains of layer `l` begin: at its biases, or at 0 in a head of cosines.
    fn biases<'a>(&self, l: usize, parameters: &'a [T]) -> Start<'a, T> {
        if l + 1 == self.layers.len() && self.architecture.head == Head::Cosine {
            Start::Zero
        } else {
            Start::Row(self.layers[l].biases(parameters))
        }
    }

    fn activate(&self, a: &mut Matrix<T>, mask: Option<&Matrix<T>>) {
        Arch::new().dispatch(|| {
            let values = a.values_mut().iter_mut();
            match self.architecture.activation {
                // NaN is passed on, so that a diverged network is noticed.
                Activation::Relu => values.for_each(|a| *a *= slope(*a)),
                Activation::Tanh => values.for_each(|a| *a = a.tanh()),
            }
            if let Some(mask) = mask {
                a.values_mut().iter_mut().zip(mask.values()).for_each(|(a, &m)| *a *= m);
            }
        });
    }

    /// Multiplies `moving` by `φ'(a_l) ⊙ m_l`, found from `h_l` and `m_l`.
    fn differentiate(&self, moving: &mut Matrix<T>, h: &Matrix<T>, mask: Option<&Matrix<T>>) {
        Arch::new().dispatch(|| {
            let values = moving.values_mut().iter_mut().zip(h.values());
            match (self.architecture.activation, mask) {
                (Activation::Relu, None) => {
                    values.for_each(|(d, &h)| *d *= slope(h));
                }
                (Activation::Relu, Some(mask)) => {
                    values.zip(mask.values()).for_each(|((d, &h), &m)| {
                        *d *= slope(h) * m;
                    });
                }
                (Activation::Tanh, None) => values.for_each(|(d, &h)| *d *= T::ONE - h * h),
                (Activation::Tanh, Some(mask)) => {
                    values.zip(mask.values()).for_each(|((d, &h), &m)| {
                        *d = if T::ZERO < m {
                            *d * m * (T::ONE - (h / m) * (h / m))
                        } else {
                            T::ZERO
                        };
                    });
                }
            }
        });
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
        gradient.resize(self.parameters.len(), T::ZERO);
        let m = features.n_rows();
        let last = self.layers.len() - 1;
        let cosine = self.architecture.head == Head::Cosine;
        let [mut above, mut below] = std::mem::take(&mut pass.moving);
        if cosine {
            pass.cosines.undo(d_logits, &pass.logits, &mut above);
        }
        for (l, layer) in self.layers.iter().enumerate().rev() {
            let delta = if l == last && !cosine { d_logits } else { &above };
            let input = if l == 0 { features } else { &pass.hidden[l - 1] };
            let (d_weights, d_biases) = layer.split_mut(gradient);
            let shape = Shape { m: layer.n_in, n: layer.n_out, k: m };
            let a = View::new(input.values(), layer.n_in).transposed();
            let b = View::new(delta.values(), layer.n_out);
            T::product(shape, a, b, d_weights, Start::Zero, &mut pass.scratch);
            if l == last && cosine {
                pass.cosines.turn_weights(layer.weights(&self.parameters), d_weights);
            }
            Arch::new().dispatch(|| {
                d_biases.fill(T::ZERO);
                for row in delta.rows().filter(|_| l != last || !cosine) {
                    d_biases.iter_mut().zip(row).for_each(|(sum, &d)| *sum += d);
                }
            });
            if l != 0 {
                below.reshape(m, layer.n_in);
                let shape = Shape { m, n: layer.n_in, k: layer.n_out };
                let w = View::new(layer.weights(&self.parameters), layer.n_out).transposed();
                let delta = View::new(delta.values(), layer.n_out);
                T::product(shape, delta, w, below.values_mut(), Start::Zero, &mut pass.scratch);
                if l == last {
                    if cosine {
                        pass.cosines.turn_inputs(input, &mut below);
                    }
                    if let Some(d_hidden) = d_hidden {
                        let values = below.values_mut().iter_mut().zip(d_hidden.values());
                        values.for_each(|(d, &added)| *d += added);
                    }
                }
                self.differentiate(&mut below, &pass.hidden[l - 1], pass.masks.get(l - 1));
                std::mem::swap(&mut above, &mut below);
            }
        }
        pass.moving = [above, below];
    }

    /// The change of the logits, and of the last hidden activations, as the parameters move along
    /// `direction`, for the whole batch of the last forward pass. Leaves activations and logits as they are.
    pub fn tangent(&self, features: &Matrix<T>, direction: &[T], pass: &mut Pass<T>) {
        let m = features.n_rows();
        let last = self.layers.len() - 1;
        let [mut h_dot, mut a_dot] = std::mem::take(&mut pass.moving);
        for (l, layer) in self.layers.iter().enumerate() {
            let input = if l == 0 { features } else { &pass.hidden[l - 1] };
            let biases = self.biases(l, direction);
            affine(layer, direction, biases, input, &mut a_dot, &mut pass.scratch);
            if l != 0 {
                let shape = Shape { m, n: layer.n_out, k: layer.n_in };
                let h_dot = View::new(h_dot.values(), layer.n_in);
                let w = View::new(layer.weights(&self.parameters), layer.n_out);
                T::product(shape, h_dot, w, a_dot.values_mut(), Start::Out, &mut pass.scratch);
            }
            if l == last {
                if self.architecture.head == Head::Cosine {
                    let weights = layer.weights(&self.parameters);
                    let turns = (l != 0).then_some((input, &h_dot));
                    let moved = layer.weights(direction);
                    pass.cosines.tangent(turns, weights, moved, &pass.logits, &mut a_dot);
                }
                std::mem::swap(&mut pass.logit_tangents, &mut a_dot);
                std::mem::swap(&mut pass.hidden_tangents, &mut h_dot);
            } else {
                self.differentiate(&mut a_dot, &pass.hidden[l], pass.masks.get(l));
                std::mem::swap(&mut h_dot, &mut a_dot);
            }
        }
        pass.moving = [h_dot, a_dot];
    }
}

/// The slope of `max(a, 0)`, 1 for NaN. A factor, not a branch: the compiler would make a masked
/// store of a branch, which takes ten times as long.
fn slope<T: Real>(a: T) -> T {
    if a <= T::ZERO { T::ZERO } else { T::ONE }
}

/// `input W + b` with the weights that `parameters` hold for `layer`.
fn affine<T: Real>(
    layer: &Layer,
    parameters: &[T],
    biases: Start<'_, T>,
    input: &Matrix<T>,
    output: &mut Matrix<T>,
    scratch: &mut Scratch<T>,
) {
    let shape = Shape { m: input.n_rows(), n: layer.n_out, k: layer.n_in };
    output.reshape(shape.m, shape.n);
    let a = View::new(input.values(), layer.n_in);
    let b = View::new(layer.weights(parameters), layer.n_out);
    T::product(shape, a, b, output.values_mut(), biases, scratch);
}

#[cfg(test)]
mod tests;
