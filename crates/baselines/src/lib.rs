//! Classical learners from linfa and smartcore, fitted and asked in one way.
//!
//! They bring their own loss and their own optimiser: they take a sampling, and no loss, mixing,
//! mining or reweighting. They see the same splits, features and metrics as the networks. [`boosted_trees`] stands
//! between: its trees are grown to the gradients of any loss.

pub mod boosted_trees;
mod classifier;
mod decision_tree;
mod definition;
mod error;
mod extra_trees;
mod gaussian_naive_bayes;
mod library;
mod logistic_regression;
mod nearest_neighbors;
mod one_against_rest;
mod prior;
mod random_forest;
mod reproducibility;
mod sizes;
mod stratified;
mod svm;
mod training_set;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr, VariantNames};

use crate::definition::Definition;
use crate::training_set::CompactLabels;

pub use boosted_trees::BoostedTrees;
pub use classifier::Classifier;
pub use decision_tree::DecisionTree;
pub use error::BaselineError;
pub use extra_trees::ExtraTrees;
pub use gaussian_naive_bayes::GaussianNaiveBayes;
pub use library::ClassWeight;
pub use logistic_regression::LogisticRegression;
pub use nearest_neighbors::{NearestNeighbors, NeighborWeights};
pub use prior::Prior;
pub use random_forest::RandomForest;
pub use reproducibility::Reproducibility;
pub use sizes::Sizes;
pub use stratified::Stratified;
pub use svm::{Kernel, Svm};
pub use training_set::TrainingSet;

/// Every classical learner, under the name it has in an experiment file.
#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr, VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BaselineSpec {
    /// See [`LogisticRegression`].
    LogisticRegression(LogisticRegression),
    /// See [`GaussianNaiveBayes`].
    GaussianNaiveBayes(GaussianNaiveBayes),
    /// See [`Svm`].
    Svm(Svm),
    /// See [`NearestNeighbors`].
    NearestNeighbors(NearestNeighbors),
    /// See [`DecisionTree`].
    DecisionTree(DecisionTree),
    /// See [`RandomForest`].
    RandomForest(RandomForest),
    /// See [`ExtraTrees`].
    ExtraTrees(ExtraTrees),
    /// See [`Prior`].
    Prior(Prior),
    /// See [`Stratified`].
    Stratified(Stratified),
}

impl BaselineSpec {
    fn definition(&self) -> &dyn Definition {
        match self {
            BaselineSpec::LogisticRegression(learner) => learner,
            BaselineSpec::GaussianNaiveBayes(learner) => learner,
            BaselineSpec::Svm(learner) => learner,
            BaselineSpec::NearestNeighbors(learner) => learner,
            BaselineSpec::DecisionTree(learner) => learner,
            BaselineSpec::RandomForest(learner) => learner,
            BaselineSpec::ExtraTrees(learner) => learner,
            BaselineSpec::Prior(learner) => learner,
            BaselineSpec::Stratified(learner) => learner,
        }
    }

    /// Fits the learner.
    ///
    /// # Errors
    /// If there are no examples, or the library refuses them.
    pub fn fit(&self, examples: &TrainingSet<'_>) -> Result<Classifier, BaselineError> {
        if examples.targets.is_empty() {
            return Err(BaselineError::NoExamples);
        }
        let labels = CompactLabels::of(examples);
        let has_one_class = labels.present.len() == 1;
        // Whatever the learner, there is nothing to tell apart.
        let learner = if has_one_class { &Prior {} } else { self.definition() };
        let learnt = learner.fit(examples, &labels).map_err(|failure| failure.of(self.name()))?;
        Ok(Classifier::new(self.name(), learnt, examples, labels))
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Its file, whose head is its page.
    pub fn code(&self) -> &'static str {
        self.definition().code()
    }

    /// Raised when the numbers of the learner change, as with another version of its library.
    pub fn version(&self) -> u32 {
        self.definition().version()
    }

    /// Where the same cell gives the same bits.
    pub fn reproducible(&self) -> Reproducibility {
        self.definition().reproducible()
    }

    /// Whether the learner reads no feature, so that it is no better than chance by design.
    pub fn guesses(&self) -> bool {
        self.definition().guesses()
    }

    /// Why the learner cannot be fitted to so many rows, if it cannot.
    pub fn refuses(&self, n_rows: usize) -> Option<String> {
        self.definition().refuses(n_rows)
    }

    /// Operations of fitting the learner to the training rows and of asking it about the others, about.
    pub fn operations(&self, sizes: &Sizes) -> f64 {
        self.definition().operations(sizes)
    }

    /// Memory that the learner wants, in bytes, about.
    pub fn bytes(&self, sizes: &Sizes) -> f64 {
        let Sizes { train, others, inputs, classes } = *sizes;
        // Rows as f64, once for us, once for the library, once as it works on them.
        let rows = 8.0 * inputs * (3.0 * train + 2.0 * others) + 24.0 * (train + others) * classes;
        rows + self.definition().bytes(sizes)
    }
}

#[cfg(test)]
mod tests;
