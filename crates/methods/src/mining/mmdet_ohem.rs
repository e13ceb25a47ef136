//! mmdetection's OHEM: the hardest positives and the hardest negatives of a batch, each chosen among themselves.
//!
//! ```text
//! P, N = positives and negatives of the batch
//! k    = max(1, ⌈keep n⌉), or min(count, n)
//! p    = min(|P|, max(1, ⌊positive_share k⌋))
//! q    = min(|N|, k - p), and at most ⌊max_ratio max(1, p)⌋ where that is given
//! v_i  = 1 if c_i is among the p largest losses of P, or the q largest of N (of equals, the earlier), else 0
//! L    = Σ_i v_i ℓ_i / Σ_i v_i m_i
//! ```
//!
//! - `ℓ`: losses, `[n_examples]`; `c`: the same, of proposals that of classes alone, without that of boxes; `m`: what each
//!   example adds to the divisor, 1 under a plain mean
//! - `keep`: share of the batch, 0.25 (mmdetection: 512 of 2000 proposals), or `keep.count`, a number of examples
//! - `positive_share`: share of what is kept that is positive where there are so many, 0.25 (mmdetection)
//! - `max_ratio`: most negatives to each positive; none (mmdetection: `neg_pos_ub` = -1)
//! - Of two classes the second is positive. Of more, each is positive but the largest of the rows that are learnt from
//!   (of equals, the first), whose examples are the negatives; of proposals the background is negative
//!
//! Source: mmdetection, `OHEMSampler` (`mmdet/models/task_modules/samplers/ohem_sampler.py`), after Shrivastava, Gupta,
//! Girshick, *Training Region-based Object Detectors with Online Hard Example Mining*, CVPR 2016, which is `ohem` here:
//! there one ranking has positives and negatives, and near duplicates are left out.
//! Differs: mmdetection keeps no positive where `positive_share k` is below 1; here one, so that something is kept of every
//! batch.
//! Differs: of several classes the source has one background; here the largest class stands for it where rows are no
//! proposals.
//! Trap: where the positives of a batch are fewer than `positive_share k` all stay, and the negatives fill up: on a rare
//! class that is `negative_ratio` with a ratio that changes from batch to batch.
//! Trap: of several classes that a sampling has made even, the first counts as the largest.

use nn::Real;
use nn::range::{Positive, UnitInterval};
use serde::{Deserialize, Serialize};

use crate::losses::{Batch, PerExample};
use crate::mining::definition::{Definition, Mined};
use crate::mining::kept::Kept;
use crate::mining::sides::Sides;
use crate::mining::{Mining, Selection};

/// Parameters of mmdetection's OHEM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MmdetOhem {
    /// Share of the batch that is kept, above 0 and at most 1, or `{ count = 32 }`, so many examples.
    pub keep: Kept,
    /// Share of what is kept that is positive, from 0 to 1; default 0.25.
    pub positive_share: UnitInterval,
    /// Most negatives to each positive, above 0.
    pub max_ratio: Option<Positive>,
}

impl Default for MmdetOhem {
    fn default() -> Self {
        MmdetOhem {
            keep: Kept::share(0.25),
            positive_share: UnitInterval::new(0.25),
            max_ratio: None,
        }
    }
}

impl<T: Real> Definition<T> for MmdetOhem {
    fn code(&self) -> &'static str {
        include_str!("mmdet_ohem.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn count(&self) -> Option<u32> {
        self.keep.count()
    }

    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        Box::new(HardestOfEach { parameters: self.clone(), sides: Sides::of(mined) })
    }
}

impl MmdetOhem {
    /// How many of the positives and of the negatives of a batch are kept.
    fn wanted(&self, n_positive: usize, n_negative: usize) -> (usize, usize) {
        let k = self.keep.of(n_positive + n_negative);
        // 0.29 * 100 is 28.999999999999996, which is to be 29.
        let share = (self.positive_share.get() * k as f64 + 1e-9) as usize;
        let p = n_positive.min(share.max(1));
        let bound = self
            .max_ratio
            .map_or(usize::MAX, |ratio| (ratio.get() * p.max(1) as f64 + 1e-9) as usize);
        (p, n_negative.min(k - p).min(bound))
    }
}

/// mmdetection's OHEM with its workspace.
struct HardestOfEach {
    parameters: MmdetOhem,
    sides: Sides,
}

impl<T: Real> Mining<T> for HardestOfEach {
    fn select(
        &mut self,
        batch: &Batch<'_, T>,
        evaluated: &PerExample<T>,
        selection: &mut Selection<T>,
    ) {
        let HardestOfEach { parameters, sides } = self;
        sides.split(0..batch.targets.len() as u32, batch.targets);
        let (p, q) = parameters.wanted(sides.n_positive(), sides.negatives().len());
        selection.keep(sides.hardest(p, q, &evaluated.first_losses()), &evaluated.mass);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::mining::testing::{self, miner};

    fn weights(parameters: Value, losses: &[f64], targets: &[u32]) -> Vec<f64> {
        let spec: MmdetOhem = serde_json::from_value(parameters).unwrap();
        testing::select(miner(&spec, targets).as_mut(), losses, targets).weights
    }

    #[test]
    fn positives_and_negatives_are_ranked_apart() {
        let losses = [0.1, 5.0, 0.2, 4.0, 0.4, 3.0, 0.3, 2.0];
        let targets = [1, 0, 1, 0, 1, 0, 1, 0];
        let half = json!({ "keep": 0.5, "positive_share": 0.5 });
        assert_eq!(weights(half, &losses, &targets), [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0]);
        // A quarter of four is one positive.
        assert_eq!(
            weights(json!({ "keep": 0.5 }), &losses, &targets),
            [0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
        );
    }

    #[test]
    fn negatives_fill_up_as_far_as_they_may() {
        let (losses, targets) = ([0.5, 0.4, 0.3, 0.2, 0.1, 0.6], [0, 0, 0, 0, 0, 1]);
        let keep = |more: Value| {
            let mut parameters = json!({ "keep": { "count": 4 }, "positive_share": 0.5 });
            parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            weights(parameters, &losses, &targets)
        };
        assert_eq!(keep(json!({})), [1.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
        assert_eq!(keep(json!({ "max_ratio": 2 })), [1.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    }

    proptest! {
        #[test]
        fn no_kept_loss_is_below_a_dropped_one_of_its_side_and_something_is_kept(
            batch in prop::collection::vec((0.0..9.0, 0_u32..2), 1..40),
            keep in 0.01..1.0, share in 0.0..=1.0
        ) {
            let (losses, targets): (Vec<f64>, Vec<u32>) = batch.into_iter().unzip();
            let weights = weights(json!({ "keep": keep, "positive_share": share }), &losses, &targets);
            let of = |class, kept| {
                let examples = weights.iter().zip(&losses).zip(&targets);
                let of_side = examples.filter(move |&((&v, _), &y)| y == class && v == kept);
                of_side.map(|((_, &loss), _)| loss).collect::<Vec<f64>>()
            };
            for class in [0, 1] {
                let largest = of(class, 0.0).into_iter().fold(0.0, f64::max);
                prop_assert!(of(class, 1.0).into_iter().all(|loss| largest <= loss));
            }
            let n_kept = of(0, 1.0).len() + of(1, 1.0).len();
            prop_assert!(0 < n_kept && n_kept <= crate::mining::kept::n_kept(keep, losses.len()));
        }
    }
}
