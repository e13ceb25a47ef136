//! Examples at length 1, as embeddings are compared.
//!
//! ```text
//! y = x / ‖x‖
//! ∂L/∂x = P(∂L/∂y) / ‖x‖,   ẏ = P(ẋ) / ‖x‖,   P(d) = d − y ⟨y, d⟩
//! ```
//!
//! `P` takes out what changes the length; it is symmetric, so that the backward and the tangent pass share it. A length
//! below 1e-12 counts as 1e-12, which does not move: `P(d) = d`, as in PyTorch's `normalize`.

use crate::layer::memory::Memory;
use crate::layer::passes::{Context, Mode, Passes};
use crate::wide::wide;
use crate::{Matrix, Real};

/// A layer that brings each example to length 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Normalize;

impl<T: Real> Passes<T> for Normalize {
    fn forward(&self, at: Context<'_, T>, _: &mut Mode<'_>) {
        let Memory { output, lengths, .. } = at.memory;
        output.copy_from(at.x);
        lengths.resize(at.x.n_rows(), T::ZERO);
        wide(
            #[inline(always)]
            || {
                for (y, length) in output.rows_mut().zip(&mut *lengths) {
                    *length = dot(y, y).sqrt();
                    let inverse = T::ONE / at_least_shortest(*length);
                    y.iter_mut().for_each(|y| *y *= inverse);
                }
            },
        );
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        _: &mut [T],
    ) {
        if let Some(dx) = dx {
            project(at.x, &at.memory.lengths, dy, dx);
        }
    }

    fn tangent(
        &self,
        at: Context<'_, T>,
        _: &[T],
        x_dot: Option<&Matrix<T>>,
        y_dot: &mut Matrix<T>,
    ) {
        if let Some(x_dot) = x_dot {
            project(at.x, &at.memory.lengths, x_dot, y_dot);
        } else {
            y_dot.reshape(at.x.n_rows(), at.x.n_columns());
            y_dot.values_mut().fill(T::ZERO);
        }
    }
}

#[inline(always)]
fn shortest<T: Real>() -> T {
    T::of(1e-12)
}

/// NaN is passed on, so that a diverged network is noticed.
#[inline(always)]
fn at_least_shortest<T: Real>(length: T) -> T {
    if length < shortest() { shortest() } else { length }
}

/// `out = P(d) / ‖x‖`.
fn project<T: Real>(x: &Matrix<T>, lengths: &[T], d: &Matrix<T>, out: &mut Matrix<T>) {
    out.reshape(x.n_rows(), x.n_columns());
    wide(
        #[inline(always)]
        || {
            let rows = x.rows().zip(d.rows()).zip(out.rows_mut());
            for (((x, d), out), &length) in rows.zip(lengths) {
                let inverse = T::ONE / at_least_shortest(length);
                let along = if length < shortest() {
                    T::ZERO
                } else {
                    dot(x, d) * inverse * inverse * inverse
                };
                for (out, (&x, &d)) in out.iter_mut().zip(x.iter().zip(d)) {
                    *out = d * inverse - x * along;
                }
            }
        },
    );
}

/// Partial sums side by side, which are added from first to last.
const LANES: usize = 16;

#[inline(always)]
fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let mut sums = [T::ZERO; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let mut total = T::ZERO;
    for sum in sums {
        total += sum;
    }
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        total += a * b;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::tests::alone::Alone;
    use crate::shape::Shape;

    #[test]
    fn an_example_has_length_1_and_one_of_zeros_stays() {
        let x = Matrix::<f64>::from_rows(&[[3.0, 4.0], [0.0, 0.0], [-1e-3, 0.0]]);
        let mut layer = Alone::new(Shape::flat(2), |_| Normalize);
        let y = layer.forward(&x, true);
        let expected = [0.6, 0.8, 0.0, 0.0, -1.0, 0.0];
        assert!(y.values().iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-15));
    }

    #[test]
    fn below_the_shortest_length_the_length_does_not_move() {
        let x = Matrix::<f64>::from_rows(&[[3e-13, 0.0]]);
        let mut layer = Alone::new(Shape::flat(2), |_| Normalize);
        assert!((layer.forward(&x, true).row(0)[0] - 0.3).abs() < 1e-12);
        let d = Matrix::from_rows(&[[1.0, 2.0]]);
        let (dx, _) = layer.backward(&x, &d);
        assert!((dx.row(0)[0] - 1e12).abs() < 1.0 && (dx.row(0)[1] - 2e12).abs() < 1.0);
        assert_eq!(layer.tangent(&x, &[], &d), dx);
    }

    #[test]
    fn a_long_row_is_summed_whole() {
        for n in [15, 16, 17, 40] {
            let x = Matrix::<f64>::from_values(n, vec![1.0; n]);
            let y = Alone::new(Shape::flat(n), |_| Normalize).forward(&x, true);
            assert!(y.values().iter().all(|y| (y - 1.0 / (n as f64).sqrt()).abs() < 1e-15));
        }
    }
}
