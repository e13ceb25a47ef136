//! Metrics on test parts that lack a class, and on the predictions of all folds together.

use evaluation::{Metric, Predictions, ShotThresholds, evaluate};
use experiment::file::{MeasuredEpoch, ReportSpec};
use experiment::record::TrialRecord;

use crate::records::{Method, around, cross_entropy, diverged_at_once, focal, trial};
use crate::{compared, terminal};

fn shown(metrics: &[Metric], pooled: bool) -> ReportSpec {
    ReportSpec { metrics: metrics.to_vec(), pooled, ..ReportSpec::default() }
}

/// A fold of which these classes were predicted.
fn fold(
    method: &Method,
    number: usize,
    seed: u64,
    n_classes: usize,
    targets: &[u32],
    predicted: &[usize],
) -> TrialRecord {
    let mut probabilities = vec![0.0; targets.len() * n_classes];
    predicted.iter().enumerate().for_each(|(i, &k)| probabilities[i * n_classes + k] = 1.0);
    let predictions =
        Predictions { probabilities: &probabilities, n_classes, targets, decided: None };
    let mut record = trial(method, "glass2", number, seed, None);
    let results = record.trial.results.as_mut().expect("a network was measured");
    results.best.test = evaluate(&predictions, &[], &ShotThresholds::default());
    record
}

/// Four folds of which the last two have no positive: cross-entropy always says no, focal finds one of two and
/// has a false alarm in each of the last.
fn without_positives() -> Vec<TrialRecord> {
    let targets = [[0, 0, 1], [0, 0, 1], [0, 0, 0], [0, 0, 0]];
    let found = [[0, 0, 1], [0, 0, 0], [0, 0, 1], [0, 0, 1]];
    let mut records = Vec::new();
    for (i, (targets, found)) in targets.iter().zip(&found).enumerate() {
        records.push(fold(&cross_entropy(), i, 0, 2, targets, &[0, 0, 0]));
        records.push(fold(&focal(1.0), i, 0, 2, targets, found));
    }
    records
}

#[test]
fn who_always_says_no_is_not_best_on_parts_without_positives() {
    let metrics = [Metric::BalancedAccuracy, Metric::GMean, Metric::Mcc, Metric::PositiveRecall];
    let comparison = compared(&without_positives(), &shown(&metrics, false));
    for table in &comparison.tables {
        assert_eq!(table.footnotes, ["2 of 4 runs averaged: metric undefined in 2"]);
        assert_eq!(table.rows[0].labels[0].as_deref(), Some("focal(gamma=1)"));
        assert_eq!(table.rows[0].average_rank, Some(1.0));
    }
    let mean = |table: usize| comparison.tables[table].rows[1].cells[0].mean;
    assert_eq!((mean(0), mean(1), mean(2)), (Some(0.5), Some(0.0), Some(0.0)));
    let text = terminal(&comparison);
    assert!(
        text.contains("Undefined: on test parts that lack a class. With pooled = true"),
        "{text}"
    );
}

#[test]
fn pooled_is_of_all_folds_together() {
    let metrics = [Metric::BalancedAccuracy, Metric::MacroPrecision, Metric::Accuracy];
    let comparison = compared(&without_positives(), &shown(&metrics, true));
    let mean = |table: usize, row: usize| comparison.tables[table].rows[row].cells[0].mean.unwrap();
    // focal: 8 of 10 negatives right, 1 of 2 positives; 1 of 3 alarms right. The other: 10 of 12 right.
    assert!((mean(0, 0) - 0.65).abs() < 1e-12 && (mean(0, 1) - 0.5).abs() < 1e-12);
    let precision = f64::midpoint(8.0 / 9.0, 1.0 / 3.0);
    assert!((mean(1, 0) - precision).abs() < 1e-12);
    assert!((mean(2, 0) - 10.0 / 12.0).abs() < 1e-12);
    assert!(comparison.tables.iter().all(|table| table.footnotes.is_empty()));
    let description = &comparison.description;
    assert!(
        description.starts_with("Predictions of all 4 folds together on the test part"),
        "{description}"
    );
    assert_eq!(comparison.tables[0].compared_runs, [(1, 1)]);
}

#[test]
fn of_more_classes_each_has_to_be_there() {
    let parts: [&[u32]; 2] = [&[0, 0, 1, 2], &[0, 0, 1, 1]];
    let mut records = Vec::new();
    for (i, targets) in parts.into_iter().enumerate() {
        records.push(fold(&cross_entropy(), i, 0, 3, targets, &[0, 0, 1, 1]));
        records.push(fold(&focal(1.0), i, 0, 3, targets, &[0, 0, 1, 2]));
    }
    let means = |pooled: bool| -> Vec<Option<f64>> {
        let spec = shown(&[Metric::BalancedAccuracy, Metric::MacroF1, Metric::GMean], pooled);
        let comparison = compared(&records, &spec);
        let rows = comparison.tables.iter().flat_map(|table| &table.rows);
        rows.filter(|row| row.labels[0].as_deref() == Some("cross_entropy"))
            .map(|row| row.cells[0].mean)
            .collect()
    };
    // The first part alone: recalls 1, 1, 0; together: 1, 3/3, 0 of 4, 3, 1.
    let alone = means(false);
    assert!((alone[0].unwrap() - 2.0 / 3.0).abs() < 1e-12 && alone[2] == Some(0.0));
    let together = means(true);
    assert!((together[0].unwrap() - 2.0 / 3.0).abs() < 1e-12);
    // F1 of class 1: 3 right of 3, predicted 4 times.
    assert!((together[1].unwrap() - (1.0 + 6.0 / 7.0) / 3.0).abs() < 1e-12, "{together:?}");
}

#[test]
fn a_pooled_run_is_lost_with_any_of_its_folds() {
    let mut records = without_positives();
    let second = without_positives().into_iter().enumerate();
    let again = second.map(|(i, record)| {
        let method = if i % 2 == 0 { cross_entropy() } else { focal(1.0) };
        let mut other = trial(&method, "glass2", i / 2, 1, None);
        other.trial.results = record.trial.results;
        if i == 3 { diverged_at_once(other) } else { other }
    });
    records.extend(again);
    let comparison = compared(&records, &shown(&[Metric::BalancedAccuracy], true));
    let table = &comparison.tables[0];
    assert_eq!(table.footnotes, ["1 of 2 pooled runs averaged: 1 diverged"]);
    assert_eq!(table.compared_runs, [(1, 2)]);
    let over = "Predictions of all 4 folds together, mean ± sample standard deviation over 2 seeds";
    assert!(comparison.description.starts_with(over), "{}", comparison.description);
}

#[test]
fn an_epoch_that_nothing_picked_is_told() {
    let mut records = around(&cross_entropy(), "ecoli4", 0.7);
    for (fold, course) in [(0, vec![None, None]), (1, vec![None, Some(0.5)]), (2, vec![Some(0.4)])]
    {
        let results = records[fold].trial.results.as_mut().expect("a network was measured");
        results.history.validation = course;
    }
    let sentence = "In 1 of 3 runs the last epoch was taken: the metric that picks it is undefined on the validation \
                    part.";
    let notes = compared(&records, &shown(&[Metric::GMean], false)).notes;
    assert!(notes.iter().any(|note| note == sentence), "{notes:?}");
    let last = ReportSpec { epoch: MeasuredEpoch::Last, ..shown(&[Metric::GMean], false) };
    assert!(!compared(&records, &last).notes.iter().any(|note| note == sentence));
}

#[test]
fn what_records_of_old_do_not_have_is_not_measured() {
    let records = around(&cross_entropy(), "ecoli4", 0.7);
    for (metric, pooled, footnote) in [
        (Metric::Ece, false, "0 of 5 runs averaged: metric not measured in 5"),
        (Metric::GMean, true, "0 of 1 pooled runs averaged: metric not measured in 1"),
    ] {
        let table = &compared(&records, &shown(&[metric], pooled)).tables[0];
        assert_eq!(
            (table.rows[0].cells[0].mean, &table.footnotes[..]),
            (None, &[footnote.to_owned()][..])
        );
    }
}
