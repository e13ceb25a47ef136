//! Tables as readers see them, from hand-made records.

mod figures;
mod gate;
mod judgement;
mod latex;
mod page;
mod pairing;
mod records;
mod selection;
mod undefined;
mod warnings;

use std::collections::BTreeMap;

use evaluation::Metric;
use experiment::Axis;
use experiment::file::{MeasuredEpoch, ReportSpec};
use experiment::labels::Labels;
use experiment::plan::DatasetFacts;
use experiment::record::TrialRecord;
use experiment::trial::TrialCell;
use insta::assert_snapshot;
use report::{Comparison, Friedman, render};
use serde_json::json;

use crate::records::{
    Method, around, cell, controlled, cross_entropy, diverged_at_once, diverged_late, failed,
    focal, folds, logistic_regression, network, trial,
};

fn one_metric() -> ReportSpec {
    ReportSpec { metrics: vec![Metric::AveragePrecision], ..ReportSpec::default() }
}

/// The comparison of an experiment of which everything is recorded.
fn compared(records: &[TrialRecord], spec: &ReportSpec) -> Comparison {
    compared_as_planned(records, records, spec)
}

/// The comparison of an experiment with the cells of `planned`, of which `records` are there.
fn compared_as_planned(
    planned: &[TrialRecord],
    records: &[TrialRecord],
    spec: &ReportSpec,
) -> Comparison {
    compared_with_facts(planned, records, &BTreeMap::new(), spec)
}

fn compared_with_facts(
    planned: &[TrialRecord],
    records: &[TrialRecord],
    facts: &BTreeMap<String, DatasetFacts>,
    spec: &ReportSpec,
) -> Comparison {
    let cells: Vec<TrialCell> = planned.iter().map(cell).collect();
    let cells: Vec<&TrialCell> = cells.iter().collect();
    Comparison::new(&cells, &records.iter().collect::<Vec<_>>(), facts, &Labels::default(), spec)
}

fn terminal(comparison: &Comparison) -> String {
    render::terminal(comparison, false, None)
}

fn mined(gamma: f64) -> Method {
    network(&json!({ "focal": { "gamma": gamma } }), &json!({ "ohem": { "keep": 0.5 } }), "none")
}

/// Four methods on three data sets, five folds and two seeds, two metrics.
fn grid() -> Vec<TrialRecord> {
    let centers = [
        (cross_entropy(), [0.70, 0.40, 0.90]),
        (focal(1.0), [0.72, 0.41, 0.90]),
        (mined(1.0), [0.68, 0.45, 0.89]),
        (mined(0.5), [0.60, 0.39, 0.85]),
    ];
    let mut records = Vec::new();
    for (method, centers) in &centers {
        for (dataset, center) in ["ecoli4", "haberman", "yeast-1_vs_7"].iter().zip(centers) {
            for seed in 0..2 {
                let value =
                    |fold: usize| center + 0.01 * (fold as f64 - 2.0) + 0.002 * (seed as f64 - 0.5);
                records.extend(
                    (0..5).map(|fold| trial(method, dataset, fold, seed, Some(value(fold)))),
                );
            }
        }
    }
    records
}

#[test]
fn what_acts_after_training_makes_rows() {
    let decided = |calibration: &str, decision: &str| {
        let mut records = around(&cross_entropy(), "ecoli4", 0.5);
        for (fold, record) in records.iter_mut().enumerate() {
            let spec = &mut record.trial.spec;
            spec.calibration = serde_json::from_value(json!({ calibration: {} })).unwrap();
            spec.decision = serde_json::from_value(json!({ decision: {} })).unwrap();
            let name = format!("{calibration} {decision} {fold}");
            let id = blake3::hash(name.as_bytes()).to_hex()[..32].to_owned();
            record.trial.id = id.parse().unwrap();
        }
        records
    };
    let records = [("none", "argmax"), ("none", "threshold"), ("platt", "threshold")]
        .map(|(calibration, decision)| decided(calibration, decision))
        .concat();
    let shown = terminal(&compared(&records, &one_metric()));
    for row in ["none         argmax", "none         threshold", "platt        threshold"] {
        assert!(shown.contains(row), "{row}: {shown}");
    }
}

#[test]
fn a_full_table_in_every_format() {
    let spec =
        ReportSpec { metrics: vec![Metric::AveragePrecision, Metric::LogLoss], ..one_metric() };
    let comparison = compared(&grid(), &spec);
    assert_snapshot!("full_terminal", terminal(&comparison));
    assert_snapshot!("full_markdown", render::markdown(&comparison));
    assert_snapshot!("full_latex", render::latex(&comparison));
    assert_snapshot!("full_typst", render::typst(&comparison));
    assert_snapshot!("full_csv", render::csv(&comparison));
}

/// Hardest examples and focal loss beside controls, on three data sets.
fn controls() -> Vec<TrialRecord> {
    let ohem =
        network(&json!({ "cross_entropy": {} }), &json!({ "ohem": { "keep": 0.5 } }), "none");
    let methods = [
        (cross_entropy(), [0.70, 0.40, 0.90]),
        (ohem.clone(), [0.76, 0.42, 0.93]),
        (controlled(&ohem, "norm_matched"), [0.75, 0.43, 0.93]),
        (controlled(&ohem, "permuted"), [0.68, 0.40, 0.87]),
        (focal(1.0), [0.70, 0.43, 0.91]),
        (controlled(&focal(1.0), "norm_matched"), [0.70, 0.41, 0.90]),
    ];
    let mut records = Vec::new();
    for (method, centers) in &methods {
        for (dataset, &center) in ["ecoli4", "haberman", "yeast-1_vs_7"].iter().zip(centers) {
            records.extend(around(method, dataset, center));
        }
    }
    for record in &mut records {
        let network = record.trial.spec.network().unwrap();
        let is_method = !network.steps_plainly() && network.control.is_none();
        let weights = &mut record.trial.results.as_mut().unwrap().weights;
        weights.length_ratio = is_method.then_some(1.75);
        weights.cosine = is_method.then_some(0.96);
    }
    records
}

#[test]
fn a_method_is_set_beside_plain_training_and_its_controls() {
    let records = controls();
    let comparison = compared(&records, &one_metric());
    let [gains] = &comparison.gains[..] else { panic!("one metric") };
    let ohem =
        gains.rows.iter().find(|row| row.labels.iter().flatten().any(|l| l.contains("ohem")));
    let ohem = ohem.unwrap();
    let of = |gain: &Option<report::Gain>| {
        let gain = gain.as_ref().unwrap();
        (gain.mean, gain.standard_error.unwrap())
    };
    let near = |(mean, error): (f64, f64), by_hand: (f64, f64)| {
        assert!(
            (mean - by_hand.0).abs() < 1e-12 && (error - by_hand.1).abs() < 1e-12,
            "{mean} {error}"
        );
    };
    // 0.06, 0.02 and 0.03, whose variance is 0.0013 / 3.
    near(of(&ohem.over_baseline), (0.11 / 3.0, (0.0013_f64 / 3.0 / 3.0).sqrt()));
    // 0.01, -0.01 and 0, whose variance is 0.0001.
    near(of(&ohem.over_controls[0]), (0.0, 0.01 / 3.0_f64.sqrt()));
    assert_snapshot!("gains_terminal", terminal(&comparison));
    assert_snapshot!("gains_markdown", render::markdown(&comparison));
    assert_snapshot!("gains_latex", render::latex(&comparison));
    assert_snapshot!("gains_csv", render::gains_csv(&comparison.gains));
}

#[test]
fn gains_are_over_the_runs_that_both_have_and_the_other_way_round_where_lower_is_better() {
    let mut records = controls();
    // One fold of the hardest examples and all of their permuted control on one data set are lost.
    let lost = |record: &TrialRecord| {
        let network = record.trial.spec.network().unwrap();
        let (name, control) = (network.mining.name(), network.control.name());
        let haberman = record.trial.spec.dataset.name == "haberman";
        name == "ohem"
            && haberman
            && (control == "permuted" || control == "none" && record.trial.spec.fold == 4)
    };
    let planned = records.clone();
    records.retain(|record| !lost(record));
    let spec = ReportSpec { metrics: vec![Metric::LogLoss], ..one_metric() };
    let gains = &compared_as_planned(&planned, &records, &spec).gains[0];
    let ohem =
        gains.rows.iter().find(|row| row.labels.iter().flatten().any(|l| l.contains("ohem")));
    let [norm_matched, permuted] = &ohem.unwrap().over_controls[..] else { panic!("two controls") };
    let runs = |gain: &Option<report::Gain>| -> Vec<Option<usize>> {
        gain.as_ref().unwrap().by_dataset.iter().map(|given| given.map(|(_, runs)| runs)).collect()
    };
    assert_eq!(runs(norm_matched), [Some(5), Some(4), Some(5)]);
    assert_eq!(runs(permuted), [Some(5), None, Some(5)]);
    let of_ecoli4 = permuted.as_ref().unwrap().by_dataset[0].unwrap().0;
    assert!((of_ecoli4 + 0.08).abs() < 1e-12, "a higher log loss is a loss: {of_ecoli4}");
}

#[test]
fn the_error_of_a_gain_on_a_single_data_set_is_that_of_its_runs() {
    let mined = network(&json!({ "cross_entropy": {} }), &json!({ "ohem": {} }), "none");
    let control = controlled(&mined, "norm_matched");
    let mut records = folds(&mined, "ecoli4", &[0.5, 0.75, 0.5]);
    records.extend(folds(&control, "ecoli4", &[0.25, 0.5, 0.5]));
    let comparison = compared(&records, &one_metric());
    let gain = comparison.gains[0].rows[0].over_controls[0].as_ref().unwrap();
    // 0.25, 0.25 and 0.
    assert!((gain.mean - 0.5 / 3.0).abs() < 1e-12, "{gain:?}");
    assert!((gain.standard_error.unwrap() - 0.25 / 3.0).abs() < 1e-12, "{gain:?}");
    assert!(terminal(&comparison).contains("the runs on ecoli4"));
}

#[test]
fn a_plan_without_controls_has_no_gains() {
    assert_eq!(compared(&grid(), &one_metric()).gains, []);
}

#[test]
fn bold_is_an_escape_sequence_that_moves_no_column() {
    let comparison = compared(&grid(), &one_metric());
    let coloured = render::terminal(&comparison, true, None);
    assert_snapshot!("full_coloured", coloured.replace('\u{1b}', "<ESC>"));
    let plain = coloured.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
    let rows = |text: &str| -> Vec<usize> {
        text.lines()
            .filter(|line| line.contains(" ± 0.0"))
            .map(|line| line.chars().count())
            .collect()
    };
    assert_eq!(rows(&plain).len(), 4);
    assert!(rows(&plain).windows(2).all(|pair| pair[0] == pair[1]), "{plain}");
}

#[test]
fn a_narrow_terminal_gets_less_detail_and_is_told() {
    let comparison = compared(&grid(), &one_metric());
    for width in [48, 60, 80] {
        let text = render::terminal(&comparison, false, Some(width));
        assert!(
            text.lines().all(|line| line.chars().count() <= usize::from(width)),
            "{width}:\n{text}"
        );
        assert_snapshot!(format!("width_{width}"), text);
    }
}

#[test]
fn sixteen_methods_with_long_names_fit_a_terminal() {
    let losses = [
        json!({ "cross_entropy": {} }),
        json!({ "weighted_cross_entropy": { "scheme": { "effective_number": { "beta": 0.99 } } } }),
        json!({ "focal": { "gamma": 1 } }),
        json!({ "ghm_c": {} }),
    ];
    let datasets = ["ecoli4", "glass2", "haberman", "newthyroid", "yeast-1_vs_7", "pima"];
    let mut records = Vec::new();
    let mut n_methods = 0.0;
    for loss in &losses {
        for mining in &[json!({ "none": {} }), json!({ "ohem": { "keep": 0.5 } })] {
            for reweighting in ["none", "l2rw"] {
                n_methods += 1.0;
                for (i, dataset) in datasets.iter().enumerate() {
                    let center =
                        0.4 + 0.05 * i as f64 + 0.03 * ((n_methods * (i + 3) as f64) % 5.0);
                    records.extend(around(&network(loss, mining, reweighting), dataset, center));
                }
            }
        }
    }
    let comparison = compared(&records, &one_metric());
    for width in [120, 100, 80] {
        let text = render::terminal(&comparison, false, Some(width));
        assert!(
            text.lines().all(|line| line.chars().count() <= usize::from(width)),
            "{width}:\n{text}"
        );
        assert_snapshot!(format!("sixteen_{width}"), text);
    }
}

#[test]
fn what_became_of_every_run_is_told() {
    let mut records = Vec::new();
    records.extend(around(&cross_entropy(), "ecoli4", 0.70));
    records.extend(around(&cross_entropy(), "glass2", 0.50));
    // focal: one fold diverged late, one at once; on glass2 one fold has no value of the metric.
    let mut runs = around(&focal(1.0), "ecoli4", 0.72).into_iter();
    records.extend(runs.next().map(diverged_late));
    records.extend(runs.next().map(diverged_at_once));
    records.extend(runs);
    records.extend(
        (0..5).map(|fold| trial(&focal(1.0), "glass2", fold, 0, (fold != 3).then_some(0.55))),
    );
    // Learning with mining: on glass2 all folds failed, on ecoli4 two were never run.
    let mut planned = records.clone();
    planned.extend(around(&mined(1.0), "ecoli4", 0.60));
    records.extend(around(&mined(1.0), "ecoli4", 0.60).into_iter().take(3));
    let broken = around(&mined(1.0), "glass2", 0.60).into_iter().map(failed);
    records.extend(broken.clone());
    planned.extend(broken);
    let comparison = compared_as_planned(&planned, &records, &one_metric());
    assert_snapshot!("lost_terminal", terminal(&comparison));
    assert_snapshot!("lost_markdown", render::markdown(&comparison));
    assert_snapshot!("lost_latex", render::latex(&comparison));

    let counts = |row: usize, dataset: usize| comparison.tables[0].rows[row].cells[dataset].counts;
    let (focal, ecoli, glass) = (0, 0, 1);
    assert_eq!((counts(focal, ecoli).averaged, counts(focal, ecoli).diverged), (4, 1));
    assert_eq!(counts(focal, ecoli).diverged_later, 1);
    assert_eq!(counts(focal, glass).undefined, 1);
    assert_eq!((counts(2, ecoli).missing, counts(2, glass).failed), (2, 5));
}

#[test]
fn runs_whose_solver_stopped_early_are_averaged_and_told_of() {
    let mut records = around(&cross_entropy(), "ecoli4", 0.70);
    let mut classical = around(&logistic_regression(), "ecoli4", 0.60);
    for (i, record) in classical.iter_mut().enumerate() {
        record.trial.results.as_mut().unwrap().converged = Some(i != 1);
    }
    records.extend(classical);
    let comparison = compared(&records, &one_metric());
    let rows = &comparison.tables[0].rows;
    let counts: Vec<_> = rows.iter().map(|row| row.cells[0].counts).collect();
    assert_eq!(counts.iter().map(|c| (c.averaged, c.unconverged)).max(), Some((5, 1)));
    let note = "1 of the averaged runs stopped before their solver converged";
    assert_eq!(terminal(&comparison).matches(note).count(), 1, "{}", terminal(&comparison));
}

#[test]
fn the_last_network_of_a_diverged_trial_is_never_averaged() {
    let mut records = around(&cross_entropy(), "ecoli4", 0.70);
    records[0] = diverged_late(records[0].clone());
    let best = compared(&records, &one_metric());
    let last = compared(&records, &ReportSpec { epoch: MeasuredEpoch::Last, ..one_metric() });
    assert_eq!(best.tables[0].rows[0].cells[0].counts.averaged, 5);
    let cell = &last.tables[0].rows[0].cells[0];
    assert_eq!((cell.counts.averaged, cell.counts.diverged), (4, 1));
    assert!((cell.mean.unwrap() - 0.705).abs() < 1e-12, "the mean of 0.69, 0.70, 0.71, 0.72");
}

#[test]
fn a_classical_learner_has_dashes() {
    let mut records = Vec::new();
    for (dataset, better) in [("ecoli4", 0.0), ("glass2", 0.1), ("pima", 0.2)] {
        records.extend(around(&cross_entropy(), dataset, 0.6 + better));
        records.extend(around(&focal(1.0), dataset, 0.61 + better));
        records.extend(around(&logistic_regression(), dataset, 0.58 + better));
    }
    let comparison = compared(&records, &one_metric());
    assert_snapshot!("classical_terminal", terminal(&comparison));
    assert_snapshot!("classical_latex", render::latex(&comparison));
    let markdown = render::markdown(&comparison);
    assert!(markdown.contains("| logistic_regression† | — "), "{markdown}");
    assert!(markdown.contains("- †: reproducible = false"), "{markdown}");
}

#[test]
fn a_row_whose_bits_are_bound_to_a_platform_is_marked_whatever_makes_it_a_row() {
    let records =
        [around(&cross_entropy(), "pima", 0.6), around(&logistic_regression(), "pima", 0.5)]
            .concat();
    let by_loss = ReportSpec { rows: Some(vec![Axis::Loss]), ..one_metric() };
    let text = terminal(&compared(&records, &by_loss));
    assert!(text.contains("—†") && !text.contains("cross_entropy†"), "{text}");
    assert!(!terminal(&compared(&grid(), &one_metric())).contains('†'));
}

#[test]
fn more_than_eight_data_sets_are_summed_up_first() {
    let datasets = [
        "abalone9-18",
        "ecoli4",
        "glass2",
        "haberman",
        "newthyroid",
        "page-blocks-1-3_vs_4",
        "pima",
        "vowel0",
        "wisconsin",
        "yeast-0-5-6-7-9_vs_4",
    ];
    let mut records = Vec::new();
    for (i, dataset) in datasets.iter().enumerate() {
        let base = 0.5 + 0.03 * i as f64;
        records.extend(around(&cross_entropy(), dataset, base));
        records.extend(around(&focal(1.0), dataset, base + if i < 6 { 0.02 } else { -0.01 }));
        let mined = around(&mined(1.0), dataset, base + if i == 9 { 0.05 } else { 0.0 });
        records.extend(
            mined
                .into_iter()
                .enumerate()
                .map(|(fold, run)| if i == 2 && fold == 4 { diverged_at_once(run) } else { run }),
        );
    }
    let comparison = compared(&records, &one_metric());
    assert_snapshot!("many_terminal", terminal(&comparison));
    assert_snapshot!("many_markdown", render::markdown(&comparison));
    assert_snapshot!("many_latex", render::latex(&comparison));
}

#[test]
fn a_single_method_is_neither_ranked_nor_tested() {
    let mut records = around(&cross_entropy(), "ecoli4", 0.7);
    records.extend(around(&cross_entropy(), "pima", 0.6));
    let comparison = compared(&records, &one_metric());
    assert_snapshot!("single_terminal", terminal(&comparison));
    let table = &comparison.tables[0];
    assert_eq!(table.rows[0].average_rank, None);
    assert!(matches!(table.friedman, Friedman::NotComputed(_)));
    assert!(table.rows.iter().flat_map(|row| &row.cells).all(|cell| !cell.is_best));
}

#[test]
fn a_single_run_has_no_deviation() {
    let mut records = folds(&cross_entropy(), "ecoli4", &[0.7]);
    records.extend(folds(&focal(1.0), "ecoli4", &[0.8]));
    assert_snapshot!("one_run_terminal", terminal(&compared(&records, &one_metric())));
}

#[test]
fn ties_share_ranks_and_are_all_bold() {
    let mut records = Vec::new();
    for (dataset, centers) in [("ecoli4", [0.7, 0.7, 0.6]), ("pima", [0.5, 0.500_04, 0.5])] {
        records.extend(around(&cross_entropy(), dataset, centers[0]));
        records.extend(around(&focal(1.0), dataset, centers[1]));
        records.extend(around(&mined(1.0), dataset, centers[2]));
    }
    let comparison = compared(&records, &one_metric());
    assert_snapshot!("ties_terminal", terminal(&comparison));
    let ranks: Vec<Option<f64>> =
        comparison.tables[0].rows.iter().map(|row| row.average_rank).collect();
    // ecoli4: 1.5, 1.5, 3; pima: 2.5, 1, 2.5 (the printed values are equal, the values are not).
    assert_eq!(ranks, [Some(1.25), Some(2.0), Some(2.75)]);
}

#[test]
fn what_rows_are_averaged_over_is_told() {
    let spec =
        ReportSpec { rows: Some(vec![Axis::Loss, Axis::Dataset, Axis::Loss]), ..one_metric() };
    let comparison = compared(&grid(), &spec);
    assert_eq!(comparison.axes, [Axis::Loss]);
    assert_snapshot!("averaged_terminal", terminal(&comparison));
}

#[test]
fn the_protocol_is_told() {
    let described = |protocol: serde_json::Value, epoch: MeasuredEpoch| {
        let method = cross_entropy().under(&protocol);
        let mut records = around(&method, "ecoli4", 0.7);
        records.extend((0..5).map(|fold| trial(&method, "ecoli4", fold, 1, Some(0.7))));
        compared(&records, &ReportSpec { epoch, ..one_metric() }).description
    };
    assert_eq!(
        described(
            json!({ "split": { "stratified_k_fold": { "repeats": 2 } } }),
            MeasuredEpoch::Best
        ),
        "Mean ± sample standard deviation over 5 folds (2 repeats) × 2 seeds on the test part; \
         network of the best validation epoch by average_precision."
    );
    assert_eq!(
        described(json!({ "split": { "holdout": {} }, "validation": 0 }), MeasuredEpoch::Best),
        "Mean ± sample standard deviation over 5 splits × 2 seeds on the test part; \
         network after the last epoch (there is no validation part)."
    );
    let last = described(json!({}), MeasuredEpoch::Last);
    assert!(last.ends_with("network after the last epoch."), "{last}");
}

#[test]
fn the_order_of_the_records_changes_nothing() {
    let (planned, mut records) = (grid(), grid());
    let comparison = compared(&records, &one_metric());
    records.reverse();
    assert_eq!(compared_as_planned(&planned, &records, &one_metric()), comparison);
    records.sort_by_key(|record| record.trial.id);
    assert_eq!(compared_as_planned(&planned, &records, &one_metric()), comparison);
}

#[test]
fn lower_is_better_where_it_is() {
    let spec = ReportSpec { metrics: vec![Metric::LogLoss], ..one_metric() };
    let table = &compared(&grid(), &spec).tables[0];
    assert_eq!(table.rows[0].average_rank, Some(1.0));
    assert_eq!(table.rows[0].labels[0].as_deref(), Some("focal(gamma=0.5)"));
    assert!(table.rows[0].cells.iter().all(|cell| cell.is_best));
}

#[test]
fn no_more_decimals_are_printed_than_asked_for() {
    let spec = ReportSpec { decimals: 1, ..one_metric() };
    // The region of practical equivalence is as it was given.
    let text = terminal(&compared(&grid(), &spec)).replace("±0.01 is", "");
    let long = |word: &str| {
        word.split_once('.').is_some_and(|(whole, decimals)| {
            let digits = decimals.chars().take_while(char::is_ascii_digit).count();
            whole.ends_with(|c: char| c.is_ascii_digit()) && 1 < digits
        })
    };
    assert!(!text.split_whitespace().any(long), "{text}");
}

#[test]
fn no_record_and_no_metric_are_no_panic() {
    let nothing = compared(&[], &one_metric());
    assert!(terminal(&nothing).contains("Nothing is recorded yet."));
    assert!(render::latex(&nothing).contains("booktabs"));
    let no_metric = compared(&grid(), &ReportSpec { metrics: Vec::new(), ..one_metric() });
    assert!(no_metric.tables.is_empty());
    assert!(
        render::markdown(&no_metric)
            .starts_with("# Which loss, which mining helps on 3 data sets?")
    );
}

#[test]
fn tables_say_which_class_their_metrics_are_of() {
    let facts = |name: &str, positive: Option<&str>| {
        let positive = positive.map(str::to_owned);
        (
            name.to_owned(),
            DatasetFacts { family: name.to_owned(), positive, ..DatasetFacts::default() },
        )
    };
    let notes = |sets: &[(&str, Option<&str>)], metrics: &[Metric]| {
        let records: Vec<TrialRecord> =
            sets.iter().flat_map(|(name, _)| around(&cross_entropy(), name, 0.5)).collect();
        let facts: BTreeMap<_, _> =
            sets.iter().map(|(name, positive)| facts(name, *positive)).collect();
        let spec = ReportSpec { metrics: metrics.to_vec(), ..ReportSpec::default() };
        compared_with_facts(&records, &records, &facts, &spec)
    };
    let one = notes(&[("maj", Some("0"))], &[Metric::GMean, Metric::RocAuc]);
    let sentence = "ROC AUC and average precision are of the positive class: 0 in maj.";
    for text in [terminal(&one), render::markdown(&one), render::latex(&one)] {
        assert!(text.replace('\n', " ").contains(sentence), "{text}");
    }
    // The epoch is picked by average precision.
    let two = notes(&[("a", Some("yes")), ("b", Some("yes"))], &[Metric::GMean]);
    assert_eq!(two.notes, ["Average precision is of the positive class: yes in all data sets."]);
    let names = ["a", "b", "c", "d", "e"].map(|name| (name, Some("yes")));
    let several = [&names[..], &[("f", Some("no\u{1b}")), ("g", None)]].concat();
    assert_eq!(
        notes(&several, &[Metric::AveragePrecision]).notes,
        [
            "Average precision is of the positive class: no\u{fffd} in f; yes in 5 data sets; where there are more classes, \
          the mean of each against the others."
        ]
    );
    assert_eq!(notes(&[("g", None)], &[Metric::AveragePrecision]).notes, [""; 0]);
}

#[test]
fn rows_and_data_sets_have_the_names_that_a_paper_gives_them() {
    let names = [("focal(gamma=1)", "Focal"), ("ecoli4", "E. coli"), ("focal(gama=1)", "?")];
    let names = names.map(|(label, name)| (label.to_owned(), name.to_owned())).into();
    let comparison = compared(&grid(), &ReportSpec { labels: names, ..one_metric() });
    let shown = terminal(&comparison);
    assert!(shown.contains("Focal ") && shown.contains("E. coli"), "{shown}");
    assert!(!shown.contains("focal(gamma=1)") && !shown.contains("ecoli4"), "{shown}");
    let note = "No row and no data set is called `focal(gama=1)`, as [report] labels says.";
    assert!(comparison.notes.iter().any(|known| known == note), "{:?}", comparison.notes);
}

/// A baseline, and rows that depart from it on one axis each.
fn departing() -> Vec<TrialRecord> {
    let (plain, none) = (json!({ "cross_entropy": {} }), json!({ "none": {} }));
    let ohem = network(&plain, &json!({ "ohem": { "keep": 0.5 } }), "none");
    let l2rw = network(&plain, &none, "l2rw");
    let methods = [cross_entropy(), focal(1.0), focal(2.0), ohem, l2rw];
    let mut records = Vec::new();
    for (i, method) in methods.iter().enumerate() {
        for (j, dataset) in ["ecoli4", "glass2", "haberman"].into_iter().enumerate() {
            records.extend(around(method, dataset, 0.5 + 0.05 * i as f64 + 0.01 * j as f64));
        }
    }
    records
}

#[test]
fn rows_that_depart_on_one_axis_each_stand_under_its_name() {
    let comparison = compared(&departing(), &one_metric());
    let page = render::markdown(&comparison);
    let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).take(9).collect();
    let starts: Vec<String> = lines
        .iter()
        .map(|line| {
            line.split('|').take(4).map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
        })
        .collect();
    let expected = [
        "loss mining reweighting",
        "------------- ------------- -----------",
        "cross_entropy none none",
        "*loss*",
        "focal none none",
        "focal(gamma=1) none none",
        "*mining*",
        "cross_entropy ohem(keep=0.5) none",
        "*reweighting*",
    ];
    for (line, expected) in starts.iter().zip(expected).filter(|(_, e)| !e.starts_with('-')) {
        assert_eq!(line, expected, "{page}");
    }
    assert!(render::latex(&comparison).contains("{@{}l@{}}{\\emph{mining}} \\\\"));
    assert!(render::typst(&comparison).contains("align: left)[#emph[reweighting]],"));
    // One that departs on two axes has no place there.
    let mut crossed = departing();
    let ohem = json!({ "ohem": { "keep": 0.5 } });
    let both = network(&json!({ "focal": { "gamma": 2.0 } }), &ohem, "none");
    crossed.extend(around(&both, "ecoli4", 0.5));
    assert!(!render::markdown(&compared(&crossed, &one_metric())).contains("*mining*"));
    // Nor is there a heading where all depart on the same axis.
    let losses: Vec<TrialRecord> = [cross_entropy(), focal(1.0), focal(2.0)]
        .iter()
        .flat_map(|method| around(method, "ecoli4", 0.5))
        .collect();
    assert!(!render::markdown(&compared(&losses, &one_metric())).contains("*loss*"));
}

#[test]
fn metrics_stand_side_by_side_where_they_are_asked_to() {
    let metrics = vec![Metric::AveragePrecision, Metric::GMean, Metric::LogLoss];
    let columns = vec![Metric::GMean, Metric::LogLoss];
    let spec = ReportSpec { metrics, columns, ..ReportSpec::default() };
    let comparison = compared(&departing(), &spec);
    let page = render::markdown(&comparison);
    let table = page.split("## Side by side: G-mean and log loss").nth(1).unwrap();
    let header = table.lines().find(|line| line.starts_with("| loss")).unwrap();
    assert!(header.contains("G-mean") && header.contains("log loss"), "{page}");
    // The last row of the plan is the best of the one, and the first of the other: lower is better there.
    let plain = table.lines().find(|line| line.starts_with("| cross_entropy")).unwrap();
    assert!(plain.ends_with("| **0.510** |"), "{table}");
    assert!(table.contains("higher is better, but for log loss"));
    let latex = render::latex(&comparison);
    assert!(latex.contains("\\label{tab:columns}"), "{latex}");
    assert!(render::typst(&comparison).contains("<tab:columns>"));
    // Unless they are asked for, it is classes with many, some and few rows.
    let shots = vec![Metric::ManyShotAccuracy, Metric::MediumShotAccuracy, Metric::FewShotAccuracy];
    let spec = ReportSpec { metrics: shots.clone(), ..ReportSpec::default() };
    assert_eq!(compared(&departing(), &spec).columns, shots);
    assert!(compared(&departing(), &one_metric()).columns.is_empty());
}

#[test]
fn files_say_how_long_rows_take_beside_the_baseline() {
    let mut records = departing();
    for record in &mut records {
        let loss = record.trial.spec.loss().unwrap().name();
        // Of this a tenth of a second is preparation.
        record.timings.wall_seconds = if loss == "focal" { 0.9 } else { 0.5 };
    }
    let comparison = compared(&records, &one_metric());
    let times = comparison.tables[0].rows.iter().map(|row| (row.name.as_str(), row.relative_time));
    let times: BTreeMap<&str, f64> = times.map(|(name, time)| (name, time.unwrap())).collect();
    assert!((times["focal(gamma=1)"] - 2.0).abs() < 1e-12 && times["cross_entropy"] == 1.0);
    let paper = render::latex(&comparison);
    let against = paper.split("against the baseline").nth(1).unwrap();
    let line = against.lines().find(|line| line.starts_with("focal(gamma=1)")).unwrap();
    assert!(line.ends_with(r"& 2.00 \\"), "{against}");
    let csv = render::csv(&comparison);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].ends_with(",relative_time"), "{csv}");
    let of_focal = lines.iter().find(|line| line.contains("focal(gamma=1)")).unwrap();
    let last: f64 = of_focal.rsplit(',').next().unwrap().parse().unwrap();
    assert!((last - 2.0).abs() < 1e-12, "{of_focal}");
}

#[test]
fn the_same_cells_give_the_same_markdown_however_long_they_took() {
    let mut records: Vec<TrialRecord> = Vec::new();
    for dataset in ["ecoli4", "haberman", "yeast-1_vs_7"] {
        records.extend(around(&cross_entropy(), dataset, 0.5));
        records.extend(around(&focal(2.0), dataset, 0.6));
    }
    let tables = |records: &[TrialRecord]| {
        let comparison = compared(records, &ReportSpec::default());
        (render::markdown(&comparison), render::latex(&comparison))
    };
    let before = tables(&records);
    for (i, record) in records.iter_mut().enumerate() {
        record.timings.wall_seconds += i as f64;
    }
    let after = tables(&records);
    assert_eq!(before.0, after.0);
    assert_ne!(before.1, after.1, "a paper has the times");
}
