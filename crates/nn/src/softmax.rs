//! The softmax every classification loss shares.

mod narrow;

use crate::matrix::Matrix;
use crate::real::Real;

/// Probability of the true class, in the forms that stay exact at both ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrueClass<T> {
    /// `p_y`.
    pub p: T,
    /// `1 - p_y`, summed from the other classes: exact as `p_y → 1`.
    pub rest: T,
    /// `ln p_y`, exact as `p_y → 1` and finite as `p_y → 0`.
    pub ln_p: T,
}

impl<T: Real> TrueClass<T> {
    /// `ln p / (1 - p)`; -1, its limit, where `p` rounds to 1.
    pub fn ln_p_per_rest(&self) -> T {
        if T::ZERO < self.rest { self.ln_p / self.rest } else { -T::ONE }
    }
}

/// The residuals of a softmax and the probability of each example's true class.
///
/// ```text
/// residuals[i, k] = softmax(z_i)_k - [k = y_i]     [n_examples, n_classes]
/// true_classes[i] = p, 1 - p and ln p of class y_i  [n_examples]
/// ```
///
/// The residual of the true class is `-rest`, so that it does not cancel as `p_y → 1`. Finite for
/// every finite logit.
pub fn softmax_residuals<T: Real>(
    logits: &Matrix<T>,
    targets: &[u32],
    residuals: &mut Matrix<T>,
    true_classes: &mut Vec<TrueClass<T>>,
) {
    true_classes.clear();
    if (1..LANES).contains(&logits.n_columns()) {
        residuals.reshape(logits.n_rows(), logits.n_columns());
        narrow::residuals(logits, targets, residuals, true_classes);
    } else {
        row_by_row(logits, targets, residuals, true_classes);
    }
}

/// [`softmax_residuals`] of rows one after another.
fn row_by_row<T: Real>(
    logits: &Matrix<T>,
    targets: &[u32],
    residuals: &mut Matrix<T>,
    true_classes: &mut Vec<TrueClass<T>>,
) {
    let mut targets = targets.iter();
    for_each_row(logits, residuals, |z, e| {
        let Some(&target) = targets.next() else { return };
        let target = target as usize;
        let total = sum(e);
        e.iter_mut().for_each(|e| *e /= total);
        let p = std::mem::replace(&mut e[target], T::ZERO);
        let rest = sum(e);
        e[target] = -rest;
        let ln_p =
            if rest < T::of(0.5) { (-rest).ln_1p() } else { (z[target] - largest(z)) - total.ln() };
        true_classes.push(TrueClass { p, rest, ln_p });
    });
}

/// `softmax(z_i)`, row by row.
pub fn softmax_rows<T: Real>(logits: &Matrix<T>, probabilities: &mut Matrix<T>) {
    for_each_row(logits, probabilities, |_, e| {
        let total = sum(e);
        e.iter_mut().for_each(|e| *e /= total);
    });
}

/// `ln softmax(z_i)`, row by row; finite for every finite logit.
pub fn log_softmax_rows<T: Real>(logits: &Matrix<T>, out: &mut Matrix<T>) {
    for_each_row(logits, out, |z, e| {
        let (top, ln_total) = (largest(z), sum(e).ln());
        e.iter_mut().zip(z).for_each(|(out, &z)| *out = (z - top) - ln_total);
    });
}

/// Numbers whose exponentials are taken at once: enough for wide vectors, and still in the fastest cache.
const BLOCK: usize = 4096;

/// Writes `exp(z_k - max z)` into each row of `out`, and calls `row(z, those)`.
fn for_each_row<T: Real>(
    logits: &Matrix<T>,
    out: &mut Matrix<T>,
    mut row: impl FnMut(&[T], &mut [T]),
) {
    let width = logits.n_columns();
    out.reshape(logits.n_rows(), width);
    if width == 0 {
        return;
    }
    let block = width * (BLOCK / width).max(1);
    for (z, e) in logits.values().chunks(block).zip(out.values_mut().chunks_mut(block)) {
        for (z, e) in z.chunks_exact(width).zip(e.chunks_exact_mut(width)) {
            let top = largest(z);
            e.iter_mut().zip(z).for_each(|(e, &z)| *e = z - top);
        }
        T::exp_nonpositive(e);
        z.chunks_exact(width).zip(e.chunks_exact_mut(width)).for_each(|(z, e)| row(z, e));
    }
}

/// Partial results side by side in long rows, so that one does not wait for the other.
const LANES: usize = 16;

/// The sum, in an order that depends on the length alone: from first to last, and of [`LANES`] numbers or more
/// in as many partial sums, which are added in halves.
fn sum<T: Real>(values: &[T]) -> T {
    folded(values, T::ZERO, |a, b| a + b)
}

/// The largest logit; not a number, or the largest of the others, if one is none.
fn largest<T: Real>(z: &[T]) -> T {
    folded(z, T::of(f64::NEG_INFINITY), |a, b| if b <= a { a } else { b })
}

fn folded<T: Real>(values: &[T], start: T, join: impl Fn(T, T) -> T) -> T {
    if values.len() < LANES {
        return values.iter().fold(start, |a, &b| join(a, b));
    }
    let mut lanes = [start; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane = join(*lane, x));
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, &x)| *lane = join(*lane, x));
    for half in [8, 4, 2, 1] {
        let (low, high) = lanes.split_at_mut(half);
        low.iter_mut().zip(&*high).for_each(|(a, &b)| *a = join(*a, b));
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residuals(z: &[f64], target: u32) -> (Vec<f64>, TrueClass<f64>) {
        let (mut out, mut classes) = (Matrix::default(), Vec::new());
        softmax_residuals(&Matrix::from_rows(&[z]), &[target], &mut out, &mut classes);
        (out.values().to_vec(), classes[0])
    }

    #[test]
    fn residuals_are_exact_at_both_ends() {
        let (gradient, sure) = residuals(&[50.0, 0.0], 0);
        assert_eq!(sure.p, 1.0);
        assert!((sure.rest - libm::exp(-50.0)).abs() < 1e-30 && 0.0 < sure.rest);
        assert!((sure.ln_p + sure.rest).abs() < 1e-30);
        assert_eq!(gradient, [-sure.rest, sure.rest]);
        let (gradient, wrong) = residuals(&[-1e4, 1e4], 0);
        assert_eq!((wrong.p, wrong.rest, wrong.ln_p), (0.0, 1.0, -2e4));
        assert_eq!(gradient, [-1.0, 1.0]);
    }

    #[test]
    fn one_class_is_certain() {
        let (gradient, only) = residuals(&[3.0], 0);
        assert_eq!((gradient, only.p, only.ln_p_per_rest()), (vec![0.0], 1.0, -1.0));
    }

    #[test]
    fn a_logit_that_is_not_a_number_is_not_hidden() {
        let (gradient, class) = residuals(&[0.0, f64::NAN], 0);
        assert!(gradient.iter().all(|g| g.is_nan()) && class.p.is_nan());
    }

    #[test]
    fn rows_of_a_softmax_sum_to_one() {
        let logits = Matrix::<f32>::from_rows(&[[1.0, 2.0, -3.0], [1e4, -1e4, 0.0]]);
        let (mut p, mut ln_p) = (Matrix::default(), Matrix::default());
        softmax_rows(&logits, &mut p);
        log_softmax_rows(&logits, &mut ln_p);
        assert!(p.rows().all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));
        assert!(
            p.values().iter().zip(ln_p.values()).all(|(p, l)| (p - libm::expf(*l)).abs() < 1e-6)
        );
        assert_eq!(ln_p.row(1)[1], -2e4);
    }
}
