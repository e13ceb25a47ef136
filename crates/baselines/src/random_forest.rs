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
use crate::definition::Definition;
use crate::error::Result;
use crate::library::{SMARTCORE_DRAWS, matrix, tree_bytes};
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
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

/// A forest of one tree.
type Tree = RandomForestClassifier<f64, u32, DenseMatrix<f64>, Vec<u32>>;

impl Definition for RandomForest {
    fn code(&self) -> &'static str {
        include_str!("random_forest.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn reproducible(&self) -> Reproducibility {
        SMARTCORE_DRAWS
    }

    fn fit(
        &self,
        examples: &TrainingSet<'_>,
        labels: &CompactLabels,
    ) -> Result<Box<dyn ClassShares>> {
        let features = matrix(examples.rows())?;
        let targets: Vec<u32> = labels.compact.iter().map(|&label| label as u32).collect();
        let tree = |i: usize| {
            let mut parameters = RandomForestClassifierParameters::default()
                .with_n_trees(1)
                .with_m(((examples.n_features as f64).sqrt().floor() as usize).max(1))
                .with_min_samples_leaf(self.min_leaf.get())
                .with_seed(examples.seed.wrapping_add(i as u64));
            parameters.max_depth = self.max_depth.map(NonZeroU16::get);
            Ok(Tree::fit(&features, &targets, parameters)?)
        };
        let trees = (0..self.trees.get()).map(tree).collect::<Result<Vec<Tree>>>()?;
        Ok(Box::new(Votes { trees, n_classes: labels.present.len() }))
    }

    fn operations(&self, sizes: &Sizes) -> f64 {
        let looked_at = sizes.inputs + sizes.inputs.sqrt();
        self.trees.get() as f64 * 8.0 * sizes.train * sizes.levels() * looked_at
    }

    fn bytes(&self, sizes: &Sizes) -> f64 {
        self.trees.get() as f64 * tree_bytes(sizes) + 8.0 * sizes.train * sizes.inputs
    }
}

struct Votes {
    trees: Vec<Tree>,
    n_classes: usize,
}

impl ClassShares for Votes {
    fn shares(&self, rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        let mut votes = vec![vec![0.0; self.n_classes]; rows.n_rows()];
        let rows = matrix(rows)?;
        for tree in &self.trees {
            for (votes, class) in votes.iter_mut().zip(tree.predict(&rows)?) {
                votes[class as usize] += 1.0;
            }
        }
        let n_trees = self.trees.len() as f64;
        votes.iter_mut().flatten().for_each(|n| *n /= n_trees);
        Ok(votes)
    }
}
