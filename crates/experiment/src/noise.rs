//! Label noise: classes of training rows that are replaced by wrong ones, as a part of the protocol.
//!
//! ```text
//! a row of class k keeps it with probability T[k][k] and gets class j with T[k][j]
//! uniform      T[k][j] = rate / (K - 1) for every j other than k
//! pair_flip    T[k][k + 1 mod K] = rate
//! matrix       T as written
//! ```
//!
//! The training part alone is changed: what picks the epoch, the meta set and the test part keep their labels. Two draws of a
//! stream of the data set, the fold and the seed decide on each row, whatever the noise: every method sees the same
//! wrong labels, and a row that is wrong at one rate is wrong at every higher one.
//!
//! Source: class-conditional noise: Angluin and Laird, Learning from Noisy Examples, Machine Learning 1988; pair flip: Han
//! et al., Co-teaching, NeurIPS 2018.
//!
//! Trap: papers that replace a share `r` of the labels by any of the K classes, the right one among them, have a rate of
//! `r (K - 1) / K` here.

use methods::setting::counts_of;
use nn::range::UnitInterval;
use nn::{Stream, Streams};
use serde::{Deserialize, Serialize};

/// `protocol.noise`. It is not written where it is `none`, so that a record says what it said when there was none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseSpec {
    /// All labels stay.
    None {},
    /// Any other class, all alike.
    Uniform(NoiseRate),
    /// The next class, after the last the first.
    PairFlip(NoiseRate),
    /// Probabilities of one's own.
    Matrix(NoiseMatrix),
}

/// How much noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoiseRate {
    /// Share of the labels that are wrong, from 0 to 1; default 0.2.
    pub rate: UnitInterval,
}

impl Default for NoiseRate {
    fn default() -> Self {
        NoiseRate { rate: UnitInterval::new(0.2) }
    }
}

/// Which class becomes which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseMatrix {
    /// `T`, `[n_classes, n_classes]`, a row for each true class in the order of the classes; each sums to 1.
    pub probabilities: Transitions,
}

/// Rows of probabilities, as many as columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Vec<UnitInterval>>", into = "Vec<Vec<UnitInterval>>")]
pub struct Transitions(Vec<Vec<UnitInterval>>);

impl TryFrom<Vec<Vec<UnitInterval>>> for Transitions {
    type Error = String;

    fn try_from(rows: Vec<Vec<UnitInterval>>) -> Result<Self, String> {
        let n = rows.len();
        for (class, row) in rows.iter().enumerate() {
            if row.len() != n {
                return Err(format!(
                    "row {class} (from 0), of {}, is not a row of {n} numbers, as many as there are rows",
                    row.len()
                ));
            }
            let sum: f64 = row.iter().map(|p| p.get()).sum();
            if 1e-9 < (sum - 1.0).abs() {
                return Err(format!(
                    "row {class} (from 0), of sum {sum}, is not a row of probabilities that sum to 1"
                ));
            }
        }
        Ok(Transitions(rows))
    }
}

impl From<Transitions> for Vec<Vec<UnitInterval>> {
    fn from(rows: Transitions) -> Self {
        rows.0
    }
}

impl Default for NoiseSpec {
    fn default() -> Self {
        NoiseSpec::None {}
    }
}

impl NoiseSpec {
    /// Raised whenever other labels are flipped.
    pub const VERSION: u32 = 1;

    /// Whether all labels stay.
    pub fn is_none(&self) -> bool {
        *self == NoiseSpec::None {}
    }

    /// Why it is not for `n_classes`.
    pub(crate) fn refuses(&self, n_classes: usize) -> Option<String> {
        let NoiseSpec::Matrix(NoiseMatrix { probabilities: Transitions(rows) }) = self else {
            return None;
        };
        (rows.len() != n_classes).then(|| {
            format!(
                "the matrix of `noise` has {} rows, and there are {n_classes} classes",
                rows.len()
            )
        })
    }

    /// `T[class][to]` of another class.
    fn probability(&self, class: usize, to: usize, n_classes: usize) -> f64 {
        match self {
            NoiseSpec::Uniform(NoiseRate { rate }) => rate.get() / (n_classes - 1) as f64,
            NoiseSpec::PairFlip(NoiseRate { rate }) if to == (class + 1) % n_classes => rate.get(),
            NoiseSpec::None {} | NoiseSpec::PairFlip(_) => 0.0,
            NoiseSpec::Matrix(NoiseMatrix { probabilities }) => probabilities.0[class][to].get(),
        }
    }

    /// The class that a row of `class` is given.
    fn draw(&self, class: usize, n_classes: usize, stream: &mut Stream) -> usize {
        let (whether, which) = (stream.uniform(), stream.uniform());
        let others = (0..n_classes).filter(|&to| to != class);
        let of = |to| self.probability(class, to, n_classes);
        let total: f64 = others.clone().map(of).sum();
        if total <= whether {
            return class;
        }
        let mut left = which * total;
        let reached = others.clone().find(|&to| {
            left -= of(to);
            left < 0.0
        });
        // The last sum may miss the total by a rounding.
        reached.or_else(|| others.rev().find(|&to| 0.0 < of(to))).unwrap_or(class)
    }

    /// Replaces labels among `targets`, each below `n_classes`; what was replaced, if there is noise at all.
    pub(crate) fn flip(
        &self,
        targets: &mut [u32],
        n_classes: usize,
        streams: &Streams,
    ) -> Option<Flipped> {
        if self.is_none() {
            return None;
        }
        let mut stream = streams.stream("label noise");
        let true_targets = targets.to_vec();
        for target in &mut *targets {
            *target = self.draw(*target as usize, n_classes, &mut stream) as u32;
        }
        let pairs = || targets.iter().zip(&true_targets);
        let wrong: Vec<u32> = pairs().filter(|(y, was)| y != was).map(|(_, &was)| was).collect();
        Some(Flipped {
            counts: counts_of(&wrong, n_classes),
            rows: pairs().map(|(y, was)| y != was).collect(),
        })
    }
}

/// Which labels are wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Flipped {
    /// Whether that of each row is, `[n_train]`.
    pub rows: Vec<bool>,
    /// How many rows of each true class have a wrong one, `[n_classes]`.
    pub counts: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn spec(json: Value) -> NoiseSpec {
        serde_json::from_value(json).unwrap()
    }

    fn targets() -> Vec<u32> {
        (0..9000).map(|i| i % 3).collect()
    }

    /// Shares of the classes that rows of each class are given.
    fn shares(spec: &NoiseSpec) -> Vec<Vec<f64>> {
        let mut noisy = targets();
        spec.flip(&mut noisy, 3, &Streams::new([4; 32]));
        let given = |from: u32, to: u32| {
            let rows = targets().into_iter().zip(&noisy);
            rows.filter(|&(was, &is)| was == from && is == to).count() as f64 / 3000.0
        };
        (0..3).map(|from| (0..3).map(|to| given(from, to)).collect()).collect()
    }

    #[test]
    fn labels_are_replaced_as_often_as_the_noise_says() {
        let matrix = [[0.5, 0.2, 0.3], [0.0, 1.0, 0.0], [0.9, 0.1, 0.0]];
        let third = [[0.7, 0.15, 0.15], [0.15, 0.7, 0.15], [0.15, 0.15, 0.7]];
        let next = [[0.7, 0.3, 0.0], [0.0, 0.7, 0.3], [0.3, 0.0, 0.7]];
        for (noise, expected) in [
            (json!({ "uniform": { "rate": 0.3 } }), third),
            (json!({ "pair_flip": { "rate": 0.3 } }), next),
            (json!({ "matrix": { "probabilities": matrix } }), matrix),
        ] {
            for (shares, expected) in shares(&spec(noise)).iter().zip(expected) {
                for (share, expected) in shares.iter().zip(expected) {
                    // Five standard deviations; what cannot be never is.
                    let within = 5.0 * (expected * (1.0 - expected) / 3000.0_f64).sqrt();
                    assert!((share - expected).abs() <= within, "{share} {expected}");
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_at_one_rate_is_wrong_at_every_higher_one_and_nothing_is_at_0() {
        let wrong = |kind: &str, rate: f64| {
            let mut noisy = targets();
            let noise = spec(json!({ kind: { "rate": rate } }));
            let flipped = noise.flip(&mut noisy, 3, &Streams::new([4; 32])).unwrap();
            let n_wrong = noisy.iter().zip(targets()).filter(|&(&y, was)| y != was).count();
            assert_eq!(flipped.counts.iter().sum::<u32>() as usize, n_wrong);
            flipped.rows
        };
        for kind in ["uniform", "pair_flip"] {
            let (some, more) = (wrong(kind, 0.1), wrong(kind, 0.4));
            assert!(some.iter().zip(&more).all(|(&some, &more)| !some || more));
            assert!(wrong(kind, 0.0).iter().all(|&wrong| !wrong));
            assert!(wrong(kind, 1.0).iter().all(|&wrong| wrong));
        }
        assert_eq!(wrong("uniform", 0.4), wrong("pair_flip", 0.4));
    }

    #[test]
    fn a_matrix_is_square_and_its_rows_are_probabilities() {
        let why = |rows: Value| {
            let noise = json!({ "matrix": { "probabilities": rows } });
            serde_json::from_value::<NoiseSpec>(noise).unwrap_err().to_string()
        };
        assert!(
            why(json!([[1, 0], [0.5]])).contains("row 1 (from 0), of 1, is not a row of 2 numbers")
        );
        assert!(
            why(json!([[1, 0], [0.5, 0.4]])).contains("row 1 (from 0), of sum 0.9, is not a row")
        );
        assert!(why(json!([[2, -1], [0, 1]])).contains("2 is not"));
        let noise = spec(json!({ "matrix": { "probabilities": [[1, 0], [0, 1]] } }));
        assert_eq!(noise.refuses(2), None);
        assert!(noise.refuses(3).unwrap().contains("2 rows, and there are 3 classes"));
    }
}
