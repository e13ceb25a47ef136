//! Easy-positive mining: of each anchor the nearest positive alone, with negatives that are hard.
//!
//! ```text
//! p = argmax over positives of s
//! n = argmax over negatives of s                 hard
//!     argmax over negatives with s < s_p of s    semi_hard
//!     all negatives                              all
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`; of equals the first
//! - `negatives`: `semi_hard` (the paper's best on most of its data)
//! - an anchor without such a positive or such a negative is left out
//!
//! A class may keep several clusters: an anchor is drawn to the one that it is near.
//!
//! Source: Xuan, Stylianou, Pless, *Improved Embeddings with Easy Positive Triplet Mining*, WACV 2020.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{MiningDefinition, PairMining, Pairs};
use crate::pairs::far::{has_negatives, nearest, retain};
use crate::pairs::mining::extremes::easiest;
use crate::setting::Setting;

/// Parameters of easy-positive mining.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EasyPositive {
    /// Which negatives go with the positive; default `semi_hard`.
    pub negatives: KeptNegatives,
}

/// Which negatives go with an easy positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptNegatives {
    /// The nearest.
    Hard,
    /// The nearest that is farther than the positive.
    #[default]
    SemiHard,
    /// All.
    All,
}

impl<T: Real> MiningDefinition<T> for EasyPositive {
    fn code(&self) -> &'static str {
        include_str!("easy_positive.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, _: &Setting<'_>) -> Box<dyn PairMining<T>> {
        Box::new(*self)
    }
}

impl<T: Real> PairMining<T> for EasyPositive {
    fn select(&mut self, _: usize, pairs: &mut Pairs<T>, far: &mut [T]) {
        let Some((easy, nearness)) = easiest(&pairs.positives) else { return pairs.clear(far) };
        pairs.positives.retain(|&(p, _)| p == easy);
        if self.negatives == KeptNegatives::SemiHard {
            retain(far, move |s| s < nearness);
        }
        if self.negatives != KeptNegatives::All {
            let hard = nearest(far);
            pairs.keep_at(hard.iter().map(|&(n, _)| n), far);
        }
        if !has_negatives(far) {
            pairs.clear(far);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{kept, miner, sides};

    #[test]
    fn the_nearest_positive_stays_with_the_negatives_it_is_asked_for() {
        let cosines = [0.2, 0.6, 0.9, 0.5, 0.4];
        let of = |negatives| {
            let easy = EasyPositive { negatives };
            sides(kept(&mut *miner(&easy), &cosines, &[0, 1], &[2, 3, 4]))
        };
        assert_eq!(of(KeptNegatives::Hard), (vec![1], vec![2]));
        assert_eq!(of(KeptNegatives::SemiHard), (vec![1], vec![3]));
        assert_eq!(of(KeptNegatives::All), (vec![1], vec![2, 3, 4]));
    }

    #[test]
    fn an_anchor_that_lacks_either_is_left_out() {
        let of = |positives: &[u32], negatives: &[u32]| {
            let easy = EasyPositive::default();
            let (near, far) = sides(kept(&mut *miner(&easy), &[0.2, 0.6], positives, negatives));
            (near.len(), far.len())
        };
        assert_eq!((of(&[0], &[1]), of(&[], &[1]), of(&[1], &[])), ((0, 0), (0, 0), (0, 0)));
        assert_eq!(of(&[1], &[0]), (1, 1));
    }
}
