//! A decision, fitted: how probabilities become a class.

use serde::{Deserialize, Serialize};

use crate::decision::{offsets, prior_shift, threshold};

/// How probabilities become a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The most probable class.
    Argmax,
    /// The second of two classes from this probability on.
    Threshold(f64),
    /// The class whose probability times its weight is the largest, `[n_classes]`.
    Offsets(Vec<f64>),
    /// The most probable class after the probabilities were multiplied by these weights, `[n_classes]`, and renormalised.
    PriorShift(Vec<f64>),
}

impl Rule {
    /// The classes decided for, `[n_examples]`, by `probabilities`, `[n_examples, n_classes]`, which a shift of the priors
    /// changes; `None`: the most probable.
    pub fn decide(&self, probabilities: &mut [f64], n_classes: usize) -> Option<Vec<u32>> {
        match self {
            Rule::Argmax => None,
            Rule::Threshold(threshold) => Some(threshold::decided(probabilities, *threshold)),
            Rule::Offsets(weights) => Some(offsets::decided(probabilities, weights)),
            Rule::PriorShift(weights) => {
                prior_shift::shift(probabilities, n_classes, weights);
                None
            }
        }
    }
}
