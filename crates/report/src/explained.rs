//! From a number of a table to the cells that it is made of.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::Metric;
use experiment::file::{MeasuredEpoch, ReportSpec};
use experiment::labels::Labels;
use experiment::plan::DatasetFacts;
use experiment::record::{Outcome, Timings, TrialRecord};
use experiment::trial::TrialCell;
use experiment::{Axis, CellId};
use serde::Serialize;

use crate::comparison::cell::{Contribution, TableCell, contributions};
use crate::comparison::groups::Groups;
use crate::comparison::method::{Planned, method_axes};
use crate::comparison::trial::Label;
use crate::judgement::sign;

/// The numbers of an experiment's tables, each down to its cells.
#[derive(Debug)]
pub struct Explainer<'a> {
    groups: Groups<'a>,
    spec: &'a ReportSpec,
}

/// A number of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// The row, as tables write it.
    pub row: String,
    /// The data set.
    pub dataset: String,
    /// What was measured.
    pub metric: Metric,
    /// Mean of the runs that have a value.
    pub mean: Option<f64>,
    /// Sample standard deviation (divisor n - 1) of the same runs.
    pub standard_deviation: Option<f64>,
    /// The row that runs are compared with; `None` for that row itself.
    pub baseline: Option<String>,
    /// Mean over the runs that both have of value - value of the baseline, the other way round for metrics of which lower
    /// is better: positive is better.
    pub difference: Option<f64>,
    /// Each run, by seed and fold.
    pub runs: Vec<ExplainedRun>,
}

/// One value: a cell or, if folds are pooled, those of all folds of a seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedRun {
    /// The seed.
    pub seed: u64,
    /// The value.
    pub value: Option<f64>,
    /// Why there is none.
    pub without_value: Option<&'static str>,
    /// To the same run of the baseline: positive is better.
    pub difference: Option<f64>,
    /// What stands on the axes that rows are averaged over, where that differs.
    pub also: Option<String>,
    /// The cells.
    pub cells: Vec<ExplainedCell>,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedCell {
    /// The fold.
    pub fold: usize,
    /// The identity: `longtail replay` takes it.
    pub id: CellId,
    /// The epoch whose network was measured, from 0; `None` of what has no epochs or was not run.
    pub epoch: Option<usize>,
    /// From the start of the cell to its record; `None` if it was not run.
    pub seconds: Option<f64>,
    /// How it ended, where that was before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

impl<'a> Explainer<'a> {
    /// Of the `cells` of a plan and what is recorded of them, as [`crate::Comparison::new`] takes them.
    pub fn new(
        cells: &[&'a TrialCell],
        records: &[&'a TrialRecord],
        facts: &BTreeMap<String, DatasetFacts>,
        labels: &Labels,
        spec: &'a ReportSpec,
    ) -> Self {
        Explainer { groups: Groups::new(cells, records, facts, labels, spec), spec }
    }

    /// The rows, as tables write them.
    pub fn rows(&self) -> Vec<String> {
        (0..self.groups.rows.len())
            .map(|row| self.groups.row_name(row, &self.spec.labels))
            .collect()
    }

    /// The data sets, as tables write them.
    pub fn datasets(&self) -> Vec<String> {
        self.groups.datasets.iter().map(|name| self.called(name)).collect()
    }

    /// What the number in `row` and `dataset`, by their places in [`Explainer::rows`] and [`Explainer::datasets`], is made of.
    pub fn explained(&self, row: usize, dataset: usize, metric: Metric) -> Explained {
        let planned = &self.groups.rows[row].trials[dataset];
        let given = contributions(planned, &self.groups, metric, self.spec);
        let table = TableCell::new(&given);
        let baseline = self.groups.baseline.filter(|&baseline| baseline != row);
        let of_baseline = baseline.map(|row| self.values(row, dataset, metric)).unwrap_or_default();
        let sign = sign(metric);
        let differing = self.differing(planned);
        let runs: Vec<ExplainedRun> = planned
            .iter()
            .zip(&given)
            .map(|(planned, given)| {
                let other = planned.run.and_then(|run| of_baseline.get(&run));
                let difference = given.value().zip(other).map(|(own, other)| sign * (own - other));
                self.run(planned, *given, difference, &differing)
            })
            .collect();
        let differences = runs.iter().filter_map(|run| run.difference);
        let mut rows = self.rows();
        Explained {
            baseline: baseline.map(|row| rows[row].clone()),
            row: rows.swap_remove(row),
            dataset: self.called(&self.groups.datasets[dataset]),
            metric,
            mean: table.mean,
            standard_deviation: table.standard_deviation,
            difference: evaluation::summary::mean(differences),
            runs,
        }
    }

    /// The value of each run of a row.
    fn values(&self, row: usize, dataset: usize, metric: Metric) -> BTreeMap<usize, f64> {
        let planned = &self.groups.rows[row].trials[dataset];
        let given = contributions(planned, &self.groups, metric, self.spec);
        let of_run = planned.iter().zip(given);
        of_run.filter_map(|(planned, given)| Some((planned.run?, given.value()?))).collect()
    }

    /// The axes beside those of the rows on which the trials differ.
    fn differing(&self, planned: &[Planned]) -> Vec<Axis> {
        let labels = |axis: Axis| -> BTreeSet<&Label> {
            planned.iter().map(|run| self.groups.label(run.trials[0], axis)).collect()
        };
        let axes = method_axes().filter(|axis| !self.groups.axes.contains(axis));
        axes.filter(|&axis| 1 < labels(axis).len()).collect()
    }

    fn run(
        &self,
        planned: &Planned,
        given: Contribution,
        difference: Option<f64>,
        differing: &[Axis],
    ) -> ExplainedRun {
        let first = &self.groups.trials[planned.trials[0]];
        let labels =
            differing.iter().filter_map(|&axis| self.groups.label(planned.trials[0], axis).clone());
        let also: Vec<String> = labels.collect();
        let cell = |&i: &usize| {
            let trial = &self.groups.trials[i];
            let measured = trial.record.and_then(|record| record.results.as_deref());
            let measured = measured.map(|results| match self.spec.epoch {
                MeasuredEpoch::Best => &results.best,
                MeasuredEpoch::Last => &results.last,
            });
            ExplainedCell {
                fold: trial.spec.fold,
                id: trial.id,
                epoch: measured.and_then(|measured| measured.epoch),
                seconds: trial.timings.map(Timings::alone),
                ended: trial.record.and_then(|record| ended(&record.outcome)),
            }
        };
        ExplainedRun {
            seed: first.spec.seed,
            value: given.value(),
            without_value: without_value(given),
            difference,
            also: (!also.is_empty()).then(|| also.join(" + ")),
            cells: planned.trials.iter().map(cell).collect(),
        }
    }

    fn called(&self, label: &str) -> String {
        self.spec.labels.get(label).map_or(label, String::as_str).to_owned()
    }
}

/// Why a cell ended before its time.
fn ended(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Completed => None,
        Outcome::Diverged { epoch, .. } => Some(format!("diverged in epoch {epoch}")),
        Outcome::Failed { message } => Some(format!("failed: {message}")),
    }
}

fn without_value(given: Contribution) -> Option<&'static str> {
    match given {
        Contribution::Value { .. } => None,
        Contribution::Undefined { .. } => Some("undefined"),
        Contribution::Unmeasured => Some("not measured"),
        Contribution::Diverged => Some("diverged"),
        Contribution::Failed => Some("failed"),
        Contribution::Missing => Some("not run"),
    }
}
