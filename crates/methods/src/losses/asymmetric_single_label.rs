//! Asymmetric loss for single labels: a softmax whose smoothed log-probabilities have one focus for the true
//! class and another for the rest.
//!
//! ```text
//! L        = -Σ_k t_k ω_k ln p_k         ω_y = (1 - p_y)^{γ+},  ω_k = p_k^{γ-} for k ≠ y
//! t        = (1 - ε) e_y + ε / K
//! dL/dz_j  = a_j - p_j Σ_k a_k
//! a_y      = -t_y (1 - p_y)^{γ+} [1 - γ+ p_y ln p_y / (1 - p_y)]
//! a_k      = -t_k p_k^{γ-} (1 + γ- ln p_k)
//! ```
//!
//! - `p = softmax(z)`; `γ-` (`gamma_neg`): 4; `γ+` (`gamma_pos`): 0; `ε` (`smoothing`): 0.1: defaults of the
//!   authors' code; the gradient goes through the factors `ω`
//! - the batch's loss is the mean
//!
//! Source: Ridnik, Ben-Baruch, Zamir, Noy, Friedman, Protter, Zelnik-Manor, *Asymmetric Loss For Multi-Label
//! Classification*, ICCV 2021, and the authors' code.
//! Trap: `p^γ ln p` is 0 · ∞ as `p` underflows; its limit is 0.

use nn::range::{NonNegative, UnitInterval};
use nn::{Matrix, Real, log_softmax_rows};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the asymmetric loss for single labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AsymmetricSingleLabel {
    /// Focusing exponent `γ-` of the other classes.
    pub gamma_neg: NonNegative,
    /// Focusing exponent `γ+` of the true class.
    pub gamma_pos: NonNegative,
    /// Share `ε` of the label that all classes have.
    pub smoothing: UnitInterval,
}

impl Default for AsymmetricSingleLabel {
    fn default() -> Self {
        AsymmetricSingleLabel {
            gamma_neg: NonNegative::new(4.0),
            gamma_pos: NonNegative::new(0.0),
            smoothing: UnitInterval::new(0.1),
        }
    }
}

impl Definition for AsymmetricSingleLabel {
    const CODE: &'static str = include_str!("asymmetric_single_label.rs");

    fn traits(&self) -> Traits {
        Traits::softmax(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        Ok(Box::new(Focused {
            gamma_neg: T::of(self.gamma_neg.get()),
            gamma_pos: T::of(self.gamma_pos.get()),
            smoothing: T::of(self.smoothing.get()),
            logarithms: Matrix::default(),
        }))
    }
}

struct Focused<T> {
    gamma_neg: T,
    gamma_pos: T,
    smoothing: T,
    logarithms: Matrix<T>,
}

impl<T: Real> Loss<T> for Focused<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        log_softmax_rows(batch.logits, &mut self.logarithms);
        let uniform = self.smoothing / T::of(batch.logits.n_columns() as f64);
        let mut rows = self.logarithms.rows();
        out.fill_softmax(batch, |true_class, y, gradient| {
            let ln_p = rows.next().expect("a row for each example");
            let weight = T::ONE - self.smoothing + uniform;
            let focus = true_class.rest.powf(self.gamma_pos);
            let mut loss = -weight * focus * true_class.ln_p;
            let slope = T::ONE - self.gamma_pos * true_class.p * true_class.ln_p_per_rest();
            let a_true = -weight * focus * slope;
            let mut sum = a_true;
            for (k, (a, &ln_p)) in gradient.iter_mut().zip(ln_p).enumerate() {
                if k == y {
                    *a = a_true;
                    continue;
                }
                let focus = (self.gamma_neg * ln_p).exp();
                // Where the factor underflows so does its product with the logarithm.
                let (term, slope) = if focus == T::ZERO {
                    (T::ZERO, T::ZERO)
                } else {
                    (focus * ln_p, focus * (T::ONE + self.gamma_neg * ln_p))
                };
                loss -= uniform * term;
                *a = -uniform * slope;
                sum += *a;
            }
            // a_j - p_j Σ a: the true class's own share is summed from the others as p_y → 1.
            let others = sum - a_true;
            for (k, (a, &ln_p)) in gradient.iter_mut().zip(ln_p).enumerate() {
                if k == y {
                    *a = a_true * true_class.rest - true_class.p * others;
                } else {
                    *a -= ln_p.exp() * sum;
                }
            }
            loss
        });
    }
}
