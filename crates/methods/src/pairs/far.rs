//! The negatives of an anchor: a row with the cosine of each at its place among the references, and -∞ at every other place.
//! They are nearly all references: what is done to each of them is done to the row, in vectors.

use nn::{Real, wide};

use crate::pairs::lanes::largest;

/// Positions of the negatives, in their order.
pub fn negatives<T: Real>(far: &[T]) -> impl Iterator<Item = u32> {
    let none = T::of(f64::NEG_INFINITY);
    (0..).zip(far).filter(move |&(_, &s)| s != none).map(|(j, _)| j)
}

/// Whether there is a negative.
pub(super) fn has_negatives<T: Real>(far: &[T]) -> bool {
    negatives(far).next().is_some()
}

/// Leaves out the negatives of whose cosines `keeps` is false.
pub(super) fn retain<T: Real>(far: &mut [T], keeps: impl Fn(T) -> bool + Copy) {
    let none = T::of(f64::NEG_INFINITY);
    wide(
        #[inline(always)]
        || {
            let (keeps, none) = (keeps, none);
            far.iter_mut().for_each(|s| *s = if keeps(*s) { *s } else { none });
        },
    );
}

/// The first of the negatives with the largest cosine, and this; none that is no number.
pub(super) fn nearest<T: Real>(far: &[T]) -> Option<(u32, T)> {
    let most = largest(far, |s| s);
    if most == T::of(f64::NEG_INFINITY) {
        return None;
    }
    // Some of a row at a time: to ask whether it is among them takes vectors, to ask where does not.
    let mut first = 0;
    for some in far.chunks(BLOCK) {
        let mut is_here = false;
        wide(
            #[inline(always)]
            || some.iter().for_each(|&s| is_here |= s == most),
        );
        if is_here {
            let place = some.iter().position(|&s| s == most)?;
            return Some(((first + place) as u32, some[place]));
        }
        first += some.len();
    }
    None
}

const BLOCK: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f64 = f64::NEG_INFINITY;

    #[test]
    fn negatives_are_what_has_a_cosine_be_it_a_number_or_not() {
        let mut far = [0.5, NONE, f64::NAN, -0.5, NONE, 0.0];
        assert!(negatives(&far).eq([0, 2, 3, 5]));
        retain(&mut far, |s| 0.0 <= s);
        assert!(negatives(&far).eq([0, 5]) && has_negatives(&far));
        retain(&mut far, |s| 0.5 < s);
        assert!(!has_negatives(&far));
    }

    #[test]
    fn the_nearest_is_the_first_of_equals_and_a_number() {
        for n in [0, 1, 7, 8, 9, 17, 33, 600] {
            let mut far = vec![NONE; n];
            assert_eq!(nearest(&far), None);
            far.iter_mut().step_by(3).for_each(|s| *s = f64::NAN);
            assert_eq!(nearest(&far), None);
            far.iter_mut().skip(n / 2).step_by(5).for_each(|s| *s = -0.25);
            assert_eq!(nearest(&far), (0..n as u32).nth(n / 2).map(|j| (j, -0.25)));
        }
    }
}
