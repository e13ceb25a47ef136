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

use crate::classifier::ClassShares;
use crate::definition::Definition;
use crate::error::Result;
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
use crate::training_set::{CompactLabels, Features, TrainingSet};

/// The frequencies of the classes. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prior {}

impl Definition for Prior {
    fn code(&self) -> &'static str {
        include_str!("prior.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn reproducible(&self) -> Reproducibility {
        Reproducibility::Everywhere
    }

    fn guesses(&self) -> bool {
        true
    }

    fn fit(
        &self,
        _examples: &TrainingSet<'_>,
        labels: &CompactLabels,
    ) -> Result<Box<dyn ClassShares>> {
        Ok(Box::new(Frequencies(labels.frequencies())))
    }

    fn operations(&self, _sizes: &Sizes) -> f64 {
        0.0
    }

    fn bytes(&self, _sizes: &Sizes) -> f64 {
        0.0
    }
}

struct Frequencies(Vec<f64>);

impl ClassShares for Frequencies {
    fn shares(&self, rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        Ok(vec![self.0.clone(); rows.n_rows()])
    }
}
