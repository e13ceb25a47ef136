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

use crate::classifier::ClassShares;
use crate::definition::Definition;
use crate::error::Result;
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
use crate::training_set::{CompactLabels, Features, TrainingSet};

/// Classes drawn by their frequencies. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stratified {}

impl Definition for Stratified {
    fn code(&self) -> &'static str {
        include_str!("stratified.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn reproducible(&self) -> Reproducibility {
        Reproducibility::Everywhere
    }

    fn fit(
        &self,
        examples: &TrainingSet<'_>,
        labels: &CompactLabels,
    ) -> Result<Box<dyn ClassShares>> {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&examples.seed.to_le_bytes());
        let streams = Streams::new(key);
        Ok(Box::new(Draws { frequencies: labels.frequencies(), streams }))
    }

    fn operations(&self, _sizes: &Sizes) -> f64 {
        0.0
    }

    fn bytes(&self, _sizes: &Sizes) -> f64 {
        0.0
    }
}

struct Draws {
    frequencies: Vec<f64>,
    streams: Streams,
}

impl ClassShares for Draws {
    fn shares(&self, rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        let mut stream = self.streams.stream("stratified");
        let row = |_| {
            let drawn = stream.choice(&self.frequencies);
            (0..self.frequencies.len()).map(|class| f64::from(class == drawn)).collect()
        };
        Ok((0..rows.n_rows()).map(row).collect())
    }
}
