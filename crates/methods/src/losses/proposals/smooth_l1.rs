//! Smooth L1: the error of box deltas, squared where it is small and absolute where it is large.
//!
//! ```text
//! d       = prediction - target
//! ℓ(d)    = d² / (2 β)       if |d| < β          dℓ/dd = d / β
//!         = |d| - β / 2      else                dℓ/dd = sign d
//! L       = loss_weight Σ_i u_i Σ_k ℓ(d_ik) / N
//! ```
//!
//! - `u`: 1 if proposal `i` has an object, else 0; `k`: the four deltas
//! - `beta` (`β`): 1 (Fast R-CNN, whose deltas are standardised; its σ is `1 / √β`); `loss_weight`: 1
//! - `divisor`: `N` is the number of `proposals` (Fast R-CNN), or that of those with `objects` (SSD)
//! - a loss of boxes, for detectors: it stands on the axis `box_loss`, beside one of classes on the axis `loss`
//!
//! Source: Girshick, *Fast R-CNN*, ICCV 2015.

use nn::Real;
use nn::range::Positive;
use serde::{Deserialize, Serialize};

use crate::losses::per_example::PerExample;
use crate::losses::proposals::box_loss::{BoxBatch, BoxDivisor, BoxLoss};

/// Parameters of smooth L1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmoothL1 {
    /// Where the error becomes absolute, above 0.
    pub beta: Positive,
    /// Factor of the loss.
    pub loss_weight: Positive,
    /// What the sum is divided by.
    pub divisor: BoxDivisor,
}

impl Default for SmoothL1 {
    fn default() -> Self {
        let one = Positive::new(1.0);
        SmoothL1 { beta: one, loss_weight: one, divisor: BoxDivisor::Proposals }
    }
}

impl<T: Real> BoxLoss<T> for SmoothL1 {
    fn evaluate(&mut self, batch: &BoxBatch<'_, T>, out: &mut PerExample<T>) {
        let (beta, factor) = (T::of(self.beta.get()), T::of(self.loss_weight.get()));
        let half = T::of(0.5);
        let element = |d: T, weight: T| {
            let weight = factor * weight;
            if d.abs() < beta {
                (weight * half * d * d / beta, weight * d / beta)
            } else {
                let slope = if d < T::ZERO { -weight } else { weight };
                (weight * (d.abs() - half * beta), slope)
            }
        };
        batch.fill(out, element, |weights| self.divisor.mass(weights));
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;

    use super::*;

    #[test]
    fn small_errors_are_squared_and_large_ones_absolute() {
        let predictions = Matrix::from_rows(&[[0.5, -0.5, 3.0, -3.0], [9.0, 9.0, 9.0, 9.0]]);
        let targets = Matrix::zeros(2, 4);
        let label_weights = Matrix::from_rows(&[[1.0; 4], [0.0; 4]]);
        let batch = BoxBatch {
            predictions: &predictions,
            targets: &targets,
            label_weights: &label_weights,
        };
        let mut out = PerExample::<f64>::default();
        SmoothL1::default().evaluate(&batch, &mut out);
        assert_eq!(out.losses, [0.125 + 0.125 + 2.5 + 2.5, 0.0]);
        assert_eq!(out.gradient.values(), [0.5, -0.5, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(out.mass, [1.0, 1.0]);
        let of_objects = SmoothL1 { divisor: BoxDivisor::Objects, ..SmoothL1::default() };
        of_objects.clone().evaluate(&batch, &mut out);
        assert_eq!(out.mass, [1.0, 0.0]);
    }
}
