//! LDAM: label-distribution-aware margins; a rare class has to win by a larger margin.
//!
//! ```text
//! L        = -ln p̃_y                     p̃ = softmax(S (z - m_y e_y))
//! dL/dz_k  =  S (p̃_k - [k = y])
//! m_k      ∝  n_k^{-1/4}                 max_k m_k = max_margin
//! ```
//!
//! - `z`: cosines, `[n_classes]`: the harness gives the network a head of cosines without biases
//! - `n_k`: training examples of class `k`, as they are sampled
//! - `max_margin`: 0.5; `scale` (`S`): 30: the authors' code
//! - `S z` predicts
//! - `head`: `cosine`; with `affine` the margins are small beside logits that know no bound
//! - the batch's loss is the mean over examples
//!
//! Source: Cao, Wei, Gaidon, Arechiga, Ma, *Learning Imbalanced Datasets with Label-Distribution-Aware Margin
//! Loss*, NeurIPS 2019. The paper's LDAM-DRW is `{ deferred_reweighting.loss = "ldam" }`.
//! Trap: the authors report the best epoch on the test set.

use nn::range::{NonNegative, Positive};
use nn::{Head, Real};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::losses::definition::{Built, Definition, reals};
use crate::losses::per_example::scale;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of LDAM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ldam {
    /// The margin of the rarest class.
    pub max_margin: NonNegative,
    /// Factor `S` of the cosines.
    pub scale: Positive,
    /// The last layer.
    pub head: Head,
}

impl Default for Ldam {
    fn default() -> Self {
        Ldam { max_margin: NonNegative::new(0.5), scale: Positive::new(30.0), head: Head::Cosine }
    }
}

impl Definition for Ldam {
    const CODE: &'static str = include_str!("ldam.rs");

    fn traits(&self) -> Traits {
        Traits {
            scale: self.scale.get(),
            head: self.head,
            reads_counts: true,
            ..Traits::softmax(1)
        }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let counts = setting.counts.get();
        if let Some(class) = counts.iter().position(|&n| n <= 0.0) {
            return Err(MethodError::EmptyClass { loss: "ldam", class });
        }
        let raw: Vec<f64> = counts.iter().map(|n| 1.0 / n.sqrt().sqrt()).collect();
        let largest = raw.iter().copied().fold(0.0, f64::max);
        let margins = raw.iter().map(|m| m * (self.max_margin.get() / largest));
        Ok(Box::new(Margins { margins: reals(margins), scale: T::of(self.scale.get()) }))
    }

    /// Weights that join its margins late are how it was published.
    fn moves_the_balance(&self) -> bool {
        false
    }
}

struct Margins<T> {
    /// `m_k`, `[n_classes]`.
    margins: Vec<T>,
    scale: T,
}

impl<T: Real> Loss<T> for Margins<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let margin = |y: usize, logits: &mut [T]| {
            logits[y] -= self.margins[y];
            scale(logits, self.scale);
        };
        out.fill_adjusted(batch, margin, |true_class, _, gradient| {
            scale(gradient, self.scale);
            -true_class.ln_p
        });
    }
}
