//! Dropout, `y = x ⊙ m`.
//!
//! ```text
//! m = 0 with probability p, else 1 / (1 - p)
//! ```
//!
//! A mask has one uniform number a value, row by row, and holds for all passes over the batch. In evaluation `y = x`.
//!
//! Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, *Dropout*, JMLR 2014, with the kept values scaled in
//! training instead of the weights in evaluation.

use crate::layer::memory::Memory;
use crate::layer::passes::Mode;
use crate::wide::wide;
use crate::{Matrix, Real};

/// A dropout layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dropout {
    /// `p`, at least 0 and below 1.
    pub(crate) share: f64,
}

impl Dropout {
    pub(super) fn apply<T: Real>(&self, memory: &mut Memory<T>, mode: &mut Mode<'_>) {
        let Mode::Training(stream) = mode else { return };
        let Memory { output, mask, .. } = memory;
        let kept = T::of(1.0 / (1.0 - self.share));
        mask.reshape(output.n_rows(), output.n_columns());
        for m in mask.values_mut() {
            *m = if stream.uniform() < self.share { T::ZERO } else { kept };
        }
        multiply(output, mask);
    }

    pub(super) fn scale<T: Real>(memory: &Memory<T>, moving: &mut Matrix<T>) {
        if !memory.mask.values().is_empty() {
            multiply(moving, &memory.mask);
        }
    }
}

fn multiply<T: Real>(values: &mut Matrix<T>, mask: &Matrix<T>) {
    wide(
        #[inline(always)]
        || values.values_mut().iter_mut().zip(mask.values()).for_each(|(v, &m)| *v *= m),
    );
}
