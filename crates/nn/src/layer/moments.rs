//! What normalisations keep of a pass, and what two of them do with it.
//!
//! With `x̂ = (x − μ) / σ` over `n` values, and `μ` and `σ` those of the same values,
//!
//! ```text
//! σ ∂x̂/∂x d = P(d) = d − Σd / n − x̂ Σ(d x̂) / n
//! ```
//!
//! `P` takes out what moves `μ` and `σ` themselves. It is symmetric, so that the backward and the tangent pass share it.

use crate::Real;
use crate::layer::channels::{add_sums, map};

/// Added to a variance before its root is taken, as in PyTorch.
const EPSILON: f64 = 1e-5;

/// Moments, a channel after another: of a batch, or of example after example.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moments<T> {
    /// `μ`.
    pub(super) means: Vec<T>,
    /// `1 / σ`, with `σ² = variance + ε`.
    pub(super) inverses: Vec<T>,
    /// Variances, with `n`.
    pub(super) variances: Vec<T>,
    /// Number of values that the moments are of; 0 where they are not those of the values at hand.
    pub(super) count: usize,
    /// `Σd` and `Σd (x − μ)`.
    pub(super) sums: [Vec<T>; 2],
    /// What a value is multiplied with, and what is added: numbers of a channel.
    pub(super) numbers: [Vec<T>; 3],
}

/// `1 / σ`.
#[inline(always)]
pub(super) fn inverse<T: Real>(variance: T) -> T {
    T::ONE / (variance + T::of(EPSILON)).sqrt()
}

/// Room for a number of each channel, all 0.
pub(super) fn zeros<T: Real>(numbers: &mut Vec<T>, channels: usize) -> &mut [T] {
    numbers.clear();
    numbers.resize(channels, T::ZERO);
    numbers
}

/// Adds `Σx` of an example.
#[inline(always)]
pub(super) fn add_values<T: Real>(x: &[T], sums: &mut [T]) {
    add_sums(
        [x, x],
        [],
        [sums],
        #[inline(always)]
        |[x, _], []| [x],
    );
}

/// Adds `Σ(x − μ)²` of an example.
#[inline(always)]
pub(super) fn add_squares<T: Real>(x: &[T], means: &[T], sums: &mut [T]) {
    add_sums(
        [x, x],
        [means],
        [sums],
        #[inline(always)]
        |[x, _], [mean]| [(x - mean) * (x - mean)],
    );
}

/// Adds `Σd` and `Σd (x − μ)` of an example.
#[inline(always)]
pub(super) fn add_alongs<T: Real>(d: &[T], x: &[T], means: &[T], sums: [&mut [T]; 2]) {
    add_sums(
        [d, x],
        [means],
        sums,
        #[inline(always)]
        |[d, x], [mean]| [d, d * (x - mean)],
    );
}

/// `y = (x − μ) f + s` of an example.
#[inline(always)]
pub(super) fn scale<T: Real>(x: &[T], means: &[T], [f, s]: [&[T]; 2], y: &mut [T]) {
    map(
        [x, x],
        [means, f, s],
        y,
        #[inline(always)]
        |[x, _], [mean, f, s]| (x - mean) * f + s,
    );
}

/// `out = d f − ((x − μ) a + t)` of an example: with `f = γ/σ`, `a = f Σ(d x̂) / (n σ)` and `t = f Σd / n` this is
/// `γ/σ P(d)`.
#[inline(always)]
pub(super) fn project<T: Real>(
    (d, x): (&[T], &[T]),
    means: &[T],
    [f, a, t]: [&[T]; 3],
    out: &mut [T],
) {
    map(
        [d, x],
        [means, f, a, t],
        out,
        #[inline(always)]
        |[d, x], [mean, f, a, t]| d * f - ((x - mean) * a + t),
    );
}
