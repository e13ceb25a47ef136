//! Seesaw loss: cross-entropy in which a rare class suffers less from examples of frequent classes, and more
//! where it was wrongly preferred.
//!
//! ```text
//! L        = -ln p̃_y                     p̃ = softmax(z + ln(M C)), no factor for y itself
//! dL/dz_k  =  p̃_k - [k = y]              M and C are constants
//! M_k      = min(1, N_k / N_y)^p         N: examples seen so far, at least 1, this batch included
//! C_k      = max(1, σ_k / max(σ_y, ε))^q    σ = softmax(z)
//! ```
//!
//! - `p`: 0.8; `q`: 2; `ε` (`eps`): 0.01: the paper's
//! - the network's own logits `z` predict
//! - the batch's loss is the mean over examples
//!
//! Source: Wang, Zhang, Zang, Cao, Pang, Gong, Chen, Liu, Loy, Lin, *Seesaw Loss for Long-Tailed Instance
//! Segmentation*, CVPR 2021.
//! Differs: the normalised linear head and the objectness branch of the detector are not used here.
//! Trap: the counts are of what was sampled, not of the training part.

use nn::range::{NonNegative, OpenUnit};
use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of seesaw loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seesaw {
    /// Exponent of the mitigation factor.
    pub p: NonNegative,
    /// Exponent of the compensation factor.
    pub q: NonNegative,
    /// Least probability of the true class in the compensation factor.
    pub eps: OpenUnit,
}

impl Default for Seesaw {
    fn default() -> Self {
        Seesaw { p: NonNegative::new(0.8), q: NonNegative::new(2.0), eps: OpenUnit::new(0.01) }
    }
}

impl Definition for Seesaw {
    const CODE: &'static str = include_str!("seesaw.rs");

    fn traits(&self) -> Traits {
        Traits::softmax(1)
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        Ok(Box::new(Balancing {
            p: self.p.get(),
            q: T::of(self.q.get()),
            ln_eps: T::of(libm::log(self.eps.get())),
            seen: vec![0.0; setting.counts.n_classes()],
            mitigation: Vec::new(),
            probabilities: Matrix::default(),
        }))
    }

    fn beyond_its_label(&self) -> Option<&'static str> {
        Some("remembers what it has seen under the true labels")
    }
}

struct Balancing<T> {
    p: f64,
    q: T,
    ln_eps: T,
    /// Examples of each class so far.
    seen: Vec<f64>,
    /// `ln M`, row `y`, column `k`.
    mitigation: Vec<T>,
    probabilities: Matrix<T>,
}

impl<T: Real> Balancing<T> {
    fn count(&mut self, targets: &[u32]) {
        for &y in targets {
            self.seen[y as usize] += 1.0;
        }
        let seen = || self.seen.iter().map(|n| n.max(1.0));
        self.mitigation.clear();
        for n_y in seen() {
            let ln = |n: f64| T::of(if n < n_y { self.p * libm::log(n / n_y) } else { 0.0 });
            self.mitigation.extend(seen().map(ln));
        }
    }
}

impl<T: Real> Loss<T> for Balancing<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        self.count(batch.targets);
        nn::log_softmax_rows(batch.logits, &mut self.probabilities);
        let n_classes = self.seen.len();
        let mut rows = self.probabilities.rows();
        let adjust = |y: usize, logits: &mut [T]| {
            let Some(ln_p) = rows.next() else { return };
            let ln_true = ln_p[y].max(self.ln_eps);
            let mitigation = &self.mitigation[y * n_classes..][..n_classes];
            for (k, (z, (&ln_p, &ln_m))) in
                logits.iter_mut().zip(ln_p.iter().zip(mitigation)).enumerate()
            {
                if k != y {
                    *z += ln_m + self.q * (ln_p - ln_true).max(T::ZERO);
                }
            }
        };
        out.fill_adjusted(batch, adjust, |true_class, _, _| -true_class.ln_p);
    }
}
