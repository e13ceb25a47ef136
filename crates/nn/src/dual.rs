//! Numbers that move: a value, and how fast it changes along a direction.
//!
//! ```text
//! x + ẋ ε,   ε² = 0          f(x + ẋ ε) = f(x) + f'(x) ẋ ε
//! ```
//!
//! A pass in such numbers is the pass, and its tangent. The forward pass has a tangent written by hand, which is quicker;
//! that of the backward pass, a product with the matrix of second derivatives, is had in this way alone, and of every
//! layer and loss that is written for any [`Real`].
//!
//! Numbers are compared by their values: a branch is that of the value, and a maximum moves as whichever is the larger.
//! What goes through `f64` and back does not move.

mod product;

use std::cmp::Ordering;
use std::fmt::{Display, Formatter, Result};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::Real;
use crate::dual::product::product_dual;
use crate::gemm::gathered::correlate::correlate_plain;
use crate::gemm::gathered::gradient::gradient_plain;
use crate::gemm::gathered::{Gathered, Surroundings};
use crate::gemm::{Scratch, Shape, Start, View};
use crate::wide::wide;

/// A number and its slope along a direction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dual<T> {
    /// `x`.
    pub value: T,
    /// `ẋ`.
    pub slope: T,
}

impl<T: Real> Dual<T> {
    /// `f(x)`, of the value and the slope of `f` at `x`.
    #[inline(always)]
    fn along(self, value: T, slope: T) -> Self {
        Dual { value, slope: slope * self.slope }
    }

    /// The same, where the slope of `f` may be infinite, and what does not move stays where it is.
    #[inline(always)]
    fn along_if_moving(self, value: T, slope: impl FnOnce() -> T) -> Self {
        if self.slope == T::ZERO {
            return Dual { value, slope: T::ZERO };
        }
        self.along(value, slope())
    }
}

impl<T: Real> Display for Dual<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} + {} ε", self.value, self.slope)
    }
}

impl<T: PartialEq> PartialEq for Dual<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: PartialOrd> PartialOrd for Dual<T> {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Real> Add for Dual<T> {
    type Output = Self;
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        Dual { value: self.value + b.value, slope: self.slope + b.slope }
    }
}

impl<T: Real> Sub for Dual<T> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        Dual { value: self.value - b.value, slope: self.slope - b.slope }
    }
}

impl<T: Real> Mul for Dual<T> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        let slope = self.slope * b.value + self.value * b.slope;
        Dual { value: self.value * b.value, slope }
    }
}

impl<T: Real> Div for Dual<T> {
    type Output = Self;
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let value = self.value / b.value;
        Dual { value, slope: (self.slope - value * b.slope) / b.value }
    }
}

impl<T: Real> Neg for Dual<T> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Dual { value: -self.value, slope: -self.slope }
    }
}

macro_rules! assign {
    ($($trait:ident $method:ident $by:tt),*) => {
        $(impl<T: Real> $trait for Dual<T> {
            #[inline(always)]
            fn $method(&mut self, b: Self) {
                *self = *self $by b;
            }
        })*
    };
}
assign!(AddAssign add_assign +, SubAssign sub_assign -, MulAssign mul_assign *, DivAssign div_assign /);

impl<T: Real> Sum for Dual<T> {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        // As `f32` and `f64` begin, so that the values are theirs to the bit.
        let nothing: T = std::iter::empty().sum();
        numbers.fold(Dual { value: nothing, slope: nothing }, |sum, x| sum + x)
    }
}

/// Numbers whose exponentials are taken at once.
const BLOCK: usize = 64;

impl<T: Real> Real for Dual<T> {
    const ZERO: Self = Dual { value: T::ZERO, slope: T::ZERO };
    const ONE: Self = Dual { value: T::ONE, slope: T::ZERO };

    #[inline(always)]
    fn of(x: f64) -> Self {
        Dual { value: T::of(x), slope: T::ZERO }
    }

    /// The value alone.
    fn to_f64(self) -> f64 {
        self.value.to_f64()
    }

    fn exp(self) -> Self {
        let e = self.value.exp();
        self.along(e, e)
    }

    fn exp_m1(self) -> Self {
        let e = self.value.exp_m1();
        self.along(e, e + T::ONE)
    }

    fn ln(self) -> Self {
        self.along_if_moving(self.value.ln(), || T::ONE / self.value)
    }

    fn ln_1p(self) -> Self {
        self.along_if_moving(self.value.ln_1p(), || T::ONE / (T::ONE + self.value))
    }

    fn powf(self, y: Self) -> Self {
        let power = self.value.powf(y.value);
        let base = self.along_if_moving(power, || {
            if y.value == T::ZERO { T::ZERO } else { y.value * self.value.powf(y.value - T::ONE) }
        });
        let exponent = y.along_if_moving(power, || power * self.value.ln());
        Dual { value: power, slope: base.slope + exponent.slope }
    }

    fn tanh(self) -> Self {
        let y = self.value.tanh();
        self.along(y, T::ONE - y * y)
    }

    fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        self.along_if_moving(root, || T::ONE / (root + root))
    }

    fn abs(self) -> Self {
        self.along(self.value.abs(), if self.value < T::ZERO { -T::ONE } else { T::ONE })
    }

    /// One rounding of the value, two of the slope.
    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        let slope = self.value.mul_add(a.slope, self.slope.mul_add(a.value, b.slope));
        Dual { value: self.value.mul_add(a.value, b.value), slope }
    }

    fn max(self, other: Self) -> Self {
        if self.is_nan() || self < other { other } else { self }
    }

    fn min(self, other: Self) -> Self {
        if self.is_nan() || other < self { other } else { self }
    }

    fn is_finite(self) -> bool {
        self.value.is_finite() && self.slope.is_finite()
    }

    fn is_nan(self) -> bool {
        self.value.is_nan()
    }

    #[inline(always)]
    fn is_nothing(self) -> bool {
        self.value.is_nothing() && self.slope.is_nothing()
    }

    fn total_cmp(&self, other: &Self) -> Ordering {
        self.value.total_cmp(&other.value)
    }

    fn exp_nonpositive(numbers: &mut [Self]) {
        let mut values = [T::ZERO; BLOCK];
        for numbers in numbers.chunks_mut(BLOCK) {
            let values = &mut values[..numbers.len()];
            values.iter_mut().zip(&*numbers).for_each(|(value, x)| *value = x.value);
            T::exp_nonpositive(values);
            numbers.iter_mut().zip(values).for_each(|(x, &mut e)| *x = x.along(e, e));
        }
    }

    fn product(
        shape: Shape,
        a: View<'_, Self>,
        b: View<'_, Self>,
        out: &mut [Self],
        start: Start<'_, Self>,
        scratch: &mut Scratch<Self>,
    ) {
        product_dual(shape, a, b, out, start, scratch);
    }

    fn correlate(
        a: Surroundings<'_, Self>,
        b: &[Self],
        out: &mut [Self],
        start: Start<'_, Self>,
        _: &mut Scratch<Self>,
    ) {
        wide(
            #[inline(always)]
            || correlate_plain(a, b, out, start),
        );
    }

    fn correlate_gradient(
        a: Gathered<'_, Self>,
        deltas: &[Self],
        out: &mut [Self],
        scratch: &mut Scratch<Self>,
    ) {
        wide(
            #[inline(always)]
            || gradient_plain(a, deltas, out, scratch),
        );
    }
}

#[cfg(test)]
mod tests;
