//! Bi-tempered logistic loss: a softmax with heavy tails under a logarithm that is bounded, against wrong
//! labels near the boundary and far from it.
//!
//! ```text
//! log_t(x) = (x^{1-t} - 1) / (1 - t)      exp_t(x) = [1 + (1 - t) x]_+^{1/(1-t)}      ln and exp at t = 1
//! P        = exp_{t2}(z - λ),  λ such that Σ_k P_k = 1
//! L        = Σ_k y_k (log_{t1} y_k - log_{t1} P_k) - (y_k^{2-t1} - P_k^{2-t1}) / (2 - t1)
//!          = Σ_k y_k^{2-t1} [expm1((2 - t1) r_k) / (2 - t1) - expm1((1 - t1) r_k) / (1 - t1)]
//!                                         r_k = ln P_k - ln y_k; P_k^{2-t1} / (2 - t1) where y_k = 0
//! dL/dz_k  = δ_k (1 - e_k) - e_k Σ_{j ≠ k} δ_j          δ_k = (P_k - y_k) P_k^{t2-t1}
//!                                         e_k = P_k^{t2} / Σ_j P_j^{t2}
//! y        = (1 - ε K / (K - 1)) e_y + ε / (K - 1)
//! ```
//!
//! - `t1`: 0.8, at most 1; `t2`: 1.3, at least `t1`: the paper's; both 1 is cross-entropy
//! - `ε` (`smoothing`): 0, the share of the label that the others have
//! - `λ` is iterated to convergence, not for the five rounds of the published default
//! - `P` predicts; the batch's loss is the mean
//!
//! Source: Amid, Warmuth, Anil, Koren, *Robust Bi-Tempered Logistic Loss Based on Bregman Divergences*,
//! NeurIPS 2019.
//! Trap: below `t2 = 1` classes far behind have no probability at all, and no gradient. Below `t1 = 1` a single loss is at most `1 / (1 - t1)`: an example that is very wrong pulls less.

use nn::Real;
use nn::range::{Positive, UnitInterval};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::losses::definition::{Built, Definition};
use crate::losses::tempered_softmax::{log_t, tempered_log_softmax};
use crate::losses::{Batch, Loss, PerExample, Readout, Traits};
use crate::setting::{ClassCounts, Setting};

/// Parameters of the bi-tempered logistic loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BiTempered {
    /// Temperature of the logarithm, at most 1.
    pub t1: UnitInterval,
    /// Temperature of the softmax, at least `t1`.
    pub t2: Positive,
    /// Share `ε` of the label that each example's other classes have together, at most `(K - 1) / K`.
    pub smoothing: UnitInterval,
}

impl Default for BiTempered {
    fn default() -> Self {
        BiTempered {
            t1: UnitInterval::new(0.8),
            t2: Positive::new(1.3),
            smoothing: UnitInterval::new(0.0),
        }
    }
}

impl Definition for BiTempered {
    const CODE: &'static str = include_str!("bi_tempered.rs");

    fn traits(&self) -> Traits {
        Traits::softmax(2)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        if self.t2.get() < self.t1.get() {
            return Err(MethodError::Temperatures { t1: self.t1.get(), t2: self.t2.get() });
        }
        Ok(Box::new(Tempered {
            t1: self.t1.get(),
            t2: self.t2.get(),
            smoothing: self.smoothing.get(),
            logits: Vec::new(),
            logarithms: Vec::new(),
            deltas: Vec::new(),
            escorts: Vec::new(),
        }))
    }

    fn readout(&self, _: &ClassCounts) -> Result<Readout, MethodError> {
        Ok(Readout { temperature: self.t2.get(), ..self.traits().readout() })
    }

    fn not_twice(&self) -> Option<&'static str> {
        Some("solves for its probabilities in 64 bits")
    }
}

/// Works in 64 bits throughout: the iteration loses what 32 hold.
struct Tempered {
    t1: f64,
    t2: f64,
    smoothing: f64,
    logits: Vec<f64>,
    /// `ln P`.
    logarithms: Vec<f64>,
    /// `δ`.
    deltas: Vec<f64>,
    /// `e`.
    escorts: Vec<f64>,
}

impl<T: Real> Loss<T> for Tempered {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Tempered { t1, t2, smoothing, logits, logarithms, deltas, escorts } = self;
        let (t1, t2) = (*t1, *t2);
        let n_classes = batch.logits.n_columns() as f64;
        let mut rows = batch.logits.rows();
        let other = *smoothing / (n_classes - 1.0).max(1.0);
        let own = 1.0 - *smoothing * n_classes / (n_classes - 1.0).max(1.0) + other;
        out.fill_softmax(batch, |true_class, y, gradient| {
            let row = rows.next().expect("a row for each example");
            if t1 == 1.0 && t2 == 1.0 && *smoothing == 0.0 {
                return -true_class.ln_p;
            }
            logits.clear();
            logits.extend(row.iter().map(|z| z.to_f64()));
            tempered_log_softmax(logits, t2, logarithms);
            let mut loss = 0.0;
            deltas.clear();
            for (k, &ln_p) in logarithms.iter().enumerate() {
                let label = if k == y { own } else { other };
                loss += divergence(label, ln_p, t1);
                // P - 1 without a difference.
                let above = if label == 1.0 { libm::expm1(ln_p) } else { libm::exp(ln_p) - label };
                deltas.push(above * power(ln_p, t2 - t1));
            }
            escorts.clear();
            escorts.extend(logarithms.iter().map(|&ln_p| power(ln_p, t2)));
            let total: f64 = escorts.iter().sum();
            escorts.iter_mut().for_each(|e| *e /= total);
            let sum: f64 = deltas.iter().sum();
            for (k, slope) in gradient.iter_mut().enumerate() {
                let (delta, e) = (deltas[k], escorts[k]);
                // A class that is nearly certain would cancel against itself.
                *slope = T::of(if 0.5 < e {
                    delta * sum_of_others(escorts, k) - e * sum_of_others(deltas, k)
                } else {
                    delta - e * sum
                });
            }
            T::of(loss)
        });
    }
}

fn sum_of_others(values: &[f64], k: usize) -> f64 {
    values[..k].iter().chain(&values[k + 1..]).sum()
}

/// `y (log_t y - log_t p) - (y^{2-t} - p^{2-t}) / (2 - t)`.
fn divergence(y: f64, ln_p: f64, t: f64) -> f64 {
    if y == 0.0 {
        return power(ln_p, 2.0 - t) / (2.0 - t);
    }
    let ln_y = libm::log(y);
    power(ln_y, 2.0 - t) * difference_of_powers(ln_p - ln_y, t)
}

/// `expm1((2 - t) r) / (2 - t) - expm1((1 - t) r) / (1 - t)`; near `r = 0` its series, as both are `r` there:
///
/// ```text
/// Σ_{n ≥ 2} [(2 - t)^{n-1} - (1 - t)^{n-1}] r^n / n!
/// ```
fn difference_of_powers(r: f64, t: f64) -> f64 {
    if 0.5 <= r.abs() || r.is_nan() {
        return log_t(r, t - 1.0) - log_t(r, t);
    }
    let (mut high, mut low, mut sum) = (r, r, 0.0);
    // Twenty terms: the next is below 1e-19 of the first.
    for n in 2..=20 {
        let n = f64::from(n);
        high *= (2.0 - t) * r / n;
        low *= (1.0 - t) * r / n;
        sum += high - low;
    }
    sum
}

/// `p^exponent`.
fn power(ln_p: f64, exponent: f64) -> f64 {
    if exponent == 0.0 { 1.0 } else { libm::exp(exponent * ln_p) }
}
