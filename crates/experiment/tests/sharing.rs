//! Cells that differ only after training share one, and are what they are alone.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use data::Catalogue;
use experiment::CellId;
use experiment::file::ExperimentFile;
use experiment::memory::Room;
use experiment::plan::Plan;
use experiment::prepare::DataCache;
use experiment::record::{Outcome, Reproducible, Results, TrialRecord};
use experiment::replay::replay;
use experiment::run::{Event, Means, run};
use experiment::store::{Contents, Store};
use experiment::trial::{TrialCell, run_trial};

const FILE: &str = r#"
[experiment]
name = "shared"

[protocol]
split = { holdout.test = 0.3 }
validation = 0.3

[training]
epochs = 4
batch_size = 32

[axes]
dataset = ["glass2", "pima"]
model = [{ mlp.hidden = [[8]] }, { boosted_trees.rounds = 4 }, "logistic_regression"]
calibration = ["none", "isotonic"]
decision = ["argmax", "threshold", "offsets", "prior_shift"]
"#;

fn plan(text: &str) -> (Vec<TrialCell>, DataCache) {
    let data = DataCache::new(Catalogue::embedded());
    let file = ExperimentFile::parse("shared.toml", text, &[], data.catalogue()).unwrap();
    let plan = Plan::new(&file, &data).unwrap();
    (plan.run_order().into_iter().map(|planned| planned.cell.clone()).collect(), data)
}

/// What a run gives, and the order in which it came.
fn go(
    cells: &[TrialCell],
    data: &DataCache,
    threads: usize,
) -> (BTreeMap<CellId, Reproducible>, Vec<CellId>) {
    let (records, order) = recorded(cells, data, threads);
    (records.into_iter().map(|record| (record.trial.id, record.trial)).collect(), order)
}

/// The records of a run, and the order in which they came.
fn recorded(
    cells: &[TrialCell],
    data: &DataCache,
    threads: usize,
) -> (Vec<TrialRecord>, Vec<CellId>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path(), "shared");
    let means = Means { threads, room: Room::without_limit() };
    let mut order = Vec::new();
    let mut listen = |event: Event<'_>| {
        if let Event::Finished(record) = event {
            order.push(record.trial.id);
        }
    };
    let never = AtomicBool::new(false);
    run(cells, data, &store, &Contents::default(), &means, &never, &mut listen).unwrap();
    let records = store.read().unwrap().records;
    (records.into_values().map(|record| *record).collect(), order)
}

fn results(record: &Reproducible) -> &Results {
    record.results.as_deref().unwrap_or_else(|| panic!("{:?}", record.outcome))
}

#[test]
fn cells_that_share_a_training_are_what_they_are_alone() {
    let (cells, data) = plan(FILE);
    assert_eq!(cells.len(), 2 * 3 * 8);
    let alone: BTreeMap<CellId, Reproducible> =
        cells.iter().map(|cell| (cell.id, run_trial(cell, &data, None).trial)).collect();
    let (shared, order) = go(&cells, &data, 1);
    assert!(shared == alone, "one thread");
    assert!(go(&cells, &data, 2).0 == alone, "two threads");
    // One after the other: whoever shares a training stands beside the others.
    let place =
        |id: &CellId| (&alone[id].spec.dataset, results(&alone[id]).parameters_digest.clone());
    let runs = order
        .chunk_by(|a, b| place(a) == place(b) && alone[a].spec.learner == alone[b].spec.learner);
    assert_eq!(runs.map(<[CellId]>::len).collect::<Vec<_>>(), [8; 6]);
}

#[test]
fn a_cell_has_the_time_of_a_training_that_another_took_beside_its_own() {
    let (cells, data) = plan(FILE);
    assert_eq!(run_trial(&cells[0], &data, None).timings.shared_seconds, 0.0);
    let (records, _) = recorded(&cells, &data, 2);
    let mut families: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for TrialRecord { trial, timings } in records {
        let family = format!("{} {:?}", trial.spec.dataset, trial.spec.learner);
        families.entry(family).or_default().push(timings.shared_seconds);
    }
    assert_eq!(families.len(), 6);
    for (family, mut shared) in families {
        shared.sort_by(f64::total_cmp);
        // One of eight took it, and the others have as much of it as each other.
        assert!(
            shared[0] == 0.0 && 0.0 < shared[1] && shared[1] == shared[7],
            "{family}: {shared:?}"
        );
    }
}

#[test]
fn second_stages_share_the_first_and_are_what_they_are_alone() {
    let text = r#"
        [experiment]
        name = "stages"
        [protocol]
        split = { holdout.test = 0.3 }
        [training]
        epochs = 4
        [axes]
        dataset = ["glass2", "newthyroid"]
        model = { mlp.hidden = [[8]] }
        decoupling = ["crt", "lws", "none", "tau_norm"]
        calibration = ["none", "temperature"]
    "#;
    let (cells, data) = plan(text);
    let alone: BTreeMap<CellId, Reproducible> =
        cells.iter().map(|cell| (cell.id, run_trial(cell, &data, None).trial)).collect();
    let (shared, order) = go(&cells, &data, 1);
    assert!(shared == alone, "one thread");
    assert!(go(&cells, &data, 2).0 == alone, "two threads");
    let runs = order.chunk_by(|a, b| alone[a].spec.dataset == alone[b].spec.dataset);
    assert_eq!(runs.map(<[CellId]>::len).collect::<Vec<_>>(), [8; 2]);
    for record in alone.values() {
        let network = record.spec.network().unwrap();
        let n_rounds = 4 + network.decoupling.n_rounds();
        assert_eq!(results(record).history.loss.len(), n_rounds);
        assert!(network.decoupling.is_none() || Some(4) <= results(record).best.epoch);
    }
}

#[test]
fn what_acts_after_training_moves_no_training_and_no_epoch() {
    let (cells, data) = plan(FILE);
    let (records, _) = go(&cells, &data, 2);
    for a in records.values() {
        for b in records.values() {
            if (&a.spec.dataset, &a.spec.learner) == (&b.spec.dataset, &b.spec.learner) {
                let (a, b) = (results(a), results(b));
                assert_eq!(a.parameters_digest, b.parameters_digest);
                assert_eq!((a.best.epoch, &a.history), (b.best.epoch, &b.history));
            }
        }
    }
}

#[test]
fn a_decision_moves_metrics_of_classes_and_a_prior_shift_those_of_probabilities_too() {
    use evaluation::Metric;
    let (cells, data) = plan(FILE);
    let (records, _) = go(&cells, &data, 1);
    let of = |calibration: &str, decision: &str| {
        let fits = |record: &&Reproducible| {
            let spec = &record.spec;
            spec.dataset.name == "pima"
                && spec.network().is_some()
                && (spec.calibration.name(), spec.decision.name()) == (calibration, decision)
        };
        results(records.values().find(fits).unwrap())
    };
    let plain = of("none", "argmax");
    assert!(plain.best.after_training.is_none());
    let value = |results: &Results, metric| results.best.test.values.get(metric).unwrap();
    for decision in ["threshold", "offsets"] {
        let decided = of("none", decision);
        for metric in [Metric::LogLoss, Metric::RocAuc, Metric::Ece, Metric::Brier] {
            assert_eq!(value(plain, metric), value(decided, metric), "{decision}");
        }
        assert_ne!(plain.best.test.classes[1].recall, decided.best.test.classes[1].recall);
        assert_ne!(plain.predictions_digest, decided.predictions_digest);
        let on_validation =
            |results: &Results| results.best.validation.as_ref().unwrap().values.get(Metric::GMean);
        assert!(on_validation(plain) < on_validation(decided), "it is the best there");
    }
    let threshold = of("none", "threshold").best.after_training.as_ref().unwrap();
    assert!((0.0..1.0).contains(&threshold.threshold().unwrap()));
    let shifted = of("none", "prior_shift");
    assert_ne!(value(plain, Metric::LogLoss), value(shifted, Metric::LogLoss));
    // Of two classes a shift keeps the order of the examples.
    assert_eq!(value(plain, Metric::RocAuc), value(shifted, Metric::RocAuc));
    assert!(value(plain, Metric::Ece) != value(of("isotonic", "argmax"), Metric::Ece));
}

#[test]
fn trainings_that_diverge_do_so_for_every_cell_and_each_replays_alone() {
    let text = r#"
        [experiment]
        name = "diverges"
        [protocol]
        split = { holdout.test = 0.3 }
        validation = 0.3
        [training]
        epochs = 5
        optimizer = { sgd = { learning_rate = 1e30, momentum = 0.9 } }
        [axes]
        dataset = ["glass2"]
        model = { mlp.hidden = [[8]] }
        calibration = ["none", "temperature"]
        decision = ["argmax", "threshold"]
    "#;
    let (cells, data) = plan(text);
    let (records, _) = go(&cells, &data, 2);
    assert_eq!(records.len(), 4);
    for cell in &cells {
        let record = &records[&cell.id];
        assert!(matches!(record.outcome, Outcome::Diverged { .. }), "{:?}", record.outcome);
        let recorded = run_trial(cell, &data, None);
        assert_eq!(recorded.trial, *record);
        let mut audit = experiment::audit::Audit::default();
        assert_eq!(replay(recorded, &data, Some(&mut audit)).unwrap().differences, [""; 0]);
        assert!(!audit.batches.is_empty(), "a replay takes the steps itself");
    }
}
