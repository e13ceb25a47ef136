//! The nearest and the farthest of an anchor's positives: of equals the first, and none that is no number.

use nn::Real;

/// The positive with the largest cosine, and this.
pub(super) fn easiest<T: Real>(positives: &[(u32, T)]) -> Option<(u32, T)> {
    first(positives, |s, best| best < s)
}

/// The positive with the smallest cosine, and this.
pub(super) fn farthest<T: Real>(positives: &[(u32, T)]) -> Option<(u32, T)> {
    first(positives, |s, best| s < best)
}

fn first<T: Real>(positives: &[(u32, T)], beats: impl Fn(T, T) -> bool) -> Option<(u32, T)> {
    let numbers = positives.iter().copied().filter(|(_, s)| !s.is_nan());
    numbers.reduce(|a, b| if beats(b.1, a.1) { b } else { a })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equals_it_is_the_first_and_never_what_is_no_number() {
        let positives = [(0, f64::NAN), (2, 0.5), (1, 0.5), (4, -0.5), (3, -0.5)];
        assert_eq!(easiest(&positives), Some((2, 0.5)));
        assert_eq!(farthest(&positives), Some((4, -0.5)));
        assert_eq!((easiest(&positives[..1]), farthest::<f64>(&[])), (None, None));
    }
}
