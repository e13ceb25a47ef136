//! Class-balanced loss: a class counts by its effective number of examples, of which overlap takes a
//! share.
//!
//! ```text
//! E_k = (1 - β^{n_k}) / (1 - β)          w_k ∝ 1 / E_k, Σ_k w_k = K
//! softmax   L = -w_y ln p_y
//! sigmoid   L = w_y Σ_k ln(1 + e^{-s_k z_k})
//! focal     L = -w_y Σ_k (1 - p_k)^γ ln p_k      p_k = σ(s_k z_k), s_k = 2[k = y] - 1
//! ```
//!
//! - `n_k`: training examples of class `k`; `β` (`beta`): 0.9999, the paper's best on long-tailed
//!   CIFAR-10; 0 weighs all alike
//! - `form`: `focal`; `γ` (`gamma`): 1, the authors' code
//! - the weight of the true class multiplies all terms of an example; the batch's loss is the mean over
//!   examples in every form
//! - the sigmoids of a fresh network say `1 / K`, as the paper asks
//!
//! Source: Cui, Jia, Lin, Song, Belongie, *Class-Balanced Loss Based on Effective Number of Samples*,
//! CVPR 2019.
//! Trap: the softmax form divides by the number of examples, not by the sum of their weights, as
//! PyTorch's weighted cross-entropy does.

use nn::Real;
use nn::range::{BelowOne, NonNegative};
use serde::{Deserialize, Serialize};

use crate::losses::class_weights::{ClassWeights, EffectiveNumber};
use crate::losses::definition::{Built, Definition, InitialProbability, reals};
use crate::losses::focal::focal_element;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the class-balanced loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClassBalanced {
    /// What is weighed.
    pub form: ClassBalancedForm,
    /// `β`, below 1.
    pub beta: BelowOne,
    /// Focusing exponent of the focal form.
    pub gamma: NonNegative,
}

impl Default for ClassBalanced {
    fn default() -> Self {
        ClassBalanced {
            form: ClassBalancedForm::Focal,
            beta: BelowOne::new(0.9999),
            gamma: NonNegative::new(1.0),
        }
    }
}

/// What a class-balanced loss weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassBalancedForm {
    /// Softmax cross-entropy.
    Softmax,
    /// Binary cross-entropy, one against the rest.
    Sigmoid,
    /// Focal loss, one against the rest.
    Focal,
}

impl Definition for ClassBalanced {
    const CODE: &'static str = include_str!("class_balanced.rs");

    fn traits(&self) -> Traits {
        let traits = match self.form {
            ClassBalancedForm::Softmax => Traits::softmax(1),
            _ => Traits { start: InitialProbability::OneClassInAll, ..Traits::sigmoid(1) },
        };
        Traits { reads_counts: true, ..traits }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let scheme = ClassWeights::EffectiveNumber(EffectiveNumber { beta: self.beta });
        let weights = reals(scheme.weights(setting.counts)?);
        let gamma = match self.form {
            ClassBalancedForm::Focal => self.gamma.get(),
            _ => 0.0,
        };
        Ok(Box::new(Balanced { form: self.form, gamma: T::of(gamma), weights }))
    }
}

struct Balanced<T> {
    form: ClassBalancedForm,
    gamma: T,
    /// `[n_classes]`.
    weights: Vec<T>,
}

impl<T: Real> Loss<T> for Balanced<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        match self.form {
            ClassBalancedForm::Softmax => {
                out.fill_softmax(batch, |true_class, _, _| -true_class.ln_p);
            }
            _ => out.fill_sigmoid(batch, |z, element| {
                focal_element(z, element.positive, T::ONE, self.gamma)
            }),
        }
        out.weigh_classes(batch.targets, &self.weights);
    }
}
