//! How the values of a weight network become the weights of a batch, and the way back.
//!
//! ```text
//! mean          w_i = v_i V_i / D                   D = Σ_j v_j m_j
//! sum           w_i = v_i V_i / S                   S = Σ_j v_j V_j
//! ```
//!
//! - `V`: the values; `v`: what mining kept; `m`: what each example adds to the divisor of a mean; `[n_examples]` each
//!
//! The gradient of `Σ_i w_i ℓ_i`, `ℓ` being the losses, is `Σ_i c_i ∇ℓ_i`. Where `V` is held constant, `c = w`. Where it
//! moves with the loss, with the slope `V'`,
//!
//! ```text
//! mean          c_i = v_i (V_i + V'_i ℓ_i) / D
//! sum           c_i = v_i (V_i + V'_i (ℓ_i - L)) / S        L = Σ_j v_j V_j ℓ_j / S
//! ```

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::mining::Selection;

/// What the values of a batch are divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalize {
    /// The divisor of the plain mean: the number of examples.
    #[default]
    Mean,
    /// Their sum, which moves with them.
    Sum,
}

/// The same, in a look-ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shares {
    pub(super) by: Normalize,
    /// Whether a sum is held constant.
    pub(super) is_sum_constant: bool,
    /// Whether values are held constant as the losses move.
    pub(super) detach: bool,
}

/// A batch and its values.
#[derive(Clone, Copy)]
pub(super) struct Valued<'a, T> {
    pub(super) losses: &'a [T],
    pub(super) selection: &'a Selection<T>,
    pub(super) values: &'a [T],
    /// `V'`.
    pub(super) slopes: &'a [T],
}

impl<T: Real> Valued<'_, T> {
    /// The examples that were mined, by their place; others have no part in any sum, whatever their losses are.
    fn mined(&self) -> impl Iterator<Item = (usize, T)> {
        let all = self.selection.weights.iter().copied().enumerate();
        all.filter(|&(_, v)| v != T::ZERO)
    }

    fn sum(&self) -> T {
        self.mined().map(|(i, v)| v * self.values[i]).sum()
    }

    /// `L`.
    fn loss(&self, sum: T) -> T {
        self.mined().map(|(i, v)| v * self.values[i] * self.losses[i]).sum::<T>() / sum
    }

    fn divisor(&self, by: Normalize) -> T {
        match by {
            Normalize::Mean => self.selection.divisor,
            Normalize::Sum => self.sum(),
        }
    }

    fn fill(&self, out: &mut Vec<T>) {
        out.clear();
        out.resize(self.values.len(), T::ZERO);
    }
}

impl Shares {
    /// `w`, all 0 where the divisor is.
    pub(super) fn weights<T: Real>(self, batch: &Valued<'_, T>, out: &mut Vec<T>) {
        batch.fill(out);
        let divisor = batch.divisor(self.by);
        if divisor != T::ZERO {
            batch.mined().for_each(|(i, v)| out[i] = v * batch.values[i] / divisor);
        }
    }

    /// `c`, all 0 where the divisor is.
    pub(super) fn coefficients<T: Real>(self, batch: &Valued<'_, T>, out: &mut Vec<T>) {
        if self.detach {
            return self.weights(batch, out);
        }
        batch.fill(out);
        let divisor = batch.divisor(self.by);
        if divisor == T::ZERO {
            return;
        }
        let level = self.level(batch, divisor);
        for (i, v) in batch.mined() {
            let moves = batch.slopes[i] * (batch.losses[i] - level);
            out[i] = v * (batch.values[i] + moves) / divisor;
        }
    }

    /// What a loss is measured from where its value moves with it.
    fn level<T: Real>(self, batch: &Valued<'_, T>, divisor: T) -> T {
        match self.by {
            Normalize::Sum if !self.is_sum_constant => batch.loss(divisor),
            Normalize::Sum | Normalize::Mean => T::ZERO,
        }
    }

    /// The slopes of an `F(c)` at the values and at their slopes, from those at the coefficients, `q`.
    ///
    /// ```text
    /// mean          ∂F/∂V_i = v_i q_i / D                                  ∂F/∂V'_i = v_i q_i ℓ_i / D
    /// sum           ∂F/∂V_i = v_i (q_i - Σ_j q_j c_j - G (ℓ_i - L)) / S    ∂F/∂V'_i = v_i q_i (ℓ_i - L) / S
    ///               G = Σ_j v_j q_j V'_j / S,   0 where V is held constant
    /// ```
    pub(super) fn back<T: Real>(
        self,
        batch: &Valued<'_, T>,
        (coefficients, q): (&[T], &[T]),
        [by_value, by_slope]: [&mut Vec<T>; 2],
    ) {
        batch.fill(by_value);
        batch.fill(by_slope);
        let divisor = batch.divisor(self.by);
        if divisor == T::ZERO {
            return;
        }
        let level = self.level(batch, divisor);
        let moves = self.by == Normalize::Sum && !self.is_sum_constant;
        let (mut mean, mut pull) = (T::ZERO, T::ZERO);
        if moves {
            mean = batch.mined().map(|(i, _)| q[i] * coefficients[i]).sum();
        }
        if moves && !self.detach {
            pull = batch.mined().map(|(i, v)| v * q[i] * batch.slopes[i]).sum::<T>() / divisor;
        }
        for (i, v) in batch.mined() {
            let from_level = batch.losses[i] - level;
            by_value[i] = v * (q[i] - mean - pull * from_level) / divisor;
            if !self.detach {
                by_slope[i] = v * q[i] * from_level / divisor;
            }
        }
    }
}

#[cfg(test)]
mod tests;
