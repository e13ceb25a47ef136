//! Extremely randomised trees (smartcore).
//!
//! ```text
//! p_c(x) = mean over T trees of the share of class c in the leaf of x
//! ```
//!
//! Each node of a tree draws `m` features and one cut for each of them, and takes the best of the cuts by the
//! reduction of variance of the class indicator (for two classes: by the Gini index). All training rows go
//! into every tree. Of more than two classes each has a forest of its own against all others, and the shares
//! are divided by their sum. Defaults: 100 trees, m the square root of the number of features, leaves of one
//! example, as in scikit-learn (the library's own default is 10 trees).
//!
//! Source: Geurts, Ernst, Wehenkel, *Extremely randomized trees*, Machine Learning 2006; library: smartcore
//! 0.7 (its regressor: it has no classifier).
//! Trap: the library draws from a generator that its authors declare not to be portable, so that bits are
//! promised on one platform only.

use std::num::{NonZeroU16, NonZeroUsize};

use serde::{Deserialize, Serialize};
use smartcore::ensemble::extra_trees_regressor::{
    ExtraTreesRegressor, ExtraTreesRegressorParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::classifier::ClassShares;
use crate::definition::Definition;
use crate::error::Result;
use crate::library::{ClassWeight, SMARTCORE_DRAWS, matrix, tree_bytes};
use crate::one_against_rest::{Binary, OneAgainstRest};
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
use crate::training_set::{CompactLabels, Features, TrainingSet};

/// Parameters of extremely randomised trees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExtraTrees {
    /// Trees, at least 1; default 100.
    pub trees: NonZeroUsize,
    /// Splits from the root to a leaf at the most; no limit by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_depth: Option<NonZeroU16>,
    /// Training examples in a leaf at the least; default 1.
    pub min_leaf: NonZeroUsize,
    /// `none` (default), or `balanced`: an example of class c counts n / (K n_c).
    pub class_weight: ClassWeight,
}

impl Default for ExtraTrees {
    fn default() -> Self {
        ExtraTrees {
            trees: NonZeroUsize::new(100).expect("100 > 0"),
            max_depth: None,
            min_leaf: NonZeroUsize::MIN,
            class_weight: ClassWeight::None,
        }
    }
}

type Forest = ExtraTreesRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

impl Definition for ExtraTrees {
    fn code(&self) -> &'static str {
        include_str!("extra_trees.rs")
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
        let parameters = ExtraTreesRegressorParameters {
            max_depth: self.max_depth.map(NonZeroU16::get),
            min_samples_leaf: self.min_leaf.get(),
            min_samples_split: 2,
            n_trees: self.trees.get(),
            m: Some(((examples.n_features as f64).sqrt().floor() as usize).max(1)),
            keep_samples: false,
            seed: examples.seed,
        };
        let by_class = self.class_weight.weights(labels);
        let weights: Vec<f64> = labels.compact.iter().map(|&class| by_class[class]).collect();
        let forest = |class| {
            let indicator = labels.indicator(class);
            Ok(Forest::fit_with_weights(&features, &indicator, &weights, parameters.clone())?)
        };
        Ok(Box::new(OneAgainstRest::fit(labels, forest)?))
    }

    fn operations(&self, sizes: &Sizes) -> f64 {
        let n_trees = sizes.tasks() * self.trees.get() as f64;
        n_trees * 24.0 * sizes.train * sizes.levels() * sizes.inputs.sqrt()
    }

    fn bytes(&self, sizes: &Sizes) -> f64 {
        sizes.tasks() * self.trees.get() as f64 * tree_bytes(sizes)
    }
}

impl Binary for Forest {
    fn shares(all: &[Self], rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        let features = matrix(rows)?;
        all.iter().map(|forest| Ok(forest.predict(&features)?)).collect()
    }
}
