//! Softmax equalization loss: cross-entropy in whose denominator rare classes are left out at random, so
//! that they suffer less as the wrong answer.
//!
//! ```text
//! L        = -ln(e^{z_y} / Σ_j w_j e^{z_j})        w_j = 1 - β_j T_λ(f_j) (1 - [j = y])
//! dL/dz_k  =  w_k e^{z_k} / Σ_j w_j e^{z_j} - [k = y]
//! ```
//!
//! - `f_j`: share of class `j` among the training examples, as they are sampled; `T_λ(f)` is 1 where
//!   `f < λ`, else 0
//! - `β_j`: 1 with probability `γ`, else 0, drawn for each example and class from the trial's own stream
//! - `γ` (`gamma`): 0.9; `λ` (`lambda`): 0.005, as published with *Bag of Tricks for Long-Tailed Visual
//!   Recognition* (AAAI 2021); `γ = 0` or `λ = 0` is cross-entropy
//! - the batch's loss is the mean over examples
//!
//! Source: Tan, Wang, Li, Li, Ouyang, Yin, Yan, *Equalization Loss for Long-Tailed Object Recognition*, CVPR
//! 2020, section 3.4.
//! Trap: without a class below `λ`, the usual case in tables, nothing is changed.

use nn::range::{NonNegative, UnitInterval};
use nn::{Real, Stream};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the softmax equalization loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SoftmaxEqualization {
    /// Probability `γ` that a rare class is left out.
    pub gamma: UnitInterval,
    /// Share `λ` of the training examples below which a class is rare.
    pub lambda: NonNegative,
}

impl Default for SoftmaxEqualization {
    fn default() -> Self {
        SoftmaxEqualization { gamma: UnitInterval::new(0.9), lambda: NonNegative::new(0.005) }
    }
}

impl Definition for SoftmaxEqualization {
    const CODE: &'static str = include_str!("softmax_equalization.rs");

    fn traits(&self) -> Traits {
        Traits { reads_counts: true, ..Traits::softmax(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let counts = setting.counts.get();
        let total: f64 = counts.iter().sum();
        Ok(Box::new(Equalized {
            rare: counts.iter().map(|n| n / total < self.lambda.get()).collect(),
            gamma: self.gamma.get(),
            stream: setting.streams.stream("loss"),
        }))
    }

    fn draws(&self) -> bool {
        self.gamma.get() != 0.0 && self.gamma.get() != 1.0
    }

    fn beyond_its_label(&self) -> Option<&'static str> {
        Some("draws which classes the true label is spared")
    }
}

struct Equalized {
    /// `[n_classes]`.
    rare: Vec<bool>,
    gamma: f64,
    stream: Stream,
}

impl<T: Real> Loss<T> for Equalized {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Equalized { rare, gamma, stream } = self;
        let leave_out = |y: usize, logits: &mut [T]| {
            for (k, (z, &rare)) in logits.iter_mut().zip(&*rare).enumerate() {
                // The draw does not depend on the target: one for each rare class and example.
                if rare && stream.uniform() < *gamma && k != y {
                    *z = T::of(f64::NEG_INFINITY);
                }
            }
        };
        out.fill_adjusted(batch, leave_out, |true_class, _, _| -true_class.ln_p);
    }
}
