//! Warnings about rows.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::{Metric, Reading};
use experiment::file::MeasuredEpoch;
use experiment::record::Results;

use crate::comparison::groups::Planned;
use crate::comparison::notes::count;
use crate::comparison::warnings::{Shown, listed};

/// Share of a row's runs whose best epoch may be one of the last two.
const LATE_SHARE: f64 = 0.25;

impl Shown<'_> {
    /// What was measured in each trial of `planned`.
    fn results<'s>(&'s self, planned: &'s Planned) -> impl Iterator<Item = &'s Results> {
        let trials = planned.trials.iter();
        trials.filter_map(|&i| self.groups.trials[i].record?.results.as_ref())
    }

    /// What was measured in each trial of a row.
    fn results_of(&self, row: usize) -> impl Iterator<Item = &Results> {
        self.groups.rows[row].trials.iter().flatten().flat_map(|planned| self.results(planned))
    }

    /// BLAKE3 of the predictions in each run of a row on a data set.
    fn predictions(&self, row: usize, dataset: usize) -> BTreeMap<usize, Vec<&str>> {
        let planned = &self.groups.rows[row].trials[dataset];
        let digests = |planned| -> Vec<&str> {
            self.results(planned).map(|results| results.predictions_digest.as_str()).collect()
        };
        let of_run = planned.iter().filter_map(|planned| Some((planned.run?, digests(planned))));
        of_run.filter(|(_, digests)| !digests.is_empty()).collect()
    }
}

/// Rows that have changed nothing: in more than half of the runs that they have in common with the baseline, every
/// probability of the test part is the same.
pub(super) fn identical_predictions(shown: &Shown<'_>) -> Option<String> {
    let baseline = shown.groups.baseline?;
    let datasets = 0..shown.groups.datasets.len();
    let of_baseline: Vec<_> = datasets.clone().map(|d| shown.predictions(baseline, d)).collect();
    let mut rows = Vec::new();
    for row in (0..shown.groups.rows.len()).filter(|&row| row != baseline) {
        let (mut same, mut all) = (0, 0);
        for dataset in datasets.clone() {
            for (run, digests) in shown.predictions(row, dataset) {
                if let Some(others) = of_baseline[dataset].get(&run) {
                    all += 1;
                    same += usize::from(*others == digests);
                }
            }
        }
        if all < 2 * same {
            rows.push(format!("{} in {same} of {}", shown.row(row), count(all, "run")));
        }
    }
    let baseline = shown.row(baseline);
    (!rows.is_empty()).then(|| {
        format!("Predictions identical to those of the baseline, {baseline}: {}.", listed(&rows))
    })
}

/// Entries of which no run has a balanced accuracy above that of a guess.
pub(super) fn no_better_than_chance(shown: &Shown<'_>, epoch: MeasuredEpoch) -> Option<String> {
    let better = |results: &Results| {
        let measured = if epoch == MeasuredEpoch::Best { &results.best } else { &results.last };
        let chance = 1.0 / measured.test.classes.len() as f64;
        match measured.test.reading(Metric::BalancedAccuracy) {
            Reading::Value(value) => Some(chance + 1e-9 < value),
            Reading::Undefined | Reading::NotMeasured => None,
        }
    };
    let (mut all, mut by_row) = (0, BTreeMap::<usize, usize>::new());
    for (row, method) in shown.groups.rows.iter().enumerate() {
        for planned in &method.trials {
            let of_entry = planned.iter().flat_map(|planned| shown.results(planned));
            let runs: Vec<bool> = of_entry.filter_map(better).collect();
            all += usize::from(!runs.is_empty());
            if !runs.is_empty() && !runs.contains(&true) {
                *by_row.entry(row).or_default() += 1;
            }
        }
    }
    let none: usize = by_row.values().sum();
    let mut rows: Vec<(usize, usize)> = by_row.into_iter().collect();
    rows.sort_by_key(|&(row, n)| (usize::MAX - n, row));
    let rows: Vec<String> =
        rows.into_iter().map(|(row, n)| format!("{} on {n}", shown.row(row))).collect();
    (0 < none).then(|| {
        format!(
            "In {none} of {all} entries (row and data set) no run has a balanced accuracy above chance: {}. There, optimisation \
             is compared and not the method.",
            listed(&rows)
        )
    })
}

/// Rows whose training was still getting better when it ended.
pub(super) fn late_best_epoch(shown: &Shown<'_>) -> Option<String> {
    let is_late = |results: &Results| {
        let course = &results.history.validation;
        let picked = results.best.epoch.filter(|_| course.iter().any(Option::is_some))?;
        (2 < course.len()).then_some(course.len() <= picked + 2)
    };
    let mut rows = Vec::new();
    for row in 0..shown.groups.rows.len() {
        let runs: Vec<bool> = shown.results_of(row).filter_map(is_late).collect();
        let late = runs.iter().filter(|late| **late).count();
        if LATE_SHARE * (runs.len() as f64) < late as f64 {
            rows.push(format!("{} in {late} of {}", shown.row(row), count(runs.len(), "run")));
        }
    }
    (!rows.is_empty()).then(|| {
        format!(
            "The best epoch is one of the last two: {}. More epochs may rank rows otherwise.",
            listed(&rows)
        )
    })
}

/// Data sets on which rows of the same run have other parts: what is said to be paired is not.
pub(super) fn different_splits(shown: &Shown<'_>) -> Option<String> {
    let groups = shown.groups;
    let differ = |&dataset: &usize| {
        let mut of_run: BTreeMap<usize, BTreeSet<Vec<&str>>> = BTreeMap::new();
        for planned in groups.rows.iter().flat_map(|row| &row.trials[dataset]) {
            let records = planned.trials.iter().filter_map(|&i| groups.trials[i].record);
            let digests: Vec<&str> = records.map(|record| record.split_digest.as_str()).collect();
            if let (Some(run), false) = (planned.run, digests.is_empty()) {
                of_run.entry(run).or_default().insert(digests);
            }
        }
        of_run.values().any(|digests| 1 < digests.len())
    };
    let datasets = (0..groups.datasets.len()).filter(differ);
    let names: Vec<String> = datasets.map(|dataset| shown.dataset(dataset).to_owned()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Rows that are compared on the same fold and seed have not the same rows of data in training, validation and \
             test part: on {}.",
            listed(&names)
        )
    })
}
