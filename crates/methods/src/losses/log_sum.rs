//! Logarithms of sums of exponentials.

use nn::Real;

/// `ln Σ_j e^{a_j}`, `-∞` of none; each exponent becomes its share `e^{a_j} / Σ`. Finite for all finite exponents.
pub(super) fn log_sum<T: Real>(exponents: &mut [T]) -> T {
    let Some(largest) = exponents.iter().copied().reduce(T::max) else {
        return T::of(f64::NEG_INFINITY);
    };
    exponents.iter_mut().for_each(|a| *a -= largest);
    T::exp_nonpositive(exponents);
    let sum: T = exponents.iter().copied().sum();
    exponents.iter_mut().for_each(|a| *a /= sum);
    largest + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_1_however_large_the_exponents() {
        let mut exponents = [1e4, 1e4 - 1.0, -1e4, 1e4];
        let sum = log_sum(&mut exponents);
        assert!((sum - (1e4 + libm::log(2.0 + libm::exp(-1.0)))).abs() < 1e-11, "{sum}");
        assert!((exponents.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert_eq!(log_sum::<f64>(&mut []), f64::NEG_INFINITY);
        assert_eq!(
            (log_sum(&mut [-2.5_f64]), log_sum(&mut [0.0_f32; 2])),
            (-2.5, Real::ln(2.0_f32))
        );
    }
}
