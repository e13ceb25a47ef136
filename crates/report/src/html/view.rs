//! What a page is made of, looked up once for all sections.

use std::collections::BTreeMap;

use evaluation::Metric;
use evaluation::summary::mean;
use experiment::Axis;
use experiment::file::{MeasuredEpoch, ReportSpec};
use experiment::plan::{DatasetFacts, Plan};
use experiment::provenance::Provenance;
use experiment::record::{Measured, Reproducible, Results, TrialRecord};
use experiment::spec::TrialSpec;

use crate::comparison::Comparison;
use crate::comparison::groups::Groups;
use crate::comparison::table::{MetricTable, Role};
use crate::judgement::Unit;

/// What a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What is asked of the comparison: that of the plan, with what the command line lays over it.
    pub spec: &'a ReportSpec,
    /// The text of the experiment file.
    pub file: &'a str,
    /// The runs that recorded something, as far as they were noted.
    pub runs: &'a [Provenance],
    /// The experiment file and what was laid over it, as words of a command line.
    pub words: &'a str,
    /// What is recorded of the plan's cells.
    pub records: &'a [&'a TrialRecord],
    /// The plan's cells, grouped.
    pub groups: &'a Groups<'a>,
    /// The same, compared.
    pub comparison: &'a Comparison,
    /// Where its results are, as options of `longtail replay`.
    pub store: &'a str,
    /// The digest of `trials.csv`.
    pub digest: &'a str,
}

/// The rows and data sets of a page, by their places in `groups`: tables have rows in an order of their own.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) subject: Subject<'a>,
    pub(crate) groups: &'a Groups<'a>,
    /// What rows are called.
    pub(crate) names: Vec<String>,
    /// What stands on each axis of each row, as tables show it.
    pub(crate) labels: Vec<Vec<Option<String>>>,
    /// What the others are compared with.
    pub(crate) baseline: Option<usize>,
    pub(crate) sets: Vec<Set<'a>>,
    /// The data sets in the order of the page: siblings beside each other.
    pub(crate) columns: Vec<usize>,
}

/// What was measured in a run of a row, and in the baseline's; of several trials, if folds are pooled.
pub(crate) type Pair<'a> = [Vec<&'a Results>; 2];

/// A data set.
#[derive(Debug)]
pub(crate) struct Set<'a> {
    pub(crate) name: String,
    pub(crate) family: String,
    /// `None` if the plan does not know it.
    pub(crate) facts: Option<&'a DatasetFacts>,
    /// Whether no profile takes rows out of it.
    pub(crate) is_whole: bool,
    /// Rows of each class; those of a training part, if a profile makes it what it is.
    pub(crate) counts: Option<Vec<u32>>,
    pub(crate) digest: String,
}

impl Set<'_> {
    /// Largest class to smallest.
    pub(crate) fn imbalance(&self) -> Option<f64> {
        let counts = self.counts.as_ref()?;
        let (most, least) = (counts.iter().max()?, counts.iter().min()?);
        (*least != 0).then(|| *most as f64 / *least as f64)
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(subject: Subject<'a>) -> Self {
        let Subject { plan, groups, comparison, .. } = subject;
        let table = &comparison.tables[0];
        let mut names = vec![String::new(); groups.rows.len()];
        let mut labels = vec![Vec::new(); groups.rows.len()];
        for row in &table.rows {
            names[row.place].clone_from(&row.name);
            labels[row.place].clone_from(&row.labels);
        }
        let sets: Vec<Set<'a>> = (0..groups.datasets.len())
            .map(|d| set(groups, plan, d, table.datasets[d].clone()))
            .collect();
        let mut columns: Vec<usize> = (0..sets.len()).collect();
        columns.sort_by_key(|&d| (&sets[d].family, &sets[d].name));
        View { subject, baseline: groups.baseline, groups, names, labels, sets, columns }
    }

    /// The table without script: that of the first metric.
    pub(crate) fn first(&self) -> &'a MetricTable {
        &self.subject.comparison.tables[0]
    }

    /// The rows that are no controls, whose weights and gradients are not those of the steps that are taken.
    pub(crate) fn methods(&self) -> impl Iterator<Item = usize> {
        let rows = self.first().rows.iter();
        rows.filter(|row| row.role != Role::Control).map(|row| row.place)
    }

    /// The rows that can be shown beside the baseline: methods before controls, each by rank.
    pub(crate) fn beside_baseline(&self) -> impl Iterator<Item = usize> {
        let rows = self.first().rows.iter();
        let controls = rows.filter(|row| row.role == Role::Control).map(|row| row.place);
        self.methods().chain(controls).filter(|&row| Some(row) != self.baseline)
    }

    /// The first of them.
    pub(crate) fn shown_first(&self) -> Option<usize> {
        self.beside_baseline().next()
    }

    /// The trials of a row on a data set.
    pub(crate) fn trials(&self, row: usize, set: usize) -> impl Iterator<Item = usize> {
        self.groups.rows[row].trials[set].iter().flat_map(|planned| planned.trials.iter().copied())
    }

    /// What is recorded of them.
    pub(crate) fn records(&self, row: usize, set: usize) -> impl Iterator<Item = &'a Reproducible> {
        self.trials(row, set).filter_map(|i| self.groups.trials[i].record)
    }

    /// What was measured in them.
    pub(crate) fn results(&self, row: usize, set: usize) -> impl Iterator<Item = &'a Results> {
        self.records(row, set).filter_map(|record| record.results.as_deref())
    }

    /// The mean over the data sets of the mean over a row's runs of what `of` reads of them.
    pub(crate) fn mean_over_sets(
        &self,
        row: usize,
        of: impl Fn(&Results) -> Option<f64>,
    ) -> Option<f64> {
        let of_set = |set: usize| mean(self.results(row, set).filter_map(&of));
        mean((0..self.sets.len()).filter_map(of_set))
    }

    /// What was measured in the runs of a row that the baseline has too, and in those of the baseline, run by run.
    pub(crate) fn pairs(&self, row: usize, set: usize) -> Vec<Pair<'a>> {
        let of = |row: usize| -> BTreeMap<usize, Vec<&'a Results>> {
            let mut runs: BTreeMap<usize, Vec<&'a Results>> = BTreeMap::new();
            for planned in &self.groups.rows[row].trials[set] {
                let records = planned.trials.iter().map(|&i| self.groups.trials[i].record);
                let results = records.map(|record| record?.results.as_deref()).collect();
                let results: Option<Vec<&'a Results>> = results;
                if let (Some(run), Some(results)) = (planned.run, results) {
                    runs.entry(run).or_default().extend(results);
                }
            }
            runs
        };
        let Some(baseline) = self.baseline else { return Vec::new() };
        let mut others = of(baseline);
        let pair = |(run, own)| Some([own, others.remove(&run)?]);
        of(row).into_iter().filter_map(pair).collect()
    }

    /// The network that tables are of.
    pub(crate) fn measured<'r>(&self, results: &'r Results) -> &'r Measured {
        match self.subject.spec.epoch {
            MeasuredEpoch::Best => &results.best,
            MeasuredEpoch::Last => &results.last,
        }
    }

    /// Whether the bits of a row's trials are promised everywhere.
    pub(crate) fn is_reproducible(&self, row: usize) -> bool {
        self.groups.rows[row].trials.iter().flatten().all(|planned| {
            planned.trials.iter().all(|&i| self.groups.trials[i].spec.reproducible())
        })
    }

    /// The specification of every kind of trial, those of other folds and seeds left out.
    pub(crate) fn specs(&self) -> Vec<&'a TrialSpec> {
        self.groups.firsts.iter().map(|&first| self.groups.trials[first].spec).collect()
    }

    /// The metrics, the first of which needs no script.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = Metric> {
        self.subject.comparison.tables.iter().map(|table| table.metric)
    }

    /// Whether rows are compared over families of data sets, and not over the runs of a single family.
    pub(crate) fn has_families(&self) -> bool {
        self.first().judgement.unit == Unit::Family
    }

    /// The axes that make a row.
    pub(crate) fn axes(&self) -> &[Axis] {
        &self.subject.comparison.axes
    }
}

fn set<'a>(groups: &Groups<'a>, plan: &'a Plan, set: usize, name: String) -> Set<'a> {
    let of_set = groups.rows.iter().flat_map(|row| &row.trials[set]);
    let mut trials = of_set.flat_map(|planned| &planned.trials).map(|&trial| &groups.trials[trial]);
    let first = trials.clone().next();
    let facts = first.and_then(|trial| plan.datasets.get(&trial.spec.dataset.name));
    let is_whole = first.is_some_and(|trial| trial.spec.dataset.profile.is_none());
    let mut reached = || {
        let results = trials.find_map(|trial| trial.record?.results.as_deref())?;
        Some(results.train_counts.clone())
    };
    let of_facts = |facts: &DatasetFacts| facts.classes.iter().map(|&(_, rows)| rows).collect();
    let cell = first.and_then(|trial| plan.cells.iter().find(|cell| cell.cell.id == trial.id));
    Set {
        name,
        family: groups.families[set].clone(),
        facts,
        is_whole,
        counts: if is_whole { facts.map(of_facts) } else { reached() },
        digest: cell.map(|planned| planned.cell.data_digest.to_string()).unwrap_or_default(),
    }
}
