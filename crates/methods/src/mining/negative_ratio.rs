//! Negatives by ratio: all positives of a batch are learnt from, and of the negatives the hardest, a few times as many.
//!
//! ```text
//! P, N = positives and negatives of the batch
//! k    = min(⌈ratio |P|⌉, |N|)
//! v_i  = 1 if i is in P, or ℓ_i is among the k largest losses of N (of equals, the earlier), else 0
//! L    = Σ_i v_i ℓ_i / Σ_i v_i m_i
//! ```
//!
//! - `ℓ`: losses, `[n_examples]`; `m`: what each example adds to the divisor, 1 under a plain mean
//! - `ratio`: negatives to each positive, 3 (Liu and others)
//! - `per_image`: whether `P` and `N` are those of each image of the batch in turn, as in the source, for rows that are
//!   regions of images; false
//! - Of two classes the second is positive. Of more, each is positive but the largest of the rows that are learnt from
//!   (of equals, the first), whose examples are the negatives; of proposals the background is negative
//!
//! Source: Liu, Anguelov, Erhan, Szegedy, Reed, Fu, Berg, *SSD: Single Shot MultiBox Detector*, ECCV 2016.
//! Differs: the source counts positives image by image, here, unless `per_image` is set, batch by batch; it divides by the
//! number of positives, here by what is kept, so that a step is a mean as every other: at a constant rate the source's would be up to 1 + `ratio`
//! times as long. It ranks negatives by the log-loss of the background, here by the loss that is learnt by.
//! Differs: of several classes the source has one background; here the largest class stands for it where rows are no
//! proposals.
//! Trap: nothing is learnt from a batch without positives: its step is skipped. Where the positives are rare and batches
//! small that is most of them; a sampling by class gives each batch some.
//! Trap: of several classes that a sampling has made even, the first counts as the largest.

use nn::Real;
use nn::range::Positive;
use serde::{Deserialize, Serialize};

use crate::losses::{Batch, PerExample};
use crate::mining::definition::{Acts, Definition, Mined};
use crate::mining::hardness::hardest_first;
use crate::mining::images::Images;
use crate::mining::sides::Sides;
use crate::mining::{Mining, Selection};

/// Parameters of negatives by ratio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NegativeRatio {
    /// Negatives to each positive, above 0; default 3.
    pub ratio: Positive,
    /// Whether positives are counted image by image; default false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub per_image: bool,
}

impl Default for NegativeRatio {
    fn default() -> Self {
        NegativeRatio { ratio: Positive::new(3.0), per_image: false }
    }
}

impl<T: Real> Definition<T> for NegativeRatio {
    fn code(&self) -> &'static str {
        include_str!("negative_ratio.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn acts(&self) -> Acts {
        Acts::InSomeBatches
    }

    fn keeps_positives(&self) -> bool {
        true
    }

    fn needs_regions(&self) -> Option<&'static str> {
        self.per_image.then_some("negative_ratio.per_image")
    }

    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        Box::new(HardestNegatives {
            ratio: self.ratio.get(),
            images: Images::new(self.per_image),
            sides: Sides::of(mined),
            kept: Vec::new(),
        })
    }
}

/// Negatives by ratio with their workspace.
struct HardestNegatives {
    ratio: f64,
    images: Images,
    sides: Sides,
    kept: Vec<u32>,
}

impl<T: Real> Mining<T> for HardestNegatives {
    fn select(
        &mut self,
        batch: &Batch<'_, T>,
        evaluated: &PerExample<T>,
        selection: &mut Selection<T>,
    ) {
        let HardestNegatives { ratio, images, sides, kept } = self;
        kept.clear();
        for positions in images.split(batch) {
            sides.split(positions.iter().copied(), batch.targets);
            let n_kept = sides.n_wanted(*ratio);
            hardest_first(sides.negatives(), n_kept, &evaluated.losses);
            kept.extend(sides.with_negatives(n_kept));
        }
        selection.keep(kept, &evaluated.mass);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mining::testing::{self, miner};

    fn select(spec: &impl Definition<f64>, losses: &[f64], targets: &[u32]) -> Selection<f64> {
        testing::select(miner(spec, targets).as_mut(), losses, targets)
    }

    fn of(ratio: f64) -> NegativeRatio {
        NegativeRatio { ratio: Positive::new(ratio), ..NegativeRatio::default() }
    }

    #[test]
    fn the_hardest_negatives_stand_beside_all_positives() {
        let selection = select(&of(2.0), &[0.1, 0.0, 0.3, f64::NAN, 0.2], &[0, 1, 0, 0, 0]);
        assert_eq!(selection.weights, [0.0, 1.0, 1.0, 0.0, 1.0]);
        assert_eq!(selection.divisor, 2.0 + 3.0 + 5.0, "the masses of what is kept");
        assert_eq!(select(&of(1.0), &[1.0; 4], &[0, 1, 0, 0]).weights, [1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn nothing_is_kept_of_a_batch_without_positives() {
        let selection = select(&of(3.0), &[0.1, 0.2], &[0, 0]);
        assert_eq!(selection, Selection { weights: vec![0.0; 2], divisor: 0.0 });
    }

    /// Losses, and the class of each.
    fn batches() -> impl Strategy<Value = (Vec<f64>, Vec<u32>)> {
        prop::collection::vec((0.0..9.0, 0_u32..2), 1..40)
            .prop_map(|batch| batch.into_iter().unzip())
    }

    proptest! {
        #[test]
        fn positives_stay_and_no_kept_negative_is_easier_than_a_dropped_one(
            (losses, targets) in batches(), ratio in 0.1..5.0_f64
        ) {
            let weights = select(&of(ratio), &losses, &targets).weights;
            let examples = || weights.iter().zip(&losses).zip(&targets);
            let n_positive = targets.iter().filter(|&&y| y == 1).count();
            prop_assert!(examples().all(|((&v, _), &y)| y == 0 || v == 1.0));
            let negatives = |kept| examples().filter(move |&((&v, _), &y)| y == 0 && v == kept).map(|((_, &l), _)| l);
            let wanted = (ratio * n_positive as f64).ceil() as usize;
            prop_assert_eq!(negatives(1.0).count(), wanted.min(targets.len() - n_positive));
            prop_assert!(negatives(0.0).fold(0.0, f64::max) <= negatives(1.0).fold(9.0, f64::min));
        }
    }
}
