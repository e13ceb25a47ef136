//! The softmax with heavy tails, and the logarithm and the exponential that it is made of.
//!
//! ```text
//! log_t x = (x^{1-t} - 1) / (1 - t)        exp_t x = max(0, 1 + (1 - t) x)^{1 / (1 - t)}
//! P       = exp_t(z - λ),  Σ_k P_k = 1     λ is found anew for every example
//! ```
//!
//! At `t = 1` they are the logarithm, the exponential and the softmax. Source: Amid, Warmuth, Anil, Koren, *Robust
//! Bi-Tempered Logistic Loss Based on Bregman Divergences*, NeurIPS 2019.

/// `log_t x`, from `ln x`.
pub(crate) fn log_t(ln_x: f64, t: f64) -> f64 {
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

/// `ln P`. At `t = 1` and above by iteration, below by bisection, either for what the classes other than the
/// largest have, so that nothing of it is lost beside the largest:
///
/// ```text
/// z̃ ← (z - max z) Z^{1-t},  Z - 1 = Σ_{k ≠ top} exp_t(z̃_k)          λ = max z - log_t(1 / Z)
/// 1 - exp_t(max z - λ) = Σ_{k ≠ top} exp_t(z_k - λ)
/// ```
pub(crate) fn tempered_log_softmax(logits: &[f64], t: f64, out: &mut Vec<f64>) {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let top = logits.iter().position(|&z| z == largest).unwrap_or(0);
    let behind = |scale: f64, lambda: f64| -> f64 {
        let others = logits.iter().enumerate().filter(|(k, _)| *k != top);
        others.map(|(_, z)| libm::exp(ln_exp_t((z - largest) * scale - lambda, t))).sum()
    };
    let lambda = if t < 1.0 {
        by_bisection(|lambda| behind(1.0, lambda), logits.len(), t)
    } else {
        by_iteration(|scale| behind(scale, 0.0), t)
    };
    out.clear();
    out.extend(logits.iter().map(|z| ln_exp_t(z - largest - lambda, t)));
}

/// `λ` from what the others have at a scale of the logits.
fn by_iteration(behind: impl Fn(f64) -> f64, t: f64) -> f64 {
    let mut rest = behind(1.0);
    for _ in 0..1000 {
        let next = behind(libm::exp((1.0 - t) * libm::log1p(rest)));
        let settled = (next - rest).abs() <= 1e-15 * rest;
        rest = next;
        if settled {
            break;
        }
    }
    -log_t(-libm::log1p(rest), t)
}

/// `λ` from what the others have at a `λ`; to neighbouring numbers, however small they are.
fn by_bisection(behind: impl Fn(f64) -> f64, n_classes: usize, t: f64) -> f64 {
    if behind(0.0) == 0.0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, -log_t(-libm::log(n_classes as f64), t));
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || high <= middle || middle.is_nan() {
            return middle;
        }
        let missing = -libm::expm1(ln_exp_t(-middle, t));
        if missing <= behind(middle) { low = middle } else { high = middle }
    }
}
