//! Replayed mean: every example of the batch has the mean of the method's weights.
//!
//! ```text
//! w'_i = Σ_j w_j / n
//! ```
//!
//! - `w`: the weights of a batch as mining and reweighting give them, `[n_examples]`; `n`: the examples of the batch
//!
//! The sum of the weights is the method's, and all examples are learnt from alike, by the method's own loss: a gain over
//! it is due to the differences between examples.
//!
//! Source: the replay of a learned weight's mean, as in re-runs of Shu and others, *Meta-Weight-Net*, NeurIPS 2019.
//! Trap: weights that sum to 1 in every batch, as those of OHEM and of learning to reweight, have the mean `1 / n`: the
//! control is the plain step, and the plan leaves it out.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::control::Control;
use crate::control::definition::{Controlled, Definition, Does};

/// The mean weight on every example. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayedMean {}

impl<T: Real> Definition<T> for ReplayedMean {
    fn code(&self) -> &'static str {
        include_str!("replayed_mean.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn does(&self) -> Does {
        Does::Levels
    }

    fn build(&self, _: &Controlled<'_>) -> Box<dyn Control<T>> {
        Box::new(self.clone())
    }
}

impl<T: Real> Control<T> for ReplayedMean {
    fn weights(&mut self, _: &[u32], weights: &mut [T]) {
        // The mean of equal numbers may be another number in the last digit.
        if weights.windows(2).all(|pair| pair[0] == pair[1]) {
            return;
        }
        let mean = weights.iter().copied().sum::<T>() / T::of(weights.len() as f64);
        weights.fill(mean);
    }
}
