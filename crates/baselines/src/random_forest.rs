//! A random forest: trees on bootstrap samples that look at few features a node (smartcore).
//!
//! ```text
//! p_c(x) = share of the T trees that vote for class c
//! ```
//!
//! Each tree is grown by the Gini index on a bootstrap sample, drawn class by class, with a fresh choice of
//! `m` features at every node. Defaults: 100 trees, m the square root of the number of features, leaves of
//! one example, as in scikit-learn.
//!
//! Source: Breiman, *Random Forests*, Machine Learning 2001; library: smartcore 0.7.
//! Differs: scikit-learn averages the shares in the leaves; here each tree has one vote, as in the paper. The
//! library gives the winner of a vote only: its trees are fitted one by one and asked one by one.
//! Differs: the bootstrap keeps the number of examples of every class, so that no tree lacks a rare class.
//! Differs: linfa's bagging, random forest and AdaBoost are left out: their votes are counted in hash maps, and one
//! fitted forest that was asked eight times gave eight different answers. `boosted_trees` is the boosting here.
//! Differs: the library takes no class weights: balance comes from a sampling.
//! Trap: the library draws from a generator that its authors declare not to be portable, so that bits are
//! promised on one platform only.

use std::num::{NonZeroU16, NonZeroUsize};

use serde::{Deserialize, Serialize};
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::classifier::ClassShares;
use crate::error::{BaselineError, Result};
use crate::library::matrix;
use crate::training_set::{CompactLabels, Features, TrainingSet};

/// Parameters of the random forest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RandomForest {
    /// Trees, at least 1; default 100.
    pub trees: NonZeroUsize,
    /// Splits from the root to a leaf at the most; no limit by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_depth: Option<NonZeroU16>,
    /// Training examples in a leaf at the least; default 1.
    pub min_leaf: NonZeroUsize,
}

impl Default for RandomForest {
    fn default() -> Self {
        RandomForest {
            trees: NonZeroUsize::new(100).expect("100 > 0"),
            max_depth: None,
            min_leaf: NonZeroUsize::MIN,
        }
    }
}

const NAME: &str = "random_forest";

/// A forest of one tree.
type Tree = RandomForestClassifier<f64, u32, DenseMatrix<f64>, Vec<u32>>;

impl RandomForest {
    pub(crate) fn fit(
        &self,
        examples: &TrainingSet<'_>,
        labels: &CompactLabels,
    ) -> Result<Box<dyn ClassShares>> {
        let features = matrix(NAME, examples.rows())?;
        let targets: Vec<u32> = labels.compact.iter().map(|&label| label as u32).collect();
        let tree = |i: usize| {
            let mut parameters = RandomForestClassifierParameters::default()
                .with_n_trees(1)
                .with_m(((examples.n_features as f64).sqrt().floor() as usize).max(1))
                .with_min_samples_leaf(self.min_leaf.get())
                .with_seed(examples.seed.wrapping_add(i as u64));
            parameters.max_depth = self.max_depth.map(NonZeroU16::get);
            Tree::fit(&features, &targets, parameters)
                .map_err(|error| BaselineError::library(NAME, &error))
        };
        let trees = (0..self.trees.get()).map(tree).collect::<Result<Vec<Tree>>>()?;
        Ok(Box::new(Votes { trees, n_classes: labels.present.len() }))
    }
}

struct Votes {
    trees: Vec<Tree>,
    n_classes: usize,
}

impl ClassShares for Votes {
    fn shares(&self, rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        let mut votes = vec![vec![0.0; self.n_classes]; rows.n_rows()];
        let rows = matrix(NAME, rows)?;
        for tree in &self.trees {
            let voted =
                tree.predict(&rows).map_err(|error| BaselineError::library(NAME, &error))?;
            for (votes, class) in votes.iter_mut().zip(voted) {
                votes[class as usize] += 1.0;
            }
        }
        let n_trees = self.trees.len() as f64;
        votes.iter_mut().flatten().for_each(|n| *n /= n_trees);
        Ok(votes)
    }
}
