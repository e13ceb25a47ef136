//! A head of cosines: what it does to the products of a last layer.
//!
//! ```text
//! c_ik    = ⟨x_i, w_k⟩ / (‖x_i‖ ‖w_k‖)
//! ∂L/∂x_i = Σ_k g_ik w_k / (‖x_i‖ ‖w_k‖) − x_i Σ_k g_ik c_ik / ‖x_i‖²
//! ∂L/∂w_k = Σ_i g_ik x_i / (‖x_i‖ ‖w_k‖) − w_k Σ_i g_ik c_ik / ‖w_k‖²
//! ċ_ik    = (⟨ẋ_i, w_k⟩ + ⟨x_i, ẇ_k⟩) / (‖x_i‖ ‖w_k‖) − c_ik (⟨x_i, ẋ_i⟩ / ‖x_i‖² + ⟨w_k, ẇ_k⟩ / ‖w_k‖²)
//! ```
//!
//! A length below 1e-12 counts as 1e-12, as in PyTorch's `normalize`.

use crate::{Matrix, Real};

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
}

impl<T: Real> Cosines<T> {
    /// Takes the lengths of `inputs`, `[n_examples, n_in]`, and of `weights`, `[n_in, n_outputs]`.
    pub(crate) fn measure(&mut self, inputs: &Matrix<T>, weights: &[T]) {
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
    pub(crate) fn divide(&self, products: &mut Matrix<T>) {
        for (row, &length) in products.rows_mut().zip(&self.rows) {
            row.iter_mut().zip(&self.columns).for_each(|(p, &column)| *p *= length * column);
        }
    }

    /// The gradient at the products of `x` and `w`; keeps the sums that the lengths cost.
    pub(crate) fn undo(&mut self, gradient: &Matrix<T>, cosines: &Matrix<T>, out: &mut Matrix<T>) {
        out.reshape(gradient.n_rows(), gradient.n_columns());
        out.values_mut().copy_from_slice(gradient.values());
        self.divide(out);
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
    pub(crate) fn turn_weights(&self, weights: &[T], gradient: &mut [T]) {
        let n_outputs = self.columns.len();
        for (d, w) in gradient.chunks_exact_mut(n_outputs).zip(weights.chunks_exact(n_outputs)) {
            for ((d, &w), &sum) in d.iter_mut().zip(w).zip(&self.column_sums) {
                *d -= w * sum;
            }
        }
    }

    /// Takes from the gradient at the inputs what lies along them.
    pub(crate) fn turn_inputs(&self, inputs: &Matrix<T>, gradient: &mut Matrix<T>) {
        for ((d, x), &sum) in gradient.rows_mut().zip(inputs.rows()).zip(&self.row_sums) {
            d.iter_mut().zip(x).for_each(|(d, &x)| *d -= x * sum);
        }
    }

    /// The change of the products to that of the cosines. `inputs` are `x` and `ẋ` where the inputs
    /// move.
    pub(crate) fn tangent(
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
