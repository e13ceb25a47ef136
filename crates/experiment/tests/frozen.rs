//! Frozen bits: whoever changes numbers learns which version to raise.
//!
//! `frozen/*.toml` are tiny experiments with every method; `frozen/digests.txt` has, for each of their cells, its
//! versions, its identity, and digests of parameters, predictions and metrics. Where numbers move on purpose, the
//! version of what moved them is raised, CHANGELOG.md says so under **Numbers**, and
//! `LONGTAIL_FREEZE=1 cargo test -p experiment --test frozen` writes the digests anew. It refuses while numbers have
//! moved without a version.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data::Catalogue;
use evaluation::Metric;
use experiment::file::ExperimentFile;
use experiment::plan::Plan;
use experiment::prepare::DataCache;
use experiment::record::{Measured, Results};
use experiment::spec::TrialSpec;
use experiment::trial::{TrialCell, run_trial};
use experiment::{Axis, canonical, versions};
use methods::calibration::CalibrationSpec;
use methods::control::ControlSpec;
use methods::decision::DecisionSpec;
use methods::decoupling::DecouplingSpec;
use methods::losses::LossSpec;
use methods::losses::proposals::BoxLossSpec;
use methods::mining::MiningSpec;
use methods::mixing::MixingSpec;
use methods::pairs::{MemorySpec, PairMiningSpec, PairTermSpec};
use methods::reweighting::ReweightingSpec;
use methods::sampling::SamplingSpec;
use nn::{OptimizerSpec, ScheduleSpec};
use serde_json::{Value, json};
use strum::IntoEnumIterator;

const FILES: [&str; 11] = [
    "categories",
    "controls",
    "decisions",
    "decoupling",
    "detection",
    "images",
    "learners",
    "losses",
    "methods",
    "mixing",
    "retrieval",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen")
}

/// A cell as it is frozen.
#[derive(Clone, Debug, PartialEq)]
struct Frozen {
    versions: String,
    id: String,
    parameters: String,
    predictions: String,
    metrics: String,
}

impl Frozen {
    fn numbers(&self) -> [&str; 3] {
        [&self.parameters, &self.predictions, &self.metrics]
    }
}

/// The cells of all files, by name.
fn cells() -> Vec<(String, TrialCell, Arc<DataCache>)> {
    let mut cells = Vec::new();
    for name in FILES {
        let path = folder().join(format!("{name}.toml"));
        let file = ExperimentFile::read(&path, &[], &Catalogue::embedded());
        let file = file.unwrap_or_else(|error| panic!("{error}"));
        let data = Arc::new(DataCache::new(file.catalogue.clone()));
        let plan = Plan::new(&file, &data).unwrap_or_else(|error| panic!("{error}"));
        cells.extend(plan.cells.into_iter().map(|planned| {
            let axes = Axis::iter().filter(|&axis| axis != Axis::Protocol);
            let labels = axes.filter_map(|axis| Some((axis, planned.cell.spec.label(axis)?)));
            let labels: Vec<String> = labels
                .filter(|(axis, label)| !axis.is_silent(label))
                .map(|(_, label)| label)
                .collect();
            (format!("{name}: {}", labels.join(", ")), planned.cell, data.clone())
        }));
    }
    cells
}

fn measure(cell: &TrialCell, data: &DataCache, metrics: &BTreeSet<Metric>) -> Frozen {
    let record = run_trial(cell, data, None).trial;
    let results: Results =
        *record.results.unwrap_or_else(|| panic!("{:?}: {:?}", record.outcome, cell.spec));
    let of = |measured: &Measured| {
        let known = measured.test.values.iter().filter(|(metric, _)| metrics.contains(metric));
        let known: BTreeMap<&str, Option<f64>> =
            known.map(|(m, value)| (m.name(), value)).collect();
        json!({ "epoch": measured.epoch, "test": known, "classes": measured.test.classes })
    };
    let numbers = json!([of(&results.best), of(&results.last), results.history]);
    let version = |(name, version)| format!("{name} {version}");
    Frozen {
        versions: versions(&cell.spec).into_iter().map(version).collect::<Vec<_>>().join(", "),
        id: cell.id.to_string(),
        parameters: results.parameters_digest.as_deref().map_or_else(|| "-".to_owned(), short),
        predictions: short(&results.predictions_digest),
        metrics: short(&blake3::hash(canonical(&numbers).as_bytes()).to_hex()),
    }
}

fn short(digest: &str) -> String {
    digest[..16].to_owned()
}

/// The metrics that were frozen, and the cells.
fn frozen() -> (BTreeSet<Metric>, BTreeMap<String, Frozen>) {
    let text = fs::read_to_string(folder().join("digests.txt")).unwrap_or_default();
    let mut lines = text.lines();
    let names: Vec<&str> =
        lines.next().map(|line| line.split_whitespace().collect()).unwrap_or_default();
    // Of a task that nothing is frozen of yet, all metrics will be.
    let is_known = |metric: &Metric| {
        let mut of_task = metric.task().metrics();
        names.contains(&metric.name()) || !of_task.any(|other| names.contains(&other.name()))
    };
    let metrics = Metric::iter().filter(is_known);
    let cell = |line: &str| {
        let fields: Vec<String> = line.split(" | ").map(str::to_owned).collect();
        let [name, versions, id, parameters, predictions, metrics] =
            fields.try_into().unwrap_or_else(|_| panic!("digests.txt: {line}"));
        (name, Frozen { versions, id, parameters, predictions, metrics })
    };
    (metrics.collect(), lines.map(cell).collect())
}

/// What can change the numbers of a cell, as (what has a version, which of its kind).
fn causes(spec: &TrialSpec) -> BTreeSet<(String, String)> {
    let json = json!(spec);
    let name = |value: &Value| {
        let first = value.as_object().and_then(|map| map.keys().next().cloned());
        first.unwrap_or_default()
    };
    let learner = &json["learner"];
    let network = &learner["network"];
    let parts = [
        ("sampling", &json["sampling"]),
        ("network", &network["model"]),
        ("mixing", &network["mixing"]),
        ("mining", &network["mining"]),
        ("reweighting", &network["reweighting"]),
        ("control", &network["control"]),
        ("decoupling", &network["decoupling"]),
        ("optimizer", &network["training"]["optimizer"]),
        ("schedule", &network["training"]["schedule"]),
        ("box loss", &network["box_loss"]),
        ("loss", &network["loss"]),
        ("loss", &learner["boosted"]["loss"]),
        ("learner", &learner["classical"]),
        ("network", &learner["pairs"]["model"]),
        ("pair loss", &learner["pairs"]["loss"]),
        ("pair mining", &learner["pairs"]["mining"]),
        ("memory", &learner["pairs"]["memory"]),
        ("calibration", &json["calibration"]),
        ("decision", &json["decision"]),
    ];
    let parts = parts.into_iter().filter(|(_, part)| part.is_object());
    let mut causes: BTreeSet<(String, String)> =
        parts.map(|(kind, part)| (kind.to_owned(), name(part))).collect();
    let known: BTreeSet<&str> = causes.iter().map(|(kind, _)| kind.as_str()).collect();
    let shared = versions(spec).into_keys().filter(|kind| !known.contains(kind));
    let shared: Vec<_> = shared.map(|kind| (kind.to_owned(), String::new())).collect();
    causes.extend(shared);
    causes
}

/// Of what all cells that moved have, that which the fewest of the others have.
fn suspects(moved: &[&TrialSpec], others: &[&TrialSpec]) -> String {
    let common = moved.iter().map(|spec| causes(spec)).reduce(|a, b| &a & &b).unwrap_or_default();
    let others: Vec<_> = others.iter().map(|spec| causes(spec)).collect();
    let n_others = |cause| others.iter().filter(|other| other.contains(cause)).count();
    let fewest = common.iter().map(n_others).min();
    let suspects = common.iter().filter(|cause| Some(n_others(cause)) == fewest);
    let name = |(kind, which): &(String, String)| format!("{kind} {which}").trim_end().to_owned();
    suspects.map(name).collect::<Vec<_>>().join(", ")
}

#[test]
fn numbers_move_only_with_a_version() {
    let cells = cells();
    let (metrics, frozen) = frozen();
    let measured: Vec<Frozen> =
        cells.iter().map(|(_, cell, data)| measure(cell, data, &metrics)).collect();
    let names: BTreeSet<&String> = cells.iter().map(|(name, ..)| name).collect();
    assert_eq!(names.len(), cells.len(), "two cells have one name");

    let (mut moved, mut metrics_alone, mut still) = (Vec::new(), true, Vec::new());
    let mut stale = String::new();
    for ((name, cell, _), now) in cells.iter().zip(&measured) {
        match frozen.get(name) {
            Some(then) if then.versions == now.versions && then.numbers() != now.numbers() => {
                metrics_alone &=
                    then.predictions == now.predictions && then.parameters == now.parameters;
                moved.push((name, &cell.spec));
            }
            Some(then) if then == now => still.push(&cell.spec),
            Some(then) if then.versions == now.versions => {
                writeln!(stale, "{name}: another identity with the same versions").unwrap();
            }
            Some(then) => {
                writeln!(stale, "{name}: {} became {}", then.versions, now.versions).unwrap();
            }
            None => writeln!(stale, "{name}: not frozen yet").unwrap(),
        }
    }
    for gone in frozen.keys().filter(|name| !names.contains(name)) {
        writeln!(stale, "{gone}: frozen, and no cell any more").unwrap();
    }
    if !moved.is_empty() {
        let specs: Vec<&TrialSpec> = moved.iter().map(|(_, spec)| *spec).collect();
        let which = if metrics_alone { "metrics".to_owned() } else { suspects(&specs, &still) };
        let list: Vec<&str> = moved.iter().map(|(name, _)| name.as_str()).collect();
        panic!(
            "the numbers of {} of {} cells moved without a version.\nIf that is meant, raise the version of what moved \
             them ({which}), and say so under **Numbers** in CHANGELOG.md.\n{}",
            moved.len(),
            cells.len(),
            list.join("\n")
        );
    }
    if stale.is_empty() {
        return;
    }
    let command = "LONGTAIL_FREEZE=1 cargo test -p experiment --test frozen";
    let freeze = std::env::var_os("LONGTAIL_FREEZE").is_some();
    assert!(freeze, "identities moved; if that is meant, `{command}` freezes them anew:\n{stale}");
    let mut text = metrics.iter().map(|metric| metric.name()).collect::<Vec<_>>().join(" ") + "\n";
    for ((name, ..), now) in cells.iter().zip(&measured) {
        let Frozen { versions, id, parameters, predictions, metrics } = now;
        writeln!(text, "{name} | {versions} | {id} | {parameters} | {predictions} | {metrics}")
            .unwrap();
    }
    fs::write(folder().join("digests.txt"), text).unwrap();
}

#[test]
fn every_method_is_frozen() {
    let frozen: BTreeSet<(String, String)> =
        cells().iter().flat_map(|(_, cell, _)| causes(&cell.spec)).collect();
    let mut missing = Vec::new();
    let mut check = |kind: &str, name: &str| {
        if !frozen.contains(&(kind.to_owned(), name.to_owned())) {
            missing.push(format!("{kind} {name}"));
        }
    };
    LossSpec::iter().for_each(|spec| check("loss", spec.into()));
    let boxes = BoxLossSpec::iter().filter(|loss| !loss.is_default());
    boxes.for_each(|spec| check("box loss", spec.into()));
    PairTermSpec::iter().for_each(|spec| check("pair loss", spec.into()));
    PairMiningSpec::iter().for_each(|spec| check("pair mining", spec.into()));
    let memories = MemorySpec::iter().filter(|memory| !memory.is_none());
    memories.for_each(|spec| check("memory", spec.into()));
    let mixings = MixingSpec::iter().filter(|mixing| !mixing.is_none());
    mixings.for_each(|spec| check("mixing", spec.into()));
    MiningSpec::iter().for_each(|spec| check("mining", spec.into()));
    ReweightingSpec::iter().for_each(|spec| check("reweighting", spec.into()));
    let controls = ControlSpec::iter().filter(|control| !control.is_none());
    controls.for_each(|spec| check("control", spec.into()));
    let calibrations = CalibrationSpec::iter().filter(|calibration| !calibration.is_none());
    calibrations.for_each(|spec| check("calibration", spec.into()));
    let decisions = DecisionSpec::iter().filter(|decision| !decision.is_argmax());
    decisions.for_each(|spec| check("decision", spec.into()));
    let second = DecouplingSpec::iter().filter(|second| !second.is_none());
    second.for_each(|spec| check("decoupling", spec.into()));
    SamplingSpec::iter().for_each(|spec| check("sampling", spec.into()));
    OptimizerSpec::iter().for_each(|spec| check("optimizer", spec.into()));
    ScheduleSpec::iter().for_each(|spec| check("schedule", spec.into()));
    for (kind, name) in [
        ("network", "linear"),
        ("network", "mlp"),
        ("learner", "nearest_neighbors"),
        ("learner", "prior"),
        ("learner", "stratified"),
        ("trees", ""),
    ] {
        check(kind, name);
    }
    assert!(missing.is_empty(), "add a cell to frozen/*.toml for {}", missing.join(", "));
}
