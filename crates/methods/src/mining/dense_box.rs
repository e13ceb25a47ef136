//! DenseBox mining: all positives of a batch are learnt from, and as many negatives, half of them from the hardest few.
//!
//! ```text
//! P, N = positives and negatives of the batch
//! H    = the max(1, ⌈hard_share |N|⌉) negatives of the largest losses (of equals, the earlier)
//! k    = min(⌈ratio |P|⌉, |N|), or min(min_negatives, |N|) where P is empty
//! h    = min(⌈k / 2⌉, |H|)
//! v_i  = 1 if i is in P, among h examples drawn from H or among k - h drawn from N without H, else 0
//! L    = Σ_i v_i ℓ_i / Σ_i v_i m_i
//! ```
//!
//! - `ℓ`: losses, `[n_examples]`; `m`: what each example adds to the divisor, 1 under a plain mean
//! - `ratio`: negatives to each positive, 1; `hard_share`: share of the negatives that is hard, 0.01 (Huang and others)
//! - `min_negatives`: negatives that are drawn, in the same way, from a batch without positives, 0 (ours)
//! - `per_image`: whether `P` and `N` are those of each image of the batch in turn, for rows that are regions of images; false
//! - Of two classes the second is positive. Of more, each is positive but the largest of the rows that are learnt from
//!   (of equals, the first), whose examples are the negatives; of proposals the background is negative
//!
//! What is drawn is drawn without replacement. Where one side has too few for its part, the other fills up.
//!
//! Source: Huang, Yang, Deng, Yu, *DenseBox: Unifying Landmark Localization with End to End Object Detection*,
//! arXiv:1509.04874, 2015.
//! Differs: the source has the hardest hundredth of all pixels of an output; here it is that of the negatives of a batch.
//! It leaves open how numbers are rounded and what fills up; a border around positives that it ignores has no likeness in
//! a table.
//! Differs: of several classes the source has one background; here the largest class stands for it where rows are no
//! proposals.
//! Trap: nothing is learnt from a batch without positives unless `min_negatives` is above 0: its step is skipped.
//! Trap: a hundredth of the negatives of a small batch is one example, and not half of the negatives then.
//! Trap: of several classes that a sampling has made even, the first counts as the largest.

use nn::range::{Fraction, Positive};
use nn::{Real, Stream, Streams};
use serde::{Deserialize, Serialize};

use crate::losses::{Batch, Epoch, PerExample};
use crate::mining::definition::{Acts, Definition, Mined};
use crate::mining::hardness::hardest_first;
use crate::mining::images::Images;
use crate::mining::kept::n_kept;
use crate::mining::sides::Sides;
use crate::mining::{Mining, Selection, Survey};
use crate::sampling::Pool;

/// Parameters of DenseBox mining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DenseBox {
    /// Negatives to each positive, above 0; default 1.
    pub ratio: Positive,
    /// Share of the negatives that is hard, above 0; default 0.01.
    pub hard_share: Fraction,
    /// Negatives of a batch without positives; default 0.
    pub min_negatives: u32,
    /// Whether each image of a batch is drawn from by itself; default false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub per_image: bool,
}

impl Default for DenseBox {
    fn default() -> Self {
        DenseBox {
            ratio: Positive::new(1.0),
            hard_share: Fraction::new(0.01),
            min_negatives: 0,
            per_image: false,
        }
    }
}

impl<T: Real> Definition<T> for DenseBox {
    fn code(&self) -> &'static str {
        include_str!("dense_box.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn acts(&self) -> Acts {
        if self.min_negatives == 0 { Acts::InSomeBatches } else { Acts::InBatches }
    }

    fn keeps_positives(&self) -> bool {
        true
    }

    fn needs_regions(&self) -> Option<&'static str> {
        self.per_image.then_some("dense_box.per_image")
    }

    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        let streams = mined.setting.streams.clone();
        let stream = streams.stream("mining");
        Box::new(HalfHard {
            parameters: self.clone(),
            streams,
            stream,
            images: Images::new(self.per_image),
            sides: Sides::of(mined),
            kept: Vec::new(),
        })
    }
}

/// DenseBox mining with its workspace.
struct HalfHard {
    parameters: DenseBox,
    streams: Streams,
    /// Of this epoch.
    stream: Stream,
    images: Images,
    sides: Sides,
    kept: Vec<u32>,
}

impl DenseBox {
    /// Brings the negatives that are drawn to the front of their side; how many they are.
    fn draw<T: Real>(&self, sides: &mut Sides, losses: &[T], stream: &mut Stream) -> usize {
        let beside_positives = (0 < sides.n_positive()).then(|| sides.n_wanted(self.ratio.get()));
        let negatives = sides.negatives();
        let n = negatives.len();
        let n_drawn = beside_positives.unwrap_or_else(|| n.min(self.min_negatives as usize));
        let n_hard = n_kept(self.hard_share.get(), n);
        hardest_first(negatives, n_hard, losses);
        let (hard, rest) = negatives.split_at_mut(n_hard);
        for side in [hard, rest] {
            // How a selection leaves each side is its own affair.
            side.sort_unstable();
            stream.shuffle(side);
        }
        let from_hard = n_drawn.div_ceil(2).min(n_hard).max(n_drawn.saturating_sub(n - n_hard));
        // The hard ones that are not drawn make room for what is drawn of the rest.
        negatives[from_hard..].rotate_left(n_hard - from_hard);
        n_drawn
    }
}

impl<T: Real> Mining<T> for HalfHard {
    fn pool(&mut self, epoch: &Epoch<'_>, _: &Survey<'_, T>, _: &mut Pool) {
        self.stream = self.streams.indexed("mining", epoch.number as u64);
    }

    fn select(
        &mut self,
        batch: &Batch<'_, T>,
        evaluated: &PerExample<T>,
        selection: &mut Selection<T>,
    ) {
        let HalfHard { parameters, stream, images, sides, kept, .. } = self;
        kept.clear();
        for positions in images.split(batch) {
            sides.split(positions.iter().copied(), batch.targets);
            let n_drawn = parameters.draw(sides, &evaluated.losses, stream);
            kept.extend(sides.with_negatives(n_drawn));
        }
        selection.keep(kept, &evaluated.mass);
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::mining::testing::miner;

    struct Drawing {
        miner: Box<dyn Mining<f64>>,
        losses: Vec<f64>,
        targets: Vec<u32>,
    }

    impl Drawing {
        fn new(parameters: Value, losses: &[f64], targets: &[u32]) -> Self {
            let spec: DenseBox = serde_json::from_value(parameters).unwrap();
            Drawing {
                miner: miner(&spec, targets),
                losses: losses.to_vec(),
                targets: targets.to_vec(),
            }
        }

        fn select(&mut self) -> Vec<f64> {
            let (n, mut selection) = (self.losses.len(), Selection::default());
            let evaluated = PerExample::new(self.losses.clone(), Matrix::zeros(n, 2), vec![1.0; n]);
            let batch = Batch::new(&evaluated.gradient, &self.targets);
            self.miner.select(&batch, &evaluated, &mut selection);
            assert_eq!(selection.divisor, selection.weights.iter().sum::<f64>());
            selection.weights
        }
    }

    #[test]
    fn half_of_the_negatives_are_hard_and_each_side_is_drawn_evenly() {
        // 10 positives; of 90 negatives the last 18 are hard.
        let losses: Vec<f64> = (0..100).map(f64::from).collect();
        let targets: Vec<u32> = (0..100).map(|i| u32::from(i < 10)).collect();
        let mut drawing = Drawing::new(json!({ "hard_share": 0.2 }), &losses, &targets);
        let mut kept = vec![0.0; 100];
        for _ in 0..9000 {
            let weights = drawing.select();
            assert_eq!(weights[82..].iter().sum::<f64>(), 5.0);
            assert_eq!(weights[10..82].iter().sum::<f64>(), 5.0);
            kept.iter_mut().zip(weights).for_each(|(sum, v)| *sum += v);
        }
        assert!(kept[..10].iter().all(|&sum| sum == 9000.0));
        // Five standard deviations of binomials.
        assert!(kept[82..].iter().all(|sum| (sum - 2500.0).abs() < 213.0), "{kept:?}");
        assert!(kept[10..82].iter().all(|sum| (sum - 625.0).abs() < 121.0), "{kept:?}");
    }

    #[test]
    fn a_batch_without_positives_gives_what_it_is_told_to() {
        let losses = [0.1, 0.2, 0.3, 0.4];
        assert_eq!(Drawing::new(json!({}), &losses, &[0; 4]).select(), [0.0; 4]);
        let told = json!({ "min_negatives": 2 });
        let weights = Drawing::new(told, &losses, &[0; 4]).select();
        assert_eq!((weights[3], weights.iter().sum::<f64>()), (1.0, 2.0));
        let told = json!({ "min_negatives": 9 });
        assert_eq!(Drawing::new(told, &losses, &[0; 4]).select(), [1.0; 4]);
    }

    proptest! {
        #[test]
        fn all_positives_stay_and_the_negatives_are_as_many_as_there_are_to_be(
            batch in prop::collection::vec((0.0..9.0, 0_u32..2), 1..40),
            ratio in 0.1..5.0_f64, hard_share in 0.01..1.0_f64
        ) {
            let (losses, targets): (Vec<f64>, Vec<u32>) = batch.into_iter().unzip();
            let parameters = json!({ "ratio": ratio, "hard_share": hard_share });
            let weights = Drawing::new(parameters, &losses, &targets).select();
            let n_positive = targets.iter().filter(|&&y| y == 1).count();
            let n_negative = targets.len() - n_positive;
            let kept = |class| {
                let of_class = weights.iter().zip(&targets).filter(|&(_, &y)| y == class);
                of_class.map(|(v, _)| v).sum::<f64>() as usize
            };
            let wanted = (ratio * n_positive as f64).ceil() as usize;
            let wanted = wanted.min(n_negative);
            prop_assert_eq!((kept(1), kept(0)), (n_positive, wanted));
            let mut by_loss: Vec<usize> = (0..losses.len()).filter(|&i| targets[i] == 0).collect();
            by_loss.sort_by(|&a, &b| losses[b].total_cmp(&losses[a]));
            let n_hard = (hard_share * n_negative as f64).ceil() as usize;
            let hard: f64 = by_loss[..n_hard].iter().map(|&i| weights[i]).sum();
            let least = wanted.div_ceil(2).min(n_hard);
            prop_assert_eq!(hard as usize, least.max(wanted - wanted.min(n_negative - n_hard)));
        }
    }
}
