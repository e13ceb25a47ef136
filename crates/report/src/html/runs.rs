//! The runs of a row on a data set, as the panel lists them.
//!
//! Lists are over the runs; `values` and `mean` are by metric. Values are whole numbers: one more decimal than tables have.

use std::collections::BTreeMap;

use evaluation::Metric;
use serde::Serialize;

use crate::comparison::cell::contributions;
use crate::comparison::method::Planned;
use crate::html::view::View;

/// Digits of an identity: enough to find a cell among millions.
pub(super) const ID_DIGITS: usize = 12;

/// The runs of one entry of the tables.
#[derive(Default, Serialize)]
pub(super) struct Runs {
    /// Identities one behind the other, those of a run's folds together if folds are pooled.
    ids: String,
    folds: Vec<usize>,
    seeds: Vec<u64>,
    /// Runs of a data set with the same number are compared; `null` where a run has no partner.
    numbers: Vec<Option<usize>>,
    epochs: Vec<Option<usize>>,
    /// Milliseconds.
    times: Vec<Option<u64>>,
    values: BTreeMap<&'static str, Vec<Option<i64>>>,
    /// What was run, as an index into the list of specifications, with how many runs it was.
    specs: Vec<(usize, usize)>,
}

/// What a value is multiplied by.
pub(super) fn unit(view: &View<'_>) -> f64 {
    let decimals = view.subject.comparison.decimals + 1;
    libm::pow(10.0, decimals.min(9) as f64)
}

impl Runs {
    /// `spec_of` finds the place of a trial's specification.
    pub(super) fn new(
        view: &View<'_>,
        (row, set): (usize, usize),
        spec_of: &mut impl FnMut(usize) -> usize,
    ) -> Self {
        let planned = &view.groups.rows[row].trials[set];
        let mut runs = Runs::default();
        let mut specs: BTreeMap<usize, usize> = BTreeMap::new();
        for run in planned {
            runs.add(view, run);
            *specs.entry(spec_of(run.trials[0])).or_default() += 1;
        }
        runs.specs = specs.into_iter().collect();
        for metric in view.metrics() {
            runs.values.insert(metric.name(), values(view, planned, metric));
        }
        runs
    }

    fn add(&mut self, view: &View<'_>, run: &Planned) {
        for &trial in &run.trials {
            self.ids.push_str(&view.groups.trials[trial].id.to_string()[..ID_DIGITS]);
        }
        let trial = &view.groups.trials[run.trials[0]];
        self.folds.push(trial.spec.fold);
        self.seeds.push(trial.spec.seed);
        self.numbers.push(run.run);
        let results = trial.record.and_then(|record| record.results.as_deref());
        self.epochs.push(results.and_then(|results| view.measured(results).epoch));
        let seconds: Option<f64> =
            run.trials.iter().map(|&i| Some(view.groups.trials[i].timings?.alone())).sum();
        self.times.push(seconds.map(|seconds| (1000.0 * seconds).round() as u64));
    }
}

fn values(view: &View<'_>, planned: &[Planned], metric: Metric) -> Vec<Option<i64>> {
    let unit = unit(view);
    contributions(planned, view.groups, metric, view.subject.spec)
        .iter()
        .map(|contribution| contribution.value().map(|value| (unit * value).round() as i64))
        .collect()
}
