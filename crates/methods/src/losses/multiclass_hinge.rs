//! Multi-class hinge loss: the true class against the best of the others, or against each of them, by a
//! margin of one.
//!
//! ```text
//! crammer_singer   L = max(0, 1 + max_{j ≠ y} z_j - z_y)
//! weston_watkins   L = Σ_{j ≠ y} max(0, 1 + z_j - z_y)
//! dL/dz_j  =  [the term of j is above 0],  dL/dz_y = -Σ_{j ≠ y} dL/dz_j
//! ```
//!
//! - `z`: the scores of one example, `[n_classes]`
//! - `form`: `crammer_singer`, whose gradient goes to the first of equal maxima, or `weston_watkins`
//! - probabilities are read off the scores by a softmax; they are not calibrated
//! - the batch's loss is the mean; PyTorch's `MultiMarginLoss`, Weston and Watkins', divides by the number
//!   of classes too
//!
//! Source: Crammer, Singer, *On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines*,
//! JMLR 2001; Weston, Watkins, *Support Vector Machines for Multi-Class Pattern Recognition*, ESANN 1999.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the multi-class hinge loss.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MulticlassHinge {
    /// Which of the other classes the true one has to beat.
    pub form: MulticlassHingeForm,
}

/// Which classes the true one has to beat by the margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MulticlassHingeForm {
    /// The best of the others.
    #[default]
    CrammerSinger,
    /// Each of the others.
    WestonWatkins,
}

impl Definition for MulticlassHinge {
    const CODE: &'static str = include_str!("multiclass_hinge.rs");

    fn traits(&self) -> Traits {
        Traits::softmax(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        Ok(Box::new(self.clone()))
    }
}

impl<T: Real> Loss<T> for MulticlassHinge {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let mut rows = batch.logits.rows();
        out.fill_softmax(batch, |_, y, gradient| {
            let z = rows.next().expect("a row for each example");
            let best = first_largest(z, y);
            let mut loss = T::ZERO;
            for (j, slope) in gradient.iter_mut().enumerate() {
                let rivals = self.form == MulticlassHingeForm::WestonWatkins || Some(j) == best;
                let missing = T::ONE + z[j] - z[y];
                // NaN is passed on, so that a diverged network is noticed.
                if j == y || !rivals || missing <= T::ZERO {
                    *slope = T::ZERO;
                } else {
                    loss += missing;
                    *slope = T::ONE;
                }
            }
            let rivals: T = gradient.iter().copied().sum();
            gradient[y] = -rivals;
            loss
        });
    }
}

/// The first of the largest scores beside that of `y`.
fn first_largest<T: Real>(z: &[T], y: usize) -> Option<usize> {
    (0..z.len()).filter(|&j| j != y).fold(None, |best, j| match best {
        Some(best) if z[j] <= z[best] => Some(best),
        _ => Some(j),
    })
}
