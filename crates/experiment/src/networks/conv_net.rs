//! Two convolutions with small kernels, one pooling, dropout of whole filters, one dense layer.
//!
//! ```text
//! h_1 = φ(x * W_1 + b_1),   h_2 = φ(pool(h_1 * W_2 + b_2)) ⊙ m
//! z   = φ(h_2 U + c) W + b
//! ```
//!
//! - `x`: the pixels of an image, `[height, width, channels]`; `z`: the logits, `[n_outputs]`
//! - `filters`: number of filters of each convolution, first to last, `[16, 32]`
//! - `kernel`: lines and positions of their kernels, 3; images are not padded
//! - `dropout`: share of the last filters that the mask `m` drops in training, each at all positions alike, 0.1; those
//!   kept are divided by what is left
//! - `units`: widths of the dense layers, first to last, `[64]`; `unit_dropout`: share of their units dropped in training, 0
//! - `activation`: `φ`, `relu` or `tanh`
//! - `initialization`: `he_normal` (ours), `he_uniform`, `xavier_normal`, `xavier_uniform` or `torch_uniform`;
//!   biases begin at 0, those of the last layer at what the loss expects of a fresh network
//!
//! `pool` takes the largest of 2 × 2. On 28 × 28 grey values and ten classes there are 300,426 parameters, most of them
//! between the 4608 pooled values and the dense layer. Takes images alone, and every loss, mining and reweighting; a loss
//! that is made for a cosine head has one in place of the last layer.
//!
//! Source: Abhishek, Abdelaziz, *Machine Learning for Imbalanced Data*, Packt 2023, chapter 7 (all but the
//! initial weights); dropout of filters: Tompson, Goroshin, Jain, LeCun, Bregler, *Efficient Object Localization Using
//! Convolutional Networks*, CVPR 2015.

use std::num::NonZeroUsize;

use nn::range::BelowOne;
use nn::{Activation, Architecture, Initialization, Kernel, LayerSpec, Shape};
use serde::{Deserialize, Serialize};

use crate::networks::whole;

/// Parameters of a network of small kernels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConvNet {
    /// Number of filters of each convolution, first to last; default `[16, 32]`.
    pub filters: Vec<NonZeroUsize>,
    /// Lines and positions of the kernels; default 3.
    pub kernel: NonZeroUsize,
    /// Share of the last filters dropped in training; default 0.1.
    pub dropout: BelowOne,
    /// Width of each dense layer, first to last; default `[64]`.
    pub units: Vec<NonZeroUsize>,
    /// Share of their units dropped in training; default 0.
    #[serde(skip_serializing_if = "BelowOne::is_zero")]
    pub unit_dropout: BelowOne,
    /// Non-linearity after each layer; default `relu`.
    pub activation: Activation,
    /// Distribution of the initial weights; default `he_normal`.
    pub initialization: Initialization,
}

impl Default for ConvNet {
    fn default() -> Self {
        ConvNet {
            filters: vec![whole(16), whole(32)],
            kernel: whole(3),
            dropout: BelowOne::new(0.1),
            units: vec![whole(64)],
            unit_dropout: BelowOne::new(0.0),
            activation: Activation::Relu,
            initialization: Initialization::HeNormal,
        }
    }
}

impl ConvNet {
    pub(super) const VERSION: u32 = 1;

    pub(super) fn architecture(&self, input: Shape, n_outputs: usize) -> Architecture {
        let activation = LayerSpec::Activation(self.activation);
        let mut body = Vec::new();
        for (l, filters) in self.filters.iter().enumerate() {
            let (filters, size) = (filters.get(), self.kernel.get());
            body.push(LayerSpec::Conv2d(Kernel {
                filters,
                size,
                stride: 1,
                padding: 0,
                biases: true,
            }));
            if l + 1 == self.filters.len() {
                // Before the activation, which keeps the order of values, there are four times as few for it.
                body.push(LayerSpec::MaxPool(2));
            }
            body.push(activation.clone());
        }
        if !self.dropout.is_zero() {
            body.push(LayerSpec::Dropout2d(self.dropout.get()));
        }
        let units: Vec<usize> = self.units.iter().map(|n| n.get()).collect();
        body.extend(LayerSpec::mlp(&units, self.activation, self.unit_dropout.get()));
        Architecture::new(input, body, n_outputs, self.initialization)
    }
}
