//! A dummy that draws a class for every row, each as often as in training.
//!
//! ```text
//! P(row is taken for c) = n_c / n,   p_c(x) = 1 for the class drawn, 0 for the others
//! ```
//!
//! Draws come from the trial's own stream: the same trial draws the same classes.
//!
//! Source: the random guess of scikit-learn's `DummyClassifier(strategy = "stratified")`.
//! Trap: its balanced accuracy is 1 / K on average, and spread widely around it where classes are small.

use nn::Streams;
use serde::{Deserialize, Serialize};

use crate::{Classifier, DataShape, Examples, Labels, Result};

/// Classes drawn by their frequencies. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stratified {}

impl Stratified {
    pub(crate) fn fit(&self, examples: &Examples<'_>, labels: Labels) -> Box<dyn Classifier> {
        let Stratified {} = self;
        let mut key = [0; 32];
        key[..8].copy_from_slice(&examples.seed.to_le_bytes());
        Box::new(Fitted {
            frequencies: labels.frequencies(),
            present: labels.present,
            shape: examples.shape(),
            streams: Streams::new(key),
        })
    }
}

struct Fitted {
    frequencies: Vec<f64>,
    present: Vec<u32>,
    shape: DataShape,
    streams: Streams,
}

impl Classifier for Fitted {
    fn probabilities(&self, features: &[f64]) -> Result<Vec<f64>> {
        let mut stream = self.streams.stream("stratified");
        let row = |_| {
            let drawn = stream.choice(&self.frequencies);
            (0..self.present.len()).map(|class| f64::from(class == drawn)).collect()
        };
        Ok(self.shape.spread(&self.present, (0..self.shape.n_rows(features)).map(row)))
    }
}
