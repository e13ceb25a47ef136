//! The classes of the `k` nearest training examples (smartcore).
//!
//! ```text
//! p_c(x) = Σ_{i among the k nearest} w_i [y_i = c] / Σ_i w_i,   w_i = 1, or 1 / ‖x - x_i‖
//! ```
//!
//! `x` is a row of preprocessed features, distances are Euclidean. Defaults: k 5, uniform weights, as in
//! scikit-learn (the library's own k is 3).
//!
//! Source: Cover, Hart, *Nearest neighbor pattern classification*, IEEE Trans. Inf. Theory 1967;
//! library: smartcore 0.7, the one of its learners that gives class scores without a random generator.
//! Differs: with fewer than k training examples, all of them vote.
//! Differs: the library takes no class weights: balance comes from a sampling.
//! Trap: with equal distances the neighbours that are kept depend on the order of the training rows,
//! which is fixed here: rows are in the order of the data set.

use serde::{Deserialize, Serialize};
use smartcore::algorithm::neighbour::KNNAlgorithmName;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::metrics::distance::euclidian::Euclidian;
use smartcore::neighbors::KNNWeightFunction;
use smartcore::neighbors::knn_classifier::{KNNClassifier, KNNClassifierParameters};

use crate::classifier::ClassShares;
use crate::definition::Definition;
use crate::error::Result;
use crate::library::matrix;
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
use crate::training_set::{CompactLabels, Features, TrainingSet};

/// Parameters of the nearest-neighbours classifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NearestNeighbors {
    /// Neighbours that vote, at least 1; default 5.
    pub k: std::num::NonZeroUsize,
    /// How their votes are weighed; default `uniform`.
    pub weights: NeighborWeights,
}

/// How the votes of neighbours are weighed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeighborWeights {
    /// All alike.
    #[default]
    Uniform,
    /// By the inverse of the distance; at distance 0, those neighbours alone.
    Distance,
}

impl Default for NearestNeighbors {
    fn default() -> Self {
        let k = std::num::NonZeroUsize::new(5).expect("5 > 0");
        NearestNeighbors { k, weights: NeighborWeights::Uniform }
    }
}

type Model = KNNClassifier<f64, usize, DenseMatrix<f64>, Vec<usize>, Euclidian<f64>>;

impl Definition for NearestNeighbors {
    fn code(&self) -> &'static str {
        include_str!("nearest_neighbors.rs")
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
        let weight = match self.weights {
            NeighborWeights::Uniform => KNNWeightFunction::Uniform,
            NeighborWeights::Distance => KNNWeightFunction::Distance,
        };
        let parameters = KNNClassifierParameters::default()
            .with_k(self.k.get().min(labels.compact.len()))
            .with_weight(weight)
            // Exact, and indifferent to the many duplicated rows of real tables.
            .with_algorithm(KNNAlgorithmName::LinearSearch);
        let features = matrix(examples.rows())?;
        Ok(Box::new(Model::fit(&features, &labels.compact, parameters)?))
    }

    fn operations(&self, sizes: &Sizes) -> f64 {
        sizes.others * sizes.train * sizes.inputs
    }

    fn bytes(&self, sizes: &Sizes) -> f64 {
        24.0 * sizes.train
    }
}

impl ClassShares for Model {
    fn shares(&self, rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        Ok(self.predict_proba(&matrix(rows)?)?)
    }
}
