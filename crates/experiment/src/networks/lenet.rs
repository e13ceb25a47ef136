//! A small convolutional network: pairs of convolution and pooling, then dense layers.
//!
//! ```text
//! h_l = φ(pool(x_{l-1} * W_l + b_l)),   x_0 = image,   x_l = h_l
//! z   = φ(... φ(h_L U_1 + c_1) ...) W + b
//! ```
//!
//! - `x`: the pixels of an image, `[height, width, channels]`; `z`: the logits, `[n_outputs]`
//! - `filters`: number of filters of each convolution, first to last, `[16, 32]`
//! - `kernel`: lines and positions of their kernels, 5; images are not padded
//! - `units`: widths of the dense layers, first to last, `[100]`
//! - `activation`: `φ`, `relu` (ours) or `tanh`
//! - `initialization`: `he_normal` (ours), `he_uniform`, `xavier_normal`, `xavier_uniform` or `torch_uniform`;
//!   biases begin at 0, those of the last layer at what the loss expects of a fresh network
//!
//! `pool` takes the largest of 2 × 2. On 28 × 28 grey values and ten classes there are 65,558 parameters. Takes images
//! alone, and every loss, mining and reweighting; a loss that is made for a cosine head has one in place of the last layer.
//!
//! Source: LeCun, Bottou, Bengio, Haffner, *Gradient-Based Learning Applied to Document Recognition*, Proceedings of the
//! IEEE 1998. Differs: maxima in place of scaled sums; every filter reads every map; as many filters as vectors hold, in
//! place of 6 and 16; one dense layer of 100 in place of two of 120 and 84; softmax in place of radial units.

use std::num::NonZeroUsize;

use nn::{Activation, Architecture, Initialization, Kernel, LayerSpec, Shape};
use serde::{Deserialize, Serialize};

use crate::networks::whole;

/// Parameters of a small convolutional network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lenet {
    /// Number of filters of each convolution, first to last; default `[16, 32]`.
    pub filters: Vec<NonZeroUsize>,
    /// Lines and positions of the kernels; default 5.
    pub kernel: NonZeroUsize,
    /// Width of each dense layer, first to last; default `[100]`.
    pub units: Vec<NonZeroUsize>,
    /// Non-linearity after each layer; default `relu`.
    pub activation: Activation,
    /// Distribution of the initial weights; default `he_normal`.
    pub initialization: Initialization,
}

impl Default for Lenet {
    fn default() -> Self {
        Lenet {
            filters: vec![whole(16), whole(32)],
            kernel: whole(5),
            units: vec![whole(100)],
            activation: Activation::Relu,
            initialization: Initialization::HeNormal,
        }
    }
}

impl Lenet {
    pub(super) const VERSION: u32 = 1;

    pub(super) fn architecture(&self, input: Shape, n_outputs: usize) -> Architecture {
        let mut body = Vec::new();
        for filters in &self.filters {
            let (filters, size) = (filters.get(), self.kernel.get());
            // Of the pooled values, a quarter of all: activations that do not decrease pass over the largest of a window.
            body.extend([
                LayerSpec::Conv2d(Kernel { filters, size, stride: 1, padding: 0, biases: true }),
                LayerSpec::MaxPool(2),
                LayerSpec::Activation(self.activation),
            ]);
        }
        let units: Vec<usize> = self.units.iter().map(|n| n.get()).collect();
        body.extend(LayerSpec::mlp(&units, self.activation, 0.0));
        Architecture::new(input, body, n_outputs, self.initialization)
    }
}
