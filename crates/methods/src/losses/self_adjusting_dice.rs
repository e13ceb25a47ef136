//! Self-adjusting Dice loss: a Dice loss of single examples, in which a probability counts less the surer it
//! is.
//!
//! ```text
//! L        = Σ_k 1 - (2 u_k y_k + s) / (u_k + y_k + s)       u = (1 - p)^α p,  p_k = σ(z_k)
//! dL/dz_k  = ∂L/∂u p (1 - p)^α [(1 - p) - α p]
//! ∂L/∂u    = -(2 + s) / (u + 1 + s)²  where y_k = 1,   s / (u + s)²  where y_k = 0
//! ```
//!
//! - one logit for each class against the rest; two classes share one logit, that of class 1
//! - `α` (`alpha`): 0.01, as in the authors' published commands; 0 is Dice of single examples
//! - `s` (`smooth`): 1
//! - the batch's loss is the mean over examples
//!
//! Source: Li, Sun, Meng, Liang, Wu, Li, *Dice Loss for Data-imbalanced NLP Tasks*, ACL 2020.
//! Differs: the authors' mining of hard negatives, which their code gets wrong, is the harness's own axis.
//! Trap: a rare class that a fresh network does not see has next to no slope, `p (1 - p)`, and may stay unseen.
//! Trap: `u` falls again beyond `p = 1 / (1 + α)`: with a large `α` the loss pushes away from certainty.

use nn::Real;
use nn::range::{NonNegative, Positive};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the self-adjusting Dice loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SelfAdjustingDice {
    /// Exponent `α`.
    pub alpha: NonNegative,
    /// Added to numerator and denominator, `s`.
    pub smooth: Positive,
}

impl Default for SelfAdjustingDice {
    fn default() -> Self {
        SelfAdjustingDice { alpha: NonNegative::new(0.01), smooth: Positive::new(1.0) }
    }
}

impl Definition for SelfAdjustingDice {
    const CODE: &'static str = include_str!("self_adjusting_dice.rs");

    fn traits(&self) -> Traits {
        Traits::sigmoid(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        let (alpha, smooth) = (T::of(self.alpha.get()), T::of(self.smooth.get()));
        Ok(Box::new(SelfAdjusting { alpha, smooth }))
    }
}

struct SelfAdjusting<T> {
    alpha: T,
    smooth: T,
}

impl<T: Real> Loss<T> for SelfAdjusting<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let SelfAdjusting { alpha, smooth } = *self;
        out.fill_sigmoid(batch, |z, element| {
            let (p, rest) = (z.sigmoid(), (-z).sigmoid());
            let decay = rest.powf(alpha);
            let u = decay * p;
            let d_u = p * decay * (rest - alpha * p);
            if element.positive {
                let sum = u + T::ONE + smooth;
                // 1 - (2u + s) / (u + 1 + s)
                ((T::ONE - u) / sum, -(T::of(2.0) + smooth) / (sum * sum) * d_u)
            } else {
                let sum = u + smooth;
                (u / sum, smooth / (sum * sum) * d_u)
            }
        });
    }
}
