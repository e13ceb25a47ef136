//! Random pair mining: a random share of the positives and of the negatives of each anchor, the control of every other
//! pair miner.
//!
//! ```text
//! k = max(1, ⌈keep n⌉) of the n positives, and of the n negatives, drawn without replacement
//! ```
//!
//! - `keep`: share of either side, 0.25 (that of `random` among the miners of examples)
//! - an anchor without positives keeps negatives, and the other way round
//!
//! What is drawn depends on the seed and the numbers of pairs that there were, on no cosine.
//!
//! Source: ours, as a control.

use nn::range::Fraction;
use nn::{Real, Stream};
use serde::{Deserialize, Serialize};

use crate::mining::kept::n_kept;
use crate::pairs::definition::{MiningDefinition, PairMining, Pairs};
use crate::setting::Setting;

/// Parameters of random pair mining.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RandomPairs {
    /// Share of the positives and of the negatives that is kept, above 0 and at most 1; default 0.25.
    pub keep: Fraction,
}

impl Default for RandomPairs {
    fn default() -> Self {
        RandomPairs { keep: Fraction::new(0.25) }
    }
}

impl<T: Real> MiningDefinition<T> for RandomPairs {
    fn code(&self) -> &'static str {
        include_str!("random.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, setting: &Setting<'_>) -> Box<dyn PairMining<T>> {
        Box::new(Drawn { keep: self.keep.get(), stream: setting.streams.stream("pairs") })
    }
}

/// Random pair mining.
struct Drawn {
    keep: f64,
    stream: Stream,
}

impl<T: Real> PairMining<T> for Drawn {
    fn select(&mut self, _: &[T], _: usize, pairs: &mut Pairs) {
        for side in [&mut pairs.positives, &mut pairs.negatives] {
            self.stream.shuffle(side);
            side.truncate(n_kept(self.keep, side.len()));
            side.sort_unstable();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{kept, miner, pairs};

    #[test]
    fn every_pair_is_as_likely_as_any_other() {
        let mut miner = miner(&RandomPairs::default());
        let mut counts = [0; 10];
        for _ in 0..2000 {
            let kept = kept(&mut *miner, &[0.0; 10], &[0, 1], &[2, 3, 4, 5, 6, 7, 8, 9]);
            assert_eq!((kept.positives.len(), kept.negatives.len()), (1, 2));
            assert!(kept.negatives.is_sorted());
            kept.positives.iter().chain(&kept.negatives).for_each(|&j| counts[j as usize] += 1);
        }
        assert!(counts[..2].iter().all(|n| (890..1110).contains(n)), "{counts:?}");
        assert!(counts[2..].iter().all(|n| (400..600).contains(n)), "{counts:?}");
    }

    #[test]
    fn a_side_without_pairs_stays_without() {
        let all = RandomPairs { keep: Fraction::new(1.0) };
        assert_eq!(kept(&mut *miner(&all), &[0.0; 3], &[], &[0, 2]), pairs(&[], &[0, 2], 3));
    }
}
