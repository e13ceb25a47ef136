//! What each cell is and what it gave: as much of the records as a gate compares.

use std::collections::BTreeMap;

use evaluation::Metric;
use experiment::CellId;
use experiment::file::{MeasuredEpoch, ReportSpec};
use experiment::record::{Outcome, Reproducible, TrialRecord};
use experiment::spec::TrialSpec;

use crate::comparison::alike::OfKinds;
use crate::comparison::cell::of_trial;

/// What is compared, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct GateSettings {
    /// What is compared.
    pub metrics: Vec<Metric>,
    /// Of which epoch's network.
    pub epoch: MeasuredEpoch,
    /// Mean differences within ±`rope` are of no interest.
    pub rope: f64,
}

impl GateSettings {
    /// Those of an experiment that shows `report`.
    pub fn new(report: &ReportSpec) -> Self {
        let mut metrics: Vec<Metric> = Vec::new();
        for metric in &report.metrics {
            if !metrics.contains(metric) {
                metrics.push(*metric);
            }
        }
        GateSettings { metrics, epoch: report.epoch, rope: report.rope.get() }
    }
}

/// The results of an experiment as a gate compares them.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The experiment's name, where it is known.
    pub experiment: Option<String>,
    /// What is compared.
    pub settings: GateSettings,
    /// The family of each data set, by its name.
    pub families: BTreeMap<String, String>,
    /// What differs in more than fold and seed, by its specification as text.
    pub(super) variants: BTreeMap<String, Variant>,
}

/// The cells that differ in fold and seed alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variant {
    /// Its fold and seed are 0.
    pub(super) spec: TrialSpec,
    /// BLAKE3 of the data set's content.
    pub(super) data_digest: String,
    /// By seed and fold.
    pub(super) cells: BTreeMap<(u64, usize), Cell>,
}

/// What one cell gave.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    /// Its identity, where it can be replayed.
    pub(super) id: Option<CellId>,
    pub(super) outcome: Outcome,
    /// Digests of its split, its parameters and its predictions.
    pub(super) digests: Digests,
    /// One for each metric; `None` where it has none.
    pub(super) values: Vec<Option<f64>>,
}

/// The beginnings of digests, as many digits as tell them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digests {
    pub(super) split: String,
    pub(super) parameters: Option<String>,
    pub(super) predictions: Option<String>,
}

/// 64 bits: among a million cells, two are alike by chance once in 30 million.
const DIGITS: usize = 16;

impl Snapshot {
    /// What `records` say under `settings`. `family` is that of a data set, by its name.
    pub fn new(
        experiment: Option<String>,
        records: &[&TrialRecord],
        settings: GateSettings,
        family: impl Fn(&str) -> String,
    ) -> Self {
        Snapshot::keyed(experiment, records, settings, &family, &|spec: &TrialSpec| key(spec))
    }

    /// The same, with cells that are the same if `key` says so of their specifications, fold and seed being 0.
    pub(crate) fn keyed(
        experiment: Option<String>,
        records: &[&TrialRecord],
        settings: GateSettings,
        family: &dyn Fn(&str) -> String,
        key: &dyn Fn(&TrialSpec) -> String,
    ) -> Self {
        let (mut variants, mut families) = (BTreeMap::new(), BTreeMap::new());
        let mut keys = OfKinds::default();
        for TrialRecord { trial, .. } in records {
            let name = &trial.spec.dataset.name;
            let key: &String = keys.of(&trial.spec, |spec| {
                let spec = TrialSpec { fold: 0, seed: 0, ..spec.clone() };
                families.entry(name.clone()).or_insert_with(|| family(name));
                let key = key(&spec);
                variants.entry(key.clone()).or_insert_with(|| Variant {
                    spec,
                    data_digest: start(&trial.data_digest),
                    cells: BTreeMap::new(),
                });
                key
            });
            if let Some(variant) = variants.get_mut(key) {
                let place = (trial.spec.seed, trial.spec.fold);
                variant.cells.insert(place, Cell::new(trial, &settings));
            }
        }
        Snapshot { experiment, settings, families, variants }
    }

    /// How many cells there are.
    pub fn n_cells(&self) -> usize {
        self.variants.values().map(|variant| variant.cells.len()).sum()
    }

    /// The family of a data set; one that nobody knows is its own.
    pub(super) fn family(&self, dataset: &str) -> &str {
        self.families.get(dataset).map_or("", String::as_str)
    }
}

impl Cell {
    fn new(trial: &Reproducible, settings: &GateSettings) -> Self {
        let results = trial.results.as_deref();
        let parameters = results.and_then(|results| results.parameters_digest.as_deref());
        let values = settings.metrics.iter();
        Cell {
            id: Some(trial.id),
            outcome: trial.outcome.clone(),
            digests: Digests {
                split: start(&trial.split_digest),
                parameters: parameters.map(start),
                predictions: results.map(|results| start(&results.predictions_digest)),
            },
            values: values
                .map(|&metric| of_trial(Some(trial), metric, settings.epoch).value())
                .collect(),
        }
    }
}

/// A specification as text: every default is written out, but for those of keys that are newer than the others.
pub(super) fn key(spec: &TrialSpec) -> String {
    serde_json::to_string(spec).expect("a specification is plain data")
}

fn start(digest: &str) -> String {
    digest.chars().take(DIGITS).collect()
}
