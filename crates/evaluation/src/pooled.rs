//! A metric on the predictions of several parts together, from what is recorded of each.

use crate::class_scores::ClassScores;
use crate::evaluation::{Evaluation, Reading};
use crate::metrics::Metric;
use crate::metrics::definition::{ClassLoss, Measure, Needs};
use crate::tally::Tally;

/// `metric` on the predictions of all `parts` together, as if they were one: counts of classes are added, means over
/// examples are weighed by them. Parts without one of the classes are no problem as long as another has it.
///
/// Not measured if a part was recorded before there was what it takes, or if the metric is not pooled
/// ([`Metric::not_pooled`] says why).
pub fn pooled(metric: Metric, parts: &[&Evaluation]) -> Reading {
    let definition = metric.definition();
    let n_classes = parts.iter().map(|part| part.classes.len()).max().unwrap_or_default();
    // On what is no number nothing was measured.
    if parts.iter().any(|part| part.classes.len() != n_classes) || n_classes == 0 {
        return Reading::Undefined;
    }
    let n_present = (0..n_classes)
        .filter(|&class| parts.iter().any(|part| 0 < part.classes[class].support))
        .count();
    let is_enough = match definition.needs {
        Needs::Examples => true,
        Needs::TwoClasses => 2 <= n_present,
        Needs::Positive => n_classes == 2 && n_present == 2,
        Needs::EveryClass | Needs::Group(_) => n_present == n_classes,
    };
    if !is_enough {
        return Reading::Undefined;
    }
    match definition.measure {
        Measure::Counts(of) => {
            let classes: Vec<&[ClassScores]> = parts.iter().map(|part| &part.classes[..]).collect();
            Tally::of_parts(&classes).map(|tally| of(&tally).into())
        }
        Measure::ClassLosses(of) => class_losses(parts, n_classes).map(|losses| of(&losses).into()),
        Measure::Mean(_) => Some(mean(metric, parts)),
        Measure::Order(_)
        | Measure::Bins(_)
        | Measure::GroupRecall
        | Measure::Detected(_)
        | Measure::Found(_)
        | Measure::Clustered(_) => None,
    }
    .unwrap_or(Reading::NotMeasured)
}

/// The mean over all examples of all parts.
fn mean(metric: Metric, parts: &[&Evaluation]) -> Reading {
    let (mut sum, mut n) = (0.0, 0.0);
    for part in parts {
        let Reading::Value(value) = part.reading(metric) else { return part.reading(metric) };
        let n_examples: f64 = part.classes.iter().map(|class| f64::from(class.support)).sum();
        sum += value * n_examples;
        n += n_examples;
    }
    (0.0 < n).then(|| sum / n).into()
}

fn class_losses(parts: &[&Evaluation], n_classes: usize) -> Option<Vec<ClassLoss>> {
    let mut losses = vec![ClassLoss::default(); n_classes];
    for part in parts {
        for (loss, class) in losses.iter_mut().zip(&part.classes) {
            if 0 < class.support {
                let n_examples = f64::from(class.support);
                loss.n_examples += n_examples;
                loss.sum += n_examples * class.log_loss?;
            }
        }
    }
    Some(losses)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strum::IntoEnumIterator;

    use super::*;
    use crate::measuring::evaluate;
    use crate::predictions::Predictions;
    use crate::shots::ShotThresholds;

    fn evaluation(probabilities: &[f64], n_classes: usize, targets: &[u32]) -> Evaluation {
        let predictions = Predictions { probabilities, n_classes, targets, decided: None };
        evaluate(&predictions, &vec![50; n_classes], &ShotThresholds::default())
    }

    fn drawn(n_classes: usize) -> impl Strategy<Value = Vec<(Vec<u8>, u32)>> {
        let row = prop::collection::vec(1..20_u8, n_classes);
        prop::collection::vec((row, 0..n_classes as u32), 2..40)
    }

    proptest! {
        /// Cut anywhere, the parts together are the whole, whatever classes they lack.
        #[test]
        fn parts_pooled_are_the_whole(
            (rows, n_classes) in (2..5_usize).prop_flat_map(|k| (drawn(k), Just(k))),
            cut in 0.0..1.0_f64,
        ) {
            let (mut probabilities, mut targets) = (Vec::new(), Vec::new());
            for (row, target) in &rows {
                let total: f64 = row.iter().map(|&x| f64::from(x)).sum();
                probabilities.extend(row.iter().map(|&x| f64::from(x) / total));
                targets.push(*target);
            }
            let cut = 1 + (cut * (targets.len() - 1) as f64) as usize;
            let whole = evaluation(&probabilities, n_classes, &targets);
            let first = evaluation(&probabilities[..cut * n_classes], n_classes, &targets[..cut]);
            let mut parts = vec![&first];
            let second = evaluation(&probabilities[cut * n_classes..], n_classes, &targets[cut..]);
            if cut < targets.len() {
                parts.push(&second);
            }
            for metric in Metric::iter().filter(|metric| metric.not_pooled().is_none()) {
                match (pooled(metric, &parts), whole.reading(metric)) {
                    (Reading::Value(together), Reading::Value(expected)) => {
                        let difference = (together - expected).abs();
                        prop_assert!(difference < 1e-12, "{}: {}", metric.name(), difference);
                    }
                    (together, expected) => prop_assert_eq!(together, expected, "{}", metric.name()),
                }
            }
        }
    }

    #[test]
    fn a_dummy_that_always_says_no_is_no_better_for_parts_without_positives() {
        let part = |targets: &[u32]| evaluation(&[0.9, 0.1].repeat(targets.len()), 2, targets);
        let parts = [part(&[0, 0, 0]), part(&[0, 0, 1])];
        assert_eq!(parts[0].reading(Metric::BalancedAccuracy), Reading::Undefined);
        let parts: Vec<&Evaluation> = parts.iter().collect();
        assert_eq!(pooled(Metric::BalancedAccuracy, &parts), Reading::Value(0.5));
        assert_eq!(pooled(Metric::GMean, &parts), Reading::Value(0.0));
        assert_eq!(pooled(Metric::BalancedAccuracy, &parts[..1]), Reading::Undefined);
        assert_eq!(pooled(Metric::RocAuc, &parts), Reading::NotMeasured);
    }

    #[test]
    fn what_was_recorded_without_counts_is_not_measured_and_not_undefined() {
        let mut old = evaluation(&[0.9, 0.1, 0.2, 0.8], 2, &[0, 1]);
        old.classes.iter_mut().for_each(|class| class.predicted = None);
        assert_eq!(pooled(Metric::GMean, &[&old]), Reading::NotMeasured);
        assert!(matches!(pooled(Metric::LogLoss, &[&old]), Reading::Value(_)));
    }
}
