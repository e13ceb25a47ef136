//! Which cells of the plan belong to which row and which data set.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use experiment::file::ReportSpec;
use experiment::labels::Labels;
use experiment::plan::DatasetFacts;
use experiment::record::{Reproducible, Timings, TrialRecord};
use experiment::selection::{Parameter, Tuned, tuned};
use experiment::spec::TrialSpec;
use experiment::trial::TrialCell;
use experiment::{Axis, CellId};
use strum::IntoEnumIterator;

use crate::comparison::candidates::Candidate;
use crate::comparison::choice::Choice;
use crate::comparison::row_name::RowName;
use crate::comparison::selection;

/// What stands on one axis; `None` where the learner has no such thing.
pub(crate) type Label = Option<String>;

/// The axes that can make a row, in the order in which tables show them.
pub(crate) fn method_axes() -> impl Iterator<Item = Axis> {
    let others = Axis::iter().filter(|axis| !matches!(axis, Axis::Dataset | Axis::Protocol));
    others.chain([Axis::Protocol])
}

/// A planned trial, and its record if there is one.
#[derive(Clone, Debug)]
pub(crate) struct Trial<'a> {
    pub(crate) spec: &'a TrialSpec,
    pub(crate) record: Option<&'a Reproducible>,
    pub(crate) timings: Option<&'a Timings>,
    pub(crate) variant: Rc<Variant>,
    pub(crate) id: CellId,
    /// Its place in the plan.
    pub(crate) place: usize,
    /// The values of the tuned parameters, if these were chosen among several.
    pub(crate) chosen: Option<Choice>,
}

/// What trials that differ in fold and seed alone have in common: made once for all of them.
#[derive(Debug, PartialEq)]
pub(crate) struct Variant {
    labels: BTreeMap<Axis, Label>,
    /// Trials of different splits are tested on different rows, whatever the numbers of their folds.
    pub(crate) split: String,
    /// Without the values of tuned parameters, if it has some.
    pub(crate) tuned: Option<Tuned>,
}

/// All planned trials, by row and data set.
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
    /// The row that the others are compared with; `None` without a row.
    pub(crate) baseline: Option<usize>,
    /// What there was to choose from.
    pub(crate) candidates: Vec<Candidate>,
    /// The tuned parameters.
    pub(crate) select: Vec<Parameter>,
    /// What was asked to be the baseline, and is no row.
    pub(crate) unknown_baseline: Option<String>,
}

/// One row: the trials of each data set.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) labels: Vec<Label>,
    pub(crate) named: RowName,
    pub(crate) trials: Vec<Vec<Planned>>,
}

/// What is one value of a row on a data set: a trial or, if folds are pooled, those of all folds.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    /// Indices of [`Groups::trials`]; they ascend, and there is at least one.
    pub(crate) trials: Vec<usize>,
    /// What run of the data set it is, once runs are numbered; rows are compared over runs of the same number. `None` if
    /// some row has no such run in the plan.
    pub(crate) run: Option<usize>,
}

impl<'a> Groups<'a> {
    /// `cells` are the design, `records` what is known of it; those of other cells are not read. A data set that
    /// `facts` do not know is a family of its own.
    pub(crate) fn new(
        cells: &[&'a TrialCell],
        records: &[&'a TrialRecord],
        facts: &BTreeMap<String, DatasetFacts>,
        labels: &Labels,
        spec: &ReportSpec,
    ) -> Self {
        let mut trials = trials(cells, records, labels, &spec.select);
        selection::tune(&mut trials);
        // The plan begins with the first choice of every axis.
        let first = trials.iter().find(|trial| trial.place == 0);
        let first = first.map(|trial| Rc::clone(&trial.variant));
        let candidates = selection::choose(&mut trials, spec);
        let axes = row_axes(&trials, spec.rows.as_deref());
        // With and without a profile, a data set is its own sibling.
        let of = |trial: &Trial<'a>| {
            let name = &trial.spec.dataset.name;
            let family = facts.get(name).map_or(name, |facts| &facts.family);
            (trial.dataset().to_owned(), family.clone())
        };
        let datasets: BTreeMap<String, String> = trials.iter().map(of).collect();
        let (datasets, families): (Vec<String>, Vec<String>) = datasets.into_iter().unzip();
        let rows = methods(&trials, &axes, &datasets, spec.pooled);
        let is_first = |row: &Method| {
            first.as_ref().is_some_and(|first| {
                axes.iter().zip(&row.labels).all(|(axis, label)| first.labels[axis] == *label)
            })
        };
        let renamed = |label: &Label| {
            label.as_ref().map(|label| spec.labels.get(label).unwrap_or(label).clone())
        };
        let is_called = |row: &Method, name: &str| {
            let shown: Vec<Label> = row.labels.iter().map(renamed).collect();
            [&row.labels, &shown].iter().any(|labels| row.named.written(&axes, labels) == name)
        };
        let asked = spec.baseline.as_deref();
        let known = asked.and_then(|name| rows.iter().position(|row| is_called(row, name)));
        let unknown_baseline = asked.filter(|_| known.is_none()).map(str::to_owned);
        let baseline = known.or_else(|| rows.iter().position(is_first));
        let select = spec.select.clone();
        Groups {
            trials,
            axes,
            datasets,
            families,
            rows,
            baseline,
            candidates,
            select,
            unknown_baseline,
        }
    }

    /// What a row is called where labels have other `names`.
    pub(crate) fn row_name(&self, row: usize, names: &BTreeMap<String, String>) -> String {
        let method = &self.rows[row];
        let renamed =
            |label: &Label| label.as_ref().map(|label| names.get(label).unwrap_or(label).clone());
        let labels: Vec<Label> = method.labels.iter().map(renamed).collect();
        method.named.written(&self.axes, &labels)
    }

    /// Names a trial of `spec`, whatever is chosen for it.
    pub(crate) fn key(&self, spec: &TrialSpec) -> String {
        let tuned = if self.select.is_empty() {
            None
        } else {
            tuned(spec, &self.select, &Labels::default())
        };
        match tuned {
            Some(tuned) => format!("{} {} {}", spec.seed, spec.fold, tuned.key),
            None => serde_json::to_string(spec).expect("a specification is plain data"),
        }
    }

    /// The different labels on `axis`, by name.
    pub(crate) fn labels(&self, axis: Axis) -> BTreeSet<&Label> {
        self.trials.iter().map(|trial| trial.label(axis)).collect()
    }

    /// Whether anything is recorded.
    pub(crate) fn is_recorded(&self) -> bool {
        self.trials.iter().any(|trial| trial.record.is_some())
    }
}

impl Trial<'_> {
    pub(crate) fn label(&self, axis: Axis) -> &Label {
        &self.variant.labels[&axis]
    }

    fn dataset(&self) -> &str {
        self.label(Axis::Dataset).as_deref().unwrap_or_default()
    }
}

impl Variant {
    fn of(spec: &TrialSpec, labels: &Labels, select: &[Parameter]) -> Self {
        let tuned = if select.is_empty() { None } else { tuned(spec, select, labels) };
        let labels = Axis::iter().map(|axis| (axis, spec.label_among(labels, axis))).collect();
        let split = serde_json::to_string(&spec.protocol.split).expect("a split is plain data");
        Variant { labels, split, tuned }
    }

    /// The same with tuned parameters, written as in `tuned`.
    pub(crate) fn tuned_as(&self, tuned: &BTreeMap<Axis, String>) -> Self {
        let mut labels = self.labels.clone();
        labels.extend(tuned.iter().map(|(&axis, label)| (axis, Some(label.clone()))));
        Variant { labels, split: self.split.clone(), tuned: None }
    }
}

fn trials<'a>(
    cells: &[&'a TrialCell],
    records: &[&'a TrialRecord],
    labels: &Labels,
    select: &[Parameter],
) -> Vec<Trial<'a>> {
    let records: BTreeMap<CellId, &'a TrialRecord> =
        records.iter().map(|record| (record.trial.id, *record)).collect();
    let mut trials: Vec<Trial<'a>> = Vec::with_capacity(cells.len());
    for (place, cell) in cells.iter().enumerate() {
        let spec = &cell.spec;
        // A plan has the folds and seeds of a combination one after the other.
        let variant = match trials.last() {
            Some(last) if last.spec.is_alike(spec) => Rc::clone(&last.variant),
            _ => Rc::new(Variant::of(spec, labels, select)),
        };
        let known = records.get(&cell.id);
        let (record, timings) =
            (known.map(|known| &known.trial), known.map(|known| &known.timings));
        trials.push(Trial { spec, record, timings, variant, id: cell.id, place, chosen: None });
    }
    trials.sort_by_key(|trial| (trial.spec.seed, trial.spec.fold, trial.id));
    trials
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
        None => axes.extend(method_axes().filter(|&axis| 1 < n_labels(axis))),
    }
    if axes.is_empty() {
        // A single method is named by what it is.
        axes.extend([Axis::Model, Axis::Loss].into_iter().filter(|&axis| 0 < n_labels(axis)));
    }
    axes
}

fn methods(trials: &[Trial<'_>], axes: &[Axis], datasets: &[String], pooled: bool) -> Vec<Method> {
    let columns: BTreeMap<&str, usize> =
        datasets.iter().enumerate().map(|(column, name)| (name.as_str(), column)).collect();
    let mut rows: BTreeMap<Vec<&Label>, Vec<Vec<Planned>>> = BTreeMap::new();
    for (i, trial) in trials.iter().enumerate() {
        let labels = axes.iter().map(|&axis| trial.label(axis)).collect();
        let row = rows.entry(labels).or_insert_with(|| vec![Vec::new(); datasets.len()]);
        let planned = &mut row[columns[trial.dataset()]];
        let together = |other: &&mut Planned| {
            let other = &trials[other.trials[0]];
            other.spec.seed == trial.spec.seed && other.variant == trial.variant
        };
        match planned.iter_mut().filter(|_| pooled).find(together) {
            Some(other) => other.trials.push(i),
            None => planned.push(Planned { trials: vec![i], run: None }),
        }
    }
    let (labels, trials): (Vec<Vec<Label>>, Vec<_>) = rows
        .into_iter()
        .map(|(labels, trials)| (labels.into_iter().cloned().collect(), trials))
        .unzip();
    let names = RowName::of_all(axes, &labels);
    let methods = labels.into_iter().zip(names).zip(trials);
    methods.map(|((labels, named), trials)| Method { labels, named, trials }).collect()
}
