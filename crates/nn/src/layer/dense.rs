//! A dense layer.
//!
//! ```text
//! y     = x W + b
//! ∂L/∂W = xᵀ ∂L/∂y,   ∂L/∂b = Σ_i ∂L/∂y_i,   ∂L/∂x = ∂L/∂y Wᵀ
//! ẏ     = x Ẇ + ḃ + ẋ W
//! ```
//!
//! Parameters: `W`, `[n_in, n_out]`, then `b`.

use crate::gemm::{Scratch, Start};
use crate::layer::builder::Builder;
use crate::layer::kept;
use crate::layer::passes::{Context, Mode, Passes};
use crate::layer::sums::add_rows;
use crate::layer::weights::Weights;
use crate::{Matrix, Real};

/// A dense layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dense {
    weights: Weights,
}

impl Dense {
    /// A layer with `n_out` outputs, its weights drawn, its biases at `biases`, `[n_out]`; without any they are 0.
    pub(crate) fn new<T: Real>(n_out: usize, biases: &[f64], builder: &mut Builder<'_, T>) -> Self {
        Dense { weights: builder.weights(n_out, biases) }
    }

    /// The backward pass over rows `x` and `dy` as they are.
    fn backward_of_rows<T: Real>(
        &self,
        parameters: &[T],
        (x, dy): (&Matrix<T>, &Matrix<T>),
        dx: Option<&mut Matrix<T>>,
        gradient: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        let (d_weights, d_biases) = self.weights.of_mut(gradient);
        self.weights.gradient(x, dy, d_weights, scratch);
        d_biases.fill(T::ZERO);
        add_rows(dy.values(), d_biases);
        if let Some(dx) = dx {
            self.weights.back(dy, self.weights.of(parameters).0, dx, scratch);
        }
    }
}

impl<T: Real> Passes<T> for Dense {
    fn forward(&self, at: Context<'_, T>, _: &mut Mode<'_>) {
        let (weights, biases) = self.weights.of(&at.values.parameters);
        let y = &mut at.memory.output;
        self.weights.product(at.x, weights, Start::Row(biases), y, at.scratch);
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        gradient: &mut [T],
    ) {
        let Context { values, x, scratch, .. } = at;
        let parameters = &values.parameters;
        if !kept::is_worth_finding(dy) {
            return self.backward_of_rows(parameters, (x, dy), dx, gradient, scratch);
        }
        let mut kept = std::mem::take(&mut scratch.kept);
        kept::find(dy, &mut kept);
        let [mut x_kept, mut dy_kept, mut dx_kept] =
            std::mem::take(&mut scratch.rows_kept).map(|values| Matrix::from_values(1, values));
        x_kept.gather(x, &kept);
        dy_kept.gather(dy, &kept);
        let of_kept = dx.is_some().then_some(&mut dx_kept);
        self.backward_of_rows(parameters, (&x_kept, &dy_kept), of_kept, gradient, scratch);
        if let Some(dx) = dx {
            dx.reshape(dy.n_rows(), x.n_columns());
            dx.values_mut().fill(T::ZERO);
            let rows = kept.iter().zip(dx_kept.rows());
            rows.for_each(|(&i, row)| dx.row_mut(i as usize).copy_from_slice(row));
        }
        scratch.rows_kept = [x_kept, dy_kept, dx_kept].map(Matrix::into_values);
        scratch.kept = kept;
    }

    fn tangent(
        &self,
        at: Context<'_, T>,
        direction: &[T],
        x_dot: Option<&Matrix<T>>,
        y_dot: &mut Matrix<T>,
    ) {
        let (weights, _) = self.weights.of(&at.values.parameters);
        let (d_weights, d_biases) = self.weights.of(direction);
        self.weights.product(at.x, d_weights, Start::Row(d_biases), y_dot, at.scratch);
        if let Some(x_dot) = x_dot {
            self.weights.product(x_dot, weights, Start::Out, y_dot, at.scratch);
        }
    }
}
