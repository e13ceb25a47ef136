//! Isotonic regression: the rising curve that comes nearest to how often a class was there.
//!
//! ```text
//! g = argmin_g Σ_i (y_i - g(p_i))²   over all g that never fall
//! ```
//!
//! - `p_i`: the probability of the class for example `i` of the validation part; `y_i`: whether it is of it
//!
//! Found by pooling adjacent violators: neighbours whose means would fall become one pool with their common mean. Within a
//! pool the curve is flat, between two it is a straight line, and before the first and behind the last it goes on flat. Of
//! two classes the second is calibrated and the first has the rest; of more, each is against the rest, and all are
//! renormalised, to equal shares where nothing is left of any.
//!
//! Source: Zadrozny, Elkan, *Transforming Classifier Scores into Accurate Multiclass Probability Estimates*, KDD 2002; Ayer
//! and others, *An Empirical Distribution Function for Sampling with Incomplete Information*, 1955 (the algorithm).
//! Trap: it has as many parameters as it finds pools. With few examples of a class `platt` is the safer choice.
//! Trap: examples of one pool become ties: the order that areas are measured by is coarser, and probabilities of 0 and 1 cost
//! much log loss where they are wrong.
//! Trap: of more than two classes, one that the validation part lacks keeps its probability until all are renormalised.
//! Trap: a validation part of one class tells nothing: probabilities stay as they are, and the record says so.

use serde::{Deserialize, Serialize};

use crate::calibration::calibrator::{Calibrator, one_against_rest};
use crate::calibration::definition::Definition;
use crate::judged::Judged;

/// A rising curve for each class. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Isotonic {}

/// Straight lines between points, flat before the first and behind the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Rising.
    pub from: Vec<f64>,
    /// What each becomes; never falling.
    pub to: Vec<f64>,
}

impl Definition for Isotonic {
    fn code(&self) -> &'static str {
        include_str!("isotonic.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn fit(&self, validation: &Judged<'_>) -> Option<Calibrator> {
        Some(Calibrator::Isotonic(one_against_rest(validation, Curve::fit)))
    }
}

/// Neighbours with one mean.
struct Pool {
    first: f64,
    last: f64,
    n: f64,
    n_positive: f64,
}

impl Pool {
    fn mean(&self) -> f64 {
        self.n_positive / self.n
    }

    /// `next` stands behind it.
    fn join(&mut self, next: &Pool) {
        self.last = next.last;
        self.n += next.n;
        self.n_positive += next.n_positive;
    }
}

/// The pools of `examples`, whose means rise.
fn pooled(examples: &[(f64, bool)]) -> Vec<Pool> {
    let mut examples = examples.to_vec();
    examples.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut pools: Vec<Pool> = Vec::new();
    for equal in examples.chunk_by(|(a, _), (b, _)| a == b) {
        let n_positive = equal.iter().filter(|(_, positive)| *positive).count() as f64;
        let p = equal[0].0;
        let mut pool = Pool { first: p, last: p, n: equal.len() as f64, n_positive };
        while let Some(mut before) = pools.pop_if(|before| pool.mean() <= before.mean()) {
            before.join(&pool);
            pool = before;
        }
        pools.push(pool);
    }
    pools
}

impl Curve {
    /// What the probability `p` becomes.
    pub(crate) fn at(&self, p: f64) -> f64 {
        let Curve { from, to } = self;
        let next = from.partition_point(|&x| x < p);
        match (next.checked_sub(1), from.get(next)) {
            (None, _) => to[0],
            (Some(last), None) => to[last],
            (Some(before), Some(above)) => {
                let share = (p - from[before]) / (above - from[before]);
                to[before] + share * (to[next] - to[before])
            }
        }
    }

    fn fit(examples: &[(f64, bool)]) -> Self {
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for pool in pooled(examples) {
            from.push(pool.first);
            to.push(pool.mean());
            if pool.first < pool.last {
                from.push(pool.last);
                to.push(pool.mean());
            }
        }
        Curve { from, to }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn squares(examples: &[(f64, bool)], of: impl Fn(f64) -> f64) -> f64 {
        examples.iter().map(|&(p, y)| (f64::from(u8::from(y)) - of(p)).powi(2)).sum()
    }

    #[test]
    fn violators_are_pooled_to_their_mean() {
        let examples =
            [(0.1, false), (0.2, true), (0.3, false), (0.4, false), (0.5, true), (0.5, false)];
        let curve = Curve::fit(&examples);
        // 1, 0, 0 fall, and are one third; the ties at 0.5 are a half.
        let third = 1.0 / 3.0;
        assert_eq!(curve.from, [0.1, 0.2, 0.4, 0.5]);
        assert_eq!(curve.to, [0.0, third, third, 0.5]);
    }

    #[test]
    fn between_pools_it_is_a_line_and_outside_it_is_flat() {
        let curve = Curve { from: vec![0.2, 0.4], to: vec![0.0, 1.0] };
        assert_eq!([0.0, 0.2, 0.4, 0.9].map(|p| curve.at(p)), [0.0, 0.0, 1.0, 1.0]);
        assert!((curve.at(0.3) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn more_classes_are_renormalised_and_one_that_is_not_there_keeps_its_share() {
        let probabilities = [0.7, 0.2, 0.1, 0.3, 0.6, 0.1, 0.5, 0.4, 0.1];
        let part = Judged { probabilities: &probabilities, n_classes: 3, targets: &[0, 1, 0] };
        let calibrator = Isotonic {}.fit(&part).unwrap();
        let Calibrator::Isotonic(curves) = &calibrator else { panic!("{calibrator:?}") };
        assert!(curves[0].is_some() && curves[1].is_some() && curves[2].is_none());
        let mut row = [0.7, 0.2, 0.1];
        calibrator.apply(&mut row, 3);
        let near = |(a, b): (&f64, f64)| (a - b).abs() < 1e-15;
        assert!(row.iter().zip([1.0 / 1.1, 0.0, 0.1 / 1.1]).all(near), "{row:?}");
        let mut two = [0.7, 0.3, 0.2, 0.8];
        let part = Judged { probabilities: &two.clone(), n_classes: 2, targets: &[1, 0] };
        Isotonic {}.fit(&part).unwrap().apply(&mut two, 2);
        assert_eq!(two, [0.5; 4], "the wrong order is pooled");
    }

    proptest! {
        /// Rising curves are sums of steps: against every direction into one of them the fit is a minimum.
        #[test]
        fn no_other_rising_curve_is_nearer(
            examples in prop::collection::vec((0..20_u8, any::<bool>()), 1..40),
            steps in prop::collection::vec((0..20_u8, 0.0..1.0_f64), 1..6),
        ) {
            let examples: Vec<(f64, bool)> =
                examples.iter().map(|&(p, y)| (f64::from(p) / 20.0, y)).collect();
            let curve = Curve::fit(&examples);
            let other = |p: f64| -> f64 {
                steps.iter().filter(|(at, _)| f64::from(*at) / 20.0 <= p).map(|(_, h)| h).sum()
            };
            // Sums of squares are rounded.
            let best = squares(&examples, |p| curve.at(p)) - 1e-12;
            prop_assert!(best <= squares(&examples, other));
            let between = |p: f64| 0.99 * curve.at(p) + 0.01 * other(p);
            prop_assert!(best <= squares(&examples, between));
            prop_assert!(curve.to.is_sorted() && curve.from.is_sorted_by(|a, b| a < b));
        }
    }
}
