//! AUC-margin loss: the area under the ROC curve, as a saddle point that batches can walk towards.
//!
//! ```text
//! F        = (1 - π) E[(h - a)² 1₊] + π E[(h - b)² 1₋]
//!            + 2α (π (1 - π) m + E[π h 1₋ - (1 - π) h 1₊]) - π (1 - π) α²
//! dF/dh_i  = 2 (1 - π) (h_i - a - α) / B  where y_i = 1,   2 π (h_i - b + α) / B  where y_i = 0
//! a ← a - η ∂F/∂a,   b ← b - η ∂F/∂b,   α ← max(0, α + η (2 (m + b - a) - 2α))      after the batch
//! ```
//!
//! - `h = σ(z)`, the probability of class 1; two classes only; `π`: share of class 1 in the training part
//! - `m` (`margin`): 1; `η` (`learning_rate`): 0.1; `a`, `b` and `α` start at 0
//! - a loss of whole batches: it has no single examples to mine or to weigh
//!
//! Source: Yuan, Yan, Sonka, Yang, *Large-scale Robust Deep AUC Maximization: A New Surrogate Loss and
//! Empirical Studies on Medical Image Classification*, ICCV 2021.
//! Differs: the authors' library takes `π` from each batch by default; the network's own optimiser moves the
//! weights, without PESG's decay towards an epoch's reference.
//! Trap: at the saddle point `F` is `π (1 - π)` times the mean squared margin violation of all pairs; before
//! it, it may be negative.

use nn::range::Positive;
use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::losses::definition::{Built, Definition, Level};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::{ClassCounts, Setting};

/// Parameters of the AUC-margin loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AucMargin {
    /// By how much a positive should be above a negative, `m`.
    pub margin: Positive,
    /// Step size `η` of `a`, `b` and `α`.
    pub learning_rate: Positive,
}

impl Default for AucMargin {
    fn default() -> Self {
        AucMargin { margin: Positive::new(1.0), learning_rate: Positive::new(0.1) }
    }
}

/// # Errors
/// If there are not two classes.
pub(super) fn check_two(loss: &'static str, counts: &ClassCounts) -> Result<(), MethodError> {
    let n_classes = counts.n_classes();
    if n_classes == 2 { Ok(()) } else { Err(MethodError::TwoClasses { method: loss }) }
}

impl Definition for AucMargin {
    const CODE: &'static str = include_str!("auc_margin.rs");

    fn traits(&self) -> Traits {
        Traits { level: Level::Batch, two_classes: true, ..Traits::sigmoid(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        check_two("auc_margin", setting.counts)?;
        let counts = setting.counts.get();
        Ok(Box::new(AucSaddle {
            margin: self.margin.get(),
            learning_rate: self.learning_rate.get(),
            positive_share: counts[1] / (counts[0] + counts[1]),
            point: SaddlePoint::default(),
        }))
    }
}

/// The variables beside the network's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SaddlePoint {
    /// `a`, towards the mean score of positives.
    pub a: f64,
    /// `b`, towards the mean score of negatives.
    pub b: f64,
    /// `α`, the multiplier of the margin.
    pub alpha: f64,
}

/// The loss with its saddle point.
#[derive(Clone, Debug)]
pub struct AucSaddle {
    margin: f64,
    learning_rate: f64,
    positive_share: f64,
    point: SaddlePoint,
}

impl AucSaddle {
    /// The loss at a point.
    pub fn at(margin: f64, positive_share: f64, point: SaddlePoint) -> Self {
        AucSaddle { margin, learning_rate: 0.0, positive_share, point }
    }

    /// `F` and its slopes: at the scores in `slopes`, at `a`, `b` and `α`.
    pub fn of_scores<T: Real>(
        &self,
        scores: &Matrix<T>,
        targets: &[u32],
        slopes: &mut Matrix<T>,
    ) -> (T, SaddlePoint) {
        let (pi, margin) = (self.positive_share, self.margin);
        let SaddlePoint { a, b, alpha } = self.point;
        let n = targets.len() as f64;
        slopes.reshape(scores.n_rows(), 1);
        let mut value = pi * (1.0 - pi) * alpha * (2.0 * margin - alpha);
        let mut slope =
            SaddlePoint { a: 0.0, b: 0.0, alpha: 2.0 * pi * (1.0 - pi) * (margin - alpha) };
        for ((h, out), &y) in scores.values().iter().zip(slopes.values_mut()).zip(targets) {
            let h = h.to_f64();
            if y == 1 {
                value += (1.0 - pi) * ((h - a) * (h - a) - 2.0 * alpha * h) / n;
                slope.a -= 2.0 * (1.0 - pi) * (h - a) / n;
                slope.alpha -= 2.0 * (1.0 - pi) * h / n;
                *out = T::of(2.0 * (1.0 - pi) * (h - a - alpha) / n);
            } else {
                value += pi * ((h - b) * (h - b) + 2.0 * alpha * h) / n;
                slope.b -= 2.0 * pi * (h - b) / n;
                slope.alpha += 2.0 * pi * h / n;
                *out = T::of(2.0 * pi * (h - b + alpha) / n);
            }
        }
        (T::of(value), slope)
    }
}

impl<T: Real> Loss<T> for AucSaddle {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let mut scores = batch.logits.clone();
        scores.values_mut().iter_mut().for_each(|z| *z = z.sigmoid());
        let (loss, slope) = self.of_scores(&scores, batch.targets, &mut out.gradient);
        for (slope, &z) in out.gradient.values_mut().iter_mut().zip(batch.logits.values()) {
            *slope *= z.sigmoid() * (-z).sigmoid();
        }
        out.fill_batch(loss);
        let SaddlePoint { a, b, alpha } = &mut self.point;
        *alpha += self.learning_rate * 2.0 * (self.margin + *b - *a - *alpha);
        *alpha = alpha.max(0.0);
        *a -= self.learning_rate * slope.a;
        *b -= self.learning_rate * slope.b;
    }
}
