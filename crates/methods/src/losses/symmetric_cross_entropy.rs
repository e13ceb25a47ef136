//! Symmetric cross-entropy: cross-entropy and, against wrong labels, the cross-entropy of the labels under
//! the prediction.
//!
//! ```text
//! L        = -α ln p_y + β A (1 - p_y)                p = softmax(z), A = -ln(1e-4)
//! dL/dz_k  = (α + β A p_y) (p_k - [k = y])
//! ```
//!
//! - `α` (`alpha`): 0.1, `β` (`beta`): 1: the authors' for CIFAR-10
//! - `A`: what the logarithm of a label of 0 is clipped to; the reverse term is a mean absolute error
//! - the batch's loss is the mean
//!
//! Source: Wang, Ma, Chen, Luo, Yi, Bailey, *Symmetric Cross Entropy for Robust Learning with Noisy Labels*,
//! ICCV 2019.
//! Differs: the authors clip the prediction too, which takes the gradient from the hardest examples.
//! Trap: the reverse term takes a rare class for wrong labels: its slope vanishes with `p_y`, and with the
//! defaults nothing but the frequent classes may be learnt on imbalanced data. Raise `α`, lower `β`.

use nn::Real;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::per_example::scale;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of symmetric cross-entropy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SymmetricCrossEntropy {
    /// Weight `α` of cross-entropy.
    pub alpha: NonNegative,
    /// Weight `β` of reverse cross-entropy.
    pub beta: NonNegative,
}

impl Default for SymmetricCrossEntropy {
    fn default() -> Self {
        SymmetricCrossEntropy { alpha: NonNegative::new(0.1), beta: NonNegative::new(1.0) }
    }
}

impl Definition for SymmetricCrossEntropy {
    const CODE: &'static str = include_str!("symmetric_cross_entropy.rs");

    fn traits(&self) -> Traits {
        Traits::softmax(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        let reverse = self.beta.get() * -libm::log(1e-4);
        Ok(Box::new(Symmetric { alpha: T::of(self.alpha.get()), reverse: T::of(reverse) }))
    }
}

struct Symmetric<T> {
    alpha: T,
    /// `β A`.
    reverse: T,
}

impl<T: Real> Loss<T> for Symmetric<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Symmetric { alpha, reverse } = *self;
        out.fill_softmax(batch, |true_class, _, gradient| {
            scale(gradient, alpha + reverse * true_class.p);
            reverse * true_class.rest - alpha * true_class.ln_p
        });
    }
}
