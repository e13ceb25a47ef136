//! One method on one data set: the mean of its runs, and what became of each of them.

use std::fmt::Write;

use evaluation::Metric;
use evaluation::summary::{mean, standard_deviation};
use experiment::file::Epoch;
use experiment::record::{Outcome, Reproducible};

use crate::comparison::groups::{Groups, Runs};

/// One method on one data set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Mean of the runs that have a value; `None` if none has.
    pub mean: Option<f64>,
    /// Sample standard deviation (divisor n - 1) of the same runs; `None` below two of them.
    pub standard_deviation: Option<f64>,
    /// What became of the runs.
    pub counts: Counts,
    /// Whether the mean, as printed, is the best of its data set. Never true for a lone value.
    pub is_best: bool,
    /// Index into the table's footnotes, if not every run simply has a value.
    pub footnote: Option<usize>,
}

/// What became of the runs of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs that there would be if the method had run on every fold and seed on which another did.
    pub expected: usize,
    /// Runs that are averaged.
    pub averaged: usize,
    /// Of the averaged runs, those that diverged after the epoch whose network was measured.
    pub diverged_later: usize,
    /// Runs on which the metric is undefined, as when a class is absent from the test part.
    pub undefined: usize,
    /// Runs that diverged before there was a network to measure.
    pub diverged: usize,
    /// Runs that failed.
    pub failed: usize,
    /// Expected runs that are not recorded.
    pub missing: usize,
}

/// What one trial gives to its cell.
enum Contribution {
    Value { value: f64, diverged_later: bool },
    Undefined,
    Diverged,
    Failed,
}

impl Cell {
    pub(crate) fn new(runs: &Runs, groups: &Groups<'_>, metric: Metric, epoch: Epoch) -> Self {
        let mut counts = Counts {
            expected: runs.expected,
            missing: runs.expected.saturating_sub(runs.trials.len()),
            ..Counts::default()
        };
        let mut values = Vec::new();
        for &i in &runs.trials {
            match contribution(groups.trials[i].record, metric, epoch) {
                Contribution::Value { value, diverged_later } => {
                    values.push(value);
                    counts.averaged += 1;
                    counts.diverged_later += usize::from(diverged_later);
                }
                Contribution::Undefined => counts.undefined += 1,
                Contribution::Diverged => counts.diverged += 1,
                Contribution::Failed => counts.failed += 1,
            }
        }
        Cell {
            mean: mean(values.iter().copied()),
            standard_deviation: standard_deviation(&values),
            counts,
            is_best: false,
            footnote: None,
        }
    }
}

fn contribution(trial: &Reproducible, metric: Metric, epoch: Epoch) -> Contribution {
    let Some(results) = &trial.results else { return Contribution::Failed };
    let measured = match epoch {
        Epoch::Best => &results.best,
        Epoch::Last => &results.last,
    };
    let diverged_later = match trial.outcome {
        Outcome::Failed { .. } => return Contribution::Failed,
        Outcome::Completed => false,
        // A network that was measured before the parameters became infinite is a network like any
        // other: leaving it out would flatter methods that diverge.
        Outcome::Diverged { epoch } => match measured.epoch {
            Some(measured) if measured < epoch => true,
            _ => return Contribution::Diverged,
        },
    };
    match measured.test.values.get(&metric).copied().flatten() {
        Some(value) if value.is_finite() => Contribution::Value { value, diverged_later },
        _ => Contribution::Undefined,
    }
}

impl Counts {
    /// Runs that should have given a value and did not.
    pub fn without_value(&self) -> usize {
        self.undefined + self.diverged + self.failed + self.missing
    }

    /// What a reader has to know about the cell, if anything.
    pub(crate) fn footnote(&self) -> Option<String> {
        let parts = [
            (self.undefined, format!("metric undefined in {}", self.undefined)),
            (self.diverged, format!("{} diverged", self.diverged)),
            (self.failed, format!("{} failed", self.failed)),
            (self.missing, format!("{} not run", self.missing)),
        ];
        let lost: Vec<String> =
            parts.into_iter().filter(|(n, _)| 0 < *n).map(|(_, text)| text).collect();
        let mut text = String::new();
        if !lost.is_empty() {
            let expected = self.averaged + self.without_value();
            let lost = lost.join(", ");
            let _ = write!(text, "{} of {expected} runs averaged: {lost}", self.averaged);
        }
        if 0 < self.diverged_later {
            let separator = if text.is_empty() { "" } else { "; " };
            let n = self.diverged_later;
            let _ = write!(
                text,
                "{separator}{n} of the averaged runs diverged after the measured epoch"
            );
        }
        (!text.is_empty()).then_some(text)
    }
}
