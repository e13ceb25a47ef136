//! Influence-balanced loss: cross-entropy in which an example counts less the more it would move the last
//! layer.
//!
//! ```text
//! L        = -w_i ln p_y                 w_i = α λ_y / (‖p - e_y‖₁ ‖h‖₁ + ε),  ‖p - e_y‖₁ = 2 (1 - p_y)
//! dL/dz_k  =  w_i (p_k - [k = y])        with w_i held constant (`detach_weight`)
//! ```
//!
//! - `h`: the last hidden activations (the features of a linear model), `[width]`
//! - `λ`: weights of the classes by `scheme` (`inverse`, of mean 1)
//! - `α` (`alpha`): 10, which is the authors' 1000 at the hundredth of the learning rate they then take;
//!   `ε` (`epsilon`): 0.001
//! - `start`: 0.5, the share of the epochs before which it is plain cross-entropy: 100 of 200; no
//!   epoch before it is picked as the best
//! - `detach_weight`: true, as the paper has it; false lets the gradient through `w`, to the logits and to
//!   `h`, which is what the authors' code does, and another method: examples that are nearly right then
//!   have almost no gradient
//! - the batch's loss is the mean
//!
//! Source: Park, Lim, Jeon, Choi, *Influence-Balanced Loss for Imbalanced Visual Classification*, ICCV 2021.
//! Trap: held constant, the gradient of every example that is not yet right has about the same length.

use nn::Real;
use nn::range::{Positive, UnitInterval};
use serde::{Deserialize, Serialize};

use crate::losses::class_weights::ClassWeights;
use crate::losses::definition::{Built, Definition, reals};
use crate::losses::per_example::scale;
use crate::losses::{Batch, Epoch, Loss, PerExample, Traits};
use crate::named;
use crate::setting::Setting;

/// Parameters of the influence-balanced loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InfluenceBalanced {
    /// Factor `α` of all weights.
    pub alpha: Positive,
    /// Added to the influence, `ε`.
    pub epsilon: Positive,
    /// How the classes' weights follow from their counts.
    #[serde(deserialize_with = "named::deserialize")]
    pub scheme: ClassWeights,
    /// Whether the weights are held constant.
    pub detach_weight: bool,
    /// Share of the epochs before which the loss is cross-entropy.
    pub start: UnitInterval,
}

impl Default for InfluenceBalanced {
    fn default() -> Self {
        InfluenceBalanced {
            alpha: Positive::new(10.0),
            epsilon: Positive::new(1e-3),
            scheme: ClassWeights::Inverse {},
            detach_weight: true,
            start: UnitInterval::new(0.5),
        }
    }
}

impl Definition for InfluenceBalanced {
    const CODE: &'static str = include_str!("influence_balanced.rs");

    fn traits(&self) -> Traits {
        let reads_counts = !self.scheme.are_given();
        Traits { reads_counts, acts_from: self.start.get(), ..Traits::softmax(2) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let classes = self.scheme.weights(setting.counts)?;
        Ok(Box::new(Influence {
            factors: reals(classes.iter().map(|lambda| self.alpha.get() * lambda)),
            epsilon: T::of(self.epsilon.get()),
            detach_weight: self.detach_weight,
            start: self.start.get(),
            balances: self.start.get() == 0.0,
        }))
    }

    fn has_given_weights(&self) -> bool {
        self.scheme.are_given()
    }

    fn reads_hidden(&self) -> bool {
        true
    }

    fn slopes_hidden(&self) -> bool {
        !self.detach_weight
    }

    fn beyond_its_label(&self) -> Option<&'static str> {
        Some("weighs an example by its activations and the distance to its true label")
    }
}

struct Influence<T> {
    /// `α λ_k`, `[n_classes]`.
    factors: Vec<T>,
    epsilon: T,
    detach_weight: bool,
    start: f64,
    balances: bool,
}

impl<T: Real> Loss<T> for Influence<T> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.balances = self.start <= epoch.progress;
    }

    /// Without hidden activations their length counts as 1.
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        if !self.balances {
            return out.fill_softmax(batch, |true_class, _, _| -true_class.ln_p);
        }
        let length = |i: usize| {
            batch.hidden.map_or(T::ONE, |hidden| hidden.row(i).iter().map(|h| h.abs()).sum::<T>())
        };
        let mut d_length = Vec::new();
        let mut i = 0;
        let two = T::of(2.0);
        out.fill_softmax(batch, |true_class, y, gradient| {
            let h = length(i);
            i += 1;
            let influence = two * true_class.rest * h + self.epsilon;
            let weight = self.factors[y] / influence;
            let loss = -weight * true_class.ln_p;
            if self.detach_weight {
                scale(gradient, weight);
            } else {
                scale(gradient, weight - loss * two * h * true_class.p / influence);
                d_length.push(-loss * two * true_class.rest / influence);
            }
            loss
        });
        if let (false, Some(hidden)) = (self.detach_weight, batch.hidden) {
            out.hidden_gradient.reshape(hidden.n_rows(), hidden.n_columns());
            for (i, &d) in d_length.iter().enumerate() {
                for (slope, &h) in out.hidden_gradient.row_mut(i).iter_mut().zip(hidden.row(i)) {
                    *slope = if T::ZERO < h {
                        d
                    } else if h < T::ZERO {
                        -d
                    } else {
                        T::ZERO
                    };
                }
            }
        }
    }
}
