//! A dense layer.
//!
//! ```text
//! y     = x W + b
//! ∂L/∂W = xᵀ ∂L/∂y,   ∂L/∂b = Σ_i ∂L/∂y_i,   ∂L/∂x = ∂L/∂y Wᵀ
//! ẏ     = x Ẇ + ḃ + ẋ W
//! ```
//!
//! Parameters: `W`, `[n_in, n_out]`, then `b`.

use crate::gemm::Start;
use crate::layer::builder::Builder;
use crate::layer::passes::{Context, Mode, Passes};
use crate::layer::weights::Weights;
use crate::wide::wide;
use crate::{Matrix, Real};

/// A dense layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dense {
    weights: Weights,
}

impl Dense {
    /// A layer with `n_out` outputs, its weights drawn, its biases at `bias`.
    pub(crate) fn new<T: Real>(n_out: usize, bias: f64, builder: &mut Builder<'_, T>) -> Self {
        Dense { weights: builder.weights(n_out, bias) }
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
        let (weights, _) = self.weights.of(&at.values.parameters);
        let (d_weights, d_biases) = self.weights.of_mut(gradient);
        self.weights.gradient(at.x, dy, d_weights, at.scratch);
        sum_rows(dy, d_biases);
        if let Some(dx) = dx {
            self.weights.back(dy, weights, dx, at.scratch);
        }
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

/// Columns that are summed side by side, in registers.
const LANES: usize = 16;

/// The sum of the rows, first to last.
fn sum_rows<T: Real>(rows: &Matrix<T>, sums: &mut [T]) {
    wide(
        #[inline(always)]
        || {
            let (blocks, rest) = sums.as_chunks_mut::<LANES>();
            let left = blocks.len() * LANES;
            for (b, block) in blocks.iter_mut().enumerate() {
                let mut total = [T::ZERO; LANES];
                for row in rows.rows() {
                    let row = &row[b * LANES..][..LANES];
                    total.iter_mut().zip(row).for_each(|(sum, &d)| *sum += d);
                }
                *block = total;
            }
            rest.fill(T::ZERO);
            for row in rows.rows() {
                rest.iter_mut().zip(&row[left..]).for_each(|(sum, &d)| *sum += d);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Streams;

    #[test]
    fn sums_side_by_side_are_those_of_each_column() {
        let mut stream = Streams::new([5; 32]).stream("rows");
        for n_columns in [1, 15, 16, 17, 32, 50] {
            let values = (0..7 * n_columns).map(|_| stream.normal() as f32).collect();
            let rows = Matrix::<f32>::from_values(n_columns, values);
            let mut sums = vec![1.0; n_columns];
            sum_rows(&rows, &mut sums);
            for (k, sum) in sums.iter().enumerate() {
                let expected = rows.rows().fold(0.0, |sum, row| sum + row[k]);
                assert_eq!(sum.to_bits(), expected.to_bits(), "{n_columns} {k}");
            }
        }
    }
}
