//! Asymmetric loss: a focal loss with another focus for negatives than for positives, in which easy
//! negatives have no loss at all.
//!
//! ```text
//! y_k = 1   L = -(1 - p)^{γ+} ln p                p = σ(z_k)
//!           dL/dz = -(1 - p)^{γ+} [(1 - p) - γ+ p ln p]
//! y_k = 0   L = -p_m^{γ-} ln(1 - p_m)             p_m = max(p - m, 0)
//!           dL/dz = p (1 - p) [p_m^{γ-} / (1 - p_m) - γ- p_m^{γ- - 1} ln(1 - p_m)],  0 where p <= m
//! ```
//!
//! - summed over the logits, one for each class against the rest; two classes share one logit
//! - `γ-` (`gamma_neg`): 4; `γ+` (`gamma_pos`): 1; `m` (`clip`): 0.05: defaults of the authors' code
//! - `detach_focus`: false; true holds the focusing factors constant, so that no gradient goes through
//!   them: another method, which one class of the authors' code is by default
//! - `eps`: 0; the authors' code takes 1e-8 as the least argument of its logarithms, beyond which it learns
//!   nothing of them
//! - the batch's loss is the mean over examples; the authors sum, which is a larger learning rate
//!
//! Source: Ridnik, Ben-Baruch, Zamir, Noy, Friedman, Protter, Zelnik-Manor, *Asymmetric Loss For Multi-Label
//! Classification*, ICCV 2021.
//! Trap: `1 - p_m` is `1 - p + m` and so never below `m`: a certain false positive has a bounded loss.

use nn::Real;
use nn::range::{NonNegative, UnitInterval};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the asymmetric loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asymmetric {
    /// Focusing exponent `γ-` of negatives.
    pub gamma_neg: NonNegative,
    /// Focusing exponent `γ+` of positives.
    pub gamma_pos: NonNegative,
    /// Probability `m` up to which a negative has no loss.
    pub clip: UnitInterval,
    /// Whether the focusing factors are held constant.
    pub detach_focus: bool,
    /// Least argument of the logarithms.
    pub eps: UnitInterval,
}

impl Default for Asymmetric {
    fn default() -> Self {
        Asymmetric {
            gamma_neg: NonNegative::new(4.0),
            gamma_pos: NonNegative::new(1.0),
            clip: UnitInterval::new(0.05),
            detach_focus: false,
            eps: UnitInterval::new(0.0),
        }
    }
}

impl Definition for Asymmetric {
    const CODE: &'static str = include_str!("asymmetric.rs");

    fn traits(&self) -> Traits {
        Traits::sigmoid(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        Ok(Box::new(Focused {
            gamma_neg: T::of(self.gamma_neg.get()),
            gamma_pos: T::of(self.gamma_pos.get()),
            clip: T::of(self.clip.get()),
            through_focus: T::of(if self.detach_focus { 0.0 } else { 1.0 }),
            eps: T::of(self.eps.get()),
        }))
    }

    fn not_twice(&self) -> Option<&'static str> {
        self.detach_focus.then_some("holds its focusing factors constant")
    }
}

struct Focused<T> {
    gamma_neg: T,
    gamma_pos: T,
    clip: T,
    /// 1 if the gradient goes through the focusing factor, else 0.
    through_focus: T,
    eps: T,
}

impl<T: Real> Focused<T> {
    fn positive(&self, z: T) -> (T, T) {
        let (p, rest) = (z.sigmoid(), (-z).sigmoid());
        let clamped = p < self.eps;
        let ln_p = if clamped { self.eps.ln() } else { -(-z).softplus() };
        let focus = rest.powf(self.gamma_pos);
        let direct = if clamped { T::ZERO } else { rest };
        (-focus * ln_p, -focus * (direct - self.through_focus * self.gamma_pos * p * ln_p))
    }

    fn negative(&self, z: T) -> (T, T) {
        let (p, rest) = (z.sigmoid(), (-z).sigmoid());
        let moved = p - self.clip;
        // Without a margin p itself: a difference would lose it as p underflows.
        if moved < T::ZERO || p == T::ZERO || (moved == T::ZERO && T::ZERO < self.clip) {
            return (T::ZERO, T::ZERO);
        }
        let left = (rest + self.clip).min(T::ONE);
        let clamped = left < self.eps;
        let ln_left = if clamped {
            self.eps.ln()
        } else if self.clip == T::ZERO {
            -z.softplus()
        } else {
            left.ln()
        };
        let focus = moved.powf(self.gamma_neg);
        // p (1 - p) / (1 - p_m), which is p without a margin, however small 1 - p.
        let direct = if clamped {
            T::ZERO
        } else if self.clip == T::ZERO {
            p
        } else {
            p * rest / left
        };
        let through = self.through_focus * self.gamma_neg * p * rest / moved * ln_left;
        (-focus * ln_left, focus * (direct - through))
    }
}

impl<T: Real> Loss<T> for Focused<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        out.fill_sigmoid(
            batch,
            |z, element| {
                if element.positive { self.positive(z) } else { self.negative(z) }
            },
        );
    }
}
