//! A non-linearity, `y = φ(x)`.
//!
//! ```text
//! relu   φ(x) = max(x, 0)    φ'(x) = [0 < x]
//! tanh   φ(x) = tanh(x)      φ'(x) = 1 - y²
//! ```
//!
//! The slopes are found from the outputs. Where dropout has made `h = y ⊙ m` of these, `y = h / m` of what it kept, and
//! the slopes of both layers, `φ'(x) ⊙ m`, are taken at once.

use serde::{Deserialize, Serialize};

use crate::layer::memory::Memory;
use crate::wide::wide;
use crate::{Matrix, Real};

/// Non-linearity after each hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(strum::EnumIter))]
pub enum Activation {
    /// `max(a, 0)`, with derivative 0 at 0.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
}

impl Activation {
    pub(super) fn apply<T: Real>(self, values: &mut Matrix<T>) {
        wide(
            #[inline(always)]
            || {
                let values = values.values_mut().iter_mut();
                match self {
                    // NaN is passed on, so that a diverged network is noticed.
                    Activation::Relu => values.for_each(|a| *a *= slope(*a)),
                    Activation::Tanh => values.for_each(|a| *a = a.tanh()),
                }
            },
        );
    }

    pub(super) fn scale<T: Real>(self, memory: &Memory<T>, moving: &mut Matrix<T>) {
        let (h, mask) = (memory.output.values(), memory.mask.values());
        wide(
            #[inline(always)]
            || {
                let values = moving.values_mut().iter_mut().zip(h);
                match (self, mask.is_empty()) {
                    (Activation::Relu, true) => values.for_each(|(d, &h)| *d *= slope(h)),
                    (Activation::Relu, false) => {
                        values.zip(mask).for_each(|((d, &h), &m)| *d *= slope(h) * m);
                    }
                    (Activation::Tanh, true) => {
                        values.for_each(|(d, &h)| *d *= T::ONE - h * h);
                    }
                    (Activation::Tanh, false) => values.zip(mask).for_each(|((d, &h), &m)| {
                        *d = if T::ZERO < m {
                            *d * m * (T::ONE - (h / m) * (h / m))
                        } else {
                            T::ZERO
                        };
                    }),
                }
            },
        );
    }
}

/// The slope of `max(a, 0)`, 1 for NaN. A factor, not a branch: the compiler would make a masked
/// store of a branch, which takes ten times as long.
fn slope<T: Real>(a: T) -> T {
    if a <= T::ZERO { T::ZERO } else { T::ONE }
}
