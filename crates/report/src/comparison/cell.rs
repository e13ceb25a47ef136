//! One method on one data set: the mean of its runs, and what became of each of them.

use evaluation::Metric;
use evaluation::summary::{mean, standard_deviation};
use experiment::file::Epoch;
use experiment::record::{Outcome, Reproducible};

use crate::comparison::groups::{Groups, Planned};

/// One method on one data set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Mean of the runs that have a value; `None` if none has.
    pub mean: Option<f64>,
    /// Sample standard deviation (divisor n - 1) of the same runs; `None` below two of them.
    pub standard_deviation: Option<f64>,
    /// What became of the runs.
    pub counts: Counts,
    /// What ranks, stars and averages are made of; `None` if the row has too few runs in common with the others.
    pub compared: Option<Compared>,
    /// Whether what is compared is, as printed, the best of its data set. Never true for a lone value.
    pub is_best: bool,
    /// Index into the table's footnotes, if not every run simply has a value.
    pub footnote: Option<usize>,
}

/// A cell as it is compared with the others of its data set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Mean over the runs that all compared rows have.
    pub mean: f64,
    /// How many runs of the cell these are.
    pub runs: usize,
}

/// What became of the runs of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs of the design.
    pub expected: usize,
    /// Runs that are averaged.
    pub averaged: usize,
    /// Of the averaged runs, those that diverged after the epoch whose network was measured.
    pub diverged_later: usize,
    /// Of the averaged runs, those whose solver stopped before it converged.
    pub unconverged: usize,
    /// Runs on which the metric is undefined, as when a class is absent from the test part.
    pub undefined: usize,
    /// Runs that diverged before there was a network to measure.
    pub diverged: usize,
    /// Runs that failed.
    pub failed: usize,
    /// Runs that are not recorded.
    pub missing: usize,
}

/// What one trial gives to its cell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Contribution {
    Value { value: f64, diverged_later: bool, unconverged: bool },
    Undefined,
    Diverged,
    Failed,
    Missing,
}

impl Contribution {
    pub(crate) fn value(self) -> Option<f64> {
        match self {
            Contribution::Value { value, .. } => Some(value),
            _ => None,
        }
    }
}

impl Cell {
    pub(crate) fn new(contributions: &[Contribution]) -> Self {
        let mut counts = Counts { expected: contributions.len(), ..Counts::default() };
        for contribution in contributions {
            match *contribution {
                Contribution::Value { diverged_later, unconverged, .. } => {
                    counts.averaged += 1;
                    counts.diverged_later += usize::from(diverged_later);
                    counts.unconverged += usize::from(unconverged);
                }
                Contribution::Undefined => counts.undefined += 1,
                Contribution::Diverged => counts.diverged += 1,
                Contribution::Failed => counts.failed += 1,
                Contribution::Missing => counts.missing += 1,
            }
        }
        let values: Vec<f64> = contributions.iter().filter_map(|c| c.value()).collect();
        Cell {
            mean: mean(values.iter().copied()),
            standard_deviation: standard_deviation(&values),
            counts,
            compared: None,
            is_best: false,
            footnote: None,
        }
    }

    /// What a reader has to know about the cell, if anything.
    pub(crate) fn footnote(&self) -> Option<String> {
        let counts = self.counts.footnote();
        if self.compared.is_some() || self.mean.is_none() {
            return counts;
        }
        let alone = "not compared: too few runs in common with the other rows";
        Some(counts.map_or_else(|| alone.to_owned(), |counts| format!("{counts}; {alone}")))
    }
}

/// What each of `planned` gives to its cell.
pub(crate) fn contributions(
    planned: &[Planned],
    groups: &Groups<'_>,
    metric: Metric,
    epoch: Epoch,
) -> Vec<Contribution> {
    let of = |planned: &Planned| match groups.trials[planned.trial].record {
        Some(record) => contribution(record, metric, epoch),
        None => Contribution::Missing,
    };
    planned.iter().map(of).collect()
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
        Some(value) if value.is_finite() => {
            Contribution::Value { value, diverged_later, unconverged: trial.unconverged() }
        }
        _ => Contribution::Undefined,
    }
}

impl Counts {
    /// Runs that should have given a value and did not.
    pub fn without_value(&self) -> usize {
        self.undefined + self.diverged + self.failed + self.missing
    }

    fn footnote(&self) -> Option<String> {
        let parts = [
            (self.undefined, format!("metric undefined in {}", self.undefined)),
            (self.diverged, format!("{} diverged", self.diverged)),
            (self.failed, format!("{} failed", self.failed)),
            (self.missing, format!("{} not run", self.missing)),
        ];
        let lost: Vec<String> =
            parts.into_iter().filter(|(n, _)| 0 < *n).map(|(_, text)| text).collect();
        let mut notes = Vec::new();
        if !lost.is_empty() {
            let (averaged, expected, lost) = (self.averaged, self.expected, lost.join(", "));
            notes.push(format!("{averaged} of {expected} runs averaged: {lost}"));
        }
        let averaged = [
            (self.diverged_later, "diverged after the measured epoch"),
            (self.unconverged, "stopped before their solver converged"),
        ];
        for (n, what) in averaged.into_iter().filter(|(n, _)| 0 < *n) {
            notes.push(format!("{n} of the averaged runs {what}"));
        }
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}
