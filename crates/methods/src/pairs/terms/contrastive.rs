//! Contrastive loss: examples of a class come together, others are pushed apart up to a margin.
//!
//! ```text
//! L        = mean over positives with a loss of ℓ₊ + mean over negatives with a loss of ℓ₋
//! distance   ℓ₊ = max(0, d - m₊),     ℓ₋ = max(0, m₋ - d)
//! squared    ℓ₊ = max(0, d - m₊)²,    ℓ₋ = max(0, m₋ - d)²
//! dL/ds    = ℓ'(d) / n · dd/ds        d = √(2 - 2 s),   dd/ds = -1 / d
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`; `n`: pairs of that side, over all anchors, whose loss is
//!   above 0
//! - `form`: `distance` (pytorch-metric-learning); `positive_margin` `m₊`: 0, `negative_margin` `m₋`: 1 (both of it)
//! - a side without a loss is 0: anchors without positives push alone, those without negatives pull alone
//!
//! Source: Hadsell, Chopra, LeCun, *Dimensionality Reduction by Learning an Invariant Mapping*, CVPR 2006.
//! Differs: the paper's is `squared`, halved, of embeddings of any length, and a sum over all pairs.
//! Trap: a mean over pairs with a loss does not fall as pairs are solved: the few that are left count for more.
//! Trap: at a distance of 0 no direction leads apart: the slope is 0 there.

use nn::Real;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{PairTerm, Pairs, Part, Said, TermDefinition};
use crate::pairs::distance::{distance, slope};

/// Parameters of the contrastive loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contrastive {
    /// What a distance costs; default `distance`.
    pub form: ContrastiveForm,
    /// The distance up to which positives have no loss; default 0.
    pub positive_margin: NonNegative,
    /// The distance from which on negatives have none; default 1.
    pub negative_margin: NonNegative,
}

/// What a distance costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContrastiveForm {
    /// As much as it is beyond the margin.
    #[default]
    Distance,
    /// The square of that.
    Squared,
}

impl Default for Contrastive {
    fn default() -> Self {
        Contrastive {
            form: ContrastiveForm::Distance,
            positive_margin: NonNegative::new(0.0),
            negative_margin: NonNegative::new(1.0),
        }
    }
}

impl<T: Real> TermDefinition<T> for Contrastive {
    fn code(&self) -> &'static str {
        include_str!("contrastive.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self) -> Box<dyn PairTerm<T>> {
        Box::new(self.clone())
    }
}

impl Contrastive {
    /// One side: `sign` is 1 where distance costs, -1 where nearness does.
    fn side<T: Real>(&self, side: &[u32], sign: T, margin: T, s: &[T], slopes: &mut [T]) -> Part {
        let mut part = Part::default();
        for &j in side {
            let d = distance(s[j as usize]);
            let beyond = sign * (d - margin);
            if beyond <= T::ZERO {
                continue;
            }
            let (loss, at_d) = match self.form {
                ContrastiveForm::Distance => (beyond, sign),
                ContrastiveForm::Squared => (beyond * beyond, T::of(2.0) * sign * beyond),
            };
            part.sum += loss.to_f64();
            part.count += 1;
            slopes[j as usize] += at_d * slope(d);
        }
        part
    }
}

impl<T: Real> PairTerm<T> for Contrastive {
    fn anchor(&mut self, cosines: &[T], pairs: &Pairs, slopes: &mut [T]) -> Said {
        let (near, far) = (T::of(self.positive_margin.get()), T::of(self.negative_margin.get()));
        Said {
            positives: self.side(&pairs.positives, T::ONE, near, cosines, slopes),
            negatives: self.side(&pairs.negatives, -T::ONE, far, cosines, slopes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::said;

    #[test]
    fn what_is_within_its_margin_has_no_loss_and_does_not_count() {
        // Distances 0, 1, √2, 2.
        let cosines = [1.0, 0.5, 0.0, -1.0];
        let (told, slopes) = said(&mut Contrastive::default(), &cosines, &[0, 1], &[2, 3]);
        assert_eq!(told.positives, Part { sum: 1.0, count: 1 });
        assert_eq!(told.negatives, Part::default());
        assert_eq!(slopes, [0.0, -1.0, 0.0, 0.0]);
        let (told, slopes) = said(&mut Contrastive::default(), &cosines, &[], &[0, 1, 2]);
        assert_eq!(told.negatives, Part { sum: 1.0, count: 1 }, "the distance of 1 is far enough");
        assert_eq!(slopes, [0.0; 4], "from a distance of 0 nothing leads away");
    }

    #[test]
    fn the_squared_form_is_the_square() {
        let mut squared = Contrastive {
            form: ContrastiveForm::Squared,
            negative_margin: NonNegative::new(1.5),
            ..Contrastive::default()
        };
        let (told, slopes) = said(&mut squared, &[0.5, -1.0], &[1], &[0]);
        assert_eq!((told.positives.sum, told.negatives.sum), (4.0, 0.25));
        assert_eq!(slopes, [1.0, -2.0]);
    }
}
