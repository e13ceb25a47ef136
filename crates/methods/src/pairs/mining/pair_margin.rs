//! Pair-margin mining: positives that are far, and negatives that are near.
//!
//! ```text
//! p is kept if d > m₊,   n is kept if d < m₋          d = √(2 - 2 s)
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`
//! - `positive_margin` `m₊`: 0.2, `negative_margin` `m₋`: 0.8 (pytorch-metric-learning)
//! - each side by itself: an anchor may keep positives alone, or negatives alone
//!
//! Source: Musgrave, Belongie, Lim, *PyTorch Metric Learning*, 2020 (`PairMarginMiner`).

use nn::Real;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{MiningDefinition, PairMining, Pairs};
use crate::pairs::distance::distance;
use crate::pairs::far::retain;
use crate::setting::Setting;

/// Parameters of pair-margin mining.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PairMargin {
    /// The distance up to which positives are left out; default 0.2.
    pub positive_margin: NonNegative,
    /// The distance from which on negatives are; default 0.8.
    pub negative_margin: NonNegative,
}

impl Default for PairMargin {
    fn default() -> Self {
        PairMargin {
            positive_margin: NonNegative::new(0.2),
            negative_margin: NonNegative::new(0.8),
        }
    }
}

impl<T: Real> MiningDefinition<T> for PairMargin {
    fn code(&self) -> &'static str {
        include_str!("pair_margin.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, _: &Setting<'_>) -> Box<dyn PairMining<T>> {
        Box::new(*self)
    }
}

impl<T: Real> PairMining<T> for PairMargin {
    fn select(&mut self, _: usize, pairs: &mut Pairs<T>, far: &mut [T]) {
        let [beyond, within] = [self.positive_margin, self.negative_margin].map(|m| T::of(m.get()));
        pairs.positives.retain(|&(_, s)| beyond < distance(s));
        retain(far, move |s| distance(s) < within);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{kept, miner, sides};

    #[test]
    fn near_positives_and_far_negatives_are_left_out() {
        // Distances 0.14, 1, 0.63 and 1.
        let cosines = [0.99, 0.5, 0.8, 0.5];
        let kept = kept(&mut *miner(&PairMargin::default()), &cosines, &[0, 1], &[2, 3]);
        assert_eq!(sides(kept), (vec![1], vec![2]));
    }
}
