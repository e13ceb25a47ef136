//! The logistic function of many numbers, with what it is the slope of.
//!
//! ```text
//! σ(x) = 1 / (1 + e^-x),   softplus(x) = ln(1 + e^x) = max(0, x) - ln(1 - σ(-|x|))
//! ```

use nn::{Real, wide};

use crate::pairs::lanes::sum;

/// The function with its workspace.
#[derive(Debug, Default)]
pub(super) struct Logistic<T> {
    rests: Vec<T>,
}

impl<T: Real> Logistic<T> {
    /// The sum of `softplus(x)`; each number becomes `σ(x)`.
    pub(super) fn of(&mut self, numbers: &mut [T]) -> T {
        let Logistic { rests } = self;
        rests.clear();
        rests.extend(numbers.iter().map(|&x| if T::ZERO < x { x } else { T::ZERO }));
        let positive = sum(rests);
        rests.clear();
        rests.extend(numbers.iter().map(|&x| if x < T::ZERO { x } else { -x }));
        T::exp_nonpositive(rests);
        wide(
            #[inline(always)]
            || {
                for (x, e) in numbers.iter_mut().zip(&mut *rests) {
                    let whole = T::ONE + *e;
                    let rest = *e / whole;
                    *x = if *x < T::ZERO { rest } else { T::ONE / whole };
                    *e = -rest;
                }
            },
        );
        T::ln_1p_nonpositive(rests);
        positive - sum(rests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_slopes_are_those_of_numbers_one_by_one() {
        let numbers: Vec<f64> = (-400..=400).map(|k| f64::from(k) / 10.0).collect();
        let mut logistic = Logistic::default();
        for &x in &numbers {
            let mut slope = [x];
            let (value, expected) = (logistic.of(&mut slope), x.softplus());
            assert!((value - expected).abs() <= 4e-16 * expected, "{x}: {value} {expected}");
            assert!((slope[0] - x.sigmoid()).abs() <= 3e-16 * x.sigmoid(), "{x}");
            let mut slope = [x as f32];
            let value = f64::from(logistic_of_single(&mut slope));
            assert!((value - f64::from(x as f32).softplus()).abs() <= 3e-7 * value, "{x}: {value}");
        }
        let all: f64 = numbers.iter().map(|x| x.softplus()).sum();
        assert!((logistic.of(&mut numbers.clone()) - all).abs() < 1e-12 * all);
    }

    fn logistic_of_single(numbers: &mut [f32]) -> f32 {
        Logistic::default().of(numbers)
    }

    #[test]
    fn both_ends_are_exact_and_what_is_no_number_is_not_hidden() {
        let mut numbers = [f64::NEG_INFINITY, f64::INFINITY, 0.0];
        let mut logistic = Logistic::default();
        assert_eq!(logistic.of(&mut numbers), f64::INFINITY);
        assert_eq!(numbers, [0.0, 1.0, 0.5]);
        assert_eq!(logistic.of(&mut [f64::NEG_INFINITY]), 0.0);
        assert!(logistic.of(&mut [1.0, f64::NAN]).is_nan());
    }
}
