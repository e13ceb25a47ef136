//! Online hard example mining: only the hardest share of each batch is learnt from.
//!
//! ```text
//! k   = max(1, ⌈keep n⌉), or min(count, n)
//! v_i = 1 if s_i is among the k largest scores (of equals, the earlier), else 0
//! L   = Σ_i v_i ℓ_i / Σ_i v_i m_i
//! ```
//!
//! - `ℓ`: losses, `[n_examples]`; `m`: what each example adds to the divisor, 1 under a plain mean
//! - `keep`: share of the batch, 0.25 (ours), or `keep.count`, a number of examples
//! - `score`: `s` is the loss that is learnt by, `loss`, or the plain loss of the logits as they are read,
//!   `cross_entropy`: focal loss ranks as the plain one does, weights of classes do not
//! - `suppress`: near duplicates, of which the hardest of a class alone is up for choice, so that `k` is at most the number
//!   of examples that are left; none (ours). `d_ij = ‖h_i - h_j‖₂` between the activations `h` that the last layer reads;
//!   `τ` is the quantile `suppress` of all distances of a batch, the value at place `⌊suppress n (n - 1) / 2⌋` from 0; from
//!   the hardest on, an example leaves out every easier one of its class with `d < τ` or `d = 0`, and what is left out
//!   leaves nothing out. At 0 that is exact duplicates alone
//! - `overlap`: for rows that are regions of images: of regions of one image and one class, from the hardest on, those that
//!   overlap a harder one by more are left out (IoU, non-maximum suppression with the loss as the score); none. The source
//!   has 0.7, with `keep.count = 128` of all regions of 2 images; at 1 nothing is left out
//!
//! Source: Shrivastava, Gupta, Girshick, *Training Region-based Object Detectors with Online Hard
//! Example Mining*, CVPR 2016.
//! Differs: the paper keeps a fixed number of regions of a batch after suppression; here, unless `keep.count` and `overlap`
//! are set, a share of the batch.
//! Differs: the paper reads all regions in a pass of their own, and learns from those it chooses in another; here one pass
//! is both, as what is not chosen has no slope. mmdetection's algorithm of this name is another: `mmdet_ohem`.
//! Differs: rows of a table have no area: what is near, for `suppress`, follows from the batch.
//! Trap: `suppress` measures all pairs of a batch: of 128 examples and 64 activations that takes as long as five steps.
//! Trap: the plain loss of a blended example (`mixing`) is that of its own class alone.
//! Trap: a loss that is not a number would win every comparison of hardness; it ranks last here.

use nn::Real;
use nn::range::{BelowOne, Fraction};
use serde::{Deserialize, Serialize};

use crate::losses::{Batch, PerExample, Plain};
use crate::mining::definition::{Definition, Mined};
use crate::mining::hardness::{harder, hardest_first};
use crate::mining::kept::Kept;
use crate::mining::near_duplicates::NearDuplicates;
use crate::mining::overlapping::Overlapping;
use crate::mining::{Mining, Selection};

/// Parameters of online hard example mining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ohem {
    /// Share of the batch that is kept, above 0 and at most 1, or `{ count = 32 }`, so many examples.
    pub keep: Kept,
    /// What examples are ranked by; default `loss`.
    #[serde(skip_serializing_if = "OhemScore::is_loss")]
    pub score: OhemScore,
    /// Quantile of the batch's distances below which near duplicates are left out, at least 0 and below 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppress: Option<BelowOne>,
    /// Overlap above which the easier of two regions of an image and a class is left out, above 0 and at most 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Fraction>,
}

impl Default for Ohem {
    fn default() -> Self {
        Ohem { keep: Kept::share(0.25), score: OhemScore::Loss, suppress: None, overlap: None }
    }
}

/// What examples are ranked by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OhemScore {
    /// The loss that is learnt by.
    Loss,
    /// The plain loss of the logits as they are read.
    CrossEntropy,
}

impl OhemScore {
    fn is_loss(&self) -> bool {
        *self == OhemScore::Loss
    }
}

impl<T: Real> Definition<T> for Ohem {
    fn code(&self) -> &'static str {
        include_str!("ohem.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn count(&self) -> Option<u32> {
        self.keep.count()
    }

    fn needs_regions(&self) -> Option<&'static str> {
        self.overlap.is_some().then_some("ohem.overlap")
    }

    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        Box::new(self.miner(mined))
    }
}

impl Ohem {
    fn miner<T: Real>(&self, mined: &Mined<'_>) -> HardestFirst<T> {
        HardestFirst {
            keep: self.keep,
            plain: (!self.score.is_loss()).then(|| Plain::new(mined.readout)),
            scored: PerExample::default(),
            near: self.suppress.map(|quantile| NearDuplicates::below(quantile.get())),
            overlapping: self.overlap.map(|overlap| Overlapping::above(overlap.get())),
            order: Vec::new(),
        }
    }
}

/// Online hard example mining with its workspace.
struct HardestFirst<T> {
    keep: Kept,
    /// What scores examples, if it is not the loss that is learnt by.
    plain: Option<Plain<T>>,
    scored: PerExample<T>,
    near: Option<NearDuplicates>,
    overlapping: Option<Overlapping>,
    /// Positions in the batch, the kept ones in front.
    order: Vec<u32>,
}

impl<T: Real> Mining<T> for HardestFirst<T> {
    fn select(
        &mut self,
        batch: &Batch<'_, T>,
        evaluated: &PerExample<T>,
        selection: &mut Selection<T>,
    ) {
        let HardestFirst { keep, plain, scored, near, overlapping, order } = self;
        let scores = match plain {
            None => &evaluated.losses,
            Some(plain) => {
                plain.score(batch.logits, batch.targets, scored);
                &scored.losses
            }
        };
        order.clear();
        order.extend(0..scores.len() as u32);
        let n_kept = keep.of(scores.len());
        if let Some(overlapping) = overlapping {
            let n = if near.is_some() { order.len() } else { n_kept };
            overlapping.leave_out(order, n, scores, batch);
        }
        if let Some(near) = near {
            order.sort_unstable_by(harder(scores));
            near.leave_out(order, batch.hidden.unwrap_or(batch.logits), batch.targets);
        }
        let n_kept = n_kept.min(order.len());
        hardest_first(order, n_kept, scores);
        selection.keep(&order[..n_kept], &evaluated.mass);
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::mining::kept::n_kept;
    use crate::mining::testing::{self, miner, of_rows};

    fn read(parameters: Value) -> Ohem {
        serde_json::from_value(parameters).unwrap()
    }

    fn select(keep: f64, losses: &[f64]) -> Selection<f64> {
        let mut ohem = miner(&read(json!({ "keep": keep })), &[]);
        testing::select(ohem.as_mut(), losses, &vec![0; losses.len()])
    }

    #[test]
    fn keeps_the_largest_losses() {
        let selection = select(0.5, &[0.1, 3.0, 0.2, 2.0]);
        assert_eq!(selection.weights, [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(selection.divisor, 2.0 + 4.0, "the masses of what is kept");
    }

    #[test]
    fn keeps_as_many_as_it_is_told_or_all() {
        let mut ohem = miner(&read(json!({ "keep": { "count": 2 } })), &[]);
        let mut weights =
            |losses: &[f64]| testing::select(ohem.as_mut(), losses, &vec![0; losses.len()]).weights;
        assert_eq!(weights(&[0.1, 3.0, 0.2, 2.0, 1.0]), [0.0, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(weights(&[0.1]), [1.0]);
    }

    #[test]
    fn breaks_ties_in_batch_order() {
        assert_eq!(select(0.5, &[1.0; 4]).weights, [1.0, 1.0, 0.0, 0.0]);
        assert_eq!(select(0.5, &[-0.0, 0.0, 0.0, -0.0]).weights, [1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_loss_that_is_not_a_number_is_kept_last() {
        let nan = f64::NAN;
        assert_eq!(select(0.5, &[nan, 0.1, -nan, 0.2]).weights, [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(select(0.75, &[nan, 0.1, f64::NEG_INFINITY, nan]).weights, [1.0, 1.0, 1.0, 0.0]);
        assert_eq!(select(0.5, &[]), Selection::default());
    }

    /// What `parameters` keep of a batch with these logits and losses that say the opposite.
    fn kept_of(parameters: Value, logits: &[[f64; 2]], targets: &[u32]) -> Vec<f64> {
        let logits = Matrix::from_rows(logits);
        let n = targets.len();
        let losses = logits.rows().zip(targets).map(|(z, &y)| z[y as usize]).collect();
        let evaluated = PerExample::new(losses, Matrix::zeros(n, 2), vec![1.0; n]);
        let (mut ohem, mut selection) = (miner(&read(parameters), targets), Selection::default());
        ohem.select(&Batch::new(&logits, targets), &evaluated, &mut selection);
        selection.weights
    }

    #[test]
    fn the_score_is_the_loss_that_is_learnt_by_or_the_plain_one() {
        let (logits, targets) = ([[3.0, 0.0], [1.0, 0.0], [0.0, 2.0], [0.0, -2.0]], [0, 0, 1, 1]);
        let kept = |score: &str| kept_of(json!({ "keep": 0.5, "score": score }), &logits, &targets);
        assert_eq!(kept("loss"), [1.0, 0.0, 1.0, 0.0]);
        assert_eq!(kept("cross_entropy"), [0.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn of_near_duplicates_of_a_class_the_hardest_is_kept() {
        let logits = [[9.0, 0.0], [9.1, 0.0], [9.05, 0.0], [2.0, 0.0], [1.0, 5.0]];
        let kept =
            |targets: &[u32; 5]| kept_of(json!({ "keep": 0.6, "suppress": 0.3 }), &logits, targets);
        assert_eq!(kept(&[0; 5]), [0.0, 1.0, 0.0, 1.0, 1.0]);
        let alike =
            kept_of(json!({ "keep": 1, "suppress": 0 }), &[[1.0, 0.0]; 5], &[0, 0, 1, 1, 0]);
        assert_eq!(alike, [1.0, 0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn nothing_is_allocated_after_the_first_call() {
        let mut ohem = of_rows(&[], 2, None, |mined| Ohem::default().miner::<f64>(mined));
        let mut selection = Selection::default();
        let evaluated = PerExample::new(vec![0.3; 64], Matrix::zeros(64, 2), vec![1.0; 64]);
        let batch = Batch::new(&evaluated.gradient, &[0; 64]);
        ohem.select(&batch, &evaluated, &mut selection);
        let before = (ohem.order.as_ptr(), selection.weights.as_ptr());
        ohem.select(&batch, &evaluated, &mut selection);
        assert_eq!(before, (ohem.order.as_ptr(), selection.weights.as_ptr()));
    }

    #[test]
    fn what_stands_at_its_default_is_not_written() {
        assert_eq!(json!(Ohem::default()), json!({ "keep": 0.25 }));
    }

    proptest! {
        #[test]
        fn no_kept_loss_is_below_a_dropped_one(
            losses in prop::collection::vec(0.0..9.0, 1..40), keep in 0.01..1.0
        ) {
            let weights = select(keep, &losses).weights;
            let of = |kept: f64| weights.iter().zip(&losses).filter(move |(v, _)| **v == kept).map(|(_, l)| *l);
            prop_assert!(of(0.0).fold(0.0, f64::max) <= of(1.0).fold(f64::INFINITY, f64::min));
            prop_assert_eq!(of(1.0).count(), n_kept(keep, losses.len()));
        }
    }
}
