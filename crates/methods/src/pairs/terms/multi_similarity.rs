//! Multi-similarity loss: soft maxima over the far positives and the near negatives of each anchor.
//!
//! ```text
//! L      = 1/n Σ_i [ ln(1 + Σ_P e^{-α (s_ij - λ)}) / α + ln(1 + Σ_N e^{β (s_ij - λ)}) / β ]
//! dL/ds  = -1/n e^{-α (s - λ)} / (1 + Σ_P) at positives, 1/n e^{β (s - λ)} / (1 + Σ_N) at negatives
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`; `n`: anchors
//! - `alpha` `α`: 2, `beta` `β`: 50, `threshold` `λ`: 0.5 (the paper; its code has `β = 40` for some data)
//! - an anchor without positives has the second term alone, one without negatives the first
//!
//! Source: Wang, Han, Huang, Dong, Scott, *Multi-Similarity Loss with General Pair Weighting for Deep Metric Learning*,
//! CVPR 2019.
//! Differs: the authors' code fails on a batch in which an anchor has no positive or no negative.
//! Trap: the paper's numbers are with the miner of the same name (`multi_similarity`), which is not part of the loss.

use nn::Real;
use nn::range::{Finite, Positive};
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{PairTerm, Pairs, Said, TermDefinition};
use crate::pairs::exponentials::{Exponentials, share};

/// Parameters of the multi-similarity loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MultiSimilarity {
    /// Sharpness at positives, `α`; default 2.
    pub alpha: Positive,
    /// Sharpness at negatives, `β`; default 50.
    pub beta: Positive,
    /// The cosine `λ` about which both turn; default 0.5.
    pub threshold: Finite,
}

impl Default for MultiSimilarity {
    fn default() -> Self {
        MultiSimilarity {
            alpha: Positive::new(2.0),
            beta: Positive::new(50.0),
            threshold: Finite::new(0.5),
        }
    }
}

impl<T: Real> TermDefinition<T> for MultiSimilarity {
    fn code(&self) -> &'static str {
        include_str!("multi_similarity.rs")
    }

    fn version(&self) -> u32 {
        2
    }

    fn build(&self) -> Box<dyn PairTerm<T>> {
        Box::new(SoftMaxima {
            alpha: T::of(self.alpha.get()),
            beta: T::of(self.beta.get()),
            threshold: T::of(self.threshold.get()),
            near: Vec::new(),
        })
    }
}

/// The multi-similarity loss with its workspace: the cosines with the positives, then their exponentials.
struct SoftMaxima<T> {
    alpha: T,
    beta: T,
    threshold: T,
    near: Vec<T>,
}

impl<T: Real> PairTerm<T> for SoftMaxima<T> {
    fn anchor(&mut self, pairs: &Pairs<T>, far: &mut [T]) -> Said {
        let SoftMaxima { alpha, beta, threshold, near } = self;
        let (alpha, beta, threshold) = (*alpha, *beta, *threshold);
        let one = T::ZERO;
        near.clear();
        near.extend(pairs.positives.iter().map(|&(_, s)| s));
        let of_near = Exponentials::of(near, move |s| -alpha * (s - threshold), one);
        let of_far = Exponentials::of(far, move |s| beta * (s - threshold), one);
        share(far, of_far.share(T::ONE));
        let pull = of_near.share(-T::ONE);
        for (&(p, _), &e) in pairs.positives.iter().zip(&*near) {
            far[p as usize] = pull * e;
        }
        Said::whole((of_near.ln_sum() / alpha + of_far.ln_sum() / beta).to_f64(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{built, said};

    #[test]
    fn an_anchor_without_pairs_has_a_loss_of_0() {
        let (told, slopes) = said(&mut *built(&MultiSimilarity::default()), &[0.9], &[], &[]);
        assert_eq!((told, slopes), (Said::whole(0.0, 1), vec![0.0]));
    }

    #[test]
    fn the_nearest_negative_takes_nearly_all_of_the_slope() {
        let (_, slopes) =
            said(&mut *built(&MultiSimilarity::default()), &[0.9, 0.7, 0.2], &[], &[0, 1, 2]);
        assert!(0.999 < slopes[0] && slopes[1] < 1e-4 && slopes[2] < 1e-15, "{slopes:?}");
    }
}
