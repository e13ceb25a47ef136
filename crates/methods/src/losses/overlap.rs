//! The overlap of predicted and true members of each class, over a batch: what Tversky, Dice and F-beta
//! losses are made of.

use nn::range::NonNegative;
use nn::{Matrix, Real, softmax_rows};

use crate::losses::definition::{Level, Traits};
use crate::losses::per_example::is_positive;
use crate::losses::{Batch, FocalForm, Link, Loss, PerExample};

/// ```text
/// L_k = 1 - (TP_k + s) / (TP_k + a FP_k + b FN_k + s)        L = Σ_k L_k / n_columns
/// ∂L_k/∂p_ik = -[y_ik D - N (y_ik + a (1 - y_ik) - b y_ik)] / D²
/// ```
pub(super) struct Overlap<T> {
    pub(super) link: Link,
    /// Weight `a` of false positives.
    false_positives: f64,
    /// Weight `b` of false negatives.
    false_negatives: f64,
    smooth: f64,
    probabilities: Matrix<T>,
}

/// What a loss over the overlap needs.
pub(super) fn overlap_traits(form: FocalForm) -> Traits {
    Traits { link: form.link(), level: Level::Batch, ..Traits::softmax(1) }
}

impl<T: Real> Overlap<T> {
    pub(super) fn new(form: FocalForm, a: f64, b: f64, smooth: NonNegative) -> Self {
        Overlap {
            link: form.link(),
            false_positives: a,
            false_negatives: b,
            smooth: smooth.get(),
            probabilities: Matrix::default(),
        }
    }
}

impl<T: Real> Loss<T> for Overlap<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let (logits, targets) = (batch.logits, batch.targets);
        let (n_rows, n_columns) = (logits.n_rows(), logits.n_columns());
        let (a, b) = (T::of(self.false_positives), T::of(self.false_negatives));
        let smooth = T::of(self.smooth);
        let p = &mut self.probabilities;
        match self.link {
            Link::Softmax => softmax_rows(logits, p),
            Link::Sigmoid => {
                p.reshape(n_rows, n_columns);
                p.values_mut().iter_mut().zip(logits.values()).for_each(|(p, z)| *p = z.sigmoid());
            }
        }
        out.gradient.reshape(n_rows, n_columns);
        let mut loss = T::ZERO;
        for k in 0..n_columns {
            let (mut both, mut predicted, mut members) = (T::ZERO, T::ZERO, T::ZERO);
            for (p, &y) in p.rows().zip(targets) {
                predicted += p[k];
                if is_positive(y, k, n_columns) {
                    both += p[k];
                    members += T::ONE;
                }
            }
            let (wrong, missed) = (predicted - both, members - both);
            let numerator = both + smooth;
            let denominator = both + a * wrong + b * missed + smooth;
            // Neither predicted nor there, and not smoothed: nothing is wrong.
            if denominator == T::ZERO {
                (0..n_rows).for_each(|i| out.gradient.row_mut(i)[k] = T::ZERO);
                continue;
            }
            let mean = T::of(n_columns as f64);
            loss += (T::ONE - numerator / denominator) / mean;
            let square = denominator * denominator * mean;
            let positive = (numerator * (T::ONE - b) - denominator) / square;
            let negative = numerator * a / square;
            for (i, &y) in targets.iter().enumerate() {
                let slope = if is_positive(y, k, n_columns) { positive } else { negative };
                out.gradient.row_mut(i)[k] = slope;
            }
        }
        for (row, p) in out.gradient.rows_mut().zip(p.rows()) {
            match self.link {
                Link::Sigmoid => {
                    row.iter_mut().zip(p).for_each(|(slope, &p)| *slope *= p * (T::ONE - p));
                }
                Link::Softmax => {
                    let mean: T = row.iter().zip(p).map(|(&slope, &p)| slope * p).sum();
                    row.iter_mut().zip(p).for_each(|(slope, &p)| *slope = p * (*slope - mean));
                }
            }
        }
        out.fill_batch(loss);
    }
}
