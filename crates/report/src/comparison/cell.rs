//! One method on one data set: the mean of its runs, and what became of each of them.

use evaluation::summary::{mean, standard_deviation};
use evaluation::{Evaluation, Metric, Reading, pooled};
use experiment::file::{MeasuredEpoch, ReportSpec};
use experiment::record::{Outcome, Reproducible};
use serde::Serialize;

use crate::comparison::groups::Groups;
use crate::comparison::method::Planned;

/// One method on one data set.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TableCell {
    /// Mean of the runs that have a value; `None` if none has.
    pub mean: Option<f64>,
    /// Sample standard deviation (divisor n - 1) of the same runs; `None` below two of them.
    pub standard_deviation: Option<f64>,
    /// What became of the runs.
    pub counts: RunCounts,
    /// What ranks, stars and averages are made of; `None` if the row has too few runs in common with the others.
    pub compared: Option<Compared>,
    /// Whether what is compared is, as printed, the best of its data set. Never true for a lone value.
    pub is_best: bool,
    /// Index into the table's footnotes, if not every run simply has a value.
    pub footnote: Option<usize>,
}

/// A cell as it is compared with the others of its data set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Mean over the runs that all compared rows have.
    pub mean: f64,
    /// How many runs of the cell these are.
    pub runs: usize,
}

/// What became of the runs of a cell. If folds are pooled, a run is all folds of a seed, and lost with one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RunCounts {
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
    /// Runs that were recorded before there was what the metric takes.
    pub unmeasured: usize,
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
    Value {
        value: f64,
        caveats: Caveats,
    },
    /// The test part may lack a class that the metric needs.
    Undefined {
        lacks_class: bool,
    },
    Unmeasured,
    Diverged,
    Failed,
    Missing,
}

/// What is to be known of a run that is averaged.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Caveats {
    diverged_later: bool,
    unconverged: bool,
}

impl Contribution {
    pub(crate) fn value(self) -> Option<f64> {
        match self {
            Contribution::Value { value, .. } => Some(value),
            _ => None,
        }
    }
}

impl TableCell {
    pub(crate) fn new(contributions: &[Contribution]) -> Self {
        let mut counts = RunCounts { expected: contributions.len(), ..RunCounts::default() };
        for contribution in contributions {
            match *contribution {
                Contribution::Value { caveats, .. } => {
                    counts.averaged += 1;
                    counts.diverged_later += usize::from(caveats.diverged_later);
                    counts.unconverged += usize::from(caveats.unconverged);
                }
                Contribution::Undefined { .. } => counts.undefined += 1,
                Contribution::Unmeasured => counts.unmeasured += 1,
                Contribution::Diverged => counts.diverged += 1,
                Contribution::Failed => counts.failed += 1,
                Contribution::Missing => counts.missing += 1,
            }
        }
        let values: Vec<f64> = contributions.iter().filter_map(|c| c.value()).collect();
        TableCell {
            mean: mean(values.iter().copied()),
            standard_deviation: standard_deviation(&values),
            counts,
            compared: None,
            is_best: false,
            footnote: None,
        }
    }

    /// What a reader has to know about the cell, if anything.
    pub(crate) fn footnote(&self, runs: &str) -> Option<String> {
        let counts = self.counts.footnote(runs);
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
    spec: &ReportSpec,
) -> Vec<Contribution> {
    let end_of = |&trial: &usize| end(groups.trials[trial].record, spec.epoch);
    let of = |planned: &Planned| {
        if spec.pooled {
            together(&planned.trials.iter().map(end_of).collect::<Vec<_>>(), metric)
        } else {
            alone(&end_of(&planned.trials[0]), metric)
        }
    };
    planned.iter().map(of).collect()
}

/// What one trial gives.
pub(crate) fn of_trial(
    record: Option<&Reproducible>,
    metric: Metric,
    epoch: MeasuredEpoch,
) -> Contribution {
    alone(&end(record, epoch), metric)
}

/// How a trial ended.
enum End<'a> {
    Measured { test: &'a Evaluation, caveats: Caveats },
    Lost(Contribution),
}

fn end(record: Option<&Reproducible>, epoch: MeasuredEpoch) -> End<'_> {
    let Some(trial) = record else { return End::Lost(Contribution::Missing) };
    let Some(results) = &trial.results else { return End::Lost(Contribution::Failed) };
    let measured = match epoch {
        MeasuredEpoch::Best => &results.best,
        MeasuredEpoch::Last => &results.last,
    };
    let diverged_later = match trial.outcome {
        Outcome::Failed { .. } => return End::Lost(Contribution::Failed),
        Outcome::Completed => false,
        // A network that was measured before the parameters became infinite is a network like any
        // other: leaving it out would flatter methods that diverge.
        Outcome::Diverged { epoch, .. } => match measured.epoch {
            Some(measured) if measured < epoch => true,
            _ => return End::Lost(Contribution::Diverged),
        },
    };
    let caveats = Caveats { diverged_later, unconverged: trial.unconverged() };
    End::Measured { test: &measured.test, caveats }
}

fn alone(end: &End<'_>, metric: Metric) -> Contribution {
    match end {
        End::Lost(why) => *why,
        End::Measured { test, caveats } => {
            let lacks_class = metric.needs_every_class() && test.lacks_a_class();
            contribution(test.reading(metric), *caveats, lacks_class)
        }
    }
}

/// The predictions of all folds together are there if those of each are.
fn together(ends: &[End<'_>], metric: Metric) -> Contribution {
    let (mut parts, mut all) = (Vec::new(), Caveats::default());
    for end in ends {
        match end {
            End::Lost(why) => return *why,
            End::Measured { test, caveats } => {
                parts.push(*test);
                all.diverged_later |= caveats.diverged_later;
                all.unconverged |= caveats.unconverged;
            }
        }
    }
    contribution(pooled(metric, &parts), all, false)
}

fn contribution(reading: Reading, caveats: Caveats, lacks_class: bool) -> Contribution {
    match reading {
        Reading::Value(value) if value.is_finite() => Contribution::Value { value, caveats },
        Reading::Value(_) | Reading::Undefined => Contribution::Undefined { lacks_class },
        Reading::NotMeasured => Contribution::Unmeasured,
    }
}

impl RunCounts {
    /// Runs that should have given a value and did not.
    pub fn without_value(&self) -> usize {
        self.undefined + self.unmeasured + self.diverged + self.failed + self.missing
    }

    fn footnote(&self, runs: &str) -> Option<String> {
        let parts = [
            (self.undefined, format!("metric undefined in {}", self.undefined)),
            (self.unmeasured, format!("metric not measured in {}", self.unmeasured)),
            (self.diverged, format!("{} diverged", self.diverged)),
            (self.failed, format!("{} failed", self.failed)),
            (self.missing, format!("{} not run", self.missing)),
        ];
        let lost: Vec<String> =
            parts.into_iter().filter(|(n, _)| 0 < *n).map(|(_, text)| text).collect();
        let mut notes = Vec::new();
        if !lost.is_empty() {
            let (averaged, expected, lost) = (self.averaged, self.expected, lost.join(", "));
            notes.push(format!("{averaged} of {expected} {runs} averaged: {lost}"));
        }
        let averaged = [
            (self.diverged_later, "diverged after the measured epoch"),
            (self.unconverged, "stopped before their solver converged"),
        ];
        for (n, what) in averaged.into_iter().filter(|(n, _)| 0 < *n) {
            notes.push(format!("{n} of the averaged {runs} {what}"));
        }
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}
