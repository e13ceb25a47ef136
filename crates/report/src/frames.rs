//! Records as Polars frames, one row a trial, sorted by identity.
//!
//! Polars only holds the values: nothing is summed or averaged in it, because it does not promise
//! the order in which it would do so.

use std::borrow::Cow;
use std::fmt::{Display, Write};
use std::ops::Range;

use evaluation::summary::mean;
use evaluation::{Evaluation, Metric, TaskKind};
use experiment::Axis;
use experiment::labels::Labels;
use experiment::record::{
    AfterTraining, EmbeddingSpread, Measured, Outcome, Reproducible, Results, SelectionSummary,
    TrialRecord, WeightsSummary,
};
use experiment::spec::TrialSpec;
use polars::prelude::{DataFrame, PolarsResult};
use rayon::prelude::*;
use strum::IntoEnumIterator;

use crate::columns::{Column, Values, frame};
use crate::comparison::alike::Kinds;
use crate::comparison::method::method_axes;

/// Everything reproducible about every trial: two runs of an experiment give the same frame.
///
/// - `id`, what `labels` writes on the axes (null where a learner has no such thing, as a classical learner has no
///   loss), `fold`, `seed`
/// - `reproducible`: whether the bits are promised everywhere; else on one platform only
/// - `outcome`; `detail`: the epoch of divergence or why the trial failed
/// - `converged`: whether the solver of a classical learner did; null where nothing is iterated towards an optimum
/// - `epochs` that were planned, of a search fewer where a setting stopped early; `best_epoch` (from 0), `n_train`, `n_meta`, `n_validation`, `n_test`, `train_imbalance_ratio`
///   (largest class / smallest class; null if a class has no training row)
/// - of what was fitted after training to the validation part, after the best epoch: `temperature`, `threshold`, and
///   `decision_weights` of the classes as a JSON array; null where there is no such thing
/// - for each metric `test_best_*`, `test_last_*` and `validation_best_*`; null where undefined
/// - `train_counts`, `test_support`, `test_best_recalls`, `test_last_recalls`: JSON arrays over the
///   classes
/// - `steps`, `skipped_steps`, `zero_weight_share`, `effective_weight_share`; `shown_share`: of the rows that are learnt
///   from, what a miner has left to be shown, in the mean over the epochs; `length_ratio` and `cosine`, of the method's
///   gradient to that of plain training, null where they are the same
/// - of what a miner or a reweighter selected, in the mean over up to twenty epochs: `selection_overlap` with the epoch
///   before; `flipped_selected_share`, `flipped_weight_share` of wrong labels, null without label noise;
///   `never_selected`, rows of no epoch; null where nothing is left out or weighed
/// - `flipped_weight_ratio`: the mean weight of examples with a wrong label, over all steps, relative to that of the others;
///   `class_weights`: that of the examples of each class relative to that of all, a JSON array; null in the same places
/// - of embeddings, null where there are none: `embedding_cosine`, the mean cosine of two of the test part, and
///   `embedding_rank`, how many directions they use, after the best epoch; `memory_cosine`, the mean cosine of what a memory
///   held of a row and what had become of that, in the mean over the epochs
/// - digests of data, split, parameters and predictions
///
/// # Errors
/// If Polars refuses the columns.
pub fn trials(records: &[&TrialRecord], labels: &Labels) -> PolarsResult<DataFrame> {
    let rows = Rows::of(records, labels);
    frame(records.len(), &rows.trial_columns(0..records.len()))
}

/// The rows of tables: records in the order of their identities.
pub(crate) struct Rows<'a> {
    pub(crate) records: Vec<&'a TrialRecord>,
    /// The number of the kind of each.
    kinds: Vec<usize>,
    /// What stands on each axis of a table in trials of each kind.
    pub(crate) written: Vec<Vec<Option<String>>>,
    /// The metrics of the tasks that there are; of no rows, those of classification.
    metrics: Vec<Metric>,
}

impl<'a> Rows<'a> {
    pub(crate) fn of(records: &[&'a TrialRecord], labels: &Labels) -> Self {
        let (records, mut kinds) = (sorted(records), Kinds::default());
        let numbers = records.iter().map(|record| kinds.number(&record.trial.spec)).collect();
        let written = |spec: &&TrialSpec| {
            shown_axes().map(|axis| spec.label_among(labels, axis)).collect::<Vec<_>>()
        };
        let mut tasks: Vec<TaskKind> =
            kinds.each().iter().map(|spec| spec.protocol.task.measures()).collect();
        if tasks.is_empty() {
            tasks.push(TaskKind::Classification);
        }
        Rows {
            records,
            kinds: numbers,
            written: kinds.each().iter().map(written).collect(),
            metrics: Metric::iter().filter(|metric| tasks.contains(&metric.task())).collect(),
        }
    }

    /// The columns of [`trials`], of some of the rows.
    pub(crate) fn trial_columns(&self, rows: Range<usize>) -> Vec<Column<'_>> {
        let trials: Vec<&Reproducible> =
            self.records[rows.clone()].iter().map(|record| &record.trial).collect();
        let mut columns = vec![texts("id", &trials, |trial| Some(trial.id.to_string()))];
        columns.extend(self.axes(&self.kinds[rows]));
        columns.extend(cells(&trials));
        columns.extend(parts(&trials));
        columns.extend(after_training(&trials));
        columns.extend(metrics(&self.metrics, &trials));
        columns.extend(classes(&trials));
        columns.extend(weights(&trials));
        columns.extend(embeddings(&trials));
        columns.extend(digests(&trials));
        columns
    }

    /// What stands on the axes of trials of these kinds.
    fn axes(&self, kinds: &[usize]) -> Vec<Column<'_>> {
        let column = |(place, axis): (usize, Axis)| {
            let text = |&kind: &usize| self.written[kind][place].as_deref().map(Cow::Borrowed);
            let values = Values::Texts(kinds.iter().map(text).collect());
            Column { name: axis.name().into(), values }
        };
        shown_axes().enumerate().map(column).collect()
    }

    /// The columns of [`timings`], of some of the rows.
    pub(crate) fn timing_columns(&self, rows: Range<usize>) -> Vec<Column<'a>> {
        let records = &self.records[rows];
        vec![
            texts("id", records, |record| Some(record.trial.id.to_string())),
            reals("wall_seconds", records, |record| Some(record.timings.wall_seconds)),
            reals("prepare_seconds", records, |record| Some(record.timings.prepare_seconds)),
            reals("shared_seconds", records, |record| Some(record.timings.shared_seconds)),
            shown("version", records, |record| Some(&record.timings.version)),
            shown("host", records, |record| Some(&record.timings.host)),
        ]
    }
}

/// The axes that tables have.
fn shown_axes() -> impl Iterator<Item = Axis> {
    std::iter::once(Axis::Dataset).chain(method_axes())
}

/// What differs between runs: `id`, `wall_seconds`, `prepare_seconds`, `shared_seconds`, `version`, `host`.
///
/// # Errors
/// If Polars refuses the columns.
pub fn timings(records: &[&TrialRecord]) -> PolarsResult<DataFrame> {
    let rows = Rows::of(records, &Labels::default());
    frame(records.len(), &rows.timing_columns(0..records.len()))
}

/// The records in the order of tables: by identity.
fn sorted<'a>(records: &[&'a TrialRecord]) -> Vec<&'a TrialRecord> {
    let mut records = records.to_vec();
    records.par_sort_by_cached_key(|record| record.trial.id);
    records
}

/// Which run of its kind, and how the trial ended.
fn cells<'a>(trials: &[&'a Reproducible]) -> Vec<Column<'a>> {
    vec![
        counts("fold", trials, |trial| Some(trial.spec.fold as u64)),
        counts("seed", trials, |trial| Some(trial.spec.seed)),
        flags("reproducible", trials, |trial| Some(trial.spec.reproducible())),
        shown("outcome", trials, |trial| Some(trial.outcome.name())),
        detail(trials),
        flags("converged", trials, |trial| trial.results.as_deref()?.converged),
    ]
}

fn detail<'a>(trials: &[&'a Reproducible]) -> Column<'a> {
    texts("detail", trials, |trial| match &trial.outcome {
        Outcome::Completed => None,
        Outcome::Diverged { epoch, reason } => Some(match reason {
            None => format!("in epoch {epoch}"),
            Some(reason) => format!("in epoch {epoch}: {reason}"),
        }),
        Outcome::Failed { message } => Some(message.clone()),
    })
}

/// The epochs, and the sizes of the parts.
fn parts<'a>(trials: &[&'a Reproducible]) -> Vec<Column<'a>> {
    let size = |name: &'static str, of: fn(&Results) -> usize| {
        counts(name, trials, |trial| trial.results.as_deref().map(|results| of(results) as u64))
    };
    let best_epoch = |trial: &&Reproducible| Some(trial.results.as_deref()?.best.epoch? as u64);
    vec![
        counts("epochs", trials, |trial| Some(trial.spec.steps()?.epochs.get() as u64)),
        counts("best_epoch", trials, best_epoch),
        size("n_train", |results| results.sizes.train),
        size("n_meta", |results| results.sizes.meta),
        size("n_validation", |results| results.sizes.validation),
        size("n_test", |results| results.sizes.test),
        reals("train_imbalance_ratio", trials, |trial| {
            imbalance_ratio(&trial.results.as_deref()?.train_counts)
        }),
    ]
}

/// What was fitted after training.
fn after_training<'a>(trials: &[&'a Reproducible]) -> Vec<Column<'a>> {
    fn fitted(trial: &Reproducible) -> Option<&AfterTraining> {
        trial.results.as_deref()?.best.after_training.as_deref()
    }
    vec![
        reals("temperature", trials, |trial| fitted(trial)?.temperature()),
        reals("threshold", trials, |trial| fitted(trial)?.threshold()),
        texts("decision_weights", trials, |trial| {
            Some(array(fitted(trial)?.weights()?.iter().map(|weight| Some(*weight))))
        }),
    ]
}

fn imbalance_ratio(class_counts: &[u32]) -> Option<f64> {
    let (smallest, largest) = (class_counts.iter().min()?, class_counts.iter().max()?);
    (0 < *smallest).then(|| f64::from(*largest) / f64::from(*smallest))
}

/// One part of one network, and the prefix of its columns.
type Measurement = (&'static str, fn(&Results) -> Option<&Evaluation>);

const MEASUREMENTS: [Measurement; 3] = [
    ("test_best", |results| Some(&results.best.test)),
    ("test_last", |results| Some(&results.last.test)),
    ("validation_best", |results| results.best.validation.as_ref()),
];

fn metrics<'a>(shown: &[Metric], trials: &[&'a Reproducible]) -> Vec<Column<'a>> {
    let mut columns = Vec::new();
    for &metric in shown {
        for (prefix, evaluation) in MEASUREMENTS {
            let name = format!("{prefix}_{}", metric.name());
            columns.push(reals(name, trials, |trial| {
                evaluation(trial.results.as_deref()?)?.values.get(metric)
            }));
        }
    }
    columns
}

/// Figures of each class, as JSON arrays: CSV has no lists, and class counts differ between data sets.
fn classes<'a>(trials: &[&'a Reproducible]) -> Vec<Column<'a>> {
    let list = |name: &'static str, of: fn(&Results) -> String| {
        texts(name, trials, |trial| trial.results.as_deref().map(of))
    };
    vec![
        list("train_counts", |results| array(results.train_counts.iter().map(|&n| Some(n)))),
        list("test_support", |results| {
            array(results.best.test.classes.iter().map(|class| Some(class.support)))
        }),
        list("test_best_recalls", |results| recalls(&results.best)),
        list("test_last_recalls", |results| recalls(&results.last)),
    ]
}

fn recalls(measured: &Measured) -> String {
    array(measured.test.classes.iter().map(|class| class.recall))
}

fn array<T: Display>(values: impl Iterator<Item = Option<T>>) -> String {
    let mut text = String::from("[");
    for (i, value) in values.enumerate() {
        text.push_str(if i == 0 { "" } else { "," });
        match value {
            Some(value) => write!(text, "{value}").unwrap_or_default(),
            None => text.push_str("null"),
        }
    }
    text + "]"
}

fn weights<'a>(trials: &[&'a Reproducible]) -> Vec<Column<'a>> {
    // Classical learners take no steps and give no weights: null, not zero.
    fn network(trial: &Reproducible) -> Option<&WeightsSummary> {
        let results = trial.results.as_deref()?;
        trial.spec.steps().map(|_| &results.weights)
    }
    vec![
        counts("steps", trials, |trial| network(trial).map(|weights| weights.steps)),
        counts("skipped_steps", trials, |trial| {
            network(trial).map(|weights| weights.skipped_steps)
        }),
        reals("zero_weight_share", trials, |trial| {
            network(trial).map(|weights| weights.zero_share)
        }),
        reals("effective_weight_share", trials, |trial| {
            network(trial).map(|weights| weights.effective_share)
        }),
        reals("shown_share", trials, |trial| {
            network(trial).map(|weights| weights.shown_share.unwrap_or(1.0))
        }),
        reals("length_ratio", trials, |trial| network(trial)?.length_ratio),
        reals("cosine", trials, |trial| network(trial)?.cosine),
        reals("selection_overlap", trials, |trial| {
            mean_of(selection(trial)?.overlaps.iter().copied().flatten())
        }),
        reals("flipped_selected_share", trials, |trial| {
            mean_of(selection(trial)?.flipped_shares.as_ref()?.iter().copied())
        }),
        reals("flipped_weight_share", trials, |trial| {
            mean_of(selection(trial)?.flipped_weights.as_ref()?.iter().copied())
        }),
        counts("never_selected", trials, |trial| Some(selection(trial)?.never_selected as u64)),
        reals("flipped_weight_ratio", trials, |trial| {
            selection(trial)?.flipped_weight_ratio.map(f64::from)
        }),
        texts("class_weights", trials, |trial| {
            let weights = &selection(trial)?.class_weights;
            (!weights.is_empty()).then(|| array(weights.iter().copied()))
        }),
    ]
}

/// How far embeddings spread, and how far a memory has fallen behind them.
fn embeddings<'a>(trials: &[&'a Reproducible]) -> Vec<Column<'a>> {
    fn spread(trial: &Reproducible) -> Option<&EmbeddingSpread> {
        trial.results.as_deref()?.best.spread.as_deref()
    }
    vec![
        reals("embedding_cosine", trials, |trial| spread(trial).map(|spread| spread.mean_cosine)),
        reals("embedding_rank", trials, |trial| spread(trial).map(|spread| spread.effective_rank)),
        reals("memory_cosine", trials, |trial| trial.results.as_deref()?.history.mean_drift()),
    ]
}

fn selection(trial: &Reproducible) -> Option<&SelectionSummary> {
    trial.results.as_deref()?.selection.as_deref()
}

fn mean_of(shares: impl Iterator<Item = f32>) -> Option<f64> {
    mean(shares.map(f64::from))
}

fn digests<'a>(trials: &[&'a Reproducible]) -> Vec<Column<'a>> {
    vec![
        shown("data_digest", trials, |trial| Some(&trial.data_digest)),
        shown("split_digest", trials, |trial| Some(&trial.split_digest)),
        shown("parameters_digest", trials, |trial| {
            trial.results.as_deref()?.parameters_digest.as_deref()
        }),
        shown("predictions_digest", trials, |trial| {
            Some(&trial.results.as_deref()?.predictions_digest)
        }),
    ]
}

/// Texts that are made.
fn texts<'a, R>(name: &'static str, rows: &[R], of: impl Fn(&R) -> Option<String>) -> Column<'a> {
    let texts = rows.iter().map(|row| of(row).map(Cow::Owned));
    Column { name: name.into(), values: Values::Texts(texts.collect()) }
}

/// Texts that records have.
fn shown<'a, R>(
    name: &'static str,
    rows: &[&'a R],
    of: impl Fn(&'a R) -> Option<&'a str>,
) -> Column<'a> {
    let texts = rows.iter().map(|row| of(row).map(Cow::Borrowed));
    Column { name: name.into(), values: Values::Texts(texts.collect()) }
}

fn counts<'a, R>(name: &'static str, rows: &[R], of: impl Fn(&R) -> Option<u64>) -> Column<'a> {
    Column { name: name.into(), values: Values::Counts(rows.iter().map(of).collect()) }
}

fn flags<'a, R>(name: &'static str, rows: &[R], of: impl Fn(&R) -> Option<bool>) -> Column<'a> {
    Column { name: name.into(), values: Values::Flags(rows.iter().map(of).collect()) }
}

/// What is not finite is missing: CSV readers disagree on how infinities are written.
fn reals<'a, R>(
    name: impl Into<Cow<'static, str>>,
    rows: &[R],
    of: impl Fn(&R) -> Option<f64>,
) -> Column<'a> {
    let finite = |row: &R| of(row).filter(|value| value.is_finite());
    Column { name: name.into(), values: Values::Reals(rows.iter().map(finite).collect()) }
}
