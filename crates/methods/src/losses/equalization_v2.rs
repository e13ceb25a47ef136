//! Equalization loss v2: binary cross-entropy that evens out, class by class, the gradients for and against
//! it so far.
//!
//! ```text
//! L_i      = Σ_k w_ik ln(1 + e^{-s_ik z_ik})
//! dL/dz_ik = w_ik (σ(z_ik) - y_ik)
//! w_ik     = 1 + α (1 - f(r_k))   where y_ik = 1,   f(r_k)  where y_ik = 0
//! f(r)     = σ(γ (r - μ))                r_k = P_k / (N_k + 1e-10), 100 before the first batch
//! P_k, N_k ←  + Σ_i |dL/dz_ik| over y_ik = 1 and y_ik = 0, after the batch
//! ```
//!
//! - `γ` (`gamma`): 12, `μ` (`mu`): 0.8, `α` (`alpha`): 4: the paper's
//! - weights are those of the state before the batch; the state never decays
//! - the sigmoids of a fresh network say 0.001 (`prior`), the authors' configuration
//! - two classes share one logit, that of class 1; the batch's loss is the mean over examples
//!
//! Source: Tan, Lu, Zhang, Yin, Li, *Equalization Loss v2: A New Gradient Balance Approach for Long-tailed
//! Object Detection*, CVPR 2021.
//! Trap: a class that has met no negative yet keeps `r` very large, and so its full weight.

use nn::Real;
use nn::range::{Finite, NonNegative, OpenUnit};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition, InitialProbability};
use crate::losses::per_example::binary_cross_entropy;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the equalization loss v2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EqualizationV2 {
    /// Steepness `γ` of the weights.
    pub gamma: NonNegative,
    /// Ratio `μ` at which a negative has half its weight.
    pub mu: Finite,
    /// How much `α` more a positive can weigh.
    pub alpha: NonNegative,
    /// What the sigmoids of a fresh network say.
    pub prior: OpenUnit,
}

impl Default for EqualizationV2 {
    fn default() -> Self {
        EqualizationV2 {
            gamma: NonNegative::new(12.0),
            mu: Finite::new(0.8),
            alpha: NonNegative::new(4.0),
            prior: OpenUnit::new(0.001),
        }
    }
}

impl Definition for EqualizationV2 {
    const CODE: &'static str = include_str!("equalization_v2.rs");

    fn traits(&self) -> Traits {
        Traits { start: InitialProbability::Given(self.prior.get()), ..Traits::sigmoid(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        Ok(Box::new(GradientBalance::new(self, setting.counts.n_classes())))
    }

    fn beyond_its_label(&self) -> Option<&'static str> {
        Some("remembers what it has seen under the true labels")
    }
}

/// The gradients of each class so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradientSums {
    /// `P_k`, `[n_classes]`.
    pub positive: Vec<f64>,
    /// `N_k`, `[n_classes]`.
    pub negative: Vec<f64>,
    /// `r_k`, `[n_classes]`.
    pub ratio: Vec<f64>,
}

/// The equalization loss v2 with its state.
#[derive(Clone, Debug)]
pub struct GradientBalance {
    gamma: f64,
    mu: f64,
    alpha: f64,
    state: GradientSums,
}

impl GradientBalance {
    /// The loss before its first batch.
    pub fn new(parameters: &EqualizationV2, n_classes: usize) -> Self {
        GradientBalance {
            gamma: parameters.gamma.get(),
            mu: parameters.mu.get(),
            alpha: parameters.alpha.get(),
            state: GradientSums {
                positive: vec![0.0; n_classes],
                negative: vec![0.0; n_classes],
                ratio: vec![100.0; n_classes],
            },
        }
    }

    /// The sums after the last batch.
    pub fn state(&self) -> &GradientSums {
        &self.state
    }

    /// Weights of a negative and of a positive of each class, `[n_classes]`.
    fn weights<T: Real>(&self) -> Vec<[T; 2]> {
        let weights = |&ratio: &f64| {
            let negative = (self.gamma * (ratio - self.mu)).sigmoid();
            [negative, 1.0 + self.alpha * (1.0 - negative)].map(T::of)
        };
        self.state.ratio.iter().map(weights).collect()
    }
}

impl<T: Real> Loss<T> for GradientBalance {
    /// Columns beyond the classes, as a detector's objectness, count fully and are not remembered.
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let weights = self.weights::<T>();
        let GradientSums { positive, negative, ratio } = &mut self.state;
        out.fill_sigmoid(batch, |z, element| {
            let (loss, slope) = binary_cross_entropy(z, element.positive);
            let Some(weights) = weights.get(element.column) else { return (loss, slope) };
            let weight = weights[usize::from(element.positive)];
            let sums = if element.positive { &mut *positive } else { &mut *negative };
            sums[element.column] += (weight * slope).abs().to_f64();
            (weight * loss, weight * slope)
        });
        for ((ratio, p), n) in ratio.iter_mut().zip(positive).zip(negative) {
            // A class whose logit no network has, as class 0 of two, has no gradients.
            if 0.0 < *p + *n {
                *ratio = *p / (*n + 1e-10);
            }
        }
    }
}
