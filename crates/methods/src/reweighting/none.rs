//! No reweighting: the mean over what was mined.
//!
//! ```text
//! w_i = v_i / Σ_j v_j m_j                all 0 when the divisor is 0
//! ```
//!
//! - `v`: what mining kept, `[n_examples]`; `m`: what each example adds to the divisor
//!
//! Weights that are fixed by class are losses here, because their divisor is part of them: `weighted_cross_entropy` with its
//! schemes (`inverse`, `effective_number`, ...), `class_balanced`, and `deferred_reweighting` around any loss.
//!
//! Source: the definition of the mean loss; the baseline that reweightings are compared with.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::losses::LossSpec;
use crate::mining::Selection;
use crate::reweighting::definition::{Definition, Reweighed};
use crate::reweighting::{Reweighting, Step};

/// Every mined example counts alike. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoReweighting {}

impl<T: Real> Definition<T> for NoReweighting {
    fn code(&self) -> &'static str {
        include_str!("none.rs")
    }

    fn version(&self, _: &LossSpec) -> u32 {
        1
    }

    fn needs_meta(&self) -> bool {
        false
    }

    fn keeps_the_sum(&self) -> bool {
        true
    }

    fn products(&self) -> f64 {
        0.0
    }

    fn build(&self, _: Reweighed<'_, T>) -> Box<dyn Reweighting<T>> {
        Box::new(self.clone())
    }
}

impl<T: Real> Reweighting<T> for NoReweighting {
    fn weigh(&mut self, step: Step<'_, T>, weights: &mut Vec<T>) {
        mean(step.selection, weights);
    }
}

/// `v_i / divisor`, all 0 when the divisor is.
pub(super) fn mean<T: Real>(selection: &Selection<T>, weights: &mut Vec<T>) {
    let Selection { weights: mined, divisor } = selection;
    weights.clear();
    weights.extend(mined.iter().map(|&v| if *divisor == T::ZERO { T::ZERO } else { v / *divisor }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(mined: &[f64], divisor: f64) -> Vec<f64> {
        let mut weights = vec![9.0];
        mean(&Selection { weights: mined.to_vec(), divisor }, &mut weights);
        weights
    }

    #[test]
    fn the_divisor_is_applied() {
        assert_eq!(weights(&[1.0, 0.0, 1.0], 4.0), [0.25, 0.0, 0.25]);
    }

    #[test]
    fn a_batch_without_mass_weighs_nothing() {
        assert_eq!(weights(&[1.0, 1.0], 0.0), [0.0, 0.0]);
    }
}
