//! A head of cosines between the input and the columns of `W`.
//!
//! ```text
//! c_ik    = ⟨x_i, w_k⟩ / (‖x_i‖ ‖w_k‖)
//! ∂L/∂x_i = Σ_k g_ik w_k / (‖x_i‖ ‖w_k‖) − x_i Σ_k g_ik c_ik / ‖x_i‖²
//! ∂L/∂w_k = Σ_i g_ik x_i / (‖x_i‖ ‖w_k‖) − w_k Σ_i g_ik c_ik / ‖w_k‖²
//! ċ_ik    = (⟨ẋ_i, w_k⟩ + ⟨x_i, ẇ_k⟩) / (‖x_i‖ ‖w_k‖) − c_ik (⟨x_i, ẋ_i⟩ / ‖x_i‖² + ⟨w_k, ẇ_k⟩ / ‖w_k‖²)
//! ```
//!
//! `g = ∂L/∂c`. A length below 1e-12 counts as 1e-12, as in PyTorch's `normalize`.
//!
//! Parameters: `W`, `[n_in, n_out]`, then as many biases as a dense layer has, which stay 0.

use crate::gemm::Start;
use crate::layer::builder::Builder;
use crate::layer::memory::Memory;
use crate::layer::passes::{Context, Mode, Passes};
use crate::layer::weights::Weights;
use crate::{Matrix, Real};

/// A head of cosines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CosineHead {
    weights: Weights,
}

impl CosineHead {
    /// A head with `n_out` outputs, its weights drawn.
    pub(crate) fn new<T: Real>(n_out: usize, builder: &mut Builder<'_, T>) -> Self {
        CosineHead { weights: builder.weights(n_out, &[]) }
    }
}

impl<T: Real> Passes<T> for CosineHead {
    fn forward(&self, at: Context<'_, T>, _: &mut Mode<'_>) {
        let (weights, _) = self.weights.of(&at.values.parameters);
        let Memory { output, cosines, .. } = at.memory;
        self.weights.product(at.x, weights, Start::Zero, output, at.scratch);
        cosines.measure(at.x, weights);
        cosines.divide(output);
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
        let Memory { output, cosines, .. } = at.memory;
        cosines.undo(dy, output);
        self.weights.gradient(at.x, &cosines.d_products, d_weights, at.scratch);
        cosines.turn_weights(weights, d_weights);
        d_biases.fill(T::ZERO);
        if let Some(dx) = dx {
            self.weights.back(&cosines.d_products, weights, dx, at.scratch);
            cosines.turn_inputs(at.x, dx);
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
        let (moved, _) = self.weights.of(direction);
        self.weights.product(at.x, moved, Start::Zero, y_dot, at.scratch);
        if let Some(x_dot) = x_dot {
            self.weights.product(x_dot, weights, Start::Out, y_dot, at.scratch);
        }
        let Memory { output, cosines, .. } = at.memory;
        cosines.tangent(x_dot.map(|x_dot| (at.x, x_dot)), weights, moved, output, y_dot);
    }
}
