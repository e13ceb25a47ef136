//! Online hard example mining: only the hardest share of each batch is learnt from.
//!
//! ```text
//! k   = max(1, ⌈keep n⌉)
//! v_i = 1 if ℓ_i is among the k largest losses (of equals, the earlier), else 0
//! L   = Σ_i v_i ℓ_i / Σ_i v_i m_i
//! ```
//!
//! - `ℓ`: losses, `[n_examples]`; `m`: what each example adds to the divisor, 1 under a plain mean
//! - `keep`: share of the batch, 0.25 (ours)
//!
//! Source: Shrivastava, Gupta, Girshick, *Training Region-based Object Detectors with Online Hard
//! Example Mining*, CVPR 2016.
//! Differs: the paper keeps a fixed number of regions per image after non-maximum suppression; here a
//! share of the batch.
//! Trap: a loss that is not a number would win every comparison of hardness; it ranks last here.

use std::cmp::Ordering;

use nn::Real;
use nn::range::Fraction;
use serde::{Deserialize, Serialize};

use crate::losses::{Batch, PerExample};
use crate::mining::definition::{Definition, Mined};
use crate::mining::{Mining, Selection};

/// Parameters of online hard example mining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ohem {
    /// Share of the batch that is kept, above 0 and at most 1.
    pub keep: Fraction,
}

impl Default for Ohem {
    fn default() -> Self {
        Ohem { keep: Fraction::new(0.25) }
    }
}

impl<T: Real> Definition<T> for Ohem {
    fn code(&self) -> &'static str {
        include_str!("ohem.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, _: &Mined<'_>) -> Box<dyn Mining<T>> {
        Box::new(self.miner())
    }
}

impl Ohem {
    fn miner(&self) -> HardestFirst {
        HardestFirst { keep: self.keep.get(), order: Vec::new() }
    }
}

/// Online hard example mining with its workspace.
struct HardestFirst {
    keep: f64,
    /// Positions in the batch, the kept ones in front.
    order: Vec<u32>,
}

impl<T: Real> Mining<T> for HardestFirst {
    fn select(
        &mut self,
        _: &Batch<'_, T>,
        evaluated: &PerExample<T>,
        selection: &mut Selection<T>,
    ) {
        let losses = &evaluated.losses;
        let n_kept = n_kept(self.keep, losses.len());
        self.order.clear();
        self.order.extend(0..losses.len() as u32);
        let harder = |&a: &u32, &b: &u32| {
            by_hardness(losses[a as usize], losses[b as usize]).then(a.cmp(&b))
        };
        if n_kept < losses.len() {
            self.order.select_nth_unstable_by(n_kept, harder);
        }
        selection.keep(&self.order[..n_kept], &evaluated.mass);
    }
}

/// `max(1, ⌈keep n⌉)`, 0 of an empty batch.
pub(super) fn n_kept(keep: f64, n: usize) -> usize {
    // 0.07 * 100 is 7.000000000000001, which is not to be 8.
    let share = (keep * n as f64 - 1e-9).ceil() as usize;
    share.max(1).min(n)
}

/// The larger loss first; one that is not a number last.
pub(super) fn by_hardness<T: Real>(a: T, b: T) -> Ordering {
    b.partial_cmp(&a).unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

fn is_nan<T: Real>(x: T) -> bool {
    x.partial_cmp(&x).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mining::NoMining;
    use nn::Matrix;
    use proptest::prelude::*;

    fn evaluated(losses: &[f64]) -> PerExample<f64> {
        let n = losses.len();
        PerExample::new(losses.to_vec(), Matrix::zeros(n, 2), (1..=n).map(|m| m as f64).collect())
    }

    fn select(keep: f64, losses: &[f64]) -> Selection<f64> {
        let mut selection = Selection::default();
        let mut ohem = Ohem { keep: Fraction::new(keep) }.miner();
        let (evaluated, targets) = (evaluated(losses), vec![0; losses.len()]);
        ohem.select(&Batch::new(&evaluated.gradient, &targets), &evaluated, &mut selection);
        selection
    }

    #[test]
    fn keeps_the_largest_losses() {
        let selection = select(0.5, &[0.1, 3.0, 0.2, 2.0]);
        assert_eq!(selection.weights, [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(selection.divisor, 2.0 + 4.0, "the masses of what is kept");
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
    }

    #[test]
    fn the_share_is_rounded_up_and_never_empty() {
        assert_eq!(n_kept(0.25, 5), 2);
        assert_eq!(n_kept(1e-6, 5), 1);
        assert_eq!(n_kept(0.07, 100), 7);
        assert_eq!(n_kept(0.5, 0), 0);
        assert_eq!(select(0.5, &[]), Selection::default());
    }

    #[test]
    fn nothing_is_allocated_after_the_first_call() {
        let (mut ohem, mut selection) = (Ohem::default().miner(), Selection::default());
        let evaluated = evaluated(&[0.3; 64]);
        let batch = Batch::new(&evaluated.gradient, &[0; 64]);
        ohem.select(&batch, &evaluated, &mut selection);
        let before = (ohem.order.as_ptr(), selection.weights.as_ptr());
        ohem.select(&batch, &evaluated, &mut selection);
        assert_eq!(before, (ohem.order.as_ptr(), selection.weights.as_ptr()));
    }

    proptest! {
        #[test]
        fn keeping_all_is_the_plain_mean(losses in prop::collection::vec(0.0..9.0, 1..40)) {
            let mut all = Selection::default();
            let evaluated = evaluated(&losses);
            NoMining {}.select(&Batch::new(&evaluated.gradient, &[]), &evaluated, &mut all);
            prop_assert_eq!(select(1.0, &losses), all);
        }

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
