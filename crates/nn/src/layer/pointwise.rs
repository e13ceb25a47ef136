//! Layers each of whose outputs depends on the input in its place alone, and on no parameter.
//!
//! The matrix of their derivatives is diagonal, so that the backward and the tangent pass are one product,
//!
//! ```text
//! ∂L/∂x = y' ⊙ ∂L/∂y,   ẏ = y' ⊙ ẋ
//! ```
//!
//! Within a chain, all of their passes overwrite what they read.

use crate::layer::activation::Activation;
use crate::layer::dropout::{self, Dropout};
use crate::layer::dropout2d::Dropout2d;
use crate::layer::memory::Memory;
use crate::layer::passes::{Context, Mode, Passes};
use crate::{Matrix, Real};

/// Every pointwise layer.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub(crate) enum Pointwise {
    Activation(Activation),
    Dropout(Dropout),
    Dropout2d(Dropout2d),
}

impl Pointwise {
    /// `memory.output`: from `x` to `y`.
    pub(super) fn apply<T: Real>(&self, memory: &mut Memory<T>, mode: &mut Mode<'_>) {
        match self {
            Pointwise::Activation(layer) => layer.apply(&mut memory.output),
            Pointwise::Dropout(layer) => layer.apply(memory, mode),
            Pointwise::Dropout2d(layer) => layer.apply(memory, mode),
        }
    }

    /// `moving ← y' ⊙ moving`, and times the mask in `memory` if a dropout has overwritten the output there.
    pub(super) fn scale<T: Real>(&self, memory: &Memory<T>, moving: &mut Matrix<T>) {
        match self {
            Pointwise::Activation(layer) => layer.scale(memory, moving),
            Pointwise::Dropout(_) | Pointwise::Dropout2d(_) => dropout::scale(memory, moving),
        }
    }
}

impl<T: Real> Passes<T> for Pointwise {
    fn forward(&self, at: Context<'_, T>, mode: &mut Mode<'_>) {
        at.memory.output.copy_from(at.x);
        self.apply(at.memory, mode);
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        _: &mut [T],
    ) {
        if let Some(dx) = dx {
            dx.copy_from(dy);
            self.scale(at.memory, dx);
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
            y_dot.copy_from(x_dot);
            self.scale(at.memory, y_dot);
        } else {
            y_dot.reshape(at.x.n_rows(), at.x.n_columns());
            y_dot.values_mut().fill(T::ZERO);
        }
    }
}
