//! Gradient-boosted trees on histograms, driven by any loss of single examples.
//!
//! ```text
//! z_ik <- z_ik + eta s v_k(x_i)         for every output k in each round, s = (K - 1) / K under a softmax
//! v     = -G / (H + lambda)             in a leaf, |v| <= max_step
//! gain  = G_l² / (H_l + lambda) + G_r² / (H_r + lambda) - G² / (H + lambda)
//! G = Σ g_i,  g_ik = dL_i/dz_ik,        H = Σ h_i,  h_ik = max(0, d²L_i/dz_ik²)
//! ```
//!
//! - `z`: the logits, `[n_examples, n_outputs]`; they begin at what the loss expects of a fresh network
//! - `g`: from the loss itself, divided by the mean mass of the examples, so that the scale of class weights
//!   does not matter; `h`: its central difference in f64 (step 1e-3), exact to about 1e-6
//! - sums run over the training rows of a node; rows that a sampling draws twice count twice
//! - a loss that curves downwards somewhere, as focal loss does, has h = 0 there; `max_step` bounds what a leaf
//!   can say on such rows alone
//! - defaults: 100 rounds, eta 0.1, depth 4, lambda 1, 255 bins, max_step 5, at least 1e-3 of H and one row in
//!   a leaf. The round that is best on validation is measured, as the best epoch of a network is.
//!
//! Takes losses and sampling, no mining and no reweighting. Losses of whole batches, with a state that moves
//! from batch to batch (GHM, EQL v2, seesaw), or made for a cosine head (LDAM) are left out.
//!
//! Source: Friedman, *Greedy Function Approximation: A Gradient Boosting Machine*, Annals of Statistics 2001;
//! Chen, Guestrin, *XGBoost: A Scalable Tree Boosting System*, KDD 2016 (gain and leaf values); Ke and others,
//! *LightGBM*, NeurIPS 2017 (histograms).
//! Differs: trees are grown level by level, no rows or features are drawn, and nothing depends on the number
//! of threads. Written here because no crate takes gradients and curvatures from outside and promises the
//! same bits everywhere.
//! Differs: neither library boosts classes: smartcore's boosting is a regressor, linfa's AdaBoost is not reproducible.
//! Trap: with a very rare class, min_hessian = 1 (the default of XGBoost) forbids leaves that hold it alone.

mod binned;
mod histogram;
mod tree;

use std::num::{NonZeroU8, NonZeroUsize};

use nn::range::{NonNegative, Positive};
use serde::{Deserialize, Serialize};

pub use binned::Binned;
pub use tree::Tree;

/// Parameters of boosted trees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoostedTrees {
    /// Rounds, each with one tree an output, at least 1; default 100.
    pub rounds: NonZeroUsize,
    /// Shrinkage of every tree, above 0; default 0.1.
    pub learning_rate: Positive,
    /// Splits from the root to a leaf at the most; default 4.
    pub max_depth: NonZeroU8,
    /// Penalty on the squares of leaf values, at least 0; default 1.
    pub lambda: NonNegative,
    /// Curvature in a leaf at the least; default 1e-3.
    pub min_hessian: NonNegative,
    /// Training rows in a leaf at the least; default 1.
    pub min_leaf: NonZeroUsize,
    /// Largest value of a leaf before shrinkage, above 0; default 5.
    pub max_step: Positive,
}

impl Default for BoostedTrees {
    fn default() -> Self {
        BoostedTrees {
            rounds: NonZeroUsize::new(100).expect("100 > 0"),
            learning_rate: Positive::new(0.1),
            max_depth: NonZeroU8::new(4).expect("4 > 0"),
            lambda: NonNegative::new(1.0),
            min_hessian: NonNegative::new(1e-3),
            min_leaf: NonZeroUsize::MIN,
            max_step: Positive::new(5.0),
        }
    }
}

impl BoostedTrees {
    /// Its file, whose head is its page.
    pub const CODE: &'static str = include_str!("boosted_trees.rs");

    /// Raised when its numbers change.
    pub const VERSION: u32 = 1;
}
