//! The nearest and the farthest of an anchor's references: of equals the first, and none that is no number.

use nn::Real;

/// The reference of `list` with the largest cosine.
pub(super) fn nearest<T: Real>(list: &[u32], cosines: &[T]) -> Option<u32> {
    first(list, cosines, |s, best| best < s)
}

/// The reference of `list` with the smallest cosine.
pub(super) fn farthest<T: Real>(list: &[u32], cosines: &[T]) -> Option<u32> {
    first(list, cosines, |s, best| s < best)
}

fn first<T: Real>(list: &[u32], cosines: &[T], beats: impl Fn(T, T) -> bool) -> Option<u32> {
    let numbers = list.iter().copied().filter(|&j| !cosines[j as usize].is_nan());
    numbers.reduce(|a, b| if beats(cosines[b as usize], cosines[a as usize]) { b } else { a })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equals_it_is_the_first_and_never_what_is_no_number() {
        let cosines = [f64::NAN, 0.5, 0.5, -0.5, -0.5];
        assert_eq!(
            (nearest(&[0, 2, 1, 3], &cosines), farthest(&[0, 4, 3, 1], &cosines)),
            (Some(2), Some(4))
        );
        assert_eq!((nearest(&[0], &cosines), farthest(&[], &cosines)), (None, None));
    }
}
