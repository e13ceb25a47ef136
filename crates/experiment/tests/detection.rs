//! Detection from a file of proposals to what is recorded.

use std::path::Path;
use std::sync::Arc;

use data::Catalogue;
use evaluation::{Metric, Reading, TaskKind};
use experiment::file::ExperimentFile;
use experiment::plan::Plan;
use experiment::prepare::DataCache;
use experiment::record::{Outcome, Results};
use experiment::trial::{TrialCell, run_trial};

fn file(sets: &[&str]) -> (ExperimentFile, Arc<DataCache>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen/detection.toml");
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let file = ExperimentFile::read(&path, &sets, &Catalogue::embedded());
    let file = file.unwrap_or_else(|error| panic!("{error}"));
    let data = Arc::new(DataCache::new(file.catalogue.clone()));
    (file, data)
}

/// The cells of one loss, one miner and no control, but for what `sets` say.
fn cells(sets: &[&str]) -> (Vec<TrialCell>, Arc<DataCache>) {
    let base = [
        "axes.loss=[\"cross_entropy\"]",
        "axes.box_loss=[\"smooth_l1\"]",
        "axes.mining=[\"none\"]",
        "axes.sampling=[\"per_image\"]",
        "axes.control=[\"none\"]",
        "training.epochs=30",
        "protocol.split={ group_k_fold.folds = 2 }",
    ];
    let (file, data) = file(&[&base[..], sets].concat());
    let plan = Plan::new(&file, &data).unwrap_or_else(|error| panic!("{error}"));
    (plan.cells.into_iter().map(|planned| planned.cell).collect(), data)
}

fn results(sets: &[&str]) -> Vec<Results> {
    let (cells, data) = cells(sets);
    let run = |cell: &TrialCell| {
        let trial = run_trial(cell, &data, None).trial;
        assert_eq!(trial.outcome, Outcome::Completed);
        *trial.results.unwrap()
    };
    cells.iter().map(run).collect()
}

fn refused(sets: &[&str]) -> String {
    let (file, data) = file(sets);
    Plan::new(&file, &data).map(|_| ()).unwrap_err().to_string()
}

fn value(results: &Results, metric: Metric) -> f64 {
    match results.best.test.reading(metric) {
        Reading::Value(value) => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_detector_finds_most_objects_and_one_that_has_not_learnt_does_not() {
    let mean = |sets: &[&str], metric| {
        let all = results(sets);
        all.iter().map(|results| value(results, metric)).sum::<f64>() / all.len() as f64
    };
    let learnt = mean(&[], Metric::Ap50);
    let unlearnt = mean(&["training.optimizer.sgd.learning_rate=1e-9"], Metric::Ap50);
    assert!(0.5 < learnt && unlearnt < learnt - 0.2, "{learnt} and {unlearnt}");
    assert!(mean(&[], Metric::Ap50To95) < learnt);
}

#[test]
fn every_metric_of_the_task_is_recorded_and_classes_are_those_of_objects_after_the_background() {
    for results in results(&[]) {
        let test = &results.best.test;
        assert!(test.values.iter().map(|(metric, _)| metric).eq(TaskKind::Detection.metrics()));
        let classes: Vec<u32> = test.classes.iter().map(|class| class.support).collect();
        assert_eq!(classes.len(), 3);
        assert_eq!((classes[1], classes[2]), (8, 4), "four images of two boats and a buoy");
        assert!(results.best.validation.is_some());
    }
}

#[test]
fn boxes_that_are_learnt_overlap_objects_further_than_proposals_do() {
    let mean = |sets: &[&str]| {
        let all = results(sets);
        all.iter().map(|r| value(r, Metric::Ap50To95)).sum::<f64>() / all.len() as f64
    };
    // A loss of boxes of almost no weight leaves them where the proposals are.
    let still = mean(&["axes.box_loss=[{ smooth_l1.loss_weight = 1e-9 }]"]);
    assert!(still < mean(&[]), "{still}");
}

#[test]
fn ohem_that_keeps_everything_is_plain_training() {
    let plain = results(&[]);
    let ohem = results(&["axes.mining=[{ ohem = { keep = 1, overlap = 1 } }]"]);
    for (plain, ohem) in plain.iter().zip(&ohem) {
        assert_eq!(plain.parameters_digest, ohem.parameters_digest);
        assert_eq!(plain.predictions_digest, ohem.predictions_digest);
    }
}

#[test]
fn a_control_of_mining_learns_boxes_too_and_is_another_step() {
    let mining = "axes.mining=[{ ohem = { keep = { count = 8 }, overlap = 0.7 } }]";
    let (own, control) =
        (results(&[mining]), results(&[mining, "axes.control=[\"norm_matched\"]"]));
    for (own, control) in own.iter().zip(&control) {
        assert_ne!(own.parameters_digest, control.parameters_digest);
        assert!(0.2 < value(control, Metric::ObjectRecall), "{control:?}");
    }
}

#[test]
fn a_cell_has_the_same_bits_whenever_it_runs() {
    let sets = ["axes.box_loss=[\"ghm_r\"]", "axes.loss=[\"ghm_c\"]"];
    let (first, second) = (results(&sets), results(&sets));
    assert_eq!(first, second);
}

#[test]
fn the_same_rows_can_be_told_apart_by_class() {
    let all = results(&[
        "protocol.task=classification",
        "protocol.select_by=average_precision",
        "axes.sampling=[\"instance_balanced\"]",
    ]);
    for results in all {
        let Reading::Value(accuracy) = results.best.test.reading(Metric::BalancedAccuracy) else {
            panic!()
        };
        assert!(0.5 < accuracy, "{accuracy}");
        let n: u32 = results.best.test.classes.iter().map(|class| class.support).sum();
        assert_eq!(n as usize, results.sizes.test, "rows that are no examples are not asked about");
    }
}

#[test]
fn what_has_no_meaning_on_proposals_is_refused_in_a_sentence() {
    for (set, expected) in [
        ("axes.model=[\"prior\"]", "says classes, and a detector says boxes beside them"),
        ("axes.loss=[\"ldam\"]", "`ldam` reads angles to the weights of the last layer"),
        ("axes.loss=[\"dice\"]", "`dice` is a loss of whole batches"),
        ("axes.loss=[\"class_difficulty\"]", "weighs classes by how well examples are recognised"),
        ("axes.sampling=[\"smote\"]", "`smote` makes rows or leaves some out"),
        ("axes.sampling=[\"meta_sampler\"]", "`meta_sampler` learns from a meta set"),
        ("axes.mixing=[\"mixup\"]", "under mixup a proposal would lie in two places"),
        ("axes.mining=[\"rho_loss\"]", "`rho_loss` asks networks that classify how hard rows are"),
        ("axes.decoupling=[\"crt\"]", "`crt` learns the last layer anew"),
        ("axes.calibration=[\"temperature\"]", "`temperature` is fitted to classes"),
        ("axes.decision=[\"offsets\"]", "`offsets` decides about classes"),
        ("protocol.noise.uniform.rate=0.1", "a wrong label would give background a box"),
        ("protocol.split=stratified_k_fold", "rows of one image would be learnt from and tested"),
        (
            "protocol.select_by=g_mean",
            "`g_mean` is a metric of classification, and the task is detection",
        ),
    ] {
        let told = refused(&["design=grid", "protocol.meta.per_class=1", set][1..]);
        assert!(told.contains(expected), "{set}: {told}");
    }
}

#[test]
fn what_is_ignored_counts_as_no_background() {
    let (cells, data) = cells(&["training.epochs=1"]);
    let dataset = data.dataset(&cells[0].spec.dataset.name).unwrap();
    let proposed = dataset.proposed.as_ref().unwrap();
    let rows = dataset.targets.iter().zip(&proposed.ignored);
    let of_none: Vec<bool> = rows.filter(|(y, _)| **y == 0).map(|(_, ignored)| *ignored).collect();
    let n_ignored = of_none.iter().filter(|ignored| **ignored).count();
    assert!(0 < n_ignored);
    let tested = |results: &Results| results.best.test.classes[0].support as usize;
    // Each row is tested in one fold.
    let n_tested: usize = results(&["training.epochs=1"]).iter().map(tested).sum();
    assert_eq!(n_tested, of_none.len() - n_ignored);
}
