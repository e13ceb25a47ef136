//! Generalised cross-entropy: between cross-entropy and mean absolute error, so that wrong labels cost a
//! bounded amount.
//!
//! ```text
//! L        = (1 - p_y^q) / q             p = softmax(z)
//! dL/dz_k  = p_y^q (p_k - [k = y])
//! ```
//!
//! - `q`: 0.7, the paper's; above 0, where it would be cross-entropy, and at most 1, where it is `1 - p_y`
//! - `truncation` (`k`): none; with it, once `start` (a third, 40 of 120 epochs in the paper) of the epochs is
//!   over, an example with `p_y <= k` has the constant loss `(1 - k^q) / q`: it is not learnt from, and no
//!   epoch before `start` is picked as the best
//! - the batch's loss is the mean
//!
//! Source: Zhang, Sabuncu, *Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy
//! Labels*, NeurIPS 2018.
//! Differs: published code judges all examples every tenth epoch; here each is judged when it is met.
//! Trap: it takes a rare class for wrong labels: once the frequent ones are learnt, `p_y^q` starves the rest, and
//! with `q = 0.7` on imbalanced data nothing else may be learnt at all.
//! Trap: with more than a few classes a fresh network has `p_y < k` everywhere; hence the late start.

use nn::Real;
use nn::range::{Fraction, OpenUnit, UnitInterval};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::per_example::scale;
use crate::losses::{Batch, Epoch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of generalised cross-entropy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneralizedCrossEntropy {
    /// Exponent `q`, above 0 and at most 1.
    pub q: Fraction,
    /// Probability `k` up to which an example is not learnt from.
    pub truncation: Option<OpenUnit>,
    /// Share of the epochs before the truncation.
    pub start: UnitInterval,
}

impl Default for GeneralizedCrossEntropy {
    fn default() -> Self {
        GeneralizedCrossEntropy {
            q: Fraction::new(0.7),
            truncation: None,
            start: UnitInterval::new(1.0 / 3.0),
        }
    }
}

impl Definition for GeneralizedCrossEntropy {
    const CODE: &'static str = include_str!("generalized_cross_entropy.rs");

    fn traits(&self) -> Traits {
        match self.truncation {
            Some(_) => Traits { acts_from: self.start.get(), ..Traits::softmax(2) },
            None => Traits::softmax(1),
        }
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        Ok(Box::new(Generalized {
            q: T::of(self.q.get()),
            truncation: self.truncation.map(|k| T::of(libm::log(k.get()))),
            start: self.start.get(),
            truncates: self.start.get() == 0.0,
        }))
    }
}

struct Generalized<T> {
    q: T,
    /// `ln k`.
    truncation: Option<T>,
    start: f64,
    truncates: bool,
}

impl<T: Real> Loss<T> for Generalized<T> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.truncates = self.start <= epoch.progress;
    }

    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let q = self.q;
        let truncation = self.truncation.filter(|_| self.truncates);
        out.fill_softmax(batch, |true_class, _, gradient| match truncation {
            Some(ln_k) if true_class.ln_p <= ln_k => {
                gradient.fill(T::ZERO);
                -(q * ln_k).exp_m1() / q
            }
            _ => {
                scale(gradient, (q * true_class.ln_p).exp());
                -(q * true_class.ln_p).exp_m1() / q
            }
        });
    }
}
