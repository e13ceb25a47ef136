//! The overlap of predicted and true members of each class, over a batch: what Tversky, Dice and F-beta
//! losses are made of.

use nn::range::NonNegative;
use nn::{Matrix, Real, softmax_rows};

use crate::losses::definition::{Level, Traits};
use crate::losses::per_example::is_positive;
use crate::losses::{Batch, FocalForm, Link, Loss, PerExample};

/// ```text
/// L_k = W_k / D_k          W = a FP + b FN,  N = TP + s,  D = N + W          L = Σ_k L_k / n_columns
/// ∂L_k/∂p_ik = -(W + b N) / D² where y_ik = 1,   a N / D² where y_ik = 0
/// ```
///
/// `W / D` is `1 - N / D` without its cancellation near a perfect prediction, and `FN` sums `1 - p` from what
/// makes it up: `σ(-z)`, or the other classes of a softmax.
pub(super) struct Overlap<T> {
    pub(super) link: Link,
    /// Weight `a` of false positives.
    false_positives: f64,
    /// Weight `b` of false negatives.
    false_negatives: f64,
    smooth: f64,
    probabilities: Matrix<T>,
    /// `1 - p`.
    complements: Matrix<T>,
}

/// What a loss over the overlap needs.
pub(super) fn overlap_traits(form: FocalForm) -> Traits {
    Traits { link: form.link(), level: Level::Batch, ..Traits::softmax(2) }
}

impl<T: Real> Overlap<T> {
    pub(super) fn new(form: FocalForm, a: f64, b: f64, smooth: NonNegative) -> Self {
        Overlap {
            link: form.link(),
            false_positives: a,
            false_negatives: b,
            smooth: smooth.get(),
            probabilities: Matrix::default(),
            complements: Matrix::default(),
        }
    }
}

impl<T: Real> Loss<T> for Overlap<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let (logits, targets) = (batch.logits, batch.targets);
        let (n_rows, n_columns) = (logits.n_rows(), logits.n_columns());
        let (a, b) = (T::of(self.false_positives), T::of(self.false_negatives));
        let smooth = T::of(self.smooth);
        let (p, rest) = (&mut self.probabilities, &mut self.complements);
        read(self.link, logits, p, rest);
        out.gradient.reshape(n_rows, n_columns);
        let mut loss = T::ZERO;
        for k in 0..n_columns {
            let (mut both, mut wrong, mut missed) = (T::ZERO, T::ZERO, T::ZERO);
            for ((p, rest), &y) in p.rows().zip(rest.rows()).zip(targets) {
                if is_positive(y, k, n_columns) {
                    both += p[k];
                    missed += rest[k];
                } else {
                    wrong += p[k];
                }
            }
            let faults = a * wrong + b * missed;
            let numerator = both + smooth;
            let denominator = numerator + faults;
            // Neither predicted nor there, and not smoothed: nothing is wrong.
            if denominator == T::ZERO {
                (0..n_rows).for_each(|i| out.gradient.row_mut(i)[k] = T::ZERO);
                continue;
            }
            let mean = T::of(n_columns as f64);
            loss += faults / denominator / mean;
            let positive = -(faults + b * numerator) / denominator / mean;
            let negative = a * (numerator / denominator) / mean;
            // ∂L/∂ln p: p / D is no larger than 1 or 1 / a, where D is next to nothing, too.
            for (i, &y) in targets.iter().enumerate() {
                let slope = if is_positive(y, k, n_columns) { positive } else { negative };
                out.gradient.row_mut(i)[k] = slope * (p.row(i)[k] / denominator);
            }
        }
        for ((row, p), rest) in out.gradient.rows_mut().zip(p.rows()).zip(rest.rows()) {
            match self.link {
                Link::Sigmoid => row.iter_mut().zip(rest).for_each(|(slope, &rest)| *slope *= rest),
                Link::Softmax => through_softmax(row, p, rest),
            }
        }
        out.fill_batch(loss);
    }
}

/// `p` and `1 - p` of every logit; no difference is taken where `p` is near 1.
fn read<T: Real>(link: Link, logits: &Matrix<T>, p: &mut Matrix<T>, rest: &mut Matrix<T>) {
    rest.reshape(logits.n_rows(), logits.n_columns());
    match link {
        Link::Softmax => {
            softmax_rows(logits, p);
            for (rest, p) in rest.rows_mut().zip(p.rows()) {
                for (k, rest) in rest.iter_mut().enumerate() {
                    *rest = if dominates(p[k]) { sum_of_others(p, k) } else { T::ONE - p[k] };
                }
            }
        }
        Link::Sigmoid => {
            p.reshape(logits.n_rows(), logits.n_columns());
            for ((p, rest), &z) in
                p.values_mut().iter_mut().zip(rest.values_mut()).zip(logits.values())
            {
                (*p, *rest) = (z.sigmoid(), (-z).sigmoid());
            }
        }
    }
}

/// From `∂L/∂ln p` to `∂L/∂z_k = ∂L/∂ln p_k - p_k Σ_j ∂L/∂ln p_j`, in which a class that is nearly certain
/// would cancel against itself.
fn through_softmax<T: Real>(slopes: &mut [T], p: &[T], rest: &[T]) {
    let total: T = slopes.iter().copied().sum();
    let certain = p.iter().position(|&p| dominates(p));
    let others = certain.map(|k| sum_of_others(slopes, k));
    for (k, slope) in slopes.iter_mut().enumerate() {
        *slope = match others {
            Some(others) if certain == Some(k) => *slope * rest[k] - p[k] * others,
            _ => *slope - p[k] * total,
        };
    }
}

/// At most one class does.
fn dominates<T: Real>(p: T) -> bool {
    T::of(0.5) < p
}

fn sum_of_others<T: Real>(values: &[T], k: usize) -> T {
    values[..k].iter().chain(&values[k + 1..]).copied().sum()
}
