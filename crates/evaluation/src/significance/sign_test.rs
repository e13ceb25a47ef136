//! The sign test: does one method win more often than a coin would?
//!
//! ```text
//! p = min(1, 2 P(B <= min(wins, losses))),   B binomial of wins + losses throws at 1/2
//! ```
//!
//! Ties are dropped. It asks nothing of the sizes of differences, and is weak for it.
//!
//! Source: Dixon, Mood, JASA 1946; Demšar, JMLR 2006, section 3.1.4.

use statrs::distribution::{Binomial, DiscreteCDF};

/// The result of the sign test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignTest {
    /// Differences above zero.
    pub wins: usize,
    /// Differences below zero.
    pub losses: usize,
    /// Differences of zero, which the test does not count.
    pub ties: usize,
    /// Two-sided; 1 where all differences are zero.
    pub p_value: f64,
}

/// The two-sided test. `None` of nothing or of what is no number.
pub fn sign_test(differences: &[f64]) -> Option<SignTest> {
    if differences.is_empty() || !differences.iter().all(|difference| difference.is_finite()) {
        return None;
    }
    let wins = differences.iter().filter(|d| 0.0 < **d).count();
    let losses = differences.iter().filter(|d| **d < 0.0).count();
    let coin = Binomial::new(0.5, (wins + losses) as u64).ok()?;
    let p_value = (2.0 * coin.cdf(wins.min(losses) as u64)).min(1.0);
    Some(SignTest { wins, losses, ties: differences.len() - wins - losses, p_value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_only_say_nothing() {
        let test = sign_test(&[0.0; 4]).unwrap();
        assert_eq!((test.wins, test.losses, test.ties, test.p_value), (0, 0, 4, 1.0));
        assert_eq!(sign_test(&[]), None);
    }

    proptest! {
        #[test]
        fn swapping_the_methods_swaps_wins_and_losses(d in prop::collection::vec(-2..3_i8, 1..60)) {
            let d: Vec<f64> = d.into_iter().map(f64::from).collect();
            let swapped: Vec<f64> = d.iter().map(|d| -3.0 * d).collect();
            let (test, other) = (sign_test(&d).unwrap(), sign_test(&swapped).unwrap());
            prop_assert_eq!((test.wins, test.losses, test.ties), (other.losses, other.wins, other.ties));
            prop_assert_eq!(test.p_value, other.p_value);
            prop_assert!((0.0..=1.0).contains(&test.p_value));
        }
    }
}
