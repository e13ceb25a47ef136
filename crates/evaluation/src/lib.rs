//! Metrics of predictions and statistical tests over score tables.
//!
//! A metric that is undefined is `None`, never NaN and never a silent 0. Sums run in the order of
//! their elements, and logarithms come from `libm`: the same bits everywhere.

mod calibration;
mod confusion;
mod metric;
mod ranking;
mod shots;
pub mod significance;
pub mod summary;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;

use confusion::Confusion;
pub use confusion::most_probable;
pub use metric::Metric;
pub use shots::ShotThresholds;

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
}

/// All metrics of one set of predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Every metric; `None` where it is undefined.
    pub values: BTreeMap<Metric, Option<f64>>,
    /// One entry a class.
    pub classes: Vec<ClassScores>,
}

/// How well one class was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Examples of the class.
    pub support: u32,
    /// Share of them that was found; `None` without any.
    pub recall: Option<f64>,
    /// Share of the examples taken for this class that are of it; 0 if none was taken for it.
    pub precision: Option<f64>,
    /// `2 TP / (2 TP + FP + FN)`; `None` if the class is neither true nor predicted.
    pub f1: Option<f64>,
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
    let confusion = Confusion::of(predictions);
    let groups = shots.accuracies(&confusion, train_counts);
    let value = |metric| match metric {
        Metric::ManyShotAccuracy => groups[0],
        Metric::MediumShotAccuracy => groups[1],
        Metric::FewShotAccuracy => groups[2],
        other => measured(other, predictions, &confusion),
    };
    Evaluation {
        values: Metric::iter().map(|metric| (metric, value(metric))).collect(),
        classes: (0..predictions.n_classes).map(|class| confusion.class_scores(class)).collect(),
    }
}

/// Share of the examples of each class that was found, `[n_classes]`; `None` for a class without any.
pub fn class_recalls(predictions: &Predictions<'_>) -> Vec<Option<f64>> {
    let confusion = Confusion::of(predictions);
    (0..predictions.n_classes).map(|class| confusion.recall(class)).collect()
}

/// One metric, without the others: what picks an epoch. The shot accuracies need the training counts
/// and are `None` here (see [`Metric::selects`]).
pub fn score(metric: Metric, predictions: &Predictions<'_>) -> Option<f64> {
    if !predictions.measurable() {
        return None;
    }
    if metric.needs_classes_only() {
        return measured(metric, predictions, &Confusion::of(predictions));
    }
    measured(metric, predictions, &Confusion::default())
}

fn measured(metric: Metric, predictions: &Predictions<'_>, confusion: &Confusion) -> Option<f64> {
    match metric {
        Metric::Accuracy => confusion.accuracy(),
        Metric::BalancedAccuracy => confusion.balanced_accuracy(),
        Metric::MacroPrecision => confusion.macro_precision(),
        Metric::MacroF1 => confusion.macro_f1(),
        Metric::GMean => confusion.g_mean(),
        Metric::Mcc => confusion.mcc(),
        Metric::RocAuc => ranking::roc_auc(predictions),
        Metric::AveragePrecision => ranking::average_precision(predictions),
        Metric::LogLoss => calibration::log_loss(predictions),
        Metric::Brier => calibration::brier(predictions),
        Metric::ManyShotAccuracy | Metric::MediumShotAccuracy | Metric::FewShotAccuracy => None,
    }
}
