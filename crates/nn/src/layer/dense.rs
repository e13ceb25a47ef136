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
use crate::layer::sums::add_rows;
use crate::layer::weights::Weights;
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
        d_biases.fill(T::ZERO);
        add_rows(dy.values(), d_biases);
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
