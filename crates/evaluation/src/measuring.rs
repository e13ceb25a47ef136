//! Measuring: what a part has to hold for each metric, and the metric of it.

use crate::evaluation::Evaluation;
use crate::metrics::definition::{ClassLoss, Measure, Needs};
use crate::metrics::log_loss::of_example;
use crate::metrics::{Metric, TaskKind};
use crate::predictions::Predictions;
use crate::ranking::over_classes;
use crate::shots::ShotThresholds;
use crate::summary::mean;
use crate::tally::Tally;

/// Measures everything that is of classification. `train_counts` are the training examples of each class: they say which
/// classes are many-, medium- and few-shot.
pub fn evaluate(
    predictions: &Predictions<'_>,
    train_counts: &[u32],
    shots: &ShotThresholds,
) -> Evaluation {
    let metrics = TaskKind::Classification.metrics();
    if !predictions.measurable() {
        return Evaluation::new(metrics.map(|metric| (metric, None)).collect(), Vec::new());
    }
    let tally = Tally::of(predictions);
    let losses = class_losses(predictions);
    let present = predictions.present();
    let value = |metric: Metric| {
        let definition = metric.definition();
        let classes = match definition.needs {
            Needs::Examples => return measured(definition.measure, predictions, &tally, &losses),
            Needs::TwoClasses => return score(metric, predictions),
            Needs::Positive if predictions.n_classes != 2 => return None,
            Needs::Positive | Needs::EveryClass => (0..predictions.n_classes).collect(),
            Needs::Group(group) => {
                let in_group = |&class: &usize| shots.group(train_counts[class]) == group;
                let n_counted = train_counts.len().min(predictions.n_classes);
                (0..n_counted).filter(in_group).collect::<Vec<usize>>()
            }
        };
        if !classes.iter().all(|&class| present[class]) {
            return None;
        }
        match definition.measure {
            Measure::GroupRecall => {
                mean(classes.into_iter().filter_map(|class| tally.recall(class)))
            }
            measure => measured(measure, predictions, &tally, &losses),
        }
    };
    let classes = losses.iter().enumerate().map(|(class, loss)| {
        let log_loss = (0.0 < loss.n_examples).then(|| loss.sum / loss.n_examples);
        tally.scores(class, log_loss)
    });
    Evaluation::new(metrics.map(|metric| (metric, value(metric))).collect(), classes.collect())
}

/// Share of the examples of each class that was found, `[n_classes]`; `None` for a class without any.
pub fn class_recalls(predictions: &Predictions<'_>) -> Vec<Option<f64>> {
    let tally = Tally::of(predictions);
    (0..predictions.n_classes).map(|class| tally.recall(class)).collect()
}

/// One metric, without the others: what picks an epoch. Epochs are compared on one part, and what it lacks is lacking
/// for all of them: the metric is then of the classes that are there, if these are at least two. The shot accuracies
/// need the training counts and are `None` here (see [`Metric::selects`]).
pub fn score(metric: Metric, predictions: &Predictions<'_>) -> Option<f64> {
    if !predictions.measurable() {
        return None;
    }
    let definition = metric.definition();
    let n_present = predictions.present().into_iter().filter(|present| *present).count();
    let is_enough = match definition.needs {
        Needs::Examples => true,
        Needs::TwoClasses | Needs::EveryClass => 2 <= n_present,
        Needs::Positive => predictions.n_classes == 2 && n_present == 2,
        Needs::Group(_) => false,
    };
    if !is_enough {
        return None;
    }
    let (tally, losses) = match definition.measure {
        Measure::Counts(_) => (Tally::of(predictions), Vec::new()),
        Measure::ClassLosses(_) => (Tally::default(), class_losses(predictions)),
        _ => (Tally::default(), Vec::new()),
    };
    measured(definition.measure, predictions, &tally, &losses)
}

fn measured(
    measure: Measure,
    predictions: &Predictions<'_>,
    tally: &Tally,
    losses: &[ClassLoss],
) -> Option<f64> {
    match measure {
        Measure::Counts(of) => of(tally),
        Measure::ClassLosses(of) => of(losses),
        Measure::Mean(of) | Measure::Bins(of) => of(predictions),
        Measure::Order(of) => over_classes(predictions, of),
        Measure::GroupRecall | Measure::Detected(_) | Measure::Found(_) | Measure::Clustered(_) => {
            None
        }
    }
}

fn class_losses(predictions: &Predictions<'_>) -> Vec<ClassLoss> {
    let mut classes = vec![ClassLoss::default(); predictions.n_classes];
    for (row, &target) in predictions.rows().zip(predictions.targets) {
        let class = &mut classes[target as usize];
        class.n_examples += 1.0;
        class.sum += of_example(row, target);
    }
    classes
}
