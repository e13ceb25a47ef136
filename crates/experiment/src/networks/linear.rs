//! A linear classifier: one dense layer from the features to the logits.
//!
//! ```text
//! z = x W + b
//! ```
//!
//! `x` is a row of preprocessed features, `[n_features]`, `W` is `[n_features, n_outputs]`. Trained with cross-entropy
//! it is multinomial logistic regression. The weights begin uniform within `sqrt(6 / (n_features + n_outputs))`, `b`
//! at 0 or what the loss expects of a fresh network. Takes every loss, mining and reweighting.
//!
//! Source: Cox, *The Regression Analysis of Binary Sequences*, JRSS B 1958; weights: Glorot, Bengio, *Understanding
//! the Difficulty of Training Deep Feedforward Neural Networks*, AISTATS 2010.

use nn::{Architecture, Initialization, Shape};
use serde::{Deserialize, Serialize};

/// A linear classifier (multinomial logistic regression when trained with cross-entropy).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Linear {}

impl Linear {
    pub(super) const VERSION: u32 = 1;

    pub(super) fn architecture(input: Shape, n_outputs: usize) -> Architecture {
        Architecture::new(input, Vec::new(), n_outputs, Initialization::XavierUniform)
    }
}
