//! Contrastive loss of cosines: positives are pulled always, negatives pushed where their cosine is above a margin.
//!
//! ```text
//! L     = 1/n Σ_i [ Σ_{positives} (1 - s_ij) + Σ_{negatives, s_ij > m} s_ij ]
//! dL/ds = -1/n at positives, 1/n at negatives above the margin
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`; `n`: anchors
//! - `margin` `m`: 0.5 (the authors)
//! - an anchor without positives pushes alone, one without negatives pulls alone
//!
//! Source: Wang, Zhang, Huang, Scott, *Cross-Batch Memory for Embedding Learning*, CVPR 2020.
//! Differs: the authors leave out positives of a cosine above 1 - 1e-5 to be rid of an anchor's pair with itself; here that
//! is known by its row, and true duplicates stay.
//! Trap: a sum over pairs: with a memory of thousands it outgrows the loss of the batch.

use nn::Real;
use nn::range::Finite;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{PairTerm, Pairs, Said, TermDefinition};
use crate::pairs::lanes::sum_and_replace;

/// Parameters of the contrastive loss of cosines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CosineContrastive {
    /// The cosine up to which negatives have no loss; default 0.5.
    pub margin: Finite,
}

impl Default for CosineContrastive {
    fn default() -> Self {
        CosineContrastive { margin: Finite::new(0.5) }
    }
}

impl<T: Real> TermDefinition<T> for CosineContrastive {
    fn code(&self) -> &'static str {
        include_str!("cosine_contrastive.rs")
    }

    fn version(&self) -> u32 {
        2
    }

    fn build(&self) -> Box<dyn PairTerm<T>> {
        Box::new(self.clone())
    }
}

impl<T: Real> PairTerm<T> for CosineContrastive {
    fn anchor(&mut self, pairs: &Pairs<T>, far: &mut [T]) -> Said {
        let margin = T::of(self.margin.get());
        let pushed =
            sum_and_replace(
                far,
                move |s| if margin < s { (s, T::ONE) } else { (T::ZERO, T::ZERO) },
            );
        let mut pulled = T::ZERO;
        for &(p, s) in &pairs.positives {
            pulled += T::ONE - s;
            far[p as usize] = -T::ONE;
        }
        Said::whole((pulled + pushed).to_f64(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::said;

    #[test]
    fn negatives_below_the_margin_have_no_loss() {
        let mut term = CosineContrastive::default();
        let (told, slopes) = said(&mut term, &[0.75, 0.5, 0.75, -0.5], &[0, 3], &[1, 2]);
        assert_eq!(told, Said::whole(0.25 + 1.5 + 0.75, 1));
        assert_eq!(slopes, [-1.0, 0.0, 1.0, -1.0]);
    }
}
