//! Bi-tempered logistic loss: a softmax with heavy tails under a logarithm that is bounded, against wrong
//! labels near the boundary and far from it.
//!
//! ```text
//! log_t(x) = (x^{1-t} - 1) / (1 - t)      exp_t(x) = [1 + (1 - t) x]_+^{1/(1-t)}      ln and exp at t = 1
//! P        = exp_{t2}(z - λ),  λ such that Σ_k P_k = 1
//! L        = Σ_k y_k (log_{t1} y_k - log_{t1} P_k) - (y_k^{2-t1} - P_k^{2-t1}) / (2 - t1)
//! dL/dz    = δ - P^{t2} Σ_k δ_k / Σ_k P_k^{t2}          δ_k = (P_k - y_k) P_k^{t2-t1}
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
use crate::losses::{Batch, Loss, PerExample, Setting, Traits};

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
    fn traits(&self) -> Traits {
        Traits::softmax(1)
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
        }))
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
}

impl<T: Real> Loss<T> for Tempered {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Tempered { t1, t2, smoothing, logits, logarithms } = self;
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
            let (mut loss, mut sum_of_deltas, mut sum_of_escorts) = (0.0, 0.0, 0.0);
            for (k, (&ln_p, slope)) in logarithms.iter().zip(&mut *gradient).enumerate() {
                let label = if k == y { own } else { other };
                loss += divergence(label, ln_p, t1);
                let delta = (libm::exp(ln_p) - label) * power(ln_p, t2 - t1);
                *slope = T::of(delta);
                sum_of_deltas += delta;
                sum_of_escorts += power(ln_p, t2);
            }
            let share = sum_of_deltas / sum_of_escorts;
            for (slope, &ln_p) in gradient.iter_mut().zip(&*logarithms) {
                *slope -= T::of(power(ln_p, t2) * share);
            }
            T::of(loss)
        });
    }
}

/// `y (log_t y - log_t p) - (y^{2-t} - p^{2-t}) / (2 - t)`.
fn divergence(y: f64, ln_p: f64, t: f64) -> f64 {
    let powers = (libm::pow(y, 2.0 - t) - power(ln_p, 2.0 - t)) / (2.0 - t);
    if y == 0.0 { -powers } else { y * (log_t(libm::log(y), t) - log_t(ln_p, t)) - powers }
}

/// `p^exponent`.
fn power(ln_p: f64, exponent: f64) -> f64 {
    if exponent == 0.0 { 1.0 } else { libm::exp(exponent * ln_p) }
}

/// `log_t x`, from `ln x`.
fn log_t(ln_x: f64, t: f64) -> f64 {
    if t == 1.0 { ln_x } else { libm::expm1((1.0 - t) * ln_x) / (1.0 - t) }
}

/// `ln exp_t(x)`.
fn ln_exp_t(x: f64, t: f64) -> f64 {
    if t == 1.0 {
        x
    } else if (1.0 - t) * x <= -1.0 {
        f64::NEG_INFINITY
    } else {
        libm::log1p((1.0 - t) * x) / (1.0 - t)
    }
}

/// `P = exp_t(z - λ)` with `Σ P = 1`.
pub(crate) fn tempered_softmax(logits: &[f64], t: f64, out: &mut Vec<f64>) {
    tempered_log_softmax(logits, t, out);
    out.iter_mut().for_each(|p| *p = libm::exp(*p));
}

/// `ln P`. Above `t = 1` by iteration, below by bisection:
///
/// ```text
/// z̃ ← (z - max z) Z^{1-t},  Z = Σ_k exp_t(z̃_k)          λ = max z - log_t(1 / Z)
/// ```
fn tempered_log_softmax(logits: &[f64], t: f64, out: &mut Vec<f64>) {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lambda =
        if t < 1.0 { by_bisection(logits, largest, t) } else { by_iteration(logits, largest, t) };
    out.clear();
    out.extend(logits.iter().map(|z| ln_exp_t(z - largest - lambda, t)));
}

fn by_iteration(logits: &[f64], largest: f64, t: f64) -> f64 {
    let total = |scale: f64| {
        logits.iter().map(|z| libm::exp(ln_exp_t((z - largest) * scale, t))).sum::<f64>()
    };
    let mut z = total(1.0);
    for _ in 0..1000 {
        let next = total(libm::pow(z, 1.0 - t));
        let settled = (next - z).abs() <= 1e-15 * z;
        z = next;
        if settled {
            break;
        }
    }
    -log_t(-libm::log(z), t)
}

fn by_bisection(logits: &[f64], largest: f64, t: f64) -> f64 {
    let total = |lambda: f64| {
        logits.iter().map(|z| libm::exp(ln_exp_t(z - largest - lambda, t))).sum::<f64>()
    };
    let (mut low, mut high) = (0.0, -log_t(-libm::log(logits.len() as f64), t));
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if 1.0 <= total(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}
