//! Multi-similarity mining: negatives that are nearer than the farthest positive, and positives that are farther than the
//! nearest negative, by a margin.
//!
//! ```text
//! n is kept if s_n > min over positives of s - ε,   p is kept if s_p < max over negatives of s + ε
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`
//! - `margin` `ε`: 0.1 (the authors)
//! - an anchor without positives or without negatives is left out; where one side keeps a pair, so does the other
//!
//! Source: Wang, Han, Huang, Dong, Scott, *Multi-Similarity Loss with General Pair Weighting for Deep Metric Learning*,
//! CVPR 2019.

use nn::Real;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{MiningDefinition, PairMining, Pairs};
use crate::pairs::far::{nearest, retain};
use crate::pairs::mining::extremes::farthest;
use crate::setting::Setting;

/// Parameters of multi-similarity mining.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MultiSimilarityPairs {
    /// `ε`; default 0.1.
    pub margin: NonNegative,
}

impl Default for MultiSimilarityPairs {
    fn default() -> Self {
        MultiSimilarityPairs { margin: NonNegative::new(0.1) }
    }
}

impl<T: Real> MiningDefinition<T> for MultiSimilarityPairs {
    fn code(&self) -> &'static str {
        include_str!("multi_similarity.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, _: &Setting<'_>) -> Box<dyn PairMining<T>> {
        Box::new(*self)
    }
}

impl<T: Real> PairMining<T> for MultiSimilarityPairs {
    fn select(&mut self, _: usize, pairs: &mut Pairs<T>, far: &mut [T]) {
        let margin = T::of(self.margin.get());
        let hardest = farthest(&pairs.positives).zip(nearest(far));
        let Some(((_, positive), (_, negative))) = hardest else { return pairs.clear(far) };
        let (above, below) = (positive - margin, negative + margin);
        retain(far, move |s| above < s);
        pairs.positives.retain(|&(_, s)| s < below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{kept, miner, sides};

    #[test]
    fn what_is_settled_by_the_margin_is_left_out() {
        let of = |cosines: &[f64], positives: &[u32], negatives: &[u32]| {
            let default = MultiSimilarityPairs::default();
            sides(kept(&mut *miner(&default), cosines, positives, negatives))
        };
        let cosines = [0.9, 0.5, 0.45, 0.3];
        assert_eq!(of(&cosines, &[0, 1], &[2, 3]), (vec![1], vec![2]));
        assert_eq!(of(&cosines, &[0], &[3]), (vec![], vec![]));
        assert_eq!(of(&cosines, &[0, 1], &[]), (vec![], vec![]));
        assert_eq!(of(&cosines, &[], &[2, 3]), (vec![], vec![]));
    }
}
