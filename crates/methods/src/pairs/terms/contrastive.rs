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

use nn::range::NonNegative;
use nn::{Real, wide};
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{PairTerm, Pairs, Part, Said, TermDefinition};
use crate::pairs::distance::{distance, slope};
use crate::pairs::lanes::sum;

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
        2
    }

    fn build(&self) -> Box<dyn PairTerm<T>> {
        Box::new(Sides { parameters: self.clone(), near: Vec::new() })
    }
}

/// The contrastive loss with its workspace: the cosines with the positives, then the slopes there.
struct Sides<T> {
    parameters: Contrastive,
    near: Vec<T>,
}

/// What the distances of one side cost.
#[derive(Clone, Copy)]
struct Side<T> {
    form: ContrastiveForm,
    /// 1 where distance costs, -1 where nearness does.
    sign: T,
    margin: T,
}

/// Pairs at a time: of most negatives none of so many is within the margin.
const BLOCK: usize = 128;

impl<T: Real> Side<T> {
    /// Whether a distance has a loss.
    #[inline(always)]
    fn has_loss(self, d: T) -> bool {
        let beyond = self.sign * (d - self.margin);
        T::ZERO < beyond || beyond.is_nan()
    }

    /// `ℓ`, where there is one.
    #[inline(always)]
    fn loss(self, d: T) -> T {
        let beyond = self.sign * (d - self.margin);
        match self.form {
            ContrastiveForm::Distance => beyond,
            ContrastiveForm::Squared => beyond * beyond,
        }
    }

    /// `ℓ'`, where there is one.
    #[inline(always)]
    fn at_distance(self, d: T) -> T {
        let beyond = self.sign * (d - self.margin);
        match self.form {
            ContrastiveForm::Distance => self.sign,
            ContrastiveForm::Squared => (self.sign + self.sign) * beyond,
        }
    }

    /// What these cosines cost; slopes come in their place.
    fn cost(self, cosines: &mut [T]) -> Part {
        let mut part = Part::default();
        let (mut losses, mut counts) = ([T::ZERO; BLOCK], [T::ZERO; BLOCK]);
        for s in cosines.chunks_mut(BLOCK) {
            let (losses, counts) = (&mut losses[..s.len()], &mut counts[..s.len()]);
            let mut is_any = false;
            wide(
                #[inline(always)]
                || {
                    let side = self;
                    s.iter_mut().for_each(|s| *s = distance(*s));
                    is_any = s.iter().fold(false, |is_any, &d| is_any | side.has_loss(d));
                },
            );
            if !is_any {
                s.fill(T::ZERO);
                continue;
            }
            wide(
                #[inline(always)]
                || {
                    let side = self;
                    for ((d, loss), count) in s.iter_mut().zip(&mut *losses).zip(&mut *counts) {
                        let has_loss = side.has_loss(*d);
                        let (its, at_s) = (side.loss(*d), side.at_distance(*d) * slope(*d));
                        *loss = if has_loss { its } else { T::ZERO };
                        *count = if has_loss { T::ONE } else { T::ZERO };
                        *d = if has_loss { at_s } else { T::ZERO };
                    }
                },
            );
            part.sum += sum(losses).to_f64();
            part.count += sum(counts).to_f64() as u64;
        }
        part
    }
}

impl<T: Real> PairTerm<T> for Sides<T> {
    fn anchor(&mut self, pairs: &Pairs<T>, far: &mut [T]) -> Said {
        let Sides { parameters, near } = self;
        let Contrastive { form, positive_margin, negative_margin } = *parameters;
        let side = |sign, margin| Side { form, sign, margin: T::of(margin) };
        near.clear();
        near.extend(pairs.positives.iter().map(|&(_, s)| s));
        let said = Said {
            positives: side(T::ONE, positive_margin.get()).cost(near),
            negatives: side(-T::ONE, negative_margin.get()).cost(far),
        };
        for (&(p, _), &slope) in pairs.positives.iter().zip(&*near) {
            far[p as usize] = slope;
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{built, said};

    #[test]
    fn what_is_within_its_margin_has_no_loss_and_does_not_count() {
        // Distances 0, 1, √2, 2.
        let cosines = [1.0, 0.5, 0.0, -1.0];
        let (told, slopes) = said(&mut *built(&Contrastive::default()), &cosines, &[0, 1], &[2, 3]);
        assert_eq!(told.positives, Part { sum: 1.0, count: 1 });
        assert_eq!(told.negatives, Part::default());
        assert_eq!(slopes, [0.0, -1.0, 0.0, 0.0]);
        let (told, slopes) = said(&mut *built(&Contrastive::default()), &cosines, &[], &[0, 1, 2]);
        assert_eq!(told.negatives, Part { sum: 1.0, count: 1 }, "the distance of 1 is far enough");
        assert_eq!(slopes, [0.0; 4], "from a distance of 0 nothing leads away");
    }

    #[test]
    fn the_squared_form_is_the_square() {
        let squared = Contrastive {
            form: ContrastiveForm::Squared,
            negative_margin: NonNegative::new(1.5),
            ..Contrastive::default()
        };
        let (told, slopes) = said(&mut *built(&squared), &[0.5, -1.0], &[1], &[0]);
        assert_eq!((told.positives.sum, told.negatives.sum), (4.0, 0.25));
        assert_eq!(slopes, [1.0, -2.0]);
    }
}
