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
use crate::{Matrix, Real, Stream};

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
        mask.reshape(output.n_rows(), output.n_columns());
        draw(self.share, stream, mask.values_mut());
        multiply(output, mask);
    }
}

/// Draws one number of a mask after another.
pub(super) fn draw<T: Real>(share: f64, stream: &mut Stream, mask: &mut [T]) {
    let kept = T::of(1.0 / (1.0 - share));
    for m in mask {
        *m = if stream.uniform() < share { T::ZERO } else { kept };
    }
}

/// `moving ← m ⊙ moving`, if there is a mask.
pub(super) fn scale<T: Real>(memory: &Memory<T>, moving: &mut Matrix<T>) {
    if !memory.mask.values().is_empty() {
        multiply(moving, &memory.mask);
    }
}

pub(super) fn multiply<T: Real>(values: &mut Matrix<T>, mask: &Matrix<T>) {
    wide(
        #[inline(always)]
        || values.values_mut().iter_mut().zip(mask.values()).for_each(|(v, &m)| *v *= m),
    );
}
