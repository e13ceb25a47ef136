//! What each method gains over plain training, and over its controls: the same step without what the method knows.
//!
//! ```text
//! gain on a data set   mean over runs (folds and seeds that both have) of value(method) - value(other), the other way
//!                      round for metrics of which lower is better
//! gain                 mean of these over the data sets
//! ± standard error     of that mean, over the data sets; over the runs where there is one data set alone
//! ```
//!
//! Both are paired: the other is the same trial but for its methods, on the same rows, from the same initial weights.

use std::collections::BTreeMap;

use evaluation::Metric;
use evaluation::summary::{mean, median, standard_deviation};
use experiment::Axis;
use experiment::file::ReportSpec;
use experiment::record::WeightsSummary;
use experiment::spec::TrialSpec;
use serde::Serialize;

use crate::comparison::cell::contributions;
use crate::comparison::groups::Groups;
use crate::comparison::method::{Method, Planned};
use crate::comparison::row_name::RowName;
use crate::comparison::table::{MethodRow, MetricTable, Role};
use crate::comparison::trial::{Label, Trial};
use crate::judgement::estimate::{Estimate, corrected_for};
use crate::judgement::judge::Judge;
use crate::judgement::{RunTest, Unit, sign};

/// The gains of one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GainsTable {
    /// What is gained.
    pub metric: Metric,
    /// What one observation is of.
    pub unit: Unit,
    /// What runs are tested by, where they are that.
    pub run_test: RunTest,
    /// The axes of the rows' labels.
    pub axes: Vec<Axis>,
    /// The controls, by name.
    pub controls: Vec<String>,
    /// The data sets, by name.
    pub datasets: Vec<String>,
    /// What each of them does, in a few words.
    pub does: Vec<&'static str>,
    /// Over how many comparisons gains over plain training are corrected, where these are those of the rows with the
    /// baseline: one comparison has one probability. `None` where they are corrected for the methods of their column.
    pub comparisons: Option<usize>,
    /// The methods that have a control or a baseline, as they stand in the plan.
    pub rows: Vec<GainRow>,
}

/// What one method gains.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GainRow {
    /// What it is called.
    pub name: String,
    /// One label for each axis.
    pub labels: Vec<Option<String>>,
    /// Over plain training; `None` where that is not in the plan, or no run of it has a value.
    pub over_baseline: Option<Gain>,
    /// Over each of the controls.
    pub over_controls: Vec<Option<Gain>>,
    /// The length of the method's gradient to that of plain training on the same batch: the mean over the runs of a data set, the
    /// median over data sets.
    pub length_ratio: Option<f64>,
    /// The cosine of the angle between them, likewise.
    pub cosine: Option<f64>,
    /// Which of its labels make the name.
    #[serde(skip)]
    pub(crate) named: RowName,
}

impl GainRow {
    /// Its name from its labels; of the only one, which has none, what it is.
    pub(crate) fn write_name(&mut self, axes: &[Axis]) {
        self.name = self.named.written(axes, &self.labels);
        if self.name.is_empty() {
            "the method".clone_into(&mut self.name);
        }
    }
}

/// A difference to another trial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gain {
    /// Mean over the data sets, positive where the method is better.
    pub mean: f64,
    /// Standard error of it over the data sets, or over the runs of the only one; `None` of a single run.
    pub standard_error: Option<f64>,
    /// The mean difference on each data set, and over how many runs; `None` where there is none.
    pub by_dataset: Vec<Option<(f64, usize)>>,
    /// The same over families, or over the runs of the only one, with an interval and a test, corrected for the
    /// methods of the column.
    pub estimate: Option<Estimate>,
}

impl Gain {
    /// `differences`: those of the runs of each data set.
    fn of(differences: &[Vec<f64>]) -> Option<Self> {
        let of_dataset = |runs: &Vec<f64>| Some((mean(runs.iter().copied())?, runs.len()));
        let by_dataset: Vec<Option<(f64, usize)>> = differences.iter().map(of_dataset).collect();
        let means: Vec<f64> = by_dataset.iter().flatten().map(|&(mean, _)| mean).collect();
        let spread = if let [runs] = differences { runs } else { &means };
        let standard_error =
            standard_deviation(spread).map(|deviation| deviation / (spread.len() as f64).sqrt());
        let mean = mean(means.iter().copied())?;
        Some(Gain { mean, standard_error, by_dataset, estimate: None })
    }
}

/// Runs of each data set, each beside the one it is compared with.
type Pairs = Vec<Vec<(Planned, Planned)>>;

/// A row and what it is compared with.
struct Paired {
    labels: Vec<Label>,
    methods: Vec<Vec<Planned>>,
    baseline: Pairs,
    controls: Vec<Pairs>,
}

/// The gains for each of `metrics`; none if the plan has no control.
pub(crate) fn gains(
    groups: &Groups<'_>,
    metrics: &[Metric],
    spec: &ReportSpec,
    judge: &Judge,
) -> Vec<GainsTable> {
    let controls: BTreeMap<&str, &TrialSpec> = groups.trials.iter().filter_map(control).collect();
    if controls.is_empty() {
        return Vec::new();
    }
    let known: Known =
        groups.trials.iter().enumerate().map(|(i, t)| (groups.key(t.spec), i)).collect();
    let mut planned: Vec<&Method> = groups.rows.iter().collect();
    let place = |trial: &usize| groups.trials[*trial].place;
    planned.sort_by_cached_key(|row| {
        let planned = row.trials.iter().flatten();
        planned.flat_map(|planned| &planned.trials).map(place).min()
    });
    let rows: Vec<Paired> =
        planned.into_iter().map(|row| Paired::new(row, groups, &known, &controls)).collect();
    let others = |axis: &&Axis| **axis != Axis::Control;
    let axes: Vec<Axis> = groups.axes.iter().filter(others).copied().collect();
    let table = |&metric: &Metric| {
        let mut table = GainsTable {
            metric,
            unit: judge.unit,
            run_test: judge.test,
            axes: axes.clone(),
            controls: controls.keys().map(ToString::to_string).collect(),
            does: controls.values().map(|spec| does(spec)).collect(),
            comparisons: None,
            datasets: groups.datasets.clone(),
            rows: rows.iter().filter_map(|row| row.gains(groups, metric, spec, judge)).collect(),
        };
        table.name_rows(groups);
        table.correct();
        table
    };
    metrics.iter().map(table).collect()
}

impl GainsTable {
    fn name_rows(&mut self, groups: &Groups<'_>) {
        let labels: Vec<Vec<Label>> = self.rows.iter().map(|row| row.labels.clone()).collect();
        let base = groups.base.as_ref().map(|labels| without_control(groups, labels));
        let names = RowName::of_all(&self.axes, &labels, base.as_deref());
        for (row, named) in self.rows.iter_mut().zip(names) {
            row.named = named;
            row.write_name(&self.axes);
        }
    }

    /// Where each gain over plain training is that of a row over the baseline in `table`, the correction is that of the
    /// table, so that one comparison has one probability.
    pub(crate) fn agree_with(&mut self, table: &MetricTable, axes: &[Axis]) {
        let verdict = |row: &GainRow, gain: &Estimate| {
            let is_method = |own: &MethodRow| {
                let labels = axes.iter().zip(&own.labels);
                let labels = labels.filter(|(axis, _)| **axis != Axis::Control);
                own.role != Role::Control && labels.map(|(_, label)| label).eq(&row.labels)
            };
            let place = table.rows.iter().position(is_method)?;
            table.judgement.verdicts[place].as_ref().filter(|verdict| verdict.is_alike(gain))
        };
        let of_rows = |row: &GainRow| {
            let gain = row.over_baseline.as_ref()?.estimate.as_ref()?;
            Some(verdict(row, gain).map(|verdict| verdict.p_holm))
        };
        let known: Option<Vec<Option<f64>>> = self.rows.iter().filter_map(of_rows).collect();
        let Some(known) = known.filter(|known| !known.is_empty()) else { return };
        let gains = self.rows.iter_mut().filter_map(|row| row.over_baseline.as_mut());
        let estimates = gains.filter_map(|gain| gain.estimate.as_mut());
        estimates.zip(known).for_each(|(estimate, p_holm)| estimate.p_holm = p_holm);
        let verdicts = table.judgement.verdicts.iter().flatten();
        self.comparisons = Some(verdicts.filter(|verdict| verdict.p_value.is_some()).count());
    }

    /// Each column is a question of its own: it is corrected for its methods.
    fn correct(&mut self) {
        let of_plain =
            self.rows.iter_mut().filter_map(|row| row.over_baseline.as_mut()?.estimate.as_mut());
        corrected_for(&mut of_plain.collect::<Vec<_>>());
        for control in 0..self.controls.len() {
            let of_control = self
                .rows
                .iter_mut()
                .filter_map(|row| row.over_controls[control].as_mut()?.estimate.as_mut());
            corrected_for(&mut of_control.collect::<Vec<_>>());
        }
    }
}

/// The labels on the axes beside that of controls.
fn without_control(groups: &Groups<'_>, labels: &[Label]) -> Vec<Label> {
    let labels = groups.axes.iter().zip(labels);
    labels.filter(|(axis, _)| **axis != Axis::Control).map(|(_, label)| label.clone()).collect()
}

/// What the control of `spec` does to a step, in a few words.
fn does(spec: &TrialSpec) -> &'static str {
    spec.controls().map_or("", |control| control.does().told())
}

/// Indices of trials by what they are.
type Known = BTreeMap<String, usize>;

/// The control of a trial that has one, by name, and the trial.
fn control<'a>(trial: &Trial<'a>) -> Option<(&'static str, &'a TrialSpec)> {
    Some((trial.spec.control()?, trial.spec))
}

impl Paired {
    fn new(
        row: &Method,
        groups: &Groups<'_>,
        known: &Known,
        controls: &BTreeMap<&str, &TrialSpec>,
    ) -> Self {
        // Neither controls nor plain training.
        let is_method = |planned: &&Planned| {
            let trial = &groups.trials[planned.trials[0]];
            let is_plain = trial.spec.plainly().is_none_or(|plain| plain == *trial.spec);
            !is_plain && trial.spec.control().is_none()
        };
        let methods: Vec<Vec<Planned>> = row
            .trials
            .iter()
            .map(|planned| planned.iter().filter(is_method).cloned().collect())
            .collect();
        let pairs = |other: &dyn Fn(&TrialSpec) -> Option<TrialSpec>| -> Pairs {
            let partner =
                |&i: &usize| known.get(&groups.key(&other(groups.trials[i].spec)?)).copied();
            let beside = |planned: &Planned| {
                let trials = planned.trials.iter().map(partner).collect::<Option<Vec<usize>>>()?;
                Some((planned.clone(), Planned { trials, run: planned.run }))
            };
            methods.iter().map(|planned| planned.iter().filter_map(beside).collect()).collect()
        };
        let baseline = pairs(&TrialSpec::plainly);
        let controls = controls.values().map(|like| pairs(&|spec| spec.controlled(like))).collect();
        Paired { labels: without_control(groups, &row.labels), methods, baseline, controls }
    }

    /// `None` of a row with nothing to be compared with.
    fn gains(
        &self,
        groups: &Groups<'_>,
        metric: Metric,
        spec: &ReportSpec,
        judge: &Judge,
    ) -> Option<GainRow> {
        let gain = |pairs: &Pairs| gain(pairs, groups, metric, spec, judge);
        let over_baseline = gain(&self.baseline);
        let over_controls: Vec<Option<Gain>> = self.controls.iter().map(gain).collect();
        if over_baseline.is_none() && over_controls.iter().all(Option::is_none) {
            return None;
        }
        let lie = |of: fn(&WeightsSummary) -> Option<f64>| {
            let on_dataset = |planned: &Vec<Planned>| {
                let trials = planned.iter().flat_map(|planned| &planned.trials);
                let results = trials.filter_map(|&i| groups.trials[i].record?.results.as_deref());
                mean(results.filter_map(|results| of(&results.weights)))
            };
            over_datasets(self.methods.iter().filter_map(on_dataset))
        };
        Some(GainRow {
            name: String::new(),
            named: RowName::default(),
            labels: self.labels.clone(),
            over_baseline,
            over_controls,
            length_ratio: lie(|weights| weights.length_ratio),
            cosine: lie(|weights| weights.cosine),
        })
    }
}

/// How a step lies to the plain one, of what it is on each data set. The plain gradient of what is learnt by heart is next to
/// nothing: a few data sets would make any mean.
pub(crate) fn over_datasets(lies: impl Iterator<Item = f64>) -> Option<f64> {
    let mut lies: Vec<f64> = lies.collect();
    lies.sort_by(f64::total_cmp);
    median(&lies)
}

fn gain(
    pairs: &Pairs,
    groups: &Groups<'_>,
    metric: Metric,
    spec: &ReportSpec,
    judge: &Judge,
) -> Option<Gain> {
    let sign = sign(metric);
    let on_dataset = |pairs: &Vec<(Planned, Planned)>| {
        let value = |planned: &Planned| {
            contributions(std::slice::from_ref(planned), groups, metric, spec)[0].value()
        };
        let difference = |(own, other): &(Planned, Planned)| Some(value(own)? - value(other)?);
        pairs.iter().filter_map(difference).map(|difference| sign * difference).collect()
    };
    let differences: Vec<Vec<f64>> = pairs.iter().map(on_dataset).collect();
    Some(Gain { estimate: judge.estimate(&differences), ..Gain::of(&differences)? })
}
