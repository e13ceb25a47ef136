//! What a loss of boxes is asked, and how most of them answer.

use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::losses::per_example::PerExample;

/// The deltas of a batch as a loss of boxes sees them; all `[n_rows, 4]`.
#[derive(Clone, Copy, Debug)]
pub struct BoxBatch<'a, T> {
    /// What the network says.
    pub predictions: &'a Matrix<T>,
    /// What it should say.
    pub targets: &'a Matrix<T>,
    /// An element whose label weight is not above 0 has no loss: all of a row without an object.
    pub label_weights: &'a Matrix<T>,
}

/// A loss of boxes with its state, if it has any.
pub trait BoxLoss<T: Real>: Send {
    /// Fills `out` with the loss of each row, its slopes at the predictions, and what it adds to the divisor of this loss.
    fn evaluate(&mut self, batch: &BoxBatch<'_, T>, out: &mut PerExample<T>);
}

/// What a sum of box losses is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxDivisor {
    /// The number of proposals, with and without objects (Fast R-CNN).
    #[default]
    Proposals,
    /// The number of proposals that have an object (SSD).
    Objects,
}

impl BoxDivisor {
    /// What a row with these label weights adds.
    pub(super) fn mass<T: Real>(self, label_weights: &[T]) -> T {
        let counts = match self {
            BoxDivisor::Proposals => true,
            BoxDivisor::Objects => label_weights.iter().any(|&weight| T::ZERO < weight),
        };
        if counts { T::ONE } else { T::ZERO }
    }
}

impl<T: Real> BoxBatch<'_, T> {
    /// `prediction - target` and label weight of every element that has a loss.
    pub(super) fn valid(&self) -> impl Iterator<Item = (T, T)> + Clone {
        let errors = self.predictions.values().iter().zip(self.targets.values());
        let elements = errors.zip(self.label_weights.values());
        let elements =
            elements.map(|((&prediction, &target), &weight)| (prediction - target, weight));
        elements.filter(|(_, weight)| T::ZERO < *weight)
    }

    /// Fills `out` through `element(error, label weight)`, which returns the loss of an element that has one and its slope,
    /// and `mass(label weights)` of a row.
    pub(super) fn fill(
        &self,
        out: &mut PerExample<T>,
        element: impl Fn(T, T) -> (T, T),
        mass: impl Fn(&[T]) -> T,
    ) {
        out.gradient.reshape(self.predictions.n_rows(), self.predictions.n_columns());
        out.losses.clear();
        out.mass.clear();
        out.hidden_gradient.reshape(0, 0);
        let rows = self.predictions.rows().zip(self.targets.rows()).zip(self.label_weights.rows());
        for (((predictions, targets), weights), slopes) in rows.zip(out.gradient.rows_mut()) {
            let mut loss = T::ZERO;
            let errors =
                predictions.iter().zip(targets).map(|(&prediction, &target)| prediction - target);
            for ((error, &weight), slope) in errors.zip(weights).zip(slopes) {
                *slope = T::ZERO;
                if T::ZERO < weight {
                    let (term, d_term) = element(error, weight);
                    loss += term;
                    *slope = d_term;
                }
            }
            out.losses.push(loss);
            out.mass.push(mass(weights));
        }
    }
}
