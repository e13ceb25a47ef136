//! The two number types: `f32` to train, `f64` to check; and what numbers that move (`Dual`) have to do beside them.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::exponential::exp_nonpositive_f32;
use crate::gemm::gathered::correlate::{correlate_f32, correlate_plain};
use crate::gemm::gathered::gradient::{gradient_f32, gradient_plain};
use crate::gemm::gathered::{Gathered, Surroundings};
use crate::gemm::{Scratch, Shape, Start, View, product_f32, product_f64};
use crate::logarithm::{ln_1p_nonpositive_f32, ln_normal_f32};

/// A floating-point type whose functions give the same bits on every platform.
///
/// The mathematical functions come from the pure-Rust crate `libm`, never from the platform.
pub trait Real:
    Copy
    + Debug
    + Default
    + Display
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;

    /// The nearest value to `x`.
    fn of(x: f64) -> Self;
    /// The same value as an `f64`.
    fn to_f64(self) -> f64;
    /// `e^x`.
    fn exp(self) -> Self;
    /// `e^x - 1`, exact near 0.
    fn exp_m1(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// `ln(1 + x)`, exact near 0.
    fn ln_1p(self) -> Self;
    /// `x^y`.
    fn powf(self, y: Self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// `self * a + b` with one rounding.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// The larger of two numbers; `other` if `self` is NaN.
    fn max(self, other: Self) -> Self;
    /// The smaller of two numbers; `other` if `self` is NaN.
    fn min(self, other: Self) -> Self;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Not a number.
    fn is_nan(self) -> bool;
    /// 0, and at rest: whatever it is multiplied with, it adds nothing to a sum.
    fn is_nothing(self) -> bool {
        self == Self::ZERO
    }
    /// IEEE total order: NaN is larger than every number.
    fn total_cmp(&self, other: &Self) -> std::cmp::Ordering;

    /// `x ← e^x` for numbers of at most 0, vectorised in `f32`.
    fn exp_nonpositive(values: &mut [Self]);

    /// `x ← ln(1 + x)` for numbers of at least -1/2 and at most 0, vectorised in `f32`.
    fn ln_1p_nonpositive(values: &mut [Self]) {
        values.iter_mut().for_each(|x| *x = x.ln_1p());
    }

    /// `x ← ln x` for positive normal numbers, vectorised in `f32`.
    fn ln_normal(values: &mut [Self]) {
        values.iter_mut().for_each(|x| *x = x.ln());
    }

    /// `out = start + a · b`; `out` is row-major. See [`crate::gemm`].
    ///
    /// # Panics
    /// If `out` does not have `shape.m * shape.n` elements, or a view is too short.
    fn product(
        shape: Shape,
        a: View<'_, Self>,
        b: View<'_, Self>,
        out: &mut [Self],
        start: Start<'_, Self>,
        scratch: &mut Scratch<Self>,
    );

    /// `out = start + a · b` for what surrounds each place of each image; `b` is row-major. See [`crate::gemm`].
    fn correlate(
        a: Surroundings<'_, Self>,
        b: &[Self],
        out: &mut [Self],
        start: Start<'_, Self>,
        scratch: &mut Scratch<Self>,
    );

    /// `out = aᵀ · deltas` for the patches `a` of all images together; `deltas` has a row for each of them.
    fn correlate_gradient(
        a: Gathered<'_, Self>,
        deltas: &[Self],
        out: &mut [Self],
        scratch: &mut Scratch<Self>,
    );

    /// `1 / (1 + e^-x)`, exact in both tails.
    fn sigmoid(self) -> Self {
        if self < Self::ZERO {
            let e = self.exp();
            e / (Self::ONE + e)
        } else {
            Self::ONE / (Self::ONE + (-self).exp())
        }
    }

    /// `ln(1 + e^x)`, finite for every finite `x`.
    fn softplus(self) -> Self {
        self.max(Self::ZERO) + (-self.abs()).exp().ln_1p()
    }
}

macro_rules! real {
    ($t:ty, $exp:path, $expm1:path, $ln:path, $log1p:path, $pow:path, $tanh:path, { $($kernels:item)* }) => {
        impl Real for $t {
            const ZERO: $t = 0.0;
            const ONE: $t = 1.0;
            fn of(x: f64) -> $t {
                x as $t
            }
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            fn exp(self) -> $t {
                $exp(self)
            }
            fn exp_m1(self) -> $t {
                $expm1(self)
            }
            fn ln(self) -> $t {
                $ln(self)
            }
            fn ln_1p(self) -> $t {
                $log1p(self)
            }
            fn powf(self, y: $t) -> $t {
                $pow(self, y)
            }
            fn tanh(self) -> $t {
                $tanh(self)
            }
            fn sqrt(self) -> $t {
                <$t>::sqrt(self)
            }
            fn abs(self) -> $t {
                <$t>::abs(self)
            }
            fn mul_add(self, a: $t, b: $t) -> $t {
                <$t>::mul_add(self, a, b)
            }
            fn max(self, other: $t) -> $t {
                <$t>::max(self, other)
            }
            fn min(self, other: $t) -> $t {
                <$t>::min(self, other)
            }
            fn is_finite(self) -> bool {
                <$t>::is_finite(self)
            }
            fn is_nan(self) -> bool {
                <$t>::is_nan(self)
            }
            fn total_cmp(&self, other: &$t) -> std::cmp::Ordering {
                <$t>::total_cmp(self, other)
            }
            $($kernels)*
        }
    };
}

real!(f32, libm::expf, libm::expm1f, libm::logf, libm::log1pf, libm::powf, libm::tanhf, {
    fn exp_nonpositive(values: &mut [f32]) {
        exp_nonpositive_f32(values);
    }
    fn ln_1p_nonpositive(values: &mut [f32]) {
        ln_1p_nonpositive_f32(values);
    }
    fn ln_normal(values: &mut [f32]) {
        ln_normal_f32(values);
    }
    fn product(
        shape: Shape,
        a: View<'_, f32>,
        b: View<'_, f32>,
        out: &mut [f32],
        start: Start<'_, f32>,
        scratch: &mut Scratch<f32>,
    ) {
        product_f32(shape, a, b, out, start, scratch);
    }
    fn correlate(
        a: Surroundings<'_, f32>,
        b: &[f32],
        out: &mut [f32],
        start: Start<'_, f32>,
        scratch: &mut Scratch<f32>,
    ) {
        correlate_f32(a, b, out, start, scratch);
    }
    fn correlate_gradient(
        a: Gathered<'_, f32>,
        deltas: &[f32],
        out: &mut [f32],
        scratch: &mut Scratch<f32>,
    ) {
        gradient_f32(a, deltas, out, scratch);
    }
});
real!(f64, libm::exp, libm::expm1, libm::log, libm::log1p, libm::pow, libm::tanh, {
    fn exp_nonpositive(values: &mut [f64]) {
        values.iter_mut().for_each(|x| *x = libm::exp(*x));
    }
    fn product(
        shape: Shape,
        a: View<'_, f64>,
        b: View<'_, f64>,
        out: &mut [f64],
        start: Start<'_, f64>,
        _: &mut Scratch<f64>,
    ) {
        product_f64(shape, a, b, out, start);
    }
    fn correlate(
        a: Surroundings<'_, f64>,
        b: &[f64],
        out: &mut [f64],
        start: Start<'_, f64>,
        _: &mut Scratch<f64>,
    ) {
        correlate_plain(a, b, out, start);
    }
    fn correlate_gradient(
        a: Gathered<'_, f64>,
        deltas: &[f64],
        out: &mut [f64],
        scratch: &mut Scratch<f64>,
    ) {
        gradient_plain(a, deltas, out, scratch);
    }
});
