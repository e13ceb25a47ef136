//! Multinomial logistic regression, fitted by L-BFGS (linfa).
//!
//! ```text
//! min over W, b   -Σ_i ln softmax(x_i W + b)_{y_i} + (alpha / 2) ‖W‖²
//! ```
//!
//! `x_i` is a row of preprocessed features, `W` is `[n_features, n_classes]`. Two classes are fitted
//! in the same form. Defaults are the library's: alpha 1, 100 iterations, gradient tolerance 1e-4.
//!
//! Source: Cox, *The regression analysis of binary sequences*, JRSS B 1958; Liu, Nocedal, *On the
//! limited memory BFGS method for large scale optimization*, 1989; library: linfa-logistic 0.8.
//! Differs: scikit-learn's C is 1 / alpha.
//! Differs: the library takes no class weights: balance comes from a sampling.
//! Trap: a solver that reaches its last iteration gives what it has, without a word.
//! Trap: the library takes exp and ln from the platform, so that bits are promised on one platform only.

use std::num::NonZeroU64;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::{MultiFittedLogisticRegression, MultiLogisticRegression};
use ndarray::Array1;
use nn::range::{NonNegative, Positive};
use serde::{Deserialize, Serialize};

use crate::library::view;
use crate::{BaselineError, Classifier, DataShape, Examples, Labels, Result};

/// Parameters of the logistic regression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogisticRegression {
    /// Weight of the L2 penalty, at least 0; default 1.
    pub alpha: NonNegative,
    /// Iterations of L-BFGS at the most; default 100.
    pub max_iterations: NonZeroU64,
    /// Largest gradient at which the solver stops; default 1e-4.
    pub gradient_tolerance: Positive,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        LogisticRegression {
            alpha: NonNegative::new(1.0),
            max_iterations: NonZeroU64::new(100).expect("100 > 0"),
            gradient_tolerance: Positive::new(1e-4),
        }
    }
}

const NAME: &str = "logistic_regression";

impl LogisticRegression {
    pub(crate) fn fit(
        &self,
        examples: &Examples<'_>,
        labels: Labels,
    ) -> Result<Box<dyn Classifier>> {
        let shape = examples.shape();
        let records = view(NAME, examples.features, shape)?.to_owned();
        let dataset = DatasetBase::new(records, Array1::from(labels.compact));
        let learner = MultiLogisticRegression::default()
            .alpha(self.alpha.get())
            .max_iterations(self.max_iterations.get())
            .gradient_tolerance(self.gradient_tolerance.get());
        let model = learner.fit(&dataset).map_err(|error| BaselineError::library(NAME, &error))?;
        Ok(Box::new(Fitted { model, present: labels.present, shape }))
    }
}

struct Fitted {
    model: MultiFittedLogisticRegression<f64, usize>,
    present: Vec<u32>,
    shape: DataShape,
}

impl Classifier for Fitted {
    fn probabilities(&self, features: &[f64]) -> Result<Vec<f64>> {
        let features = view(NAME, features, self.shape)?;
        let probabilities = self.model.predict_probabilities(&features);
        // The library keeps its classes in an order of its own.
        let columns: Vec<usize> = (0..self.present.len())
            .map(|class| self.model.classes().iter().position(|&c| c == class).unwrap_or(class))
            .collect();
        let rows = probabilities.rows().into_iter();
        let rows = rows.map(|row| columns.iter().map(|&column| row[column]).collect());
        Ok(self.shape.spread(&self.present, rows))
    }
}
