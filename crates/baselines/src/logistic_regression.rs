//! Multinomial logistic regression, fitted by L-BFGS (linfa).
//!
//! ```text
//! min over W, b   -Σ_i ln softmax(x_i W + b)_{y_i} + (alpha / 2) ‖W‖²
//! ```
//!
//! `x_i` is a row of preprocessed features, `W` is `[n_features, n_classes]`. Two classes are fitted
//! in the same form. Defaults: alpha 1 and gradient tolerance 1e-4 as in the library, 1000 iterations (the
//! library's own 100 leave `yeast` and others unfinished).
//!
//! Converged is what has a gradient no longer than the tolerance, taken afresh at the parameters that were found.
//!
//! Source: Cox, *The regression analysis of binary sequences*, JRSS B 1958; Liu, Nocedal, *On the
//! limited memory BFGS method for large scale optimization*, 1989; library: linfa-logistic 0.8.
//! Differs: scikit-learn's C is 1 / alpha.
//! Differs: the library takes no class weights: balance comes from a sampling.
//! Trap: while it fits, the library takes the largest logit of all rows off every row, so that a row whose largest
//! lies more than 34 below gets wrong probabilities, and the solver a wrong gradient: on such data it stalls, however
//! many iterations it has, and `converged` = false is how it shows. `page-blocks` is such a table: rows lie 157 below.
//! Trap: the gradient is that of the sum over the rows: of many rows the same tolerance asks for more digits.
//! Trap: the library takes exp and ln from the platform, so that bits are promised on one platform only.

use std::num::NonZeroU64;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::{MultiFittedLogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2, Axis};
use nn::range::{NonNegative, Positive};
use serde::{Deserialize, Serialize};

use crate::library::{softmax, view};
use crate::{BaselineError, Classifier, DataShape, Examples, Labels, Result};

/// Parameters of the logistic regression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogisticRegression {
    /// Weight of the L2 penalty, at least 0; default 1.
    pub alpha: NonNegative,
    /// Iterations of L-BFGS at the most; default 1000.
    pub max_iterations: NonZeroU64,
    /// Largest gradient at which the solver stops; default 1e-4.
    pub gradient_tolerance: Positive,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        LogisticRegression {
            alpha: NonNegative::new(1.0),
            max_iterations: NonZeroU64::new(1000).expect("1000 > 0"),
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
        let length = gradient_length(&model, &dataset, self.alpha.get());
        // The solver's own sum may differ by rounding.
        let converged = length <= self.gradient_tolerance.get() * (1.0 + 1e-6);
        Ok(Box::new(Fitted { model, converged, present: labels.present, shape }))
    }
}

type Model = MultiFittedLogisticRegression<f64, usize>;

/// Length of the gradient at the parameters of `model`, intercepts included.
fn gradient_length(
    model: &Model,
    dataset: &DatasetBase<Array2<f64>, Array1<usize>>,
    alpha: f64,
) -> f64 {
    let records = dataset.records();
    let mut errors = records.dot(model.params()) + model.intercept();
    for (mut row, label) in errors.rows_mut().into_iter().zip(dataset.targets()) {
        let p = softmax(&row.to_vec());
        row.iter_mut().zip(p).for_each(|(error, p)| *error = p);
        // The labels are the positions of the classes.
        row[*label] -= 1.0;
    }
    let of_weights = records.t().dot(&errors) + model.params() * alpha;
    let of_intercepts = errors.sum_axis(Axis(0));
    of_weights.iter().chain(&of_intercepts).map(|g| g * g).sum::<f64>().sqrt()
}

struct Fitted {
    model: Model,
    converged: bool,
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

    fn converged(&self) -> Option<bool> {
        Some(self.converged)
    }
}
