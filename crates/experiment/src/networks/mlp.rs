//! A multi-layer perceptron: dense layers with a non-linearity between them.
//!
//! ```text
//! h_l = φ(h_{l-1} W_l + b_l) ⊙ m_l,   h_0 = x,   z = h_L W + b
//! ```
//!
//! - `x`: a row of preprocessed features, `[n_features]`; `z`: the logits, `[n_outputs]`
//! - `hidden`: widths of the hidden layers, first to last, `[64, 64]`
//! - `activation`: `φ`, `relu` (ours) or `tanh`
//! - `dropout`: share of hidden units that the mask `m` drops in training, 0; those kept are divided by what is left
//! - `initialization`: `he_normal` (ours), `he_uniform`, `xavier_normal`, `xavier_uniform` or `torch_uniform`;
//!   biases begin at 0, those of the last layer at what the loss expects of a fresh network
//!
//! Takes every loss, mining and reweighting; a loss that is made for a cosine head has one in place of the last layer.
//!
//! Source: Rumelhart, Hinton, Williams, *Learning Representations by Back-propagating Errors*, Nature 1986; weights:
//! He, Zhang, Ren, Sun, *Delving Deep into Rectifiers*, ICCV 2015; dropout: Srivastava and others, *Dropout*, JMLR 2014.

use std::num::NonZeroUsize;

use nn::range::BelowOne;
use nn::{Activation, Architecture, Initialization, LayerSpec, Shape};
use serde::{Deserialize, Serialize};

use crate::networks::whole;

/// Parameters of a multi-layer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mlp {
    /// Width of each hidden layer, first to last; default `[64, 64]`.
    pub hidden: Vec<NonZeroUsize>,
    /// Non-linearity after each hidden layer; default `relu`.
    pub activation: Activation,
    /// Share of hidden units dropped in training; default 0.
    pub dropout: BelowOne,
    /// Distribution of the initial weights; default `he_normal`.
    pub initialization: Initialization,
}

impl Default for Mlp {
    fn default() -> Self {
        Mlp {
            hidden: vec![whole(64); 2],
            activation: Activation::Relu,
            dropout: BelowOne::new(0.0),
            initialization: Initialization::HeNormal,
        }
    }
}

impl Mlp {
    pub(super) const VERSION: u32 = 1;

    pub(super) fn architecture(&self, input: Shape, n_outputs: usize) -> Architecture {
        let widths: Vec<usize> = self.hidden.iter().map(|n| n.get()).collect();
        let body = LayerSpec::mlp(&widths, self.activation, self.dropout.get());
        Architecture::new(input, body, n_outputs, self.initialization)
    }
}
