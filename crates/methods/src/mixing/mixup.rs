//! mixup: every example is blended with another of its batch, and so is its label.
//!
//! ```text
//! λ ~ Beta(α, α)                          one a batch
//! x̃_i = λ x_i + (1 - λ) x_{π(i)}          π a random permutation of the batch
//! ℓ̃_i = λ ℓ(z_i, y_i) + (1 - λ) ℓ(z_i, y_{π(i)})
//! ```
//!
//! - `x`: features of a batch, `[n_examples, n_features]`; `z`: the network's logits of `x̃`; `y`: classes
//! - `ℓ`: the loss, whatever it is, as long as it is a function of logits and label; its slopes, and what each example
//!   adds to the divisor of a mean, are blended alike
//! - `alpha`: 0.2, from the range of 0.1 to 0.4 that the authors found best on ImageNet; their code for CIFAR has 1.
//!   Small ones leave most batches nearly as they are
//!
//! Source: Zhang, Cissé, Dauphin, Lopez-Paz, *mixup: Beyond Empirical Risk Minimization*, ICLR 2018, and the authors' code
//! facebookresearch/mixup-cifar10 (`train.py`), which draws one `λ` a batch too.
//! Differs: nothing for a mean over a batch. Where examples are mined or weighed, each brings its blended loss.
//! Trap: methods that ask for the class of an example (miners that keep positives, controls within classes) see its own,
//! `y_i`, also where `λ` is small.
//! Trap: columns of a category become shares of two levels.

use nn::range::Positive;
use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::mixing::blender::Blender;
use crate::mixing::definition::Definition;
use crate::mixing::pixels::Pixels;
use crate::mixing::{Mixing, Mixture};
use crate::setting::Setting;

/// Parameters of mixup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mixup {
    /// Shape of the distribution of shares, above 0; default 0.2. At 1 it is uniform.
    pub alpha: Positive,
}

impl Default for Mixup {
    fn default() -> Self {
        Mixup { alpha: Positive::new(0.2) }
    }
}

impl<T: Real> Definition<T> for Mixup {
    fn code(&self) -> &'static str {
        include_str!("mixup.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(
        &self,
        setting: &Setting<'_>,
        _: Option<Pixels>,
    ) -> Result<Box<dyn Mixing<T>>, MethodError> {
        Ok(Box::new(Mixed { blender: Blender::new(self.alpha.get(), setting.streams) }))
    }
}

/// mixup with its workspace.
struct Mixed<T> {
    blender: Blender<T>,
}

impl<T: Real> Mixing<T> for Mixed<T> {
    fn mix(&mut self, features: &mut Matrix<T>, targets: &[u32], mixture: &mut Mixture<T>) {
        let (share, partners) = self.blender.blend(features);
        mixture.fill(partners.iter().map(|&partner| (targets[partner as usize], T::of(share))));
    }
}
