//! Threshold: the second of two classes from a probability on, chosen on the validation part.
//!
//! ```text
//! ŷ = 1 if t <= p_1, else 0
//! t = argmax_t M(t)
//! ```
//!
//! - `p_1`: the probability of the second class, which is the positive one
//! - `M`: `balanced_accuracy`, `g_mean` (the default), `f1` or `f_beta` (`beta` = 2) of the positive class, `mcc`, or the
//!   negative `cost` of the mistakes (`false_positive` and `false_negative`, each 1), of the validation part
//!
//! Candidates are the midpoints between neighbouring probabilities of the validation part, and the midpoints of the least to
//! 0 and of the largest to 1. Of equally good ones the nearest to 0.5 is taken, of two as near the smaller.
//!
//! Source: Zou, Xie, Lin, Wu, Ma, *Finding the Best Classification Threshold in Imbalanced Classification*, Big Data Research,
//! 2016; Elkan, *The Foundations of Cost-Sensitive Learning*, IJCAI 2001 (`cost`).
//! Differs: scikit-learn's `TunedThresholdClassifierCV` tries 100 evenly spaced thresholds by cross-validation; here every
//! one that the validation part tells apart is tried.
//! Trap: a validation part with a handful of positives knows the threshold to a handful of positives; what is measured on
//! that part afterwards flatters.
//! Trap: a validation part of one class tells nothing: the most probable class is decided for, and the record says so.

use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::decision::definition::Definition;
use crate::decision::maximise::{Decided, Maximise};
use crate::decision::rule::Rule;
use crate::judged::Judged;
use crate::named;
use crate::setting::ClassCounts;

/// Parameters of the threshold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Threshold {
    /// What it is chosen for; default `g_mean`.
    #[serde(deserialize_with = "named::deserialize")]
    pub maximise: Maximise,
}

impl Definition for Threshold {
    fn code(&self) -> &'static str {
        include_str!("threshold.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn check(&self, n_classes: usize) -> Result<(), MethodError> {
        if n_classes != 2 {
            return Err(MethodError::TwoClasses { method: "threshold" });
        }
        match &self.maximise {
            Maximise::Cost(costs)
                if [costs.false_positive, costs.false_negative].map(NonNegative::get)
                    == [0.0; 2] =>
            {
                Err(MethodError::NothingCosts { parameter: "threshold.maximise.cost" })
            }
            _ => Ok(()),
        }
    }

    fn fit(&self, validation: &Judged<'_>, _: &ClassCounts) -> Rule {
        let mut scored: Vec<(f64, u32)> =
            validation.rows().map(|row| row[1]).zip(validation.targets.iter().copied()).collect();
        scored.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        // From below the least probability, where everything is positive, upwards.
        let all = std::iter::repeat_n(1, scored.len());
        let mut decided = Decided::of(validation.targets, all, 2);
        let mut best: Option<(f64, f64)> = None;
        let mut offer = |threshold: f64, decided: &Decided| {
            let value = self.maximise.value(decided);
            let is_better = best.is_none_or(|(before, at)| {
                let (distance, nearest) = ((threshold - 0.5).abs(), (at - 0.5).abs());
                before < value || (before == value && distance < nearest)
            });
            if is_better {
                best = Some((value, threshold));
            }
        };
        let mut below = 0.0;
        for run in scored.chunk_by(|(a, _), (b, _)| a == b) {
            let above = run[0].0;
            offer(between(below, above), &decided);
            run.iter().for_each(|&(_, target)| decided.turn(target, 1, 0));
            below = above;
        }
        if below < 1.0 {
            offer(between(below, 1.0), &decided);
        }
        best.map_or(Rule::Argmax, |(_, threshold)| Rule::Threshold(threshold))
    }
}

/// The middle, which is above `below`: of two neighbouring numbers the larger.
fn between(below: f64, above: f64) -> f64 {
    let middle = f64::midpoint(below, above);
    if middle <= below { above } else { middle }
}

/// The classes decided for by `probabilities`, `[n_examples, 2]`.
pub(crate) fn decided(probabilities: &[f64], threshold: f64) -> Vec<u32> {
    probabilities.chunks_exact(2).map(|row| u32::from(threshold <= row[1])).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strum::IntoEnumIterator;

    use super::*;
    use crate::decision::maximise::Costs;

    fn rows(positive: &[f64]) -> Vec<f64> {
        positive.iter().flat_map(|p| [1.0 - p, *p]).collect()
    }

    fn fitted(maximise: Maximise, positive: &[f64], targets: &[u32]) -> f64 {
        let judged = Judged { probabilities: &rows(positive), n_classes: 2, targets };
        let rule = Threshold { maximise }.fit(&judged, &ClassCounts::new(vec![1, 1]));
        let Rule::Threshold(threshold) = rule else { panic!("{rule:?}") };
        threshold
    }

    #[test]
    fn it_is_the_midpoint_between_the_neighbours_that_it_parts() {
        let threshold = fitted(Maximise::default(), &[0.1, 0.2, 0.3, 0.5], &[0, 0, 1, 1]);
        assert_eq!(threshold, f64::midpoint(0.2, 0.3));
    }

    #[test]
    fn of_equally_good_thresholds_the_nearest_to_a_half_is_taken() {
        // One mistake with the second and the third taken for positive, and one with none of them.
        let costs = Maximise::Cost(Costs::default());
        assert_eq!(fitted(costs, &[0.3, 0.4, 0.9], &[0, 1, 0]), f64::midpoint(0.3, 0.4));
    }

    #[test]
    fn everything_and_nothing_can_be_positive() {
        let f1 = fitted(Maximise::F1 {}, &[0.1, 0.2, 0.6], &[1, 0, 1]);
        assert_eq!(f1, f64::midpoint(0.0, 0.1));
        let costs = Costs { false_positive: NonNegative::new(9.0), ..Costs::default() };
        let nothing = fitted(Maximise::Cost(costs), &[0.1, 0.2, 0.6], &[1, 1, 0]);
        assert_eq!(nothing, f64::midpoint(0.6, 1.0));
    }

    #[test]
    fn costs_move_it_to_where_mistakes_are_cheap() {
        let cost = |false_negative| {
            let costs =
                Costs { false_negative: NonNegative::new(false_negative), ..Default::default() };
            fitted(Maximise::Cost(costs), &[0.1, 0.2, 0.3, 0.4, 0.9], &[0, 1, 0, 0, 1])
        };
        assert_eq!(cost(1.5), f64::midpoint(0.4, 0.9));
        assert_eq!(cost(10.0), f64::midpoint(0.1, 0.2));
    }

    #[test]
    fn costs_of_nothing_are_refused() {
        let free = NonNegative::new(0.0);
        let costs = Costs { false_positive: free, false_negative: free };
        assert!(Threshold { maximise: Maximise::Cost(costs) }.check(2).is_err());
        assert!(Threshold::default().check(2).is_ok() && Threshold::default().check(3).is_err());
    }

    proptest! {
        /// Coarse probabilities make ties.
        #[test]
        fn no_other_threshold_is_better_on_the_part_it_is_chosen_on(
            examples in prop::collection::vec((0..=12_u8, 0..2_u32), 2..40),
        ) {
            let positive: Vec<f64> = examples.iter().map(|(p, _)| f64::from(*p) / 12.0).collect();
            let targets: Vec<u32> = examples.iter().map(|(_, y)| *y).collect();
            prop_assume!(targets.contains(&0) && targets.contains(&1));
            for maximise in Maximise::iter() {
                let value = |threshold| {
                    let classes = decided(&rows(&positive), threshold);
                    let classes = classes.into_iter().map(|class| class as usize);
                    maximise.value(&Decided::of(&targets, classes, 2))
                };
                let best = value(fitted(maximise.clone(), &positive, &targets));
                for i in 0..=100 {
                    prop_assert!(value(f64::from(i) / 100.0) <= best, "{maximise:?} {i}");
                }
            }
        }
    }
}
