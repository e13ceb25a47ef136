//! Distances of embeddings of length 1, from their cosine: `d = ‖x_i − x_j‖₂ = √(2 − 2 s)`, `dd/ds = −1 / d`.

use nn::Real;

/// `d`; a cosine above 1, which only rounding makes, is a distance of 0.
pub(super) fn distance<T: Real>(cosine: T) -> T {
    let square = T::of(2.0) * (T::ONE - cosine);
    if square < T::ZERO { T::ZERO } else { square.sqrt() }
}

/// `dd/ds`; 0 at a distance of 0, from which no direction is one to leave in.
pub(super) fn slope<T: Real>(distance: T) -> T {
    if distance == T::ZERO { T::ZERO } else { -(T::ONE / distance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_points_on_a_circle() {
        assert_eq!((distance(1.0), distance(-1.0), distance(0.5)), (0.0, 2.0, 1.0));
        assert_eq!(distance(1.0 + 1e-15), 0.0);
        assert!(distance(f64::NAN).is_nan());
        let (s, h) = (0.3, 1e-6);
        let between = (distance(s + h) - distance(s - h)) / (2.0 * h);
        assert!((slope(distance(s)) - between).abs() < 1e-9);
        assert_eq!(slope(0.0), 0.0);
    }
}
