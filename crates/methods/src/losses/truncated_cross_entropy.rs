//! Truncated cross-entropy: an example is learnt from only until it is right, at once or smoothly.
//!
//! ```text
//! hard     L = -[p_y <= m] ln p_y
//!          dL/dz_k = [p_y <= m] (p_k - [k = y])
//! soft     L = -g ln p_y                g = σ(-K x),  x = ln(p_y / (1 - p_y))
//!          dL/dz_k = g [1 - K (1 - g) ln p_y / (1 - p_y)] (p_k - [k = y])
//! ```
//!
//! - `p = softmax(z)`; `form`: `hard` or `soft`
//! - `m` (`threshold`): 0.6, the probability beyond which an example of the hard form is right
//! - `K` (`sharpness`): 10; the soft form tends to the hard one with `m = 1/2` as `K` grows
//! - the batch's loss is the mean over all examples
//!
//! Source: Su Jianlin, *From hard truncation of the loss and its softening to focal loss* (in Chinese),
//! Scientific Spaces, 2017, for two classes; over a softmax it is ours.
//! Differs: focal loss, which the source derives next, has `(1 - p_y)^γ` for `g`.
//! Trap: once every example of a batch is right, nothing is learnt from it.

use nn::Real;
use nn::range::{OpenUnit, Positive};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::per_example::scale;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of truncated cross-entropy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TruncatedCrossEntropy {
    /// At once or smoothly.
    pub form: Truncation,
    /// Probability `m` of the true class beyond which the hard form stops.
    pub threshold: OpenUnit,
    /// Steepness `K` of the soft form.
    pub sharpness: Positive,
}

/// How an example stops counting once it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truncation {
    /// At once.
    Hard,
    /// Smoothly.
    Soft,
}

impl Default for TruncatedCrossEntropy {
    fn default() -> Self {
        TruncatedCrossEntropy {
            form: Truncation::Hard,
            threshold: OpenUnit::new(0.6),
            sharpness: Positive::new(10.0),
        }
    }
}

impl Definition for TruncatedCrossEntropy {
    const CODE: &'static str = include_str!("truncated_cross_entropy.rs");

    fn traits(&self) -> Traits {
        Traits::softmax(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        Ok(Box::new(Truncated {
            form: self.form,
            threshold: T::of(self.threshold.get()),
            sharpness: T::of(self.sharpness.get()),
        }))
    }
}

struct Truncated<T> {
    form: Truncation,
    threshold: T,
    sharpness: T,
}

impl<T: Real> Loss<T> for Truncated<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Truncated { form, threshold, sharpness } = *self;
        out.fill_softmax(batch, |true_class, _, gradient| match form {
            Truncation::Hard if threshold < true_class.p => {
                gradient.fill(T::ZERO);
                T::ZERO
            }
            Truncation::Hard => -true_class.ln_p,
            Truncation::Soft => {
                let x = sharpness * (true_class.ln_p - true_class.rest.ln());
                let (gate, passed) = ((-x).sigmoid(), x.sigmoid());
                let through = sharpness * passed * true_class.ln_p_per_rest();
                scale(gradient, gate * (T::ONE - through));
                -gate * true_class.ln_p
            }
        });
    }
}
