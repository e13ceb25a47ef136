//! A dummy that knows the frequencies of the classes and nothing else.
//!
//! ```text
//! p_c(x) = n_c / n
//! ```
//!
//! Every row is taken for the largest class (the first of equals). What does not beat it has learnt nothing.
//!
//! Source: the majority rule, as in Holte, *Very simple classification rules perform well on most commonly
//! used datasets*, Machine Learning 1993.
//! Trap: its accuracy is the share of the largest class: 99 % where one row in a hundred is positive.

use serde::{Deserialize, Serialize};

use crate::{Classifier, DataShape, Examples, Labels, Result};

/// The frequencies of the classes. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prior {}

impl Prior {
    pub(crate) fn fit(&self, examples: &Examples<'_>, labels: Labels) -> Box<dyn Classifier> {
        let Prior {} = self;
        let frequencies = labels.frequencies();
        Box::new(Fitted { frequencies, present: labels.present, shape: examples.shape() })
    }
}

struct Fitted {
    frequencies: Vec<f64>,
    present: Vec<u32>,
    shape: DataShape,
}

impl Classifier for Fitted {
    fn probabilities(&self, features: &[f64]) -> Result<Vec<f64>> {
        let rows = (0..self.shape.n_rows(features)).map(|_| self.frequencies.clone());
        Ok(self.shape.spread(&self.present, rows))
    }
}
