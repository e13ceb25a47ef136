//! Which cells of the plan belong to which row and which data set.

use std::collections::{BTreeMap, BTreeSet};

use experiment::Axis;
use experiment::file::ReportSpec;
use experiment::labels::Labels;
use experiment::plan::DatasetFacts;
use experiment::record::TrialRecord;
use experiment::selection::{Parameter, tuned};
use experiment::spec::TrialSpec;
use experiment::trial::TrialCell;

use crate::comparison::candidates::Candidate;
use crate::comparison::method::{Method, Planned, method_axes};
use crate::comparison::pairing::number_runs;
use crate::comparison::row_name::RowName;
use crate::comparison::selection::{choose, tune};
use crate::comparison::trial::{Label, Trial, Variant, trials};

/// All planned trials, by row and data set.
#[derive(Debug)]
pub struct Groups<'a> {
    /// All trials by seed, fold and identity: the order of every sum.
    pub(crate) trials: Vec<Trial<'a>>,
    /// What they are variants of, some of which may have no trial that counts.
    pub(crate) variants: Vec<Variant>,
    /// The first trial of each variant that has one, in their order.
    pub(crate) firsts: Vec<usize>,
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
    /// The labels of the row that all others depart from, if there is one: rows are called by what they change.
    pub(crate) base: Option<Vec<Label>>,
    /// What there was to choose from.
    pub(crate) candidates: Vec<Candidate>,
    /// The tuned parameters.
    pub(crate) select: Vec<Parameter>,
    /// What was asked to be the baseline, and is no row.
    pub(crate) unknown_baseline: Option<String>,
}

impl<'a> Groups<'a> {
    /// `cells` are the design, `records` what is known of it, in any order; those of other cells are not read. A data set
    /// that `facts` do not know is a family of its own. `labels` write the rows; `spec` is what is asked.
    pub fn new(
        cells: &[&'a TrialCell],
        records: &[&'a TrialRecord],
        facts: &BTreeMap<String, DatasetFacts>,
        labels: &Labels,
        spec: &ReportSpec,
    ) -> Self {
        let (mut trials, mut variants) = trials(cells, records, labels, &spec.select);
        tune(&mut trials, &mut variants);
        // The plan begins with the first choice of every axis.
        let first = trials.iter().find(|trial| trial.place == 0).map(|trial| trial.variant);
        let candidates = choose(&mut trials, spec);
        let firsts = firsts(&trials, variants.len());
        let shown: Vec<&Variant> = firsts.iter().map(|&i| &variants[trials[i].variant]).collect();
        let axes = row_axes(&shown, spec.rows.as_deref());
        // With and without a profile, a data set is its own sibling.
        let of = |&i: &usize| {
            let name = &trials[i].spec.dataset.name;
            let family = facts.get(name).map_or(name, |facts| &facts.family);
            (variants[trials[i].variant].dataset().to_owned(), family.clone())
        };
        let datasets: BTreeMap<String, String> = firsts.iter().map(of).collect();
        let (datasets, families): (Vec<String>, Vec<String>) = datasets.into_iter().unzip();
        let first: Option<Vec<Label>> = first
            .map(|first| axes.iter().map(|&axis| variants[first].label(axis).clone()).collect());
        let base = first.clone().filter(|_| labels.departures);
        let mut rows =
            methods(&trials, &variants, &shown, &axes, &datasets, spec.pooled, base.as_deref());
        number_runs(&mut rows, (&trials, &variants), &axes, spec.pooled);
        let is_first = |row: &Method| first.as_ref() == Some(&row.labels);
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
        Groups {
            trials,
            variants,
            firsts,
            axes,
            datasets,
            families,
            rows,
            baseline,
            base,
            candidates,
            select: spec.select.clone(),
            unknown_baseline,
        }
    }

    /// What stands on `axis` in a trial.
    pub(crate) fn label(&self, trial: usize, axis: Axis) -> &Label {
        self.variants[self.trials[trial].variant].label(axis)
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
        self.firsts.iter().map(|&first| self.label(first, axis)).collect()
    }

    /// Whether anything is recorded.
    pub(crate) fn is_recorded(&self) -> bool {
        self.trials.iter().any(|trial| trial.record.is_some())
    }
}

/// The first trial of each variant that has one.
fn firsts(trials: &[Trial<'_>], n_variants: usize) -> Vec<usize> {
    let mut is_known = vec![false; n_variants];
    let is_first = |&i: &usize| !std::mem::replace(&mut is_known[trials[i].variant], true);
    (0..trials.len()).filter(is_first).collect()
}

/// The axes that were asked for, or those on which the trials differ.
fn row_axes(shown: &[&Variant], asked: Option<&[Axis]>) -> Vec<Axis> {
    let n_labels = |axis: Axis| -> usize {
        let labels = shown.iter().filter_map(|variant| variant.label(axis).as_deref());
        labels.collect::<BTreeSet<_>>().len()
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

fn methods<'v>(
    trials: &[Trial<'_>],
    variants: &'v [Variant],
    shown: &[&'v Variant],
    axes: &[Axis],
    datasets: &[String],
    pooled: bool,
    base: Option<&[Label]>,
) -> Vec<Method> {
    let labels = |variant: &&'v Variant| -> Vec<&'v Label> {
        axes.iter().map(|&axis| variant.label(axis)).collect()
    };
    let rows: BTreeSet<Vec<&Label>> = shown.iter().map(labels).collect();
    let rows: Vec<Vec<&Label>> = rows.into_iter().collect();
    // Where the trials of each variant belong; nowhere, if none of them counts.
    let place = |variant: &'v Variant| {
        let dataset = datasets.binary_search_by(|name| name.as_str().cmp(variant.dataset()));
        rows.binary_search(&labels(&variant)).ok().zip(dataset.ok())
    };
    let places: Vec<Option<(usize, usize)>> = variants.iter().map(place).collect();
    let alike = first_alike(variants, &places);
    // Of pooled folds, the place among those of its row.
    let mut known: BTreeMap<(usize, u64), usize> = BTreeMap::new();
    let mut planned = vec![vec![Vec::<Planned>::new(); datasets.len()]; rows.len()];
    for (i, trial) in trials.iter().enumerate() {
        let Some((row, dataset)) = places[trial.variant] else { continue };
        let of_entry = &mut planned[row][dataset];
        let together = (alike[trial.variant], trial.spec.seed);
        if let Some(&place) = known.get(&together) {
            of_entry[place].trials.push(i);
            continue;
        }
        if pooled {
            known.insert(together, of_entry.len());
        }
        of_entry.push(Planned { trials: vec![i], run: None });
    }
    let labels: Vec<Vec<Label>> =
        rows.into_iter().map(|labels| labels.into_iter().cloned().collect()).collect();
    let names = RowName::of_all(axes, &labels, base);
    let methods = labels.into_iter().zip(names).zip(planned);
    methods.map(|((labels, named), trials)| Method { labels, named, trials }).collect()
}

/// The first variant that is the same as each, of those that belong where it does.
fn first_alike(variants: &[Variant], places: &[Option<(usize, usize)>]) -> Vec<usize> {
    let mut different: BTreeMap<Option<(usize, usize)>, Vec<usize>> = BTreeMap::new();
    let of_variant = |(i, place): (usize, &Option<(usize, usize)>)| {
        let known = different.entry(*place).or_default();
        let first = known.iter().copied().find(|&other| variants[other] == variants[i]);
        first.unwrap_or_else(|| {
            known.push(i);
            i
        })
    };
    places.iter().enumerate().map(of_variant).collect()
}
