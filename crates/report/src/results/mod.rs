//! What differs between results: in what was asked for, in numbers, in time.
//!
//! ```text
//! keys      specifications of all cells -> keys that have other values
//! numbers   cells that are the same but for keys of one value each -> bit-equal or not, differences by method and metric
//! speed     wall time of the same cells -> ratio
//! ```

mod keys;
mod speed;
mod told;

use std::collections::BTreeSet;

use evaluation::Metric;
use evaluation::summary::mean;
use experiment::record::TrialRecord;
use experiment::spec::TrialSpec;
use serde::Serialize;
use serde_json::Value;

use crate::gate::{GateSettings, PairedValue, Pairs, Snapshot};
pub use keys::KeyDifference;
pub use speed::Speed;

/// Results under a name.
#[derive(Clone, Debug)]
pub struct NamedResults<'a> {
    /// What they are called.
    pub name: String,
    /// What is recorded.
    pub records: Vec<&'a TrialRecord>,
}

/// What differs between some results and those that they are compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Differences {
    /// The name of what is compared.
    pub name: String,
    /// The name of what it is compared with.
    pub reference: String,
    /// Cells of each.
    pub cells: (usize, usize),
    /// Keys of the specifications with other values.
    pub keys: Vec<KeyDifference>,
    /// Cells that both have, bit-equal.
    pub equal: usize,
    /// Cells that both have, and that are not bit-equal.
    pub changed: usize,
    /// Cells that have a result in the reference alone, or no value any more.
    pub lost: usize,
    /// Of these, cells that are recorded: they failed, diverged, or have no value any more.
    pub spoilt: usize,
    /// Cells that the reference has not.
    pub new: usize,
    /// Method by method, metric by metric.
    pub numbers: Vec<NumberDifference>,
    /// How long the same cells took; `None` without any.
    pub speed: Option<Speed>,
}

/// One metric of one method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NumberDifference {
    /// The method.
    pub method: String,
    /// The metric.
    pub metric: Metric,
    /// Cells that both have with a value.
    pub cells: usize,
    /// Of these, cells with another value.
    pub changed: usize,
    /// The difference of the largest size, as it stands: its sign says nothing of better or worse.
    pub largest: f64,
    /// Mean over the cells.
    pub mean: f64,
}

/// What differs in `others`, each compared with `reference`.
pub fn differences(
    reference: &NamedResults<'_>,
    others: &[NamedResults<'_>],
    settings: &GateSettings,
) -> Vec<Differences> {
    others.iter().map(|other| Differences::new(reference, other, settings)).collect()
}

impl Differences {
    fn new(
        reference: &NamedResults<'_>,
        other: &NamedResults<'_>,
        settings: &GateSettings,
    ) -> Self {
        let values = |results: &NamedResults<'_>| keys::values(&results.records);
        let keys = keys::differences(&values(reference), &values(other));
        // What has one value here and another there tells results apart, not cells.
        let apart: BTreeSet<&str> =
            keys.iter().filter(|key| key.is_of_all()).map(KeyDifference::path).collect();
        let key = |spec: &TrialSpec| keys::without(to_json(spec), &apart).to_string();
        let snapshot = |results: &NamedResults<'_>| {
            Snapshot::keyed(None, &results.records, settings.clone(), &str::to_owned, &key)
        };
        let metrics: Vec<(Metric, usize, usize)> =
            settings.metrics.iter().enumerate().map(|(i, &metric)| (metric, i, i)).collect();
        let pairs = Pairs::new(&snapshot(reference), &snapshot(other), &metrics);
        let number = |(key, values): (&(String, usize), &Vec<PairedValue>)| {
            NumberDifference::new(&key.0, metrics[key.1].0, values)
        };
        Differences {
            name: other.name.clone(),
            reference: reference.name.clone(),
            cells: (other.records.len(), reference.records.len()),
            equal: pairs.equal,
            changed: pairs.changed,
            lost: pairs.lost.len(),
            spoilt: pairs.lost.iter().filter(|lost| !lost.is_missing()).count(),
            new: pairs.new,
            numbers: pairs.values.iter().map(number).collect(),
            speed: speed::speed(&reference.records, &other.records, &key),
            keys,
        }
    }
}

fn to_json(spec: &TrialSpec) -> Value {
    serde_json::to_value(spec).expect("a specification is plain data")
}

impl NumberDifference {
    fn new(method: &str, metric: Metric, values: &[PairedValue]) -> Self {
        let difference = |value: &PairedValue| value.candidate - value.baseline;
        let all = values.iter().map(difference);
        let larger = |most: f64, d: f64| if most.abs() < d.abs() { d } else { most };
        NumberDifference {
            method: method.to_owned(),
            metric,
            cells: values.len(),
            changed: all.clone().filter(|&difference| difference != 0.0).count(),
            largest: all.clone().fold(0.0, larger),
            mean: mean(all).unwrap_or_default(),
        }
    }
}
