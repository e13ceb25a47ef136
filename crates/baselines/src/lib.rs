//! Classical learners from linfa and smartcore behind one small trait.
//!
//! They bring their own loss and their own optimiser: they take a sampling, and no loss, mining or
//! reweighting. They see the same splits, features and metrics as the networks. [`boosted_trees`] stands
//! between: its trees are grown to the gradients of any loss.

pub mod boosted_trees;
mod decision_tree;
mod extra_trees;
mod gaussian_naive_bayes;
mod library;
mod logistic_regression;
mod nearest_neighbors;
mod prior;
mod random_forest;
mod stratified;
mod svm;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

pub use boosted_trees::BoostedTrees;
pub use decision_tree::DecisionTree;
pub use extra_trees::ExtraTrees;
pub use gaussian_naive_bayes::GaussianNaiveBayes;
pub use library::ClassWeight;
pub use logistic_regression::LogisticRegression;
pub use nearest_neighbors::{NearestNeighbors, NeighborWeights};
pub use prior::Prior;
pub use random_forest::RandomForest;
pub use stratified::Stratified;
pub use svm::{Kernel, Svm};

/// Every classical learner, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
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
    pub fn fit(&self, examples: &Examples<'_>) -> Result<Box<dyn Classifier>> {
        if examples.targets.is_empty() {
            return Err(BaselineError::NoExamples);
        }
        let labels = Labels::of(examples);
        if let [only] = labels.present[..] {
            return Ok(Box::new(Constant { class: only, examples: examples.shape() }));
        }
        match self {
            BaselineSpec::LogisticRegression(learner) => learner.fit(examples, labels),
            BaselineSpec::GaussianNaiveBayes(learner) => learner.fit(examples, labels),
            BaselineSpec::Svm(learner) => learner.fit(examples, labels),
            BaselineSpec::NearestNeighbors(learner) => learner.fit(examples, labels),
            BaselineSpec::DecisionTree(learner) => learner.fit(examples, labels),
            BaselineSpec::RandomForest(learner) => learner.fit(examples, labels),
            BaselineSpec::ExtraTrees(learner) => learner.fit(examples, labels),
            BaselineSpec::Prior(learner) => Ok(learner.fit(examples, labels)),
            BaselineSpec::Stratified(learner) => Ok(learner.fit(examples, labels)),
        }
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

/// What a learner learns from.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// Columns of `features`.
    pub n_features: usize,
    /// `[n_examples, n_features]`, row by row, preprocessed.
    pub features: &'a [f64],
    /// `[n_examples]`, each below `n_classes`.
    pub targets: &'a [u32],
    /// Number of classes; some may be absent from the targets.
    pub n_classes: usize,
    /// For learners that draw.
    pub seed: u64,
}

/// Columns and classes of the data a classifier was fitted to.
#[derive(Clone, Copy, Debug)]
struct DataShape {
    n_features: usize,
    n_classes: usize,
}

impl DataShape {
    fn n_rows(self, features: &[f64]) -> usize {
        features.len() / self.n_features.max(1)
    }

    /// Probabilities of the classes that were present, spread over all classes.
    fn spread(self, present: &[u32], rows: impl Iterator<Item = Vec<f64>>) -> Vec<f64> {
        let mut all = Vec::new();
        for row in rows {
            let start = all.len();
            all.resize(start + self.n_classes, 0.0);
            for (&class, p) in present.iter().zip(row) {
                all[start + class as usize] = p;
            }
        }
        all
    }
}

impl Examples<'_> {
    fn shape(&self) -> DataShape {
        DataShape { n_features: self.n_features, n_classes: self.n_classes }
    }
}

/// The libraries want labels without gaps: the classes that are present, numbered anew.
struct Labels {
    present: Vec<u32>,
    compact: Vec<usize>,
}

impl Labels {
    fn of(examples: &Examples<'_>) -> Self {
        let mut present = examples.targets.to_vec();
        present.sort_unstable();
        present.dedup();
        let position = |target| present.binary_search(target).expect("the target is present");
        let compact = examples.targets.iter().map(position).collect();
        Labels { present, compact }
    }

    /// 1 for the examples of a class that is present, 0 for the others.
    fn indicator(&self, class: usize) -> Vec<f64> {
        self.compact.iter().map(|&label| f64::from(label == class)).collect()
    }

    /// Share of the examples that are of each class that is present.
    fn frequencies(&self) -> Vec<f64> {
        let n = self.compact.len() as f64;
        let share = |class| self.indicator(class).iter().sum::<f64>() / n;
        (0..self.present.len()).map(share).collect()
    }
}

/// A fitted learner.
pub trait Classifier: Send {
    /// Class probabilities, `[n_examples, n_classes]` row by row; classes that were absent from the
    /// training data get 0. The class with the largest, the first of equals, is the one that the learner
    /// itself predicts.
    ///
    /// - `features`: `[n_examples, n_features]`, row by row
    ///
    /// # Errors
    /// If the library cannot predict.
    fn probabilities(&self, features: &[f64]) -> Result<Vec<f64>>;

    /// Whether the solver came as close to its optimum as it was asked to; `None` of a learner that does
    /// not iterate towards one.
    fn converged(&self) -> Option<bool> {
        None
    }
}

/// What was learnt from examples of one class: that class.
struct Constant {
    class: u32,
    examples: DataShape,
}

impl Classifier for Constant {
    fn probabilities(&self, features: &[f64]) -> Result<Vec<f64>> {
        let certain = (0..self.examples.n_rows(features)).map(|_| vec![1.0]);
        Ok(self.examples.spread(&[self.class], certain))
    }
}

/// A learner's answer.
pub(crate) type Result<T> = std::result::Result<T, BaselineError>;

/// Why a learner could not be fitted or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// The training part is empty.
    #[error("there are no training examples")]
    NoExamples,
    /// The library refused.
    #[error("{learner} failed: {reason}")]
    Library {
        /// The learner.
        learner: &'static str,
        /// The library's words.
        reason: String,
    },
}

impl BaselineError {
    fn library(learner: &'static str, error: &dyn std::fmt::Display) -> Self {
        BaselineError::Library { learner, reason: error.to_string() }
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
