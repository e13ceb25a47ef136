//! Remix: mixup whose label leans to the rarer of the two classes.
//!
//! ```text
//! λ ~ Beta(α, α)                          one a batch
//! x̃_i = λ x_i + (1 - λ) x_j,              j = π(i), π a random permutation of the batch
//! λ_i = 0   if n_i / n_j ≥ κ and λ < τ
//!       1   if n_j / n_i ≥ κ and 1 - λ < τ
//!       λ   else
//! ℓ̃_i = λ_i ℓ(z_i, y_i) + (1 - λ_i) ℓ(z_i, y_j)
//! ```
//!
//! - `x`: features of a batch, `[n_examples, n_features]`; `z`: the network's logits of `x̃`; `y`: classes; `ℓ`: the loss,
//!   as in `mixup`
//! - `n_i`: number of training examples of the class `y_i`, as they are sampled
//! - `kappa`: 3, how much larger a class has to be; `tau`: 0.5, the share of the rarer example has to be above
//!   `1 - tau`; `alpha`: 1, the authors' for CIFAR (0.2 for iNaturalist)
//!
//! Source: Chou, Chang, Pan, Wei, Juan, *Remix: Rebalanced Mixup*, ECCV Workshops 2020; the code in
//! ntucllab/imbalanced-DL (`_remix_drw.py`), which draws one `λ` a batch too.
//! Differs: that code weighs classes from epoch 160 on; here that is a loss (`deferred_reweighting`).
//! Differs: under a weighted mean the divisor is the sum of the blended class weights; that code divides by the number of
//! examples.
//! Trap: sampling that shows all classes equally often leaves nothing to lean to: it is `mixup` then.

use nn::range::{AboveOne, Positive, UnitInterval};
use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::mixing::blender::Blender;
use crate::mixing::definition::Definition;
use crate::mixing::pixels::Pixels;
use crate::mixing::{Mixing, Mixture};
use crate::setting::{ClassCounts, Setting};

/// Parameters of Remix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Remix {
    /// Shape of the distribution of shares, above 0; default 1, at which it is uniform.
    pub alpha: Positive,
    /// How many times as large one class has to be as the other, above 1; default 3.
    pub kappa: AboveOne,
    /// The larger class's share has to be below it, from 0 to 1; default 0.5.
    pub tau: UnitInterval,
}

impl Default for Remix {
    fn default() -> Self {
        Remix { alpha: Positive::new(1.0), kappa: AboveOne::new(3.0), tau: UnitInterval::new(0.5) }
    }
}

impl<T: Real> Definition<T> for Remix {
    fn code(&self) -> &'static str {
        include_str!("remix.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(
        &self,
        setting: &Setting<'_>,
        _: Option<Pixels>,
    ) -> Result<Box<dyn Mixing<T>>, MethodError> {
        Ok(Box::new(Remixed {
            kappa: self.kappa.get(),
            tau: self.tau.get(),
            counts: setting.counts.clone(),
            blender: Blender::new(self.alpha.get(), setting.streams),
        }))
    }
}

/// Remix with its workspace.
struct Remixed<T> {
    kappa: f64,
    tau: f64,
    counts: ClassCounts,
    blender: Blender<T>,
}

/// The share of the label of an example whose class has `own` training examples and its partner's `other`, of which
/// `share` is its own.
fn label_share(share: f64, [own, other]: [f64; 2], kappa: f64, tau: f64) -> f64 {
    if kappa <= own / other && share < tau {
        0.0
    } else if kappa <= other / own && 1.0 - share < tau {
        1.0
    } else {
        share
    }
}

impl<T: Real> Mixing<T> for Remixed<T> {
    fn mix(&mut self, features: &mut Matrix<T>, targets: &[u32], mixture: &mut Mixture<T>) {
        let (share, partners) = self.blender.blend(features);
        let count = |class: u32| self.counts.get()[class as usize];
        mixture.fill(partners.iter().zip(targets).map(|(&partner, &own)| {
            let partner = targets[partner as usize];
            let counts = [count(own), count(partner)];
            (partner, T::of(label_share(share, counts, self.kappa, self.tau)))
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_leans_to_the_rarer_class_from_either_side() {
        let share = |share, counts| label_share(share, counts, 3.0, 0.5);
        // Of 30 and 10 examples: the label of the frequent one is given up where it is the smaller part.
        assert_eq!(share(0.3, [30.0, 10.0]), 0.0);
        assert_eq!(share(0.7, [30.0, 10.0]), 0.7);
        assert_eq!(share(0.7, [10.0, 30.0]), 1.0);
        assert_eq!(share(0.3, [10.0, 30.0]), 0.3);
        // A half is not below a half, and 29 are not three times 10.
        assert_eq!(share(0.5, [30.0, 10.0]), 0.5);
        assert_eq!(share(0.3, [29.0, 10.0]), 0.3);
        assert_eq!(share(0.3, [10.0, 10.0]), 0.3);
    }

    #[test]
    fn a_pair_has_one_label_whichever_of_the_two_is_first() {
        for own in [0.1, 0.4, 0.5, 0.6, 0.9] {
            for counts in [[90.0, 10.0], [10.0, 90.0], [20.0, 10.0]] {
                let [a, b] = counts;
                let there = label_share(own, [a, b], 3.0, 0.5);
                let back = label_share(1.0 - own, [b, a], 3.0, 0.5);
                assert!((there - (1.0 - back)).abs() < 1e-15, "{own} {counts:?}");
            }
        }
    }
}
