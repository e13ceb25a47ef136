//! Proxy-anchor loss: each class's proxy is an anchor, and pulls and pushes all examples of the batch at once.
//!
//! ```text
//! L       = 1/|P⁺| Σ_{k in P⁺} ln(1 + Σ_{i: y_i = k} e^{-α (c_ik - δ)}) + 1/K Σ_k ln(1 + Σ_{i: y_i ≠ k} e^{α (c_ik + δ)})
//! dL/dc_ik = -α/|P⁺| q_ik where y_i = k,   α/K q_ik elsewhere
//! ```
//!
//! - `c`: cosines between embeddings and proxies, `[n_examples, n_classes]`: the harness gives the network a head of cosines
//!   without biases, whose columns are the proxies; `P⁺`: classes that the batch has; `q`: `e^.` over 1 plus its sum
//! - `alpha` (`α`): 32, `margin` (`δ`): 0.1 (both the authors')
//! - `α c` predicts
//! - a loss of whole batches: it has no single examples to mine or to weigh
//! - a class without a training row, as of a split by classes, has no proxy: it pushes nothing, and is none of the `K`
//! - a class that the batch lacks pushes alone; a batch of none has a loss of 0
//!
//! Source: Kim, Kim, Cho, Kwak, *Proxy Anchor Loss for Deep Metric Learning*, CVPR 2020.
//! Differs: the authors' code has another value for two classes, and none that is a number for one; here the formula holds.
//! Trap: a batch of few examples shows a proxy few of its own: the slopes of rare classes come from negatives alone.

use nn::range::{Finite, Positive};
use nn::{Head, Real};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition, Level};
use crate::losses::log_sum::log_sum;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the proxy-anchor loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProxyAnchor {
    /// Sharpness `α`; default 32.
    pub alpha: Positive,
    /// Margin `δ`; default 0.1.
    pub margin: Finite,
}

impl Default for ProxyAnchor {
    fn default() -> Self {
        ProxyAnchor { alpha: Positive::new(32.0), margin: Finite::new(0.1) }
    }
}

impl Definition for ProxyAnchor {
    const CODE: &'static str = include_str!("proxy_anchor.rs");

    fn traits(&self) -> Traits {
        let scale = self.alpha.get();
        Traits { scale, level: Level::Batch, head: Head::Cosine, ..Traits::softmax(2) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        Ok(Box::new(Anchors {
            without_rows: setting.counts.without_rows().collect(),
            alpha: T::of(self.alpha.get()),
            margin: T::of(self.margin.get()),
            near: Vec::new(),
            far: Vec::new(),
        }))
    }
}

/// The proxy-anchor loss with its workspace: the exponents of a proxy's negatives and of its positives.
struct Anchors<T> {
    alpha: T,
    margin: T,
    /// Classes that have no proxy.
    without_rows: Vec<usize>,
    near: Vec<T>,
    far: Vec<T>,
}

impl<T: Real> Loss<T> for Anchors<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Anchors { alpha, margin, without_rows, near, far } = self;
        let (alpha, margin) = (*alpha, *margin);
        let (c, targets) = (batch.logits, batch.targets);
        let n_classes = c.n_columns();
        let n_present = (0..n_classes as u32).filter(|k| targets.contains(k)).count();
        let pull = T::ONE / T::of(n_present.max(1) as f64);
        let has_proxy = |k: usize| !without_rows.contains(&k) || targets.contains(&(k as u32));
        let n_proxies = (0..n_classes).filter(|&k| has_proxy(k)).count();
        let push = T::ONE / T::of(n_proxies.max(1) as f64);
        out.gradient.reshape(c.n_rows(), n_classes);
        out.gradient.values_mut().fill(T::ZERO);
        let mut loss = T::ZERO;
        for k in (0..n_classes).filter(|&k| has_proxy(k)) {
            let is_own = |y: &u32| *y as usize == k;
            near.clear();
            far.clear();
            for (row, y) in c.rows().zip(targets) {
                if is_own(y) {
                    far.push(-alpha * (row[k] - margin));
                } else {
                    near.push(alpha * (row[k] + margin));
                }
            }
            near.push(T::ZERO);
            far.push(T::ZERO);
            loss += pull * log_sum(far) + push * log_sum(near);
            let (mut near, mut far) = (near.iter(), far.iter());
            for (slopes, y) in out.gradient.rows_mut().zip(targets) {
                let (share, weight) = if is_own(y) {
                    (far.next(), -alpha * pull)
                } else {
                    (near.next(), alpha * push)
                };
                slopes[k] = weight * share.copied().unwrap_or(T::ZERO);
            }
        }
        out.fill_batch(loss);
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;

    use crate::losses::per_example::testing::{TARGETS, evaluate, logits};

    #[test]
    fn classes_that_a_batch_lacks_push_alone() {
        let cosines = Matrix::from_rows(&[[0.5, 0.0, -0.2], [0.1, 0.2, 0.0]]);
        let ours = evaluate("proxy_anchor = { alpha = 2, margin = 0 }", &cosines, &[0, 0]);
        let ln_1p = |x: f64| libm::log1p(x);
        let pulled = ln_1p(libm::exp(-1.0) + libm::exp(-0.2));
        let pushed = ln_1p(1.0 + libm::exp(0.4)) + ln_1p(libm::exp(-0.4) + 1.0);
        assert!((ours.losses[0] - (pulled + pushed / 3.0)).abs() < 1e-14);
        assert!(ours.gradient.rows().all(|row| row[0] < 0.0 && 0.0 < row[1] && 0.0 < row[2]));
    }

    #[test]
    fn a_batch_of_none_has_no_loss() {
        let ours = evaluate("proxy_anchor = {}", &Matrix::zeros(0, 3), &[]);
        assert_eq!((ours.losses.len(), ours.mass.len()), (0, 0));
    }

    #[test]
    fn it_is_finite_however_far_out_logits_are() {
        let mut far = logits();
        far.values_mut().iter_mut().for_each(|z| *z *= 1e3);
        let ours = evaluate("proxy_anchor = {}", &far, &TARGETS);
        assert!(ours.losses[0].is_finite() && ours.gradient.values().iter().all(|g| g.is_finite()));
    }
}
