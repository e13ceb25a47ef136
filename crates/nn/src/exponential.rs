//! The exponential under the softmax.

use pulp::{Simd, WithSimd};

use crate::wide::arch;

/// `x ← exp(x)` for numbers of at most 0, the same bits for a number wherever it stands and on every
/// path. Results below the smallest normal number are 0; NaN stays NaN. At most 1 ulp off.
pub(crate) fn exp_nonpositive_f32(values: &mut [f32]) {
    arch().dispatch(Exponential(values));
}

struct Exponential<'a>(&'a mut [f32]);

impl WithSimd for Exponential<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (vectors, tail) = S::as_mut_simd_f32s(self.0);
        for x in vectors {
            *x = exp_nonpositive(simd, *x);
        }
        if !tail.is_empty() {
            let x = simd.partial_load_f32s(tail);
            simd.partial_store_f32s(tail, exp_nonpositive(simd, x));
        }
    }
}

/// `e^x = 2^n e^r` with `n` the nearest integer to `x / ln 2` and `|r| <= ln(2) / 2`; `e^r` by the
/// polynomial of Cephes' `expf` (Moshier, 1984). Only fused multiply-adds: the same on every path.
#[inline(always)]
fn exp_nonpositive<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let constant = |value: f32| simd.splat_f32s(value);
    // The logarithm of the smallest normal number: below it the exponent field would wrap.
    let smallest = constant(-87.336_54);
    let inside = simd.max_f32s(x, smallest);
    // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits.
    let magic = constant(12_582_912.0);
    let shifted = simd.mul_add_f32s(inside, constant(std::f32::consts::LOG2_E), magic);
    let n = simd.sub_f32s(shifted, magic);
    // ln 2 in two parts: n times the first is exact.
    let r = simd.mul_add_f32s(n, constant(-0.693_359_4), inside);
    let r = simd.mul_add_f32s(n, constant(2.121_944_4e-4), r);
    let mut p = constant(1.987_569_1e-4);
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = simd.mul_add_f32s(p, r, constant(coefficient));
    }
    let e = simd.add_f32s(simd.mul_add_f32s(p, simd.mul_f32s(r, r), r), constant(1.0));
    let exponent =
        simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    let e = simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(e), exponent));
    let e = simd.select_f32s(simd.less_than_f32s(x, smallest), constant(0.0), e);
    // Of x itself the compiler would make a store under a mask, which waits for a dozen cycles on some machines.
    simd.select_f32s(simd.equal_f32s(x, x), e, simd.add_f32s(x, x))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exp(x: f32) -> f32 {
        let mut values = [x];
        exp_nonpositive_f32(&mut values);
        values[0]
    }

    #[test]
    fn the_exponential_is_within_one_ulp() {
        let mut worst: f64 = 0.0;
        // Every 97th representable number from -0 to -87.33.
        for bits in ((-0.0_f32).to_bits()..=(-87.33_f32).to_bits()).step_by(97) {
            let x = f32::from_bits(bits);
            let exact = libm::exp(f64::from(x));
            let ulp = f64::from(f32::EPSILON) * exact.log2_floor();
            worst = worst.max((f64::from(exp(x)) - exact).abs() / ulp);
        }
        assert!(worst <= 1.0, "{worst} ulp");
    }

    trait Log2Floor {
        /// The power of two at or below a positive number.
        fn log2_floor(self) -> f64;
    }

    impl Log2Floor for f64 {
        fn log2_floor(self) -> f64 {
            f64::from_bits(self.to_bits() & !((1 << 52) - 1))
        }
    }

    #[test]
    fn the_exponential_keeps_its_limits() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-88.0), 0.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert!(exp(f32::NAN).is_nan());
        assert!(0.0 < exp(-87.336));
    }

    #[test]
    fn a_number_has_the_same_exponential_everywhere() {
        let values: Vec<f32> = (0..1003).map(|i| -(i as f32) * 0.087).collect();
        let mut together = values.clone();
        exp_nonpositive_f32(&mut together);
        let alone: Vec<f32> = values.iter().map(|&x| exp(x)).collect();
        let mut scalar = values.clone();
        pulp::Scalar::new().vectorize(Exponential(&mut scalar));
        assert_eq!(together, alone);
        assert_eq!(together, scalar);
    }
}
