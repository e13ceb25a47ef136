//! Exponentials of long rows, and the logarithm of their sum.

use nn::{Real, wide};

use crate::pairs::lanes::{largest, sum};

/// Numbers that stay in the fastest cache from one step to the next.
const BLOCK: usize = 2048;

/// `Σ_j e^{a_j} = e^top Σ_j e^{a_j - top}`, finite for all finite exponents; an exponent of -∞ is that of nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exponentials<T> {
    top: T,
    sum: T,
}

impl<T: Real> Exponentials<T> {
    /// Of the exponents that `exponent` makes of these numbers, each of which becomes `e^{a_j - top}`, and of one more, `beside`
    /// them.
    pub(super) fn of(numbers: &mut [T], exponent: impl Fn(T) -> T + Copy, beside: T) -> Self {
        let none = T::of(f64::NEG_INFINITY);
        let top = largest(numbers, exponent);
        let top = if top < beside { beside } else { top };
        let top = if top == none { T::ZERO } else { top };
        let mut total = [beside - top];
        T::exp_nonpositive(&mut total);
        for block in numbers.chunks_mut(BLOCK) {
            wide(
                #[inline(always)]
                || {
                    let (exponent, top) = (exponent, top);
                    block.iter_mut().for_each(|x| *x = exponent(*x) - top);
                },
            );
            T::exp_nonpositive(block);
            total[0] += sum(block);
        }
        Exponentials { top, sum: total[0] }
    }

    /// `ln Σ_j e^{a_j}`, -∞ of nothing.
    pub(super) fn ln_sum(self) -> T {
        self.top + self.sum.ln()
    }

    /// What an exponential is multiplied by to be `factor` times its share of the sum.
    pub(super) fn share(self, factor: T) -> T {
        factor / self.sum
    }
}

/// Each exponential becomes `each` of it.
pub(super) fn share<T: Real>(exponentials: &mut [T], each: T) {
    wide(
        #[inline(always)]
        || {
            let of_one = each;
            exponentials.iter_mut().for_each(|e| *e = shared(*e, of_one));
        },
    );
}

/// An exponential times `each`. A place without one is no pair's: nothing is there even where `each` is no number.
#[inline(always)]
pub(super) fn shared<T: Real>(e: T, each: T) -> T {
    if e == T::ZERO { T::ZERO } else { each * e }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_1_however_large_the_exponents() {
        let mut exponents = [1e4, 1e4 - 1.0, -1e4, f64::NEG_INFINITY, 1e4];
        let exponentials = Exponentials::of(&mut exponents, |a| a, f64::NEG_INFINITY);
        let ln_sum = exponentials.ln_sum();
        assert!((ln_sum - (1e4 + libm::log(2.0 + libm::exp(-1.0)))).abs() < 1e-11, "{ln_sum}");
        let shared: f64 = exponents.iter().map(|e| exponentials.share(2.0) * e).sum();
        assert!((shared - 2.0).abs() < 1e-15);
        assert_eq!(exponents[3], 0.0);
    }

    #[test]
    fn of_nothing_there_is_nothing_to_share_and_what_is_beside_counts() {
        for mut exponents in [vec![], vec![f64::NEG_INFINITY; 40]] {
            let nothing = Exponentials::of(&mut exponents, |a| a, f64::NEG_INFINITY);
            assert_eq!(nothing.ln_sum(), f64::NEG_INFINITY);
            assert!(exponents.iter().all(|&e| e == 0.0));
            exponents.fill(f64::NEG_INFINITY);
            assert_eq!(Exponentials::of(&mut exponents, |a| a, -2.5).ln_sum(), -2.5);
        }
        let mut one = [0.0_f32];
        assert_eq!(Exponentials::of(&mut one, |a| a, 0.0).ln_sum(), Real::ln(2.0_f32));
    }

    #[test]
    fn what_is_no_number_is_not_hidden() {
        for mut exponents in [vec![f64::NAN], vec![0.5, f64::NAN, f64::NEG_INFINITY]] {
            let sum = Exponentials::of(&mut exponents, |a| a, f64::NEG_INFINITY);
            assert!(sum.ln_sum().is_nan() && sum.share(1.0).is_nan());
        }
    }
}
