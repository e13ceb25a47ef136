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
use crate::pairs::far::negatives;
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
        Box::new(Drawn {
            keep: self.keep.get(),
            stream: setting.streams.stream("pairs"),
            of_positives: Vec::new(),
            of_negatives: Vec::new(),
        })
    }
}

/// Random pair mining with its workspace.
struct Drawn {
    keep: f64,
    stream: Stream,
    /// Which of the list of positives.
    of_positives: Vec<u32>,
    /// Which of the references.
    of_negatives: Vec<u32>,
}

impl<T: Real> PairMining<T> for Drawn {
    fn select(&mut self, _: usize, pairs: &mut Pairs<T>, far: &mut [T]) {
        let Drawn { keep, stream, of_positives, of_negatives } = self;
        of_positives.clear();
        of_positives.extend(0..pairs.positives.len() as u32);
        of_negatives.clear();
        of_negatives.extend(negatives(far));
        for side in [&mut *of_positives, &mut *of_negatives] {
            stream.shuffle(side);
            side.truncate(n_kept(*keep, side.len()));
        }
        of_positives.sort_unstable();
        for (to, &from) in of_positives.iter().enumerate() {
            pairs.positives[to] = pairs.positives[from as usize];
        }
        pairs.positives.truncate(of_positives.len());
        pairs.keep_at(of_negatives.iter().copied(), far);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{kept, miner, sides};

    #[test]
    fn every_pair_is_as_likely_as_any_other() {
        let mut miner = miner(&RandomPairs::default());
        let mut counts = [0; 10];
        for _ in 0..2000 {
            let (near, far) =
                sides(kept(&mut *miner, &[0.0; 10], &[0, 1], &[2, 3, 4, 5, 6, 7, 8, 9]));
            assert_eq!((near.len(), far.len()), (1, 2));
            near.iter().chain(&far).for_each(|&j| counts[j as usize] += 1);
        }
        assert!(counts[..2].iter().all(|n| (890..1110).contains(n)), "{counts:?}");
        assert!(counts[2..].iter().all(|n| (400..600).contains(n)), "{counts:?}");
    }

    #[test]
    fn a_side_without_pairs_stays_without() {
        let all = RandomPairs { keep: Fraction::new(1.0) };
        let kept = kept(&mut *miner(&all), &[0.0; 3], &[], &[0, 2]);
        assert_eq!(sides(kept), (vec![], vec![0, 2]));
    }

    #[test]
    fn who_keeps_all_keeps_their_order() {
        let all = RandomPairs { keep: Fraction::new(1.0) };
        let kept = kept(&mut *miner(&all), &[0.0; 6], &[0, 1, 3, 5], &[2, 4]);
        assert_eq!(sides(kept), (vec![0, 1, 3, 5], vec![2, 4]));
    }
}
