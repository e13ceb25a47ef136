//! The shape of a network.

use serde::{Deserialize, Serialize};

use crate::initialization::Initialization;
use crate::layer::activation::Activation;

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
