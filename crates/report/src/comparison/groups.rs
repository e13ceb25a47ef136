//! Which trials belong to which row and which data set.

use std::collections::{BTreeMap, BTreeSet};

use experiment::Axis;
use experiment::plan::DatasetFacts;
use experiment::record::{Reproducible, TrialRecord};
use strum::IntoEnumIterator;

/// What stands on one axis; `None` where the learner has no such thing.
pub(crate) type Label = Option<String>;

/// The axes that can make a row, in the order in which tables show them.
pub(crate) const METHOD_AXES: [Axis; 7] = [
    Axis::Model,
    Axis::Loss,
    Axis::Sampling,
    Axis::Mining,
    Axis::Reweighting,
    Axis::Training,
    Axis::Protocol,
];

/// A trial with its labels, which are made once.
#[derive(Clone, Debug)]
pub(crate) struct Trial<'a> {
    pub(crate) record: &'a Reproducible,
    pub(crate) labels: BTreeMap<Axis, Label>,
}

/// All trials, by row and data set.
#[derive(Debug)]
pub(crate) struct Groups<'a> {
    /// All trials by seed, fold and identity: the order of every sum.
    pub(crate) trials: Vec<Trial<'a>>,
    /// The axes that make a row; at least one.
    pub(crate) axes: Vec<Axis>,
    /// The data sets, by name.
    pub(crate) datasets: Vec<String>,
    /// The family of each data set.
    pub(crate) families: Vec<String>,
    /// The rows, by their labels.
    pub(crate) rows: Vec<Method>,
}

/// One row: the trials of each data set, as indices.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) labels: Vec<Label>,
    pub(crate) runs: Vec<Runs>,
}

/// The trials of one row on one data set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs {
    /// Indices of [`Groups::trials`], ascending.
    pub(crate) trials: Vec<usize>,
    /// How many there would be if every variant had run on every fold and seed on which another did.
    pub(crate) expected: usize,
}

impl<'a> Groups<'a> {
    /// A data set that `facts` do not know is a family of its own.
    pub(crate) fn new(
        records: &[&'a TrialRecord],
        facts: &BTreeMap<String, DatasetFacts>,
        rows: Option<&[Axis]>,
    ) -> Self {
        let mut trials: Vec<Trial<'a>> =
            records.iter().map(|record| Trial::new(&record.trial)).collect();
        trials
            .sort_by_key(|trial| (trial.record.spec.seed, trial.record.spec.fold, trial.record.id));
        let axes = row_axes(&trials, rows);
        // With and without a profile, a data set is its own sibling.
        let of = |trial: &Trial<'a>| {
            let name = &trial.record.spec.dataset.name;
            let family = facts.get(name).map_or(name, |facts| &facts.family);
            (trial.dataset().to_owned(), family.clone())
        };
        let datasets: BTreeMap<String, String> = trials.iter().map(of).collect();
        let (datasets, families): (Vec<String>, Vec<String>) = datasets.into_iter().unzip();
        let rows = methods(&trials, &axes, &datasets);
        Groups { trials, axes, datasets, families, rows }
    }

    /// The different labels on `axis`, by name.
    pub(crate) fn labels(&self, axis: Axis) -> BTreeSet<&Label> {
        self.trials.iter().map(|trial| trial.label(axis)).collect()
    }
}

impl<'a> Trial<'a> {
    fn new(record: &'a Reproducible) -> Self {
        let labels = Axis::iter().map(|axis| (axis, record.spec.label(axis))).collect();
        Trial { record, labels }
    }

    pub(crate) fn label(&self, axis: Axis) -> &Label {
        &self.labels[&axis]
    }

    fn dataset(&self) -> &str {
        self.label(Axis::Dataset).as_deref().unwrap_or_default()
    }

    /// Everything but data set, fold and seed.
    fn variant(&self) -> Vec<&Label> {
        METHOD_AXES.iter().map(|&axis| self.label(axis)).collect()
    }
}

/// The axes that were asked for, or those on which the trials differ.
fn row_axes(trials: &[Trial<'_>], asked: Option<&[Axis]>) -> Vec<Axis> {
    let n_labels = |axis: Axis| -> usize {
        trials
            .iter()
            .filter_map(|trial| trial.label(axis).as_deref())
            .collect::<BTreeSet<_>>()
            .len()
    };
    let mut axes: Vec<Axis> = Vec::new();
    match asked {
        // The data sets are the columns already.
        Some(asked) => asked.iter().filter(|&&axis| axis != Axis::Dataset).for_each(|&axis| {
            if !axes.contains(&axis) {
                axes.push(axis);
            }
        }),
        None => axes.extend(METHOD_AXES.into_iter().filter(|&axis| 1 < n_labels(axis))),
    }
    if axes.is_empty() {
        // A single method is named by what it is.
        axes.extend([Axis::Model, Axis::Loss].into_iter().filter(|&axis| 0 < n_labels(axis)));
    }
    axes
}

fn methods(trials: &[Trial<'_>], axes: &[Axis], datasets: &[String]) -> Vec<Method> {
    // On which folds and seeds anything ran; another split of the same data set has other folds.
    let mut schedule: BTreeMap<(&str, &Label), BTreeSet<(usize, u64)>> = BTreeMap::new();
    let mut rows: BTreeMap<Vec<Label>, Vec<usize>> = BTreeMap::new();
    for (i, trial) in trials.iter().enumerate() {
        let spec = &trial.record.spec;
        let key = (trial.dataset(), trial.label(Axis::Protocol));
        schedule.entry(key).or_default().insert((spec.fold, spec.seed));
        let labels = axes.iter().map(|&axis| trial.label(axis).clone()).collect();
        rows.entry(labels).or_default().push(i);
    }
    let method = |(labels, members): (Vec<Label>, Vec<usize>)| {
        let variants: BTreeMap<Vec<&Label>, &Label> = members
            .iter()
            .map(|&i| (trials[i].variant(), trials[i].label(Axis::Protocol)))
            .collect();
        let expected = |dataset: &str| -> usize {
            variants
                .values()
                .filter_map(|protocol| schedule.get(&(dataset, *protocol)))
                .map(BTreeSet::len)
                .sum()
        };
        let mut runs: Vec<Runs> = datasets
            .iter()
            .map(|dataset| Runs { trials: Vec::new(), expected: expected(dataset) })
            .collect();
        for i in members {
            let column = datasets.iter().position(|dataset| dataset == trials[i].dataset());
            runs[column.expect("every trial's data set is a column")].trials.push(i);
        }
        Method { labels, runs }
    };
    rows.into_iter().map(method).collect()
}
