//! A loss under labels of which every class has a share.

use nn::{Matrix, Real, log_softmax_rows};

use crate::MethodError;
use crate::losses::definition::reals;
use crate::losses::{Batch, Epoch, Loss, LossSpec, PerExample};
use crate::setting::Setting;

/// `(1 - ε_y) ℓ(z, y) + ε_y / K Σ_k ℓ(z, k)`.
pub(super) struct Smoothed<T> {
    base: Base<T>,
    /// `ε_k`, `[n_classes]`.
    shares: Vec<T>,
}

enum Base<T> {
    /// In one pass, over the logarithms of all probabilities.
    CrossEntropy(Matrix<T>),
    /// Once for each class.
    Other { loss: Box<dyn Loss<T>>, one: Box<PerExample<T>>, targets: Vec<u32> },
}

impl<T: Real> Smoothed<T> {
    pub(super) fn new(
        loss: &LossSpec,
        shares: &[f64],
        setting: &Setting<'_>,
    ) -> Result<Self, MethodError> {
        let base = match loss {
            LossSpec::CrossEntropy(_) => Base::CrossEntropy(Matrix::default()),
            other => Base::Other {
                loss: other.build(setting)?,
                one: Box::default(),
                targets: Vec::new(),
            },
        };
        Ok(Smoothed { base, shares: reals(shares.iter().copied()) })
    }
}

impl<T: Real> Loss<T> for Smoothed<T> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        if let Base::Other { loss, .. } = &mut self.base {
            loss.begin_epoch(epoch);
        }
    }

    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let n_classes = self.shares.len();
        let uniform = |y: usize| self.shares[y] / T::of(n_classes as f64);
        match &mut self.base {
            Base::CrossEntropy(logarithms) => {
                log_softmax_rows(batch.logits, logarithms);
                let mut rows = logarithms.rows();
                out.fill_softmax(batch, |true_class, y, gradient| {
                    let each = uniform(y);
                    gradient.iter_mut().for_each(|slope| *slope -= each);
                    gradient[y] += self.shares[y];
                    let all: T = rows.next().expect("a row an example").iter().copied().sum();
                    -(T::ONE - self.shares[y]) * true_class.ln_p - each * all
                });
            }
            Base::Other { loss, one, targets } => {
                loss.evaluate(batch, out);
                for (i, &y) in batch.targets.iter().enumerate() {
                    let kept = T::ONE - self.shares[y as usize];
                    out.losses[i] *= kept;
                    out.gradient.row_mut(i).iter_mut().for_each(|slope| *slope *= kept);
                }
                for k in 0..n_classes as u32 {
                    targets.clear();
                    targets.resize(batch.targets.len(), k);
                    loss.evaluate(&Batch { targets, ..*batch }, one);
                    for (i, &y) in batch.targets.iter().enumerate() {
                        let each = uniform(y as usize);
                        out.losses[i] += each * one.losses[i];
                        let row = out.gradient.row_mut(i).iter_mut().zip(one.gradient.row(i));
                        row.for_each(|(slope, &added)| *slope += each * added);
                    }
                }
            }
        }
    }
}
