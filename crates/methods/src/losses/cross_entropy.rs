//! Cross-entropy: the negative logarithm of the probability a model gives to the true class.
//!
//! ```text
//! L        = -ln p_y                     p = softmax(z), y the true class
//! dL/dz_k  =  p_k - [k = y]
//! ```
//!
//! - `z`: the logits of one example, `[n_classes]`
//! - no parameters; the batch's loss is the mean
//!
//! Source: Bishop, *Pattern Recognition and Machine Learning*, 2006, section 4.3.4.
//! Trap: `ln` of a clipped probability has gradient 0 exactly on the hardest examples; here `ln p_y`
//! is computed from the logits and finite for every finite logit.

use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::losses::{Loss, PerExample};

/// Softmax cross-entropy. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrossEntropy {}

impl CrossEntropy {
    pub(crate) const VERSION: u32 = 1;
}

impl<T: Real> Loss<T> for CrossEntropy {
    fn evaluate(&mut self, logits: &Matrix<T>, targets: &[u32], out: &mut PerExample<T>) {
        out.fill_softmax(logits, targets, |true_class, _, _| -true_class.ln_p);
    }
}

#[cfg(test)]
mod tests {
    use crate::losses::per_example::testing::{TARGETS, evaluate, logits};
    use nn::Matrix;

    #[test]
    fn equal_logits_cost_the_logarithm_of_the_number_of_classes() {
        let out = evaluate("cross_entropy = {}", &Matrix::from_rows(&[[5.0, 5.0, 5.0]]), &[1]);
        assert!((out.losses[0] - libm::log(3.0)).abs() < 1e-15);
        assert_eq!(out.mass, [1.0]);
    }

    #[test]
    fn the_gradient_of_an_example_sums_to_zero() {
        let out = evaluate("cross_entropy = {}", &logits(), &TARGETS);
        assert!(out.gradient.rows().all(|row| row.iter().sum::<f64>().abs() < 1e-15));
    }

    #[test]
    fn the_hardest_example_keeps_its_gradient() {
        let out = evaluate("cross_entropy = {}", &Matrix::from_rows(&[[1e4, -1e4, 0.0]]), &[1]);
        assert_eq!((out.losses[0], out.gradient.row(0)), (2e4, [1.0, -1.0, 0.0].as_slice()));
    }
}
