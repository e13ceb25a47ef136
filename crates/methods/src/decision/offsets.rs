//! Offsets: the class whose probability times its own weight is the largest, the weights chosen on the validation part.
//!
//! ```text
//! ŷ = argmax_k w_k p_k = argmax_k (ln p_k + ln w_k)
//! w = argmax_w M(w),   one w_k after the other, from w = 1
//! ```
//!
//! - `p`: the probabilities of the classes, `[n_classes]`; `w`: the weights, `[n_classes]`
//! - `M`: `balanced_accuracy`, `g_mean` (the default), `macro_f1` or `mcc` of the validation part, over the classes that it
//!   has; the weights of others stay 1
//!
//! A step tries for one `w_k` every value that the validation part tells apart, with the others as they are: the
//! geometric midpoints between neighbouring `max_j≠k w_j p_j / p_k`, and half of the least and twice the largest. Steps go
//! class by class until none of them is better, 50 times at the most. Of equally good values the nearest to 1 as a ratio is
//! taken, of two as near the smaller.
//!
//! Source: Lachiche, Flach, *Improving Accuracy and Cost of Two-Class and Multi-Class Probabilistic Classifiers Using ROC
//! Curves*, ICML 2003.
//! Differs: they go through the classes once, from the largest to the smallest.
//! Trap: it ends where no single weight helps, which need not be the best of all weights. For two classes it is.
//! Trap: `g_mean` takes a class that is never found as found next to never, so that the search sees that another is gained.
//! Trap: a validation part of one class tells nothing: the most probable class is decided for, and the record says so.

use serde::{Deserialize, Serialize};

use crate::decision::definition::Definition;
use crate::decision::maximise::{Decided, MaximiseAll};
use crate::decision::rule::Rule;
use crate::judged::{Judged, largest};
use crate::named;
use crate::setting::ClassCounts;

/// Rounds through the classes.
const ROUNDS: usize = 50;

/// Parameters of the offsets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Offsets {
    /// What they are chosen for; default `g_mean`.
    #[serde(deserialize_with = "named::deserialize")]
    pub maximise: MaximiseAll,
}

impl Definition for Offsets {
    fn code(&self) -> &'static str {
        include_str!("offsets.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn fit(&self, validation: &Judged<'_>, _: &ClassCounts) -> Rule {
        let mut weights = vec![1.0; validation.n_classes];
        let present: Vec<usize> =
            (0..validation.n_classes).filter(|&class| validation.has(class)).collect();
        let mut value = f64::NEG_INFINITY;
        for _ in 0..ROUNDS {
            let before = value;
            for &class in &present {
                (value, weights[class]) = self.step(validation, &weights, class);
            }
            if value <= before {
                break;
            }
        }
        Rule::Offsets(weights)
    }
}

/// An example that is decided for another class up to a weight of `from`, and for the one that is weighed above it.
struct Turning {
    from: f64,
    other: usize,
    target: u32,
}

impl Offsets {
    /// The best value with another weight of `class`, and that weight; the one there is, if no other is better.
    fn step(&self, validation: &Judged<'_>, weights: &[f64], class: usize) -> (f64, f64) {
        let now = decided(validation.probabilities, weights);
        let now = now.into_iter().map(|class| class as usize);
        let value =
            self.maximise.value(&Decided::of(validation.targets, now, validation.n_classes));
        let mut best = (value, weights[class]);
        let mut moved = false;
        let mut offer = |weight: f64, decided: &Decided| {
            let value = self.maximise.value(decided);
            let as_good = value == best.0 && moved && ratio(weight) < ratio(best.1);
            if best.0 < value || as_good {
                (best, moved) = ((value, weight), true);
            }
        };
        let turning = turning(validation, weights, class);
        let others = turning.iter().map(|example| example.other);
        let targets: Vec<u32> = turning.iter().map(|example| example.target).collect();
        let mut decided = Decided::of(&targets, others, validation.n_classes);
        let mut below = 0.0;
        for run in turning.chunk_by(|a, b| a.from == b.from) {
            let above = run[0].from;
            if let Some(weight) = between(below, above) {
                offer(weight, &decided);
            }
            run.iter().for_each(|example| decided.turn(example.target, example.other, class));
            below = above;
        }
        if let Some(weight) = between(below, f64::INFINITY) {
            offer(weight, &decided);
        }
        best
    }
}

/// All examples, by the weight of `class` from which on it is decided for.
fn turning(validation: &Judged<'_>, weights: &[f64], class: usize) -> Vec<Turning> {
    let example = |(row, &target): (&[f64], &u32)| {
        let score = |k: usize| if k == class { f64::NEG_INFINITY } else { weights[k] * row[k] };
        let other = largest((0..weights.len()).map(score));
        // Where the class is impossible no weight is large enough.
        let from = if row[class] == 0.0 { f64::INFINITY } else { score(other) / row[class] };
        Turning { from, other, target }
    };
    let mut turning: Vec<Turning> =
        validation.rows().zip(validation.targets).map(example).collect();
    turning.sort_by(|a, b| a.from.total_cmp(&b.from));
    turning
}

/// A weight between two at which examples turn, 0 and infinity being none; nothing between two that rounding might confuse.
fn between(below: f64, above: f64) -> Option<f64> {
    let weight = match (0.0 < below, above.is_finite()) {
        (true, true) if below * (1.0 + 1e-9) < above => below.sqrt() * above.sqrt(),
        (false, true) => above / 2.0,
        (true, false) if below.is_finite() => 2.0 * below,
        _ => return None,
    };
    (0.0 < weight && weight.is_finite()).then_some(weight)
}

/// How far a weight is from 1.
fn ratio(weight: f64) -> f64 {
    weight.max(1.0 / weight)
}

/// The classes decided for by `probabilities`, `[n_examples, n_classes]`.
pub(crate) fn decided(probabilities: &[f64], weights: &[f64]) -> Vec<u32> {
    let of = |row: &[f64]| largest(row.iter().zip(weights).map(|(p, w)| p * w)) as u32;
    probabilities.chunks_exact(weights.len().max(1)).map(of).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strum::IntoEnumIterator;

    use super::*;
    use crate::decision::maximise::Maximise;
    use crate::decision::threshold::Threshold;
    use crate::judged::renormalise;

    fn judged(rows: &[(Vec<u8>, u32)]) -> (Vec<f64>, Vec<u32>) {
        let mut probabilities: Vec<f64> =
            rows.iter().flat_map(|(row, _)| row.iter().map(|&p| f64::from(p))).collect();
        renormalise(&mut probabilities, rows[0].0.len());
        (probabilities, rows.iter().map(|(_, target)| *target).collect())
    }

    fn drawn(n_classes: usize) -> impl Strategy<Value = Vec<(Vec<u8>, u32)>> {
        let row = prop::collection::vec(1..30_u8, n_classes);
        prop::collection::vec((row, 0..n_classes as u32), 4..40)
    }

    fn fitted(offsets: &Offsets, judged: &Judged<'_>) -> Vec<f64> {
        let rule = offsets.fit(judged, &ClassCounts::new(vec![1; judged.n_classes]));
        let Rule::Offsets(weights) = rule else { panic!("{rule:?}") };
        weights
    }

    fn reached(maximise: &MaximiseAll, judged: &Judged<'_>, weights: &[f64]) -> f64 {
        let classes = decided(judged.probabilities, weights).into_iter().map(|c| c as usize);
        maximise.value(&Decided::of(judged.targets, classes, judged.n_classes))
    }

    #[test]
    fn classes_that_argmax_never_finds_are_found() {
        let rows = [(vec![9, 1, 1], 0), (vec![8, 1, 2], 2), (vec![8, 2, 1], 1), (vec![9, 1, 1], 0)];
        let (probabilities, targets) = judged(&rows);
        let part = Judged { probabilities: &probabilities, n_classes: 3, targets: &targets };
        let weights = fitted(&Offsets::default(), &part);
        assert_eq!(decided(&probabilities, &weights), targets);
    }

    #[test]
    fn a_class_that_the_part_lacks_keeps_its_weight() {
        let (probabilities, targets) = judged(&[(vec![9, 1, 1], 0), (vec![8, 1, 3], 2)]);
        let part = Judged { probabilities: &probabilities, n_classes: 3, targets: &targets };
        assert_eq!(fitted(&Offsets::default(), &part)[1], 1.0);
    }

    #[test]
    fn what_is_right_already_is_left_as_it_is() {
        let (probabilities, targets) = judged(&[(vec![3, 1], 0), (vec![1, 3], 1)]);
        let part = Judged { probabilities: &probabilities, n_classes: 2, targets: &targets };
        assert_eq!(fitted(&Offsets::default(), &part), [1.0, 1.0]);
    }

    proptest! {
        #[test]
        fn it_is_never_worse_than_argmax_and_no_single_weight_is_better(
            rows in drawn(4), class in 0..4_usize, other in 0.01..100.0_f64,
        ) {
            let (probabilities, targets) = judged(&rows);
            let part = Judged { probabilities: &probabilities, n_classes: 4, targets: &targets };
            for maximise in MaximiseAll::iter() {
                let mut weights = fitted(&Offsets { maximise: maximise.clone() }, &part);
                let best = reached(&maximise, &part, &weights);
                prop_assert!(reached(&maximise, &part, &[1.0; 4]) <= best, "{maximise:?}");
                if part.has(class) {
                    weights[class] = other;
                    prop_assert!(reached(&maximise, &part, &weights) <= best, "{maximise:?}");
                }
            }
        }

        #[test]
        fn of_two_classes_it_is_as_good_as_the_best_threshold(rows in drawn(2)) {
            let (probabilities, targets) = judged(&rows);
            let part = Judged { probabilities: &probabilities, n_classes: 2, targets: &targets };
            prop_assume!(part.tells());
            let rule = Threshold::default().fit(&part, &ClassCounts::new(vec![1, 1]));
            let classes = rule.decide(&mut probabilities.clone(), 2).unwrap();
            let classes = classes.into_iter().map(|class| class as usize);
            let threshold = Maximise::default().value(&Decided::of(&targets, classes, 2));
            let weights = fitted(&Offsets::default(), &part);
            prop_assert_eq!(threshold, reached(&MaximiseAll::default(), &part, &weights));
        }
    }
}
