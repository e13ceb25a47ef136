//! Metrics of predictions and statistical tests over score tables.
//!
//! A metric that is undefined is `None`, never NaN and never a silent 0. Sums run in the order of
//! their elements, and logarithms come from `libm`: the same bits everywhere.
//!
//! Metrics of how classes are recognised are undefined on a part that lacks a class: over the others they would be
//! another figure, which no mean over parts may be made of. [`pooled`] measures several parts together. What picks
//! an epoch ([`score`]) compares epochs on one and the same part, and is of the classes that it has.

mod metrics;
mod pooled;
mod ranking;
mod shots;
pub mod significance;
pub mod summary;
mod tally;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;

pub use metrics::Metric;
use metrics::{ClassLoss, Measure, Needs, log_loss_of_example};
pub use pooled::pooled;
pub use shots::ShotThresholds;
use tally::Tally;
pub use tally::most_probable;

/// Predicted class probabilities beside the true classes.
#[derive(Clone, Copy, Debug)]
pub struct Predictions<'a> {
    /// `[n_examples, n_classes]`, row by row.
    pub probabilities: &'a [f64],
    /// Number of classes.
    pub n_classes: usize,
    /// `[n_examples]`, each below `n_classes`.
    pub targets: &'a [u32],
}

impl<'a> Predictions<'a> {
    fn rows(&self) -> impl Iterator<Item = &'a [f64]> + use<'a> {
        self.probabilities.chunks_exact(self.n_classes.max(1))
    }

    /// Nothing is measured on no examples, or on probabilities that are not numbers.
    fn measurable(&self) -> bool {
        !self.targets.is_empty() && self.probabilities.iter().all(|p| p.is_finite())
    }

    /// Whether each class is among the targets.
    fn present(&self) -> Vec<bool> {
        let mut present = vec![false; self.n_classes];
        self.targets.iter().for_each(|&target| present[target as usize] = true);
        present
    }

    fn class_losses(&self) -> Vec<ClassLoss> {
        let mut classes = vec![ClassLoss::default(); self.n_classes];
        for (row, &target) in self.rows().zip(self.targets) {
            let class = &mut classes[target as usize];
            class.n_examples += 1.0;
            class.sum += log_loss_of_example(row, target);
        }
        classes
    }
}

/// All metrics of one set of predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Every metric; `None` where it is undefined. One that did not exist when it was recorded is not there.
    pub values: BTreeMap<Metric, Option<f64>>,
    /// One entry a class.
    pub classes: Vec<ClassScores>,
}

impl Evaluation {
    /// What is known of `metric`.
    pub fn reading(&self, metric: Metric) -> Reading {
        self.values.get(&metric).map_or(Reading::NotMeasured, |value| (*value).into())
    }

    /// Whether examples were measured, and none of them is of some class.
    pub fn lacks_a_class(&self) -> bool {
        self.classes.iter().any(|class| class.support == 0)
    }
}

/// What is known of a metric on some predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// It has this value.
    Value(f64),
    /// It means nothing on them.
    Undefined,
    /// They were recorded before there was what it takes.
    NotMeasured,
}

impl From<Option<f64>> for Reading {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Reading::Undefined, Reading::Value)
    }
}

/// How well one class was recognised: with `support`, `predicted` and `right` of every class, each metric of predicted
/// classes can be computed again, and those of several parts together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Examples of the class.
    pub support: u32,
    /// Examples taken for this class; records of old did not have it.
    #[serde(default)]
    pub predicted: Option<u32>,
    /// Those of them that are of it; records of old did not have it.
    #[serde(default)]
    pub right: Option<u32>,
    /// Share of its examples that was found; `None` without any.
    pub recall: Option<f64>,
    /// Share of the examples taken for this class that are of it; 0 if none was taken for it.
    pub precision: Option<f64>,
    /// `2 TP / (2 TP + FP + FN)`; `None` if the class is neither true nor predicted.
    pub f1: Option<f64>,
    /// Mean log loss of its examples; `None` without any. Records of old did not have it.
    #[serde(default)]
    pub log_loss: Option<f64>,
}

/// Measures everything. `train_counts` are the training examples of each class: they say which
/// classes are many-, medium- and few-shot.
pub fn evaluate(
    predictions: &Predictions<'_>,
    train_counts: &[u32],
    shots: &ShotThresholds,
) -> Evaluation {
    if !predictions.measurable() {
        return Evaluation {
            values: Metric::iter().map(|metric| (metric, None)).collect(),
            classes: Vec::new(),
        };
    }
    let tally = Tally::of(predictions);
    let losses = predictions.class_losses();
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
                summary::mean(classes.into_iter().filter_map(|class| tally.recall(class)))
            }
            measure => measured(measure, predictions, &tally, &losses),
        }
    };
    let classes = losses.iter().enumerate().map(|(class, loss)| {
        let log_loss = (0.0 < loss.n_examples).then(|| loss.sum / loss.n_examples);
        tally.scores(class, log_loss)
    });
    Evaluation {
        values: Metric::iter().map(|metric| (metric, value(metric))).collect(),
        classes: classes.collect(),
    }
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
        Measure::ClassLosses(_) => (Tally::default(), predictions.class_losses()),
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
        Measure::Order(of) => ranking::over_classes(predictions, of),
        Measure::GroupRecall => None,
    }
}
