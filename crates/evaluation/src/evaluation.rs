//! What was measured.

use serde::{Deserialize, Serialize};

use crate::class_scores::ClassScores;
use crate::metrics::Metric;
use crate::values::Values;

/// All metrics of one set of predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Every metric; `None` where it is undefined. One that did not exist when it was recorded is not there.
    pub values: Values,
    /// One entry a class.
    pub classes: Vec<ClassScores>,
}

impl Evaluation {
    /// What is known of `metric`.
    pub fn reading(&self, metric: Metric) -> Reading {
        self.values.reading(metric)
    }

    /// Whether examples were measured, and none of them is of some class.
    pub fn lacks_a_class(&self) -> bool {
        self.classes.iter().any(|class| class.support == 0)
    }
}

/// What is known of a metric on some predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// It has this value.
    Value(f64),
    /// It means nothing on them.
    Undefined,
    /// They were recorded before there was what it takes.
    NotMeasured,
}

impl From<Option<f64>> for Reading {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Reading::Undefined, Reading::Value)
    }
}
