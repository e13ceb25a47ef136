//! Two snapshots beside each other: values of the same cells, and what is no longer there.
//!
//! ```text
//! same cell      specification (every default written out), fold, seed
//! bit-equal      outcome, digests of parameters and predictions, and every compared value
//! lost           in the baseline, and in the candidate missing, failed or diverged anew, or without a value that was there
//! ```

use std::collections::{BTreeMap, BTreeSet};

use evaluation::Metric;
use experiment::Axis;
use experiment::record::Outcome;
use experiment::spec::TrialSpec;
use serde::Serialize;

use crate::comparison::method::method_axes;
use crate::gate::snapshot::{Cell, Snapshot, Variant};
use crate::judgement::sign;

/// Which cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CellName {
    /// What its specification says beside data set, fold and seed.
    pub method: String,
    /// The data set, with its profile.
    pub dataset: String,
    /// The seed.
    pub seed: u64,
    /// The fold.
    pub fold: usize,
}

/// A cell of the baseline that the candidate has not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lost {
    /// The cell.
    pub cell: CellName,
    /// What became of it.
    pub what: String,
}

impl Lost {
    /// Whether the candidate has not even a record of it.
    pub fn is_missing(&self) -> bool {
        self.what == MISSING
    }
}

/// What became of a cell that is not recorded.
const MISSING: &str = "missing";

/// A metric of one cell in both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedValue {
    /// The cell.
    pub cell: CellName,
    /// Its family of data sets.
    pub family: String,
    /// In the baseline.
    pub baseline: f64,
    /// In the candidate.
    pub candidate: f64,
    /// Identity of the candidate's cell, where it can be replayed.
    pub id: Option<String>,
    /// Whether the whole cell is bit-equal.
    pub equal: bool,
}

impl PairedValue {
    /// How much better the candidate is.
    pub fn gain(&self, metric: Metric) -> f64 {
        sign(metric) * (self.candidate - self.baseline)
    }
}

/// Two snapshots, cell by cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    /// What both have, by method and metric; in the order of the baseline's metrics.
    pub(crate) values: BTreeMap<(String, usize), Vec<PairedValue>>,
    pub(crate) lost: Vec<Lost>,
    /// Bit-equal cells, and others that both have.
    pub(crate) equal: usize,
    pub(crate) changed: usize,
    /// Of the changed, those that are complete in both and of which no value can be compared.
    pub(crate) unjudged: usize,
    /// Cells of the candidate alone.
    pub(crate) new: usize,
    /// Data sets whose content differs, and how many cells were split otherwise.
    pub(crate) other_data: BTreeSet<String>,
    pub(crate) split_otherwise: usize,
}

impl Pairs {
    /// `metrics`: what is compared, each with its place in the values of either.
    pub(crate) fn new(
        baseline: &Snapshot,
        candidate: &Snapshot,
        metrics: &[(Metric, usize, usize)],
    ) -> Self {
        let variants = baseline.variants.values().chain(candidate.variants.values());
        let methods = Methods::of(&variants.collect::<Vec<&Variant>>());
        let mut pairs = Pairs::default();
        for (key, variant) in &baseline.variants {
            let other = candidate.variants.get(key);
            if let Some(other) = other
                && other.data_digest != variant.data_digest
            {
                pairs.other_data.insert(variant.spec.dataset.name.clone());
            }
            let family = baseline.family(&variant.spec.dataset.name);
            let name = methods.name(&variant.spec);
            for (&(seed, fold), cell) in &variant.cells {
                let name = CellName { seed, fold, ..name.clone() };
                let now = other.and_then(|other| other.cells.get(&(seed, fold)));
                if let Some(what) = lost(cell, now) {
                    pairs.lost.push(Lost { cell: name, what });
                } else if let Some(now) = now {
                    pairs.compare(&Of { name, family }, cell, now, metrics);
                }
            }
        }
        let is_new = |key: &String, place| {
            baseline.variants.get(key).is_none_or(|variant| !variant.cells.contains_key(place))
        };
        let cells = candidate
            .variants
            .iter()
            .flat_map(|(key, variant)| variant.cells.keys().map(move |place| (key, place)));
        pairs.new = cells.filter(|(key, place)| is_new(key, place)).count();
        pairs
    }

    fn compare(&mut self, of: &Of<'_>, was: &Cell, is: &Cell, metrics: &[(Metric, usize, usize)]) {
        let digests = (&was.digests.parameters, &was.digests.predictions)
            == (&is.digests.parameters, &is.digests.predictions);
        let value = |&(_, i, j): &(Metric, usize, usize)| (was.values[i], is.values[j]);
        let alike =
            |pair: (Option<f64>, Option<f64>)| pair.0.map(f64::to_bits) == pair.1.map(f64::to_bits);
        let equal = digests && was.outcome == is.outcome && metrics.iter().map(value).all(alike);
        if equal {
            self.equal += 1;
        } else {
            self.changed += 1;
        }
        self.split_otherwise += usize::from(was.digests.split != is.digests.split);
        let complete = (&was.outcome, &is.outcome) == (&Outcome::Completed, &Outcome::Completed);
        let unknown = metrics.iter().all(|of_metric| value(of_metric).0.is_none());
        self.unjudged += usize::from(!equal && complete && unknown);
        let mut gone = Vec::new();
        for (place, of_metric) in metrics.iter().enumerate() {
            match value(of_metric) {
                (Some(baseline), Some(candidate)) => {
                    let values = self.values.entry((of.name.method.clone(), place)).or_default();
                    values.push(PairedValue {
                        cell: of.name.clone(),
                        family: of.family.to_owned(),
                        baseline,
                        candidate,
                        id: is.id.map(|id| id.short()),
                        equal,
                    });
                }
                (Some(_), None) => gone.push(of_metric.0.name()),
                (None, _) => {}
            }
        }
        if !gone.is_empty() {
            let what = format!("without a value any more: {}", gone.join(", "));
            self.lost.push(Lost { cell: of.name.clone(), what });
        }
    }
}

/// Which cell, and what is known of its data set.
struct Of<'a> {
    name: CellName,
    family: &'a str,
}

/// What became of a cell that gives no result any more.
fn lost(was: &Cell, is: Option<&Cell>) -> Option<String> {
    let Some(is) = is else { return Some(MISSING.to_owned()) };
    match (&was.outcome, &is.outcome) {
        (Outcome::Failed { .. }, _) => None,
        (_, Outcome::Failed { message }) => {
            // Lists give a cell one line.
            let words: Vec<&str> = message.split_whitespace().collect();
            Some(format!("failed: {}", words.join(" ")))
        }
        (Outcome::Completed, Outcome::Diverged { epoch, .. }) => {
            Some(format!("diverged in epoch {epoch}"))
        }
        _ => None,
    }
}

/// How methods are called: by the axes on which some differ.
struct Methods {
    axes: Vec<Axis>,
}

impl Methods {
    fn of(variants: &[&Variant]) -> Self {
        let labels = |axis: Axis| -> BTreeSet<Option<String>> {
            variants.iter().map(|variant| variant.spec.label(axis)).collect()
        };
        let mut axes: Vec<Axis> = method_axes().filter(|&axis| 1 < labels(axis).len()).collect();
        if axes.is_empty() {
            axes.extend([Axis::Model, Axis::Loss]);
        }
        Methods { axes }
    }

    /// The cell of a variant whose fold and seed are 0.
    fn name(&self, spec: &TrialSpec) -> CellName {
        let labels: Vec<String> = self.axes.iter().filter_map(|&axis| spec.label(axis)).collect();
        let dataset = spec.label(Axis::Dataset).unwrap_or_default();
        CellName { method: labels.join(", "), dataset, seed: 0, fold: 0 }
    }
}
