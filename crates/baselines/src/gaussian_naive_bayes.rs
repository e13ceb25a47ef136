//! Gaussian naive Bayes: each feature of each class has a normal distribution of its own (linfa).
//!
//! ```text
//! ln p(c | x) = ln π_c - 1/2 Σ_j [ln(2 π v_cj) + (x_j - μ_cj)² / v_cj] + const
//! π_c = n_c / n,   v_cj = variance of feature j in class c (divisor n_c) + smoothing · max_j v_j
//! ```
//!
//! `x` is a row of preprocessed features, `v_j` the variance of feature j over all rows. Default: smoothing
//! 1e-9, as in scikit-learn and in the library.
//!
//! Source: Duda, Hart, *Pattern Classification and Scene Analysis*, 1973; library: linfa-bayes 0.8.
//! Differs: probabilities are normalised here, after the largest logarithm is taken off; the library's own
//! `predict_proba` exponentiates first and gives NaN for rows far from every class.
//! Differs: smartcore's naive Bayes has no smoothing, so that a feature that is constant in a class makes
//! its likelihood NaN; it is left out for that.
//! Differs: the library takes no class weights: balance comes from a sampling, which changes `π_c`.
//! Trap: without smoothing a feature that is constant in a class would give it no probability anywhere: 0 is
//! refused.
//! Trap: one-hot columns are not normal; their likelihoods are too sure of themselves.
//! Trap: the library takes ln from the platform, so that bits are promised on one platform only.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_bayes::{GaussianNb, NaiveBayes};
use ndarray::{Array1, Array2};
use nn::range::Positive;
use serde::{Deserialize, Serialize};

use crate::classifier::ClassShares;
use crate::definition::Definition;
use crate::error::Result;
use crate::library::{LINFA, softmax, view};
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
use crate::training_set::{CompactLabels, Features, TrainingSet};

/// Parameters of Gaussian naive Bayes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GaussianNaiveBayes {
    /// Share of the largest variance of a feature that is added to all variances, above 0; default 1e-9.
    pub smoothing: Positive,
}

impl Default for GaussianNaiveBayes {
    fn default() -> Self {
        GaussianNaiveBayes { smoothing: Positive::new(1e-9) }
    }
}

impl Definition for GaussianNaiveBayes {
    fn code(&self) -> &'static str {
        include_str!("gaussian_naive_bayes.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn reproducible(&self) -> Reproducibility {
        LINFA
    }

    fn fit(
        &self,
        examples: &TrainingSet<'_>,
        labels: &CompactLabels,
    ) -> Result<Box<dyn ClassShares>> {
        let records = view(examples.rows())?.to_owned();
        let dataset = DatasetBase::new(records, Array1::from(labels.compact.clone()));
        let learner = GaussianNb::<f64, usize>::params().var_smoothing(self.smoothing.get());
        Ok(Box::new(learner.fit(&dataset)?))
    }

    fn operations(&self, sizes: &Sizes) -> f64 {
        4.0 * (sizes.train + sizes.others * sizes.classes) * sizes.inputs
    }

    fn bytes(&self, sizes: &Sizes) -> f64 {
        8.0 * 4.0 * sizes.inputs * sizes.classes
    }
}

impl ClassShares for GaussianNb<f64, usize> {
    fn shares(&self, rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        let logarithms = self.joint_log_likelihood(view(rows)?);
        let mut scores = Array2::zeros((rows.n_rows(), logarithms.len()));
        for (&&class, column) in &logarithms {
            scores.column_mut(class).assign(column);
        }
        Ok(scores.rows().into_iter().map(|row| softmax(&row.to_vec())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BaselineSpec;

    #[test]
    fn probabilities_are_those_of_the_formula() {
        let features = [0.0, 1.0, 2.0, 4.0, 6.0];
        let examples = TrainingSet {
            n_features: 1,
            features: &features,
            targets: &[0, 0, 0, 1, 1],
            n_classes: 2,
            seed: 0,
        };
        let spec = GaussianNaiveBayes { smoothing: Positive::new(1e-300) };
        let fitted = BaselineSpec::GaussianNaiveBayes(spec).fit(&examples).unwrap();
        let p = fitted.probabilities(&[3.0]).unwrap();
        // Means 1 and 5, variances 2/3 and 1, priors 3/5 and 2/5.
        let density = |prior: f64, mean: f64, variance: f64| {
            prior * libm::exp(-(3.0 - mean) * (3.0 - mean) / (2.0 * variance)) / variance.sqrt()
        };
        let (a, b) = (density(0.6, 1.0, 2.0 / 3.0), density(0.4, 5.0, 1.0));
        assert!((p[0] - a / (a + b)).abs() < 1e-12, "{p:?}");
    }

    #[test]
    fn rows_far_from_every_class_still_have_probabilities() {
        let examples = TrainingSet {
            n_features: 1,
            features: &[0.0, 1.0, 5.0, 6.0],
            targets: &[0, 0, 1, 1],
            n_classes: 2,
            seed: 0,
        };
        let spec = BaselineSpec::GaussianNaiveBayes(GaussianNaiveBayes::default());
        assert_eq!(spec.fit(&examples).unwrap().probabilities(&[1e4]).unwrap(), [0.0, 1.0]);
    }
}
