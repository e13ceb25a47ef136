//! Batch-hard mining: of each anchor the farthest positive and the nearest negative.
//!
//! ```text
//! p = argmin over positives of s,   n = argmax over negatives of s        (of equals the first)
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`
//! - an anchor without positives or without negatives is left out
//!
//! Source: Hermans, Beyer, Leibe, *In Defense of the Triplet Loss for Person Re-Identification*, 2017.
//! Trap: one wrong label is the hardest negative of its whole class, in every batch.
//! Trap: with a plain triplet loss everything may collapse to one point early on; a soft margin or `semi_hard` is gentler.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{MiningDefinition, PairMining, Pairs};
use crate::pairs::far::nearest;
use crate::pairs::mining::extremes::farthest;
use crate::setting::Setting;

/// Batch-hard mining; it has no parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchHard {}

impl<T: Real> MiningDefinition<T> for BatchHard {
    fn code(&self) -> &'static str {
        include_str!("batch_hard.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, _: &Setting<'_>) -> Box<dyn PairMining<T>> {
        Box::new(*self)
    }
}

impl<T: Real> PairMining<T> for BatchHard {
    fn select(&mut self, _: usize, pairs: &mut Pairs<T>, far: &mut [T]) {
        let hardest = farthest(&pairs.positives).zip(nearest(far));
        pairs.clear(far);
        if let Some((positive, (n, s))) = hardest {
            pairs.positives.push(positive);
            far[n as usize] = s;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{kept, miner, sides};

    #[test]
    fn one_triplet_is_left_or_none() {
        let hard = |positives: &[u32], negatives: &[u32]| {
            let cosines = [0.9, 0.2, 0.2, 0.3, 0.8, 0.8];
            sides(kept(&mut *miner(&BatchHard {}), &cosines, positives, negatives))
        };
        assert_eq!(hard(&[0, 1, 2], &[3, 4, 5]), (vec![1], vec![4]), "of equals the first");
        assert_eq!((hard(&[], &[3, 4]), hard(&[0, 1], &[])), Default::default());
    }
}
