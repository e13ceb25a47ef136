//! A support vector machine with soft margin, linear or with a Gaussian kernel (linfa).
//!
//! ```text
//! min over α   1/2 Σ_ij α_i α_j y_i y_j k(x_i, x_j) - Σ_i α_i,   0 <= α_i <= C w_{y_i},   Σ_i α_i y_i = 0
//! k(x, z) = x·z,   or exp(-gamma ‖x - z‖²)
//! f(x) = Σ_i α_i y_i k(x_i, x) - ρ
//! p(x) = 1 / (1 + exp(-s f(x))),   s > 0 by maximum likelihood on the training part, weighed by w
//! ```
//!
//! `x` is a row of preprocessed features, `w` the weight of a class. Of more than two classes each is set
//! against all others, and the probabilities are divided by their sum.
//!
//! The class is the side of the boundary, as in LIBSVM and scikit-learn, and its probability is above one half.
//! Platt's sigmoid has an intercept besides, fitted to the frequencies of the classes: it moves the boundary
//! of a rare class out of the data, whatever weights the machine was given, and what was learnt with `class_weight
//! = "balanced"` is then not what is predicted. Under class weights the probabilities, too, are those of classes
//! that count alike.
//!
//! Converged is a machine whose conditions of optimality hold within the tolerance. Defaults: a Gaussian kernel, C 1, gamma
//! 1 / (features × variance of all values), tolerance 1e-3, as in scikit-learn and LIBSVM (the library's own
//! tolerance is 1e-7).
//!
//! Source: Cortes, Vapnik, *Support-Vector Networks*, Machine Learning 1995; Platt, *Probabilistic Outputs for
//! Support Vector Machines*, 1999; library: linfa-svm 0.8.
//! Differs: smartcore's machine is left out: it visits examples a fixed number of times instead of to a
//! tolerance, and with more than two classes it counts votes in a hash map, so that ties fall differently
//! from run to run.
//! Trap: the kernel of all pairs is kept in memory: `max_rows` bounds it.
//! Differs: the library's own probabilities are Platt's. The targets of the likelihood are his: (n+ + 1) / (n+ + 2)
//! and 1 / (n- + 2), n+ and n- the sums of the weights of either side.
//! Trap: without class weights a machine may give a rare class no ground at all, and then never predicts it.
//! Trap: the library takes exp from the platform, so that bits are promised on one platform only.

use std::num::NonZeroUsize;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_svm::Svm as Solution;
use ndarray::{Array1, Array2, ArrayView2};
use nn::Real;
use nn::range::Positive;
use serde::{Deserialize, Serialize};

use crate::classifier::ClassShares;
use crate::definition::Definition;
use crate::error::Result;
use crate::library::{ClassWeight, LINFA, view};
use crate::one_against_rest::{Binary, OneAgainstRest};
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
use crate::training_set::{CompactLabels, Features, TrainingSet};

mod optimality;
mod slope;

/// Parameters of the support vector machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Svm {
    /// How alike two rows are: `rbf` (default), `linear` or `{ rbf_gamma = 0.1 }`.
    pub kernel: Kernel,
    /// Price of a violated margin, above 0; default 1.
    pub c: Positive,
    /// `none` (default), or `balanced`: an example of class c counts n / (K n_c).
    pub class_weight: ClassWeight,
    /// Violation of the optimality conditions at which the solver stops; default 1e-3.
    pub tolerance: Positive,
    /// Training rows at the most; more are refused. Default 5000: a kernel of 200 MB.
    pub max_rows: NonZeroUsize,
}

/// How alike two rows are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// `x·z`.
    Linear,
    /// `exp(-gamma ‖x - z‖²)`, with gamma from the data.
    Rbf,
    /// The same with a given gamma.
    RbfGamma(Positive),
}

impl Default for Svm {
    fn default() -> Self {
        Svm {
            kernel: Kernel::Rbf,
            c: Positive::new(1.0),
            class_weight: ClassWeight::None,
            tolerance: Positive::new(1e-3),
            max_rows: NonZeroUsize::new(5000).expect("5000 > 0"),
        }
    }
}

impl Definition for Svm {
    fn code(&self) -> &'static str {
        include_str!("svm.rs")
    }

    fn version(&self) -> u32 {
        2
    }

    fn reproducible(&self) -> Reproducibility {
        LINFA
    }

    fn refuses(&self, n_rows: usize) -> Option<String> {
        (self.max_rows.get() < n_rows).then(|| {
            format!(
                "svm keeps the kernel of all pairs of training rows, and there are more of them than its max_rows = {}",
                self.max_rows
            )
        })
    }

    fn fit(
        &self,
        examples: &TrainingSet<'_>,
        labels: &CompactLabels,
    ) -> Result<Box<dyn ClassShares>> {
        let records = view(examples.rows())?.to_owned();
        let machine = |class| self.machine(&records, labels, class);
        Ok(Box::new(OneAgainstRest::fit(labels, machine)?))
    }

    fn operations(&self, sizes: &Sizes) -> f64 {
        sizes.tasks() * (sizes.train * sizes.train * (sizes.inputs + 20.0))
    }

    fn bytes(&self, sizes: &Sizes) -> f64 {
        // The kernel of all pairs, and a copy while it is made.
        8.0 * 2.0 * sizes.train * sizes.train
    }
}

impl Svm {
    /// The machine that tells `class` from all others.
    fn machine(
        &self,
        records: &Array2<f64>,
        labels: &CompactLabels,
        class: usize,
    ) -> Result<Machine> {
        let targets: Vec<bool> = labels.compact.iter().map(|&label| label == class).collect();
        let n = targets.len() as f64;
        let n_positive = targets.iter().filter(|&&positive| positive).count() as f64;
        let (positive, negative) = match self.class_weight {
            ClassWeight::None => (1.0, 1.0),
            ClassWeight::Balanced => (n / (2.0 * n_positive), n / (2.0 * (n - n_positive))),
        };
        let c = self.c.get();
        let parameters = Solution::<f64, bool>::params();
        let parameters = parameters.pos_neg_weights(c * positive, c * negative);
        let parameters = parameters.eps(self.tolerance.get());
        let parameters = match &self.kernel {
            Kernel::Linear => parameters.linear_kernel(),
            // The library divides by its width.
            Kernel::Rbf => parameters.gaussian_kernel(1.0 / scale(records)),
            Kernel::RbfGamma(gamma) => parameters.gaussian_kernel(1.0 / gamma.get()),
        };
        let flags = Array1::from(targets.clone());
        let dataset = DatasetBase::new(records.view(), flags.view());
        let solution: Solution<f64, bool> = parameters.fit(&dataset)?;

        let sums = weighted_sums(&solution, &records.view());
        let weights = (positive, negative);
        let bounds = targets.iter().map(|&yes| c * if yes { positive } else { negative });
        let violation = optimality::violation(&solution.alpha, &sums, &targets, bounds);
        let decisions: Vec<f64> = sums.iter().map(|sum| sum - solution.rho).collect();
        Ok(Machine {
            slope: slope::fit(&decisions, &targets, weights),
            // The solver keeps these sums by adding to them, and here they are taken afresh.
            converged: violation <= self.tolerance.get() * (1.0 + 1e-6) + 1e-9,
            solution,
        })
    }
}

/// `Σ_i α_i y_i k(x_i, x)` of every row.
fn weighted_sums(solution: &Solution<f64, bool>, rows: &ArrayView2<'_, f64>) -> Vec<f64> {
    rows.outer_iter().map(|row| solution.weighted_sum(&row)).collect()
}

/// `1 / (features × variance of all values)`; 1 if nothing varies.
fn scale(records: &Array2<f64>) -> f64 {
    let n = records.len() as f64;
    let mean = records.iter().sum::<f64>() / n;
    let variance = records.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    if 0.0 < variance { 1.0 / (records.ncols() as f64 * variance) } else { 1.0 }
}

/// One class against the others.
struct Machine {
    solution: Solution<f64, bool>,
    slope: f64,
    converged: bool,
}

impl Binary for Machine {
    fn shares(all: &[Self], rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        let records = view(rows)?;
        let share = |machine: &Machine| -> Vec<f64> {
            let sums = weighted_sums(&machine.solution, &records).into_iter();
            sums.map(|sum| (machine.slope * (sum - machine.solution.rho)).sigmoid()).collect()
        };
        Ok(all.iter().map(share).collect())
    }

    fn converged(&self) -> Option<bool> {
        Some(self.converged)
    }
}

#[cfg(test)]
mod tests;
