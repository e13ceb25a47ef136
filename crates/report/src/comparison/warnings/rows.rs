//! Warnings about rows.

use std::collections::BTreeMap;

use evaluation::{Metric, Reading};
use experiment::file::MeasuredEpoch;
use experiment::record::Results;

use crate::comparison::groups::Groups;
use crate::comparison::method::Planned;
use crate::comparison::notes::count;
use crate::comparison::warnings::{Shown, listed};

/// Share of a row's runs whose best epoch may be one of the last two.
const LATE_SHARE: f64 = 0.25;

impl Shown<'_> {
    /// What was measured in each trial of `planned`.
    fn results<'s>(&'s self, planned: &'s Planned) -> impl Iterator<Item = &'s Results> {
        let trials = planned.trials.iter();
        trials.filter_map(|&i| self.groups.trials[i].record?.results.as_deref())
    }

    /// What was measured in each trial of a row.
    fn results_of(&self, row: usize) -> impl Iterator<Item = &Results> {
        self.groups.rows[row].trials.iter().flatten().flat_map(|planned| self.results(planned))
    }

    /// The runs of a row on a data set, by their numbers; of several with one number, the last.
    fn runs(&self, row: usize, dataset: usize) -> Vec<Option<&Planned>> {
        let mut runs = Vec::new();
        for planned in &self.groups.rows[row].trials[dataset] {
            let Some(run) = planned.run else { continue };
            if self.results(planned).next().is_some() {
                runs.resize(runs.len().max(run + 1), None);
                runs[run] = Some(planned);
            }
        }
        runs
    }

    /// BLAKE3 of the predictions in each trial of `planned`.
    fn predictions<'s>(&'s self, planned: &'s Planned) -> impl Iterator<Item = &'s str> {
        self.results(planned).map(|results| results.predictions_digest.as_str())
    }
}

/// Rows that have changed nothing: in more than half of the runs that they have in common with the baseline, every
/// probability of the test part is the same.
pub(super) fn identical_predictions(shown: &Shown<'_>) -> Option<String> {
    let baseline = shown.groups.baseline?;
    let datasets = 0..shown.groups.datasets.len();
    let of_baseline: Vec<_> = datasets.clone().map(|d| shown.runs(baseline, d)).collect();
    let mut rows = Vec::new();
    for row in (0..shown.groups.rows.len()).filter(|&row| row != baseline) {
        let (mut same, mut all) = (0, 0);
        for dataset in datasets.clone() {
            for (own, other) in shown.runs(row, dataset).into_iter().zip(&of_baseline[dataset]) {
                if let (Some(own), Some(other)) = (own, other) {
                    all += 1;
                    same += usize::from(shown.predictions(own).eq(shown.predictions(other)));
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
        let chance = 1.0 / f64::from(measured.test.classes_brief().n_classes);
        match measured.test.reading(Metric::BalancedAccuracy) {
            Reading::Value(value) => Some(chance + 1e-9 < value),
            Reading::Undefined | Reading::NotMeasured => None,
        }
    };
    let (mut all, mut by_row) = (0, BTreeMap::<usize, usize>::new());
    for (row, method) in shown.groups.rows.iter().enumerate() {
        for planned in &method.trials {
            let mut trials = planned.iter().flat_map(|planned| &planned.trials);
            if trials.any(|&i| shown.groups.trials[i].spec.is_a_guess()) {
                continue;
            }
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
            "In {none} of {all} entries (row and data set) no run has a balanced accuracy above chance: {}. There, what is compared is \
             whether anything was learnt, and not the method.",
            listed(&rows)
        )
    })
}

/// Rows whose training was still getting better when it ended.
pub(super) fn late_best_epoch(shown: &Shown<'_>) -> Option<String> {
    let is_late = |results: &Results| {
        let course = results.history.validated();
        let picked = results.best.epoch.filter(|_| 0 < course.defined)?;
        (2 < course.epochs).then_some(course.epochs <= picked + 2)
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
        let mut first_of_run: Vec<Option<&Planned>> = Vec::new();
        groups.rows.iter().flat_map(|row| &row.trials[dataset]).any(|planned| {
            let Some(run) = planned.run else { return false };
            if splits(groups, planned).next().is_none() {
                return false;
            }
            first_of_run.resize(first_of_run.len().max(run + 1), None);
            let first = first_of_run[run].get_or_insert(planned);
            !splits(groups, planned).eq(splits(groups, first))
        })
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

/// BLAKE3 of the parts in each trial of `planned`.
fn splits<'a>(groups: &'a Groups<'_>, planned: &'a Planned) -> impl Iterator<Item = &'a str> {
    let records = planned.trials.iter().filter_map(|&i| groups.trials[i].record);
    records.map(|record| &*record.split_digest)
}
