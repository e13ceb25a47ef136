//! Classical learners from linfa and smartcore, fitted and asked in one way.
//!
//! They bring their own loss and their own optimiser: they take a sampling, and no loss, mining or
//! reweighting. They see the same splits, features and metrics as the networks. [`boosted_trees`] stands
//! between: its trees are grown to the gradients of any loss.

pub mod boosted_trees;
mod classifier;
mod decision_tree;
mod error;
mod extra_trees;
mod gaussian_naive_bayes;
mod library;
mod logistic_regression;
mod nearest_neighbors;
mod one_against_rest;
mod prior;
mod random_forest;
mod stratified;
mod svm;
mod training_set;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr, VariantNames};

use crate::error::Result;
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
    /// Multinomial logistic regression.
    LogisticRegression(LogisticRegression),
    /// linfa's Gaussian naive Bayes.
    GaussianNaiveBayes(GaussianNaiveBayes),
    /// linfa's support vector machine.
    Svm(Svm),
    /// smartcore's k-nearest-neighbours classifier.
    NearestNeighbors(NearestNeighbors),
    /// smartcore's decision tree.
    DecisionTree(DecisionTree),
    /// smartcore's random forest.
    RandomForest(RandomForest),
    /// smartcore's extremely randomised trees.
    ExtraTrees(ExtraTrees),
    /// The frequencies of the classes.
    Prior(Prior),
    /// Classes drawn by their frequencies.
    Stratified(Stratified),
}

impl BaselineSpec {
    /// Fits the learner.
    ///
    /// # Errors
    /// If the library refuses the data.
    pub fn fit(&self, examples: &TrainingSet<'_>) -> Result<Classifier> {
        if examples.targets.is_empty() {
            return Err(BaselineError::NoExamples);
        }
        let labels = CompactLabels::of(examples);
        let learnt = match self {
            // Whatever the learner, there is nothing to tell apart.
            _ if labels.present.len() == 1 => Prior {}.fit(&labels),
            BaselineSpec::LogisticRegression(learner) => learner.fit(examples, &labels)?,
            BaselineSpec::GaussianNaiveBayes(learner) => learner.fit(examples, &labels)?,
            BaselineSpec::Svm(learner) => learner.fit(examples, &labels)?,
            BaselineSpec::NearestNeighbors(learner) => learner.fit(examples, &labels)?,
            BaselineSpec::DecisionTree(learner) => learner.fit(examples, &labels)?,
            BaselineSpec::RandomForest(learner) => learner.fit(examples, &labels)?,
            BaselineSpec::ExtraTrees(learner) => learner.fit(examples, &labels)?,
            BaselineSpec::Prior(learner) => learner.fit(&labels),
            BaselineSpec::Stratified(learner) => learner.fit(examples, &labels),
        };
        Ok(Classifier::new(learnt, examples, labels))
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Raised when the numbers of the learner change, as with another version of its library.
    pub fn version(&self) -> u32 {
        match self {
            BaselineSpec::LogisticRegression(_) | BaselineSpec::Svm(_) => 2,
            BaselineSpec::GaussianNaiveBayes(_)
            | BaselineSpec::NearestNeighbors(_)
            | BaselineSpec::DecisionTree(_)
            | BaselineSpec::RandomForest(_)
            | BaselineSpec::ExtraTrees(_)
            | BaselineSpec::Prior(_)
            | BaselineSpec::Stratified(_) => 1,
        }
    }

    /// Why the learner cannot be fitted to so many rows, if it cannot.
    pub fn refuses(&self, n_rows: usize) -> Option<String> {
        match self {
            BaselineSpec::Svm(svm) if svm.max_rows.get() < n_rows => Some(format!(
                "svm keeps the kernel of all pairs of training rows, and there are more of them than its max_rows = {}",
                svm.max_rows
            )),
            _ => None,
        }
    }

    /// Where the same cell gives the same bits.
    pub fn reproducible(&self) -> Reproducibility {
        match self {
            BaselineSpec::LogisticRegression(_) => Reproducibility::SamePlatform(
                "products come from kernels that depend on the processor, so that its bits are promised on one \
                 platform only",
            ),
            BaselineSpec::GaussianNaiveBayes(_) | BaselineSpec::Svm(_) => {
                Reproducibility::SamePlatform(
                    "linfa takes exp and ln from the platform's mathematical library, and products from kernels \
                 that depend on the processor, so that its bits are promised on one platform only",
                )
            }
            BaselineSpec::DecisionTree(_)
            | BaselineSpec::RandomForest(_)
            | BaselineSpec::ExtraTrees(_) => Reproducibility::SamePlatform(
                "smartcore draws from a generator that is not promised to be the same on every platform",
            ),
            BaselineSpec::NearestNeighbors(_)
            | BaselineSpec::Prior(_)
            | BaselineSpec::Stratified(_) => Reproducibility::Everywhere,
        }
    }
}

/// Where the same cell gives the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reproducibility {
    /// On every machine.
    Everywhere,
    /// On machines with the same platform library; the reason in one sentence.
    SamePlatform(&'static str),
}

impl Reproducibility {
    /// Why bits are not promised everywhere, if they are not.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Reproducibility::Everywhere => None,
            Reproducibility::SamePlatform(reason) => Some(reason),
        }
    }
}

/// The file of each learner, whose head is its page, under the name it has in an experiment file.
pub const CODE: [(&str, &str); 10] = [
    ("logistic_regression", include_str!("logistic_regression.rs")),
    ("gaussian_naive_bayes", include_str!("gaussian_naive_bayes.rs")),
    ("svm", include_str!("svm.rs")),
    ("nearest_neighbors", include_str!("nearest_neighbors.rs")),
    ("decision_tree", include_str!("decision_tree.rs")),
    ("random_forest", include_str!("random_forest.rs")),
    ("extra_trees", include_str!("extra_trees.rs")),
    ("boosted_trees", include_str!("boosted_trees.rs")),
    ("prior", include_str!("prior.rs")),
    ("stratified", include_str!("stratified.rs")),
];

#[cfg(test)]
mod tests;
