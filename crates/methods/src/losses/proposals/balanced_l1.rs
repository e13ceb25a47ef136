//! Balanced L1: an error of box deltas whose slope rises faster where it is small, so that proposals that are nearly right
//! count more beside outliers.
//!
//! ```text
//! d       = prediction - target
//! ℓ(d)    = α / b (b |d| + 1) ln(b |d| + 1) - α |d|     if |d| < 1      dℓ/dd = α ln(b |d| + 1) sign d
//!         = γ |d| + γ / b - α                           else            dℓ/dd = γ sign d
//! b       = e^{γ / α} - 1                               so that both slopes are γ at 1
//! L       = loss_weight Σ_i u_i Σ_k ℓ(d_ik) / N
//! ```
//!
//! - `u`: 1 if proposal `i` has an object, else 0; `k`: the four deltas
//! - `alpha` (`α`): 0.5; `gamma` (`γ`): 1.5 (the authors); `loss_weight`: 1
//! - `divisor`: `N` is the number of `proposals`, or that of those with `objects`
//! - a loss of boxes, for detectors: it stands on the axis `box_loss`, beside one of classes on the axis `loss`
//!
//! Source: Pang, Chen, Shi, Feng, Ouyang, Lin, *Libra R-CNN: Towards Balanced Learning for Object Detection*, CVPR 2019.
//! Differs: mmdetection has a `beta` in place of 1, for which, if it is another number, the slope is not that of the loss.

use nn::Real;
use nn::range::Positive;
use serde::{Deserialize, Serialize};

use crate::losses::per_example::PerExample;
use crate::losses::proposals::box_loss::{BoxBatch, BoxDivisor, BoxLoss};

/// Parameters of balanced L1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BalancedL1 {
    /// How much small errors count; smaller is more.
    pub alpha: Positive,
    /// Slope of large errors.
    pub gamma: Positive,
    /// Factor of the loss.
    pub loss_weight: Positive,
    /// What the sum is divided by.
    pub divisor: BoxDivisor,
}

impl Default for BalancedL1 {
    fn default() -> Self {
        BalancedL1 {
            alpha: Positive::new(0.5),
            gamma: Positive::new(1.5),
            loss_weight: Positive::new(1.0),
            divisor: BoxDivisor::Proposals,
        }
    }
}

impl<T: Real> BoxLoss<T> for BalancedL1 {
    fn evaluate(&mut self, batch: &BoxBatch<'_, T>, out: &mut PerExample<T>) {
        let b = libm::expm1(self.gamma.get() / self.alpha.get());
        let (alpha, gamma, factor) = (self.alpha.get(), self.gamma.get(), self.loss_weight.get());
        // In 64 bits: of a small error little is left of the difference.
        let element = |d: T, weight: T| {
            let (d, weight) = (d.to_f64(), factor * weight.to_f64());
            let length = d.abs();
            let (loss, slope) = if length < 1.0 {
                let logarithm = libm::log1p(b * length);
                (alpha * (logarithm / b + length * (logarithm - 1.0)), alpha * logarithm)
            } else {
                (gamma * length + gamma / b - alpha, gamma)
            };
            (T::of(weight * loss), T::of(if d < 0.0 { -weight * slope } else { weight * slope }))
        };
        batch.fill(out, element, |weights| self.divisor.mass(weights));
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;

    use super::*;

    fn of_error(d: f64) -> (f64, f64) {
        let (predictions, targets) = (Matrix::from_values(1, vec![d]), Matrix::zeros(1, 1));
        let label_weights = Matrix::from_values(1, vec![1.0]);
        let batch = BoxBatch {
            predictions: &predictions,
            targets: &targets,
            label_weights: &label_weights,
        };
        let mut out = PerExample::<f64>::default();
        BalancedL1::default().evaluate(&batch, &mut out);
        (out.losses[0], out.gradient.values()[0])
    }

    #[test]
    fn value_and_slope_are_those_of_the_formula_and_meet_at_1() {
        let b = libm::exp(3.0) - 1.0;
        let formula = 0.5 / b * (b * 0.25 + 1.0) * libm::log(b * 0.25 + 1.0) - 0.5 * 0.25;
        assert!((of_error(0.25).0 - formula).abs() < 1e-15);
        let (below, above) = (of_error(1.0 - 1e-12), of_error(1.0));
        assert!((below.0 - above.0).abs() < 1e-11 && (below.1 - above.1).abs() < 1e-11);
        assert_eq!((above.1, of_error(-7.0).1, of_error(0.0)), (1.5, -1.5, (0.0, 0.0)));
    }
}
