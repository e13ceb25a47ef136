//! Multinomial logistic regression, fitted by L-BFGS.
//!
//! ```text
//! min over W, b   -Σ_i ln softmax(x_i W + b)_{y_i} + (alpha / 2) ‖W‖²
//! ```
//!
//! `x_i` is a row of preprocessed features, `W` is `[n_features, n_classes]`. Two classes are fitted
//! in the same form. Defaults: alpha 1, gradient tolerance 1e-4, 1000 iterations.
//!
//! Converged is what has a gradient no longer than the tolerance.
//!
//! Source: Cox, *The regression analysis of binary sequences*, JRSS B 1958; Liu, Nocedal, *On the
//! limited memory BFGS method for large scale optimization*, 1989.
//! Differs: scikit-learn's C is 1 / alpha.
//! Differs: no class weights: balance comes from a sampling.
//! Differs: linfa's is left out: while it fits, it takes the largest logit of all rows off every row, so that a row
//! whose largest lies more than 34 below has wrong probabilities and the solver a wrong gradient. On `page-blocks`
//! it stalls at a loss of 965, where 726 is reached.
//! Trap: the gradient is that of the sum over the rows: of many rows the same tolerance asks for more digits.
//! Trap: products come from kernels that depend on the processor, so that bits are promised on one platform only.

mod lbfgs;

use std::num::NonZeroU64;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use nn::Real;
use nn::range::{NonNegative, Positive};
use serde::{Deserialize, Serialize};

use crate::classifier::ClassShares;
use crate::definition::Definition;
use crate::error::Result;
use crate::library::view;
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
use crate::training_set::{CompactLabels, Features, TrainingSet};

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

impl Definition for LogisticRegression {
    fn code(&self) -> &'static str {
        include_str!("logistic_regression.rs")
    }

    fn version(&self) -> u32 {
        2
    }

    fn reproducible(&self) -> Reproducibility {
        Reproducibility::SamePlatform(
            "products come from kernels that depend on the processor, so that its bits are promised on one platform only",
        )
    }

    fn fit(
        &self,
        examples: &TrainingSet<'_>,
        labels: &CompactLabels,
    ) -> Result<Box<dyn ClassShares>> {
        let n_classes = labels.present.len();
        let objective = Objective {
            records: view(examples.rows())?,
            labels: &labels.compact,
            n_classes,
            alpha: self.alpha.get(),
        };
        let mut parameters = vec![0.0; (examples.n_features + 1) * n_classes];
        let tolerance = self.gradient_tolerance.get();
        let iterations = self.max_iterations.get();
        let length = lbfgs::minimize(&mut parameters, iterations, tolerance, |at, gradient| {
            objective.value(at, gradient)
        });
        let converged = length <= tolerance;
        Ok(Box::new(Linear { parameters, n_classes, converged }))
    }

    fn operations(&self, sizes: &Sizes) -> f64 {
        let passes = self.max_iterations.get() as f64 * 4.0;
        passes * sizes.train * sizes.inputs * sizes.classes
    }

    fn bytes(&self, sizes: &Sizes) -> f64 {
        // Directions and slopes that the search remembers.
        8.0 * 24.0 * (sizes.inputs + 1.0) * sizes.classes
    }
}

/// What is minimised. Parameters are `W` row by row, then `b`.
struct Objective<'a> {
    records: ArrayView2<'a, f64>,
    labels: &'a [usize],
    n_classes: usize,
    alpha: f64,
}

impl Objective<'_> {
    fn value(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let mut errors = logits(at, self.records, self.n_classes);
        let mut loss = 0.0;
        for (mut row, &label) in errors.rows_mut().into_iter().zip(self.labels) {
            let row = row.as_slice_mut().expect("products are row by row");
            let of_label = row[label];
            loss += softmax(row) - of_label;
            row[label] -= 1.0;
        }
        let n_weights = at.len() - self.n_classes;
        let of_weights = self.records.t().dot(&errors);
        for ((g, product), w) in gradient.iter_mut().zip(&of_weights).zip(&at[..n_weights]) {
            *g = product + self.alpha * w;
        }
        let of_intercepts = errors.sum_axis(Axis(0));
        gradient[n_weights..].iter_mut().zip(&of_intercepts).for_each(|(g, sum)| *g = *sum);
        loss + 0.5 * self.alpha * at[..n_weights].iter().map(|w| w * w).sum::<f64>()
    }
}

/// `x W + b` of every row.
fn logits(parameters: &[f64], records: ArrayView2<'_, f64>, n_classes: usize) -> Array2<f64> {
    let (weights, intercepts) = parameters.split_at(parameters.len() - n_classes);
    let weights = ArrayView2::from_shape((records.ncols(), n_classes), weights);
    records.dot(&weights.expect("a weight for each feature and class"))
        + ArrayView1::from(intercepts)
}

/// Turns logits into probabilities; the logarithm of the sum of their exponentials.
fn softmax(row: &mut [f64]) -> f64 {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().for_each(|z| *z -= largest);
    f64::exp_nonpositive(row);
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|e| *e /= sum);
    largest + Real::ln(sum)
}

struct Linear {
    parameters: Vec<f64>,
    n_classes: usize,
    converged: bool,
}

impl ClassShares for Linear {
    fn shares(&self, rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        let logits = logits(&self.parameters, view(rows)?, self.n_classes);
        let shares = |row: ArrayView1<'_, f64>| {
            let mut p = row.to_vec();
            softmax(&mut p);
            p
        };
        Ok(logits.rows().into_iter().map(shares).collect())
    }

    fn converged(&self) -> Option<bool> {
        Some(self.converged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BaselineSpec;

    #[test]
    fn rows_whose_logits_lie_far_below_those_of_others_are_fitted_too() {
        // Without a penalty worth the name, and with rows 1000 times as far out as others, logits are spread by
        // hundreds; the labels of the inner rows overlap, so that there is an optimum.
        let features: Vec<f64> = (0..60)
            .map(|i| f64::from(i % 15 - 7) / if i % 4 == 0 { 1.0 } else { 1000.0 })
            .collect();
        let targets: Vec<u32> = features
            .iter()
            .enumerate()
            .map(|(i, x)| if x.abs() < 0.5 { (i % 3) as u32 } else { u32::from(0.0 < *x) })
            .collect();
        let examples = TrainingSet {
            n_features: 1,
            features: &features,
            targets: &targets,
            n_classes: 3,
            seed: 0,
        };
        let spec = LogisticRegression { alpha: NonNegative::new(1e-4), ..Default::default() };
        let fitted = BaselineSpec::LogisticRegression(spec).fit(&examples).unwrap();
        assert_eq!(fitted.converged(), Some(true));
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_value() {
        let features = [0.3, -1.0, 2.0, 0.7, -0.2, 1.5, 0.1, -2.0];
        let objective = Objective {
            records: ArrayView2::from_shape((4, 2), &features).unwrap(),
            labels: &[0, 2, 1, 2],
            n_classes: 3,
            alpha: 0.7,
        };
        let at: Vec<f64> = (0..9).map(|i| f64::from(i * 5 % 7) / 3.0 - 1.0).collect();
        let mut gradient = vec![0.0; 9];
        objective.value(&at, &mut gradient);
        for i in 0..9 {
            let moved = |by: f64| {
                let mut at = at.clone();
                at[i] += by;
                objective.value(&at, &mut [0.0; 9])
            };
            // Central differences err by h^2 and by rounding / h.
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope - gradient[i]).abs() < 1e-8, "{i}: {slope} {}", gradient[i]);
        }
    }
}
