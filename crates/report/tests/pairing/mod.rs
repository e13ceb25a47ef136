//! Ranks, stars and averages are over runs that all compared rows have.

use experiment::Axis;
use experiment::file::ReportSpec;
use experiment::record::TrialRecord;
use report::{Friedman, MethodRow, MetricTable};
use serde_json::json;

use crate::records::{
    Method, around, cross_entropy, diverged_at_once, focal, folds, logistic_regression, trial,
};
use crate::{compared, compared_as_planned, mined, one_metric, terminal};

/// The only table, and the row with this label in its first column.
fn row<'a>(table: &'a MetricTable, label: &str) -> &'a MethodRow {
    let has = |row: &&MethodRow| row.labels.iter().flatten().any(|known| known == label);
    table.rows.iter().find(has).unwrap_or_else(|| panic!("no row {label}"))
}

/// Six runs: three folds, two seeds.
fn six(method: &Method, dataset: &str, values: [f64; 6]) -> Vec<TrialRecord> {
    let run = |(i, value): (usize, f64)| trial(method, dataset, i / 2, (i % 2) as u64, Some(value));
    values.into_iter().enumerate().map(run).collect()
}

fn but(runs: &[usize], of: Vec<TrialRecord>) -> Vec<TrialRecord> {
    let kept = of.into_iter().enumerate().filter(|(i, _)| !runs.contains(i));
    kept.map(|(_, run)| run).collect()
}

#[test]
fn the_mean_of_the_one_run_that_did_not_diverge_is_shown_and_not_ranked() {
    let mut records = Vec::new();
    for dataset in ["ecoli4", "glass2", "haberman"] {
        records.extend(six(&cross_entropy(), dataset, [0.5, 0.5, 0.6, 0.5, 0.5, 0.6]));
        records.extend(six(&focal(1.0), dataset, [0.6, 0.5, 0.6, 0.6, 0.5, 0.6]));
        let lucky = six(&mined(1.0), dataset, [0.9; 6]).into_iter().enumerate();
        records.extend(lucky.map(|(i, run)| if i == 2 { run } else { diverged_at_once(run) }));
    }
    let comparison = compared(&records, &one_metric());
    let table = &comparison.tables[0];
    let lucky = row(table, "ohem(keep=0.5)");
    assert_eq!((lucky.average_rank, lucky.average), (None, None));
    assert!(lucky.cells.iter().all(|cell| cell.mean == Some(0.9) && !cell.is_best));
    let footnote = "1 of 6 runs averaged: 5 diverged; not compared: too few runs in common with the other rows";
    assert_eq!(table.footnotes, [footnote]);
    // The others lose no run by it.
    assert_eq!(table.compared_runs, [(6, 6); 3]);
    assert_eq!((table.n_ranked_rows, table.rows[0].average_rank), (2, Some(1.0)));
    assert!(table.rows[0].cells.iter().all(|cell| cell.is_best));
    let Friedman::NotComputed(reason) = &table.friedman else { panic!("two rows") };
    assert_eq!(reason, "it needs 3 ranked rows and has 2");
    let text = terminal(&comparison);
    let remark = "Not ranked: 1 row with too few runs or data sets in common with the others.";
    assert!(text.contains(remark), "{text}");
}

#[test]
fn rows_are_compared_over_the_runs_that_both_have() {
    // Where both ran, cross-entropy is better; focal never met the two hard folds.
    let mut records = six(&cross_entropy(), "ecoli4", [0.8, 0.8, 0.9, 0.9, 0.2, 0.2]);
    let planned = [&records[..], &six(&focal(1.0), "ecoli4", [0.7; 6])].concat();
    records.extend(but(&[4, 5], six(&focal(1.0), "ecoli4", [0.7; 6])));
    let comparison = compared_as_planned(&planned, &records, &one_metric());
    let table = &comparison.tables[0];
    let (plain, focal) = (row(table, "cross_entropy"), row(table, "focal(gamma=1)"));
    let cell = |row: &MethodRow| (row.cells[0].mean.unwrap(), row.cells[0].compared.unwrap());
    assert!((cell(plain).0 - 3.8 / 6.0).abs() < 1e-12 && cell(focal).0 > cell(plain).0);
    assert!((cell(plain).1.mean - 0.85).abs() < 1e-12 && cell(plain).1.runs == 4);
    assert_eq!((plain.average_rank, focal.average_rank), (Some(1.0), Some(2.0)));
    assert!(plain.cells[0].is_best && !focal.cells[0].is_best);
    assert!((plain.average.unwrap() - 0.85).abs() < 1e-12);
    let text = terminal(&comparison);
    let remark = "Compared over the runs that all compared rows have: 4 of 6 on ecoli4.";
    assert!(text.contains(remark), "{text}");
    assert!(text.contains("4 of 6 runs averaged: 2 not run."), "{text}");
}

#[test]
fn of_a_shard_nothing_is_ranked_and_runs_count_against_the_design() {
    let methods = [(cross_entropy(), [0, 5]), (focal(1.0), [2, 3]), (mined(1.0), [1, 4])];
    let (mut planned, mut records) = (Vec::new(), Vec::new());
    for dataset in ["ecoli4", "glass2"] {
        for (method, done) in &methods {
            let runs = six(method, dataset, [0.5, 0.6, 0.7, 0.8, 0.9, 0.4]);
            planned.extend(runs.clone());
            records.extend(done.map(|i| runs[i].clone()));
        }
    }
    let comparison = compared_as_planned(&planned, &records, &one_metric());
    let table = &comparison.tables[0];
    assert!(table.rows.iter().all(|row| row.average_rank.is_none() && row.average.is_none()));
    assert!(table.rows.iter().flat_map(|row| &row.cells).all(|cell| !cell.is_best));
    assert!(matches!(table.friedman, Friedman::NotComputed(_)));
    assert!(comparison.description.contains("3 folds × 2 seeds"), "{}", comparison.description);
    let text = terminal(&comparison);
    assert!(text.contains("2 of 6 runs averaged: 4 not run; not compared"), "{text}");
    assert!(text.contains("No ranks: no two rows have enough runs in common"), "{text}");
}

#[test]
fn a_run_in_which_nothing_is_defined_is_in_nobodys_disfavour() {
    let undefined = |method: &Method, center: f64| -> Vec<TrialRecord> {
        let value = |fold: usize| (fold < 2).then_some(center);
        (0..5).map(|fold| trial(method, "ecoli4", fold, 0, value(fold))).collect()
    };
    let records = [undefined(&cross_entropy(), 0.7), undefined(&focal(1.0), 0.6)].concat();
    let comparison = compared(&records, &one_metric());
    let table = &comparison.tables[0];
    assert_eq!(table.compared_runs, [(2, 5)]);
    assert_eq!(row(table, "cross_entropy").average_rank, Some(1.0));
    assert_eq!(table.footnotes, ["2 of 5 runs averaged: metric undefined in 3"]);
}

#[test]
fn a_row_on_few_data_sets_takes_no_data_set_from_the_others() {
    let mut records = Vec::new();
    for dataset in ["ecoli4", "glass2", "haberman", "pima", "yeast4"] {
        records.extend(around(&cross_entropy(), dataset, 0.5));
        records.extend(around(&focal(1.0), dataset, 0.6));
    }
    records.extend(around(&mined(1.0), "ecoli4", 0.9));
    let table = &compared(&records, &one_metric()).tables[0];
    assert_eq!((table.n_ranked_datasets, table.n_ranked_rows), (5, 2));
    let elsewhere = row(table, "ohem(keep=0.5)");
    assert!(elsewhere.cells[0].is_best && elsewhere.average_rank.is_none());
    // Wins are among the ranked rows.
    assert_eq!(table.rows[0].wins.wins, 5);
}

#[test]
fn rows_that_are_averaged_over_other_things_are_paired_by_fold_and_seed() {
    let mut records = folds(&logistic_regression(), "ecoli4", &[0.6, 0.7, 0.8]);
    records.extend(folds(&cross_entropy(), "ecoli4", &[0.5, 0.6, 0.7]));
    // Of the other loss, one fold diverged: the row of networks does not have that fold.
    let other = folds(&focal(1.0), "ecoli4", &[0.9, 0.9, 0.9]).into_iter().enumerate();
    records.extend(other.map(|(i, run)| if i == 2 { diverged_at_once(run) } else { run }));
    let by_model = ReportSpec { rows: Some(vec![Axis::Model]), ..one_metric() };
    let table = &compared(&records, &by_model).tables[0];
    assert_eq!(table.compared_runs, [(2, 3)]);
    let means: Vec<f64> =
        table.rows.iter().map(|row| row.cells[0].compared.unwrap().mean).collect();
    assert!((means[0] - 0.725).abs() < 1e-12 && (means[1] - 0.65).abs() < 1e-12, "{means:?}");
}

#[test]
fn rows_that_were_tested_on_other_parts_are_not_ranked() {
    let other = json!({ "split": { "stratified_k_fold": { "folds": 10 } } });
    let mut records = around(&cross_entropy(), "ecoli4", 0.7);
    records.extend(around(&cross_entropy().under(&other), "ecoli4", 0.8));
    let table = &compared(&records, &one_metric()).tables[0];
    assert!(table.rows.iter().all(|row| row.average_rank.is_none() && !row.cells[0].is_best));
    // Another validation part is the same test part.
    let other = json!({ "validation": 0.1 });
    let mut records = around(&cross_entropy(), "ecoli4", 0.7);
    records.extend(around(&cross_entropy().under(&other), "ecoli4", 0.8));
    let table = &compared(&records, &one_metric()).tables[0];
    assert_eq!(table.rows[0].average_rank, Some(1.0));
}
