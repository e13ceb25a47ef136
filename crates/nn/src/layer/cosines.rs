//! What stands between products and cosines: lengths, and what they cost.

use crate::matrix::Matrix;
use crate::real::Real;

/// The lengths of a batch's rows and of the weights' columns, and sums over them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cosines<T> {
    /// `1 / ‖x_i‖`, `[n_examples]`.
    rows: Vec<T>,
    /// `1 / ‖w_k‖`, `[n_outputs]`.
    columns: Vec<T>,
    /// `Σ_k g_ik c_ik / ‖x_i‖²`, or `⟨x_i, ẋ_i⟩ / ‖x_i‖²`.
    row_sums: Vec<T>,
    /// `Σ_i g_ik c_ik / ‖w_k‖²`, or `⟨w_k, ẇ_k⟩ / ‖w_k‖²`.
    column_sums: Vec<T>,
    /// `∂L/∂⟨x_i, w_k⟩` with the lengths held, `[n_examples, n_outputs]`.
    pub(super) d_products: Matrix<T>,
}

impl<T: Real> Cosines<T> {
    /// Takes the lengths of `inputs`, `[n_examples, n_in]`, and of `weights`, `[n_in, n_outputs]`.
    pub(super) fn measure(&mut self, inputs: &Matrix<T>, weights: &[T]) {
        let n_outputs = weights.len() / inputs.n_columns();
        self.rows.clear();
        self.rows.extend(inputs.rows().map(|row| dot(row, row)));
        column_dots(weights, weights, n_outputs, &mut self.columns);
        for square in self.rows.iter_mut().chain(&mut self.columns) {
            let length = square.sqrt();
            // NaN is passed on, so that a diverged network is noticed.
            *square = T::ONE / if length < T::of(1e-12) { T::of(1e-12) } else { length };
        }
    }

    /// Products to cosines, or the gradient at cosines to that at products.
    pub(super) fn divide(&self, products: &mut Matrix<T>) {
        for (row, &length) in products.rows_mut().zip(&self.rows) {
            row.iter_mut().zip(&self.columns).for_each(|(p, &column)| *p *= length * column);
        }
    }

    /// Finds the gradient at the products of `x` and `w`, and the sums that the lengths cost.
    pub(super) fn undo(&mut self, gradient: &Matrix<T>, cosines: &Matrix<T>) {
        let mut d_products = std::mem::take(&mut self.d_products);
        d_products.copy_from(gradient);
        self.divide(&mut d_products);
        self.d_products = d_products;
        self.row_sums.clear();
        self.column_sums.clear();
        self.column_sums.resize(self.columns.len(), T::ZERO);
        for ((g, c), &row) in gradient.rows().zip(cosines.rows()).zip(&self.rows) {
            self.row_sums.push(dot(g, c) * row * row);
            for (sum, (&g, &c)) in self.column_sums.iter_mut().zip(g.iter().zip(c)) {
                *sum += g * c;
            }
        }
        for (sum, &column) in self.column_sums.iter_mut().zip(&self.columns) {
            *sum *= column * column;
        }
    }

    /// Takes from the gradient at the weights what lies along them.
    pub(super) fn turn_weights(&self, weights: &[T], gradient: &mut [T]) {
        let n_outputs = self.columns.len();
        for (d, w) in gradient.chunks_exact_mut(n_outputs).zip(weights.chunks_exact(n_outputs)) {
            for ((d, &w), &sum) in d.iter_mut().zip(w).zip(&self.column_sums) {
                *d -= w * sum;
            }
        }
    }

    /// Takes from the gradient at the inputs what lies along them.
    pub(super) fn turn_inputs(&self, inputs: &Matrix<T>, gradient: &mut Matrix<T>) {
        for ((d, x), &sum) in gradient.rows_mut().zip(inputs.rows()).zip(&self.row_sums) {
            d.iter_mut().zip(x).for_each(|(d, &x)| *d -= x * sum);
        }
    }

    /// The change of the products to that of the cosines. `inputs` are `x` and `ẋ` where the inputs
    /// move.
    pub(super) fn tangent(
        &mut self,
        inputs: Option<(&Matrix<T>, &Matrix<T>)>,
        weights: &[T],
        moved: &[T],
        cosines: &Matrix<T>,
        products: &mut Matrix<T>,
    ) {
        self.divide(products);
        column_dots(weights, moved, self.columns.len(), &mut self.column_sums);
        for (sum, &column) in self.column_sums.iter_mut().zip(&self.columns) {
            *sum *= column * column;
        }
        self.row_sums.clear();
        match inputs {
            Some((x, x_dot)) => self.row_sums.extend(
                x.rows().zip(x_dot.rows()).zip(&self.rows).map(|((x, d), &r)| dot(x, d) * r * r),
            ),
            None => self.row_sums.resize(self.rows.len(), T::ZERO),
        }
        for ((p, c), &row) in products.rows_mut().zip(cosines.rows()).zip(&self.row_sums) {
            for ((p, &c), &column) in p.iter_mut().zip(c).zip(&self.column_sums) {
                *p -= c * (row + column);
            }
        }
    }
}

fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    a.iter().zip(b).map(|(&a, &b)| a * b).sum()
}

/// `⟨a_k, b_k⟩` of the columns of two matrices with `n_columns` columns.
fn column_dots<T: Real>(a: &[T], b: &[T], n_columns: usize, out: &mut Vec<T>) {
    out.clear();
    out.resize(n_columns, T::ZERO);
    for (a, b) in a.chunks_exact(n_columns).zip(b.chunks_exact(n_columns)) {
        for (sum, (&a, &b)) in out.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
}
