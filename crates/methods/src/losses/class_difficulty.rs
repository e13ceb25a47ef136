//! Class-difficulty balanced loss: cross-entropy in which a class counts by how badly it is recognised on the
//! validation part.
//!
//! ```text
//! L        = -w_y ln p_y                 w_k ∝ d_k^τ, Σ_k w_k = K
//! dL/dz_k  =  w_y (p_k - [k = y])        d_k = 1 - share of the validation examples of class k that are right
//! dynamic    τ = σ(bias),  bias = (1 - min d) / (1 - max d + 0.01)
//! ```
//!
//! - `d`: after each epoch; before the first all classes count alike, as they do when every class is
//!   recognised; a class without validation examples has the mean difficulty
//! - `τ` (`tau`): 1; `dynamic`: false; true sets `τ` from the spread of the difficulties
//! - the batch's loss is the mean over examples
//!
//! Source: Sinha, Ohashi, Nakamura, *Class-Wise Difficulty-Balanced Loss for Solving Class-Imbalance*, ACCV
//! 2020, and the authors' code.
//! Trap: it learns from the validation part, which also picks the epoch: `protocol.validation` must not be 0.
//! Trap: under `l2rw` the weight of a class comes in twice, and a class that was missed pulls ever harder: on
//! `dermatology` the largest logit after 40 epochs at rate 0.05 was 430,000 against 21 without, at 0.005 it was 10.

use nn::Real;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Epoch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the class-difficulty balanced loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClassDifficulty {
    /// Exponent `τ` of the difficulties.
    pub tau: NonNegative,
    /// Whether the exponent follows from the difficulties.
    pub dynamic: bool,
}

impl Default for ClassDifficulty {
    fn default() -> Self {
        ClassDifficulty { tau: NonNegative::new(1.0), dynamic: false }
    }
}

impl Definition for ClassDifficulty {
    const CODE: &'static str = include_str!("class_difficulty.rs");

    fn traits(&self) -> Traits {
        Traits { reads_recalls: true, ..Traits::softmax(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let weights = vec![T::ONE; setting.counts.n_classes()];
        Ok(Box::new(Difficulty { parameters: self.clone(), weights }))
    }
}

struct Difficulty<T> {
    parameters: ClassDifficulty,
    /// `[n_classes]`.
    weights: Vec<T>,
}

impl<T: Real> Loss<T> for Difficulty<T> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        let known: Vec<f64> = epoch.recalls.iter().flatten().map(|recall| 1.0 - recall).collect();
        let total: f64 = known.iter().sum();
        if total == 0.0 {
            self.weights.fill(T::ONE);
            return;
        }
        let mean = total / known.len() as f64;
        let hardest = known.iter().copied().fold(0.0, f64::max);
        let easiest = known.iter().copied().fold(1.0, f64::min);
        let tau = if self.parameters.dynamic {
            ((1.0 - easiest) / (1.0 - hardest + 0.01)).sigmoid()
        } else {
            self.parameters.tau.get()
        };
        let power = |recall: &Option<f64>| libm::pow(recall.map_or(mean, |r| 1.0 - r), tau);
        let powers: Vec<f64> = epoch.recalls.iter().map(power).collect();
        let scale = powers.len() as f64 / powers.iter().sum::<f64>();
        for (weight, power) in self.weights.iter_mut().zip(powers) {
            *weight = T::of(power * scale);
        }
    }

    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        out.fill_softmax(batch, |true_class, _, _| -true_class.ln_p);
        out.weigh_classes(batch.targets, &self.weights);
    }
}
