//! Sums and maxima of long rows: partial ones side by side, which are put together in halves at the end. How many they are does
//! not depend on the machine's vectors, and so neither do bits.
//!
//! What is done to each number is a closure that owns what it needs: what it would read through a reference is read anew for each
//! number, as for all that the compiler knows it is one of those that are written.

use nn::{Real, wide};

/// Partial results: as many as the widest vectors have numbers, twice, so that one vector does not wait for the other.
const LANES: usize = 32;

/// The largest of what `of` makes of each, of those that are numbers; -∞ of none.
pub(super) fn largest<T: Real>(values: &[T], of: impl Fn(T) -> T + Copy) -> T {
    let mut found = T::of(f64::NEG_INFINITY);
    wide(
        #[inline(always)]
        || found = folded(values, found, of, larger),
    );
    found
}

/// The sum.
pub(super) fn sum<T: Real>(values: &[T]) -> T {
    let mut found = T::ZERO;
    wide(
        #[inline(always)]
        || found = folded(values, found, |x| x, |a, b| a + b),
    );
    found
}

/// What `of` makes of each, put together by `join`.
#[inline(always)]
fn folded<T: Real>(values: &[T], nothing: T, of: impl Fn(T) -> T, join: impl Fn(T, T) -> T) -> T {
    let mut lanes = [nothing; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane = join(*lane, of(x)));
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, &x)| *lane = join(*lane, of(x)));
    joined(lanes, join)
}

#[inline(always)]
fn larger<T: Real>(a: T, b: T) -> T {
    if a < b { b } else { a }
}

/// The sum of what `of` says of each first, which becomes what it says second.
pub(super) fn sum_and_replace<T: Real>(values: &mut [T], of: impl Fn(T) -> (T, T) + Copy) -> T {
    let mut found = T::ZERO;
    wide(
        #[inline(always)]
        || found = sum_and_replace_here(values, of),
    );
    found
}

#[inline(always)]
fn sum_and_replace_here<T: Real>(values: &mut [T], of: impl Fn(T) -> (T, T)) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (chunks, rest) = values.as_chunks_mut::<LANES>();
    for chunk in chunks {
        for k in 0..LANES {
            let (x, y) = of(chunk[k]);
            lanes[k] += x;
            chunk[k] = y;
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        let (x, y) = of(*value);
        *lane += x;
        *value = y;
    }
    joined(lanes, |a, b| a + b)
}

/// The lanes, put together in halves.
#[inline(always)]
fn joined<T: Real>(mut lanes: [T; LANES], join: impl Fn(T, T) -> T) -> T {
    for half in [16, 8, 4, 2, 1] {
        let (low, high) = lanes.split_at_mut(half);
        low.iter_mut().zip(&*high).for_each(|(a, &b)| *a = join(*a, b));
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use nn::Streams;

    use super::*;

    #[test]
    fn lanes_find_what_a_plain_loop_finds_on_any_vectors() {
        let mut stream = Streams::new([8; 32]).stream("lanes");
        for n in [0, 1, 7, 8, 9, 17, 31, 32, 33, 100, 1000] {
            let values: Vec<f32> = (0..n).map(|_| stream.normal() as f32).collect();
            let plain: f64 = values.iter().map(|&x| f64::from(x)).sum();
            assert!((f64::from(sum(&values)) - plain).abs() < 1e-4);
            let top = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert_eq!(largest(&values, |x| x), top);
            let of = |x: f32| if 0.25 < x { (x, 1.0) } else { (0.0, 0.0) };
            let (mut wide, mut here) = (values.clone(), values.clone());
            let sums = [sum_and_replace(&mut wide, of), sum_and_replace_here(&mut here, of)];
            assert_eq!(sums[0].to_bits(), sums[1].to_bits(), "compiled for the oldest processors");
            let expected: Vec<f32> = values.iter().map(|&x| of(x).1).collect();
            assert_eq!((&wide, &here), (&expected, &expected));
        }
    }

    #[test]
    fn what_is_no_number_is_never_the_largest_but_in_every_sum() {
        let mut values = [f64::NAN; 40];
        assert_eq!(largest(&values, |x| x), f64::NEG_INFINITY);
        values[35] = -2.0;
        assert_eq!(largest(&values, |x| -x), 2.0);
        assert!(sum(&values).is_nan());
    }
}
