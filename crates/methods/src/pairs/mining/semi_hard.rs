//! Semi-hard mining: triplets whose negative is farther than the positive, but not by the margin.
//!
//! ```text
//! (p, n) is kept if 0 < d_an - d_ap <= m          d = √(2 - 2 s)
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`
//! - `margin` `m`: 0.2 (the paper, there of squared distances)
//! - an anchor without such a triplet is left out. A loss of pairs takes the pairs that are in one of them, each once
//!
//! Source: Schroff, Kalenichenko, Philbin, *FaceNet: A Unified Embedding for Face Recognition and Clustering*, CVPR 2015.
//! Differs: all such triplets, as pytorch-metric-learning takes them; the paper draws a negative for each positive.

use nn::Real;
use nn::range::Positive;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{MiningDefinition, PairMining, Pairs};
use crate::pairs::distance::distance;
use crate::setting::Setting;

/// Parameters of semi-hard mining.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SemiHard {
    /// By how much a negative is farther than a positive at the most; default 0.2.
    pub margin: Positive,
}

impl Default for SemiHard {
    fn default() -> Self {
        SemiHard { margin: Positive::new(0.2) }
    }
}

impl<T: Real> MiningDefinition<T> for SemiHard {
    fn code(&self) -> &'static str {
        include_str!("semi_hard.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, _: &Setting<'_>) -> Box<dyn PairMining<T>> {
        Box::new(Behind { margin: T::of(self.margin.get()), distances: Vec::new() })
    }
}

/// Semi-hard mining with its workspace.
struct Behind<T> {
    margin: T,
    /// Of the anchor to each reference.
    distances: Vec<T>,
}

impl<T: Real> PairMining<T> for Behind<T> {
    fn select(&mut self, cosines: &[T], _: usize, pairs: &mut Pairs) {
        let Behind { margin, distances } = self;
        distances.clear();
        distances.extend(cosines.iter().map(|&s| distance(s)));
        pairs.keep_triplets(|p, n| {
            let behind = distances[n as usize] - distances[p as usize];
            T::ZERO < behind && behind <= *margin
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{kept, miner};

    #[test]
    fn neither_hard_nor_easy_triplets_stay() {
        // Distances 1, √2 = 1.414, 1.1, 1.0, 1.5 and 2.
        let cosines = [0.5, 0.0, 0.395, 0.5, -0.125, -1.0];
        let kept = kept(&mut *miner(&SemiHard::default()), &cosines, &[0, 1], &[2, 3, 4, 5]);
        assert!(kept.triplets().eq([(0, 2), (1, 4)]));
        assert_eq!((&kept.positives[..], &kept.negatives[..]), (&[0, 1][..], &[2, 4][..]));
    }
}
