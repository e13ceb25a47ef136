//! Distance-weighted mining: each positive gets a negative that is drawn so that all distances are alike likely.
//!
//! ```text
//! w_n ∝ 1 / q(d),   ln q(d) = (w - 2) ln d + (w - 3)/2 ln(1 - d²/4),   d = max(c, √(2 - 2 s))
//! w_n = 0 where d >= u;   uniform over all negatives where none is left
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`; `w`: width of the embeddings; `q`: density of the distance
//!   between two random points of the sphere
//! - `cutoff` `c`: 0.5, `limit` `u`: 1.4 (both of the authors)
//! - an anchor without positives or without negatives is left out
//!
//! What is drawn depends on the seed, the cosines, and what was drawn before.
//!
//! Source: Wu, Manmatha, Smola, Krähenbühl, *Sampling Matters in Deep Embedding Learning*, ICCV 2017.
//! Trap: beyond a width of 30 nearly all random points are √2 apart, and the cutoff alone decides how near negatives are.

use nn::range::Positive;
use nn::{Real, Stream};
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{MiningDefinition, PairMining, Pairs};
use crate::pairs::distance::distance;
use crate::pairs::far::negatives;
use crate::setting::Setting;

/// Parameters of distance-weighted mining.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DistanceWeighted {
    /// What smaller distances count as, `c`; default 0.5.
    pub cutoff: Positive,
    /// The distance from which on negatives are not drawn, `u`; default 1.4.
    pub limit: Positive,
}

impl Default for DistanceWeighted {
    fn default() -> Self {
        DistanceWeighted { cutoff: Positive::new(0.5), limit: Positive::new(1.4) }
    }
}

impl<T: Real> MiningDefinition<T> for DistanceWeighted {
    fn code(&self) -> &'static str {
        include_str!("distance_weighted.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, setting: &Setting<'_>) -> Box<dyn PairMining<T>> {
        Box::new(self.drawn(setting.streams.stream("pairs")))
    }
}

impl DistanceWeighted {
    fn drawn(self, stream: Stream) -> Drawn {
        Drawn { parameters: self, stream, negatives: Vec::new(), sums: Vec::new() }
    }
}

/// Distance-weighted mining with its workspace.
struct Drawn {
    parameters: DistanceWeighted,
    stream: Stream,
    negatives: Vec<u32>,
    /// Of the weights up to each negative and with it: a memory has many positives to draw for.
    sums: Vec<f64>,
}

impl Drawn {
    fn weigh<T: Real>(&mut self, far: &[T], width: usize) {
        let Drawn { parameters, negatives, sums: weights, .. } = self;
        let DistanceWeighted { cutoff, limit } = *parameters;
        let (cutoff, limit, width) = (cutoff.get(), limit.get(), width as f64);
        weights.clear();
        weights.extend(negatives.iter().map(|&n| {
            let d = distance(far[n as usize]).to_f64();
            if d < limit {
                // At a distance of 2, of opposite points, there is no density to divide by.
                let d = d.max(cutoff).min(2.0 - 1e-9);
                -((width - 2.0) * libm::log(d) + (width - 3.0) / 2.0 * libm::log1p(-d * d / 4.0))
            } else {
                f64::NEG_INFINITY
            }
        }));
        let largest = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let is_none_left = largest == f64::NEG_INFINITY;
        let weight = |w: f64| if is_none_left { 1.0 } else { libm::exp(w - largest) };
        let mut sum = 0.0;
        for w in weights {
            sum += weight(*w);
            *w = sum;
        }
    }

    /// A negative, each in proportion to its weight.
    fn draw(&mut self) -> u32 {
        let Drawn { stream, sums, negatives, .. } = self;
        let total = sums[sums.len() - 1];
        let mark = stream.uniform() * total;
        // By rounding the mark may be the total: then it is the last that weighs.
        let is_before = |&sum: &f64| sum <= mark && sum < total;
        negatives[sums.partition_point(is_before)]
    }
}

impl<T: Real> PairMining<T> for Drawn {
    fn select(&mut self, width: usize, pairs: &mut Pairs<T>, far: &mut [T]) {
        self.negatives.clear();
        self.negatives.extend(negatives(far));
        if pairs.positives.is_empty() || self.negatives.is_empty() {
            return pairs.clear(far);
        }
        self.weigh(far, width);
        pairs.match_each(|_| Some(self.draw()), far);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{kept, pairs, sides};
    use nn::Streams;

    fn drawn(width: usize, cosines: &[f64], negatives: &[u32]) -> Vec<usize> {
        let mut miner = DistanceWeighted::default().drawn(Streams::new([6; 32]).stream("pairs"));
        let mut counts = vec![0; cosines.len()];
        for _ in 0..3000 {
            let (mut pairs, mut far) = pairs(cosines, &[0], negatives);
            miner.select(width, &mut pairs, &mut far);
            let triplets = pairs.triplets(&far);
            assert_eq!((triplets.len(), triplets[0].0), (1, 0));
            counts[triplets[0].1] += 1;
        }
        counts
    }

    #[test]
    fn near_negatives_are_drawn_as_often_as_their_distance_is_rare() {
        // Distances 1 and 0.8. In three dimensions 1/q is 1/d; in five it is 1 / (d³ (1 - d²/4)).
        let cosines = [0.9, 0.5, 0.68];
        for (width, odds) in [(3, 1.25), (5, 1.0 / 0.512 / 0.84 * 0.75)] {
            let counts = drawn(width, &cosines, &[1, 2]);
            let expected = 3000.0 * odds / (1.0 + odds);
            assert!((counts[2] as f64 - expected).abs() < 110.0, "{width}: {counts:?} {expected}");
        }
    }

    #[test]
    fn what_is_farther_than_the_limit_is_drawn_only_where_all_is() {
        let counts = drawn(16, &[0.9, -0.5, 0.5], &[1, 2]);
        assert_eq!(counts, [0, 0, 3000]);
        let counts = drawn(16, &[0.9, -0.5, -1.0], &[1, 2]);
        assert!(1390 < counts[1] && counts[1] < 1610, "{counts:?}");
    }

    #[test]
    fn nearer_than_the_cutoff_all_are_alike() {
        let counts = drawn(64, &[0.9, 0.99, 0.95], &[1, 2]);
        assert!(1390 < counts[1] && counts[1] < 1610, "{counts:?}");
    }

    #[test]
    fn an_anchor_that_lacks_either_is_left_out() {
        for (positives, negatives) in [(&[0, 1][..], &[][..]), (&[][..], &[0, 1][..])] {
            let mut miner =
                DistanceWeighted::default().drawn(Streams::new([6; 32]).stream("pairs"));
            let kept = sides(kept(&mut miner, &[0.5, 0.5], positives, negatives));
            assert_eq!(kept, (vec![], vec![]));
        }
    }
}
