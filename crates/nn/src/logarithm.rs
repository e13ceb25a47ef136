//! The logarithms under the softmax: those of `libm` to the bit, in loops without branches.

use crate::wide::wide;

/// `x ← ln(1 + x)` for numbers of at least -1/2 and at most 0; NaN stays NaN.
pub(crate) fn ln_1p_nonpositive_f32(values: &mut [f32]) {
    wide(
        #[inline(always)]
        || values.iter_mut().for_each(|x| *x = ln_1p_nonpositive(*x)),
    );
}

/// `x ← ln x` for positive normal numbers; infinity and NaN stay.
pub(crate) fn ln_normal_f32(values: &mut [f32]) {
    wide(
        #[inline(always)]
        || values.iter_mut().for_each(|x| *x = ln_normal(*x)),
    );
}

/// What `log1pf` does on its way to these numbers.
#[inline(always)]
fn ln_1p_nonpositive(x: f32) -> f32 {
    let sum = 1.0 + x;
    let (k, m) = split(sum);
    // Where 1 + x is at least sqrt(2) / 2 there is nothing to take out, and nothing is lost in the sum.
    let is_far = x < f32::from_bits(0xbe95_f619);
    let (k, f) = if is_far { (k, m - 1.0) } else { (0.0, x) };
    let lost = if is_far { (x - (sum - 1.0)) / sum } else { 0.0 };
    let ln = joined(f, k, lost);
    // 2^-24: the logarithm is the number.
    if x.abs() < 5.960_464_5e-8 { x } else { ln }
}

/// What `logf` does on its way to these numbers.
#[inline(always)]
fn ln_normal(x: f32) -> f32 {
    let (k, m) = split(x);
    let ln = joined(m - 1.0, k, 0.0);
    if x < f32::INFINITY { ln } else { x }
}

/// `x = 2^k m` with `sqrt(2) / 2 <= m < sqrt(2)`.
#[inline(always)]
fn split(x: f32) -> (f32, f32) {
    const HALF_ROOT: u32 = 0x3f35_04f3;
    let bits = x.to_bits().wrapping_add(1.0_f32.to_bits() - HALF_ROOT);
    let k = (bits >> 23).cast_signed() - 0x7f;
    (k as f32, f32::from_bits((bits & 0x007f_ffff) + HALF_ROOT))
}

/// `ln(1 + f) + k ln 2 + c`, by the polynomial of FreeBSD's `logf` (Sun Microsystems, 1993).
#[inline(always)]
fn joined(f: f32, k: f32, c: f32) -> f32 {
    // ln 2 in two parts: k times the first is exact.
    const LN_2: [f32; 2] = [0.693_138_1, 9.058_001e-6];
    const LG: [f32; 4] = [0.666_666_6, 0.400_009_72, 0.284_987_87, 0.242_790_79];
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let r = z * (LG[0] + w * LG[2]) + w * (LG[1] + w * LG[3]);
    let half = 0.5 * f * f;
    s * (half + r) + (k * LN_2[1] + c) - half + f + k * LN_2[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wide::tests::{every_arch, on};

    fn check(from: f32, to: f32, ours: fn(&mut [f32]), libm: fn(f32) -> f32) {
        let numbers: Vec<f32> =
            (from.to_bits()..=to.to_bits()).step_by(397).map(f32::from_bits).collect();
        for (name, arch) in every_arch() {
            let mut found = numbers.clone();
            on(arch, || ours(&mut found));
            for (&x, found) in numbers.iter().zip(found) {
                assert_eq!(found.to_bits(), libm(x).to_bits(), "{x} {name}");
            }
        }
    }

    #[test]
    fn logarithms_are_those_of_libm_to_the_bit() {
        let half = -0.5_f32;
        check(-0.0, half, ln_1p_nonpositive_f32, libm::log1pf);
        check(f32::MIN_POSITIVE, f32::MAX, ln_normal_f32, libm::logf);
        for x in [-0.292_893_2, -0.292_893_23, -0.292_893_26, -5.960_464_5e-8, half] {
            check(x, x, ln_1p_nonpositive_f32, libm::log1pf);
        }
        for x in [1.0, std::f32::consts::SQRT_2, std::f32::consts::FRAC_1_SQRT_2, f32::INFINITY] {
            check(x, x, ln_normal_f32, libm::logf);
        }
    }

    #[test]
    fn what_is_not_a_number_has_no_logarithm() {
        let mut values = [f32::NAN, -f32::NAN];
        ln_1p_nonpositive_f32(&mut values);
        assert!(values.iter().all(|x| x.is_nan()));
        ln_normal_f32(&mut values);
        assert!(values.iter().all(|x| x.is_nan()));
    }
}
