//! A decision tree, grown by the reduction of variance of the class indicator (smartcore).
//!
//! ```text
//! split at the feature and value with the largest   n v - n_l v_l - n_r v_r,   v = q (1 - q)
//! p_c(x) = share q of class c among the training examples in the leaf of x
//! ```
//!
//! `q` is the share of the class among the examples of a node. For two classes this is Breiman's tree by the
//! Gini index, which is 2 q (1 - q). Of more classes each has a tree of its own against all others, and the
//! shares are divided by their sum. Defaults are the library's and scikit-learn's: no largest depth, leaves
//! of one example.
//!
//! Source: Breiman, Friedman, Olshen, Stone, *Classification and Regression Trees*, 1984; library: smartcore
//! 0.7 (its regression tree).
//! Differs: the library's classification tree gives 1 and 0 instead of shares, whatever the leaf holds; its
//! regression tree gives the shares.
//! Differs: the library takes no class weights: balance comes from a sampling.
//! Differs: linfa's tree is left out: it sums over hash maps, and twelve fits to the same data gave twelve
//! different sets of predictions.

use std::num::{NonZeroU16, NonZeroUsize};

use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::tree::decision_tree_regressor::{
    DecisionTreeRegressor, DecisionTreeRegressorParameters,
};

use crate::classifier::ClassShares;
use crate::definition::Definition;
use crate::error::Result;
use crate::library::{SMARTCORE_DRAWS, matrix, tree_bytes};
use crate::one_against_rest::{Binary, OneAgainstRest};
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
use crate::training_set::{CompactLabels, Features, TrainingSet};

/// Parameters of the decision tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionTree {
    /// Splits from the root to a leaf at the most; no limit by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_depth: Option<NonZeroU16>,
    /// Training examples in a leaf at the least; default 1.
    pub min_leaf: NonZeroUsize,
}

impl Default for DecisionTree {
    fn default() -> Self {
        DecisionTree { max_depth: None, min_leaf: NonZeroUsize::MIN }
    }
}

type Tree = DecisionTreeRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

impl Definition for DecisionTree {
    fn code(&self) -> &'static str {
        include_str!("decision_tree.rs")
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
        let parameters = DecisionTreeRegressorParameters {
            max_depth: self.max_depth.map(NonZeroU16::get),
            min_samples_leaf: self.min_leaf.get(),
            min_samples_split: 2,
            seed: Some(examples.seed),
        };
        let tree = |class| Ok(Tree::fit(&features, &labels.indicator(class), parameters.clone())?);
        Ok(Box::new(OneAgainstRest::fit(labels, tree)?))
    }

    fn operations(&self, sizes: &Sizes) -> f64 {
        sizes.tasks() * 8.0 * sizes.train * sizes.inputs * sizes.levels()
    }

    fn bytes(&self, sizes: &Sizes) -> f64 {
        sizes.tasks() * tree_bytes(sizes) + 8.0 * sizes.train * sizes.inputs
    }
}

impl Binary for Tree {
    fn shares(all: &[Self], rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        let features = matrix(rows)?;
        all.iter().map(|tree| Ok(tree.predict(&features)?)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BaselineSpec;

    #[test]
    fn a_leaf_gives_the_shares_of_its_examples() {
        let features = [0.0, 0.0, 0.0, 0.0, 9.0, 9.0];
        let examples = TrainingSet {
            n_features: 1,
            features: &features,
            targets: &[0, 0, 0, 1, 1, 1],
            n_classes: 2,
            seed: 1,
        };
        let fitted = BaselineSpec::DecisionTree(DecisionTree::default()).fit(&examples).unwrap();
        assert_eq!(fitted.probabilities(&[0.0, 9.0]).unwrap(), [0.75, 0.25, 0.0, 1.0]);
    }
}
