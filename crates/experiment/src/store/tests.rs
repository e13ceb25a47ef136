use std::fs;

use super::line::sealed;
use super::*;
use crate::cell_id::CellId;
use crate::prepare::DataCache;
use crate::record::{Outcome, Timings};
use crate::testing;
use crate::trial::{TrialCell, run_trial};

pub(crate) fn planned() -> (TrialCell, DataCache) {
    let text = "[experiment]\nname = \"one\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n[axes]\n\
                dataset = \"ecoli4\"\nmodel = \"nearest_neighbors\"\n";
    let (plan, data) = testing::planned(text);
    (plan.cells[0].cell.clone(), data)
}

/// A cell that was really run.
pub(crate) fn completed() -> TrialRecord {
    let (cell, data) = planned();
    run_trial(&cell, &data, None)
}

fn failed(record: &TrialRecord, message: &str) -> TrialRecord {
    let mut record = record.clone();
    record.trial.outcome = Outcome::Failed { message: message.to_owned() };
    record.trial.results = None;
    record
}

fn other_result(record: &TrialRecord) -> TrialRecord {
    let mut record = record.clone();
    record.trial.results.as_mut().unwrap().predictions_digest.replace_range(..2, "xx");
    record
}

/// What a store says whose segments hold these records, one each, in the order of their names; which of them count does not
/// depend on how much of them is read.
fn read(records: &[&TrialRecord]) -> Contents {
    let results = tempfile::tempdir().unwrap();
    let store = Store::new(results.path(), "one");
    fs::create_dir_all(store.segments()).unwrap();
    for (i, record) in records.iter().enumerate() {
        fs::write(store.segments().join(format!("{i}.jsonl")), line(record)).unwrap();
    }
    let whole = store.read().unwrap();
    let told = |contents: &Contents| {
        let records = contents.records.values();
        let records = records.map(|record| (record.trial.id, record.timings.clone()));
        let differing = contents.disagreements.iter().map(|(id, attempts)| (*id, attempts.len()));
        (records.collect::<Vec<_>>(), differing.collect::<Vec<_>>(), contents.warnings.clone())
    };
    for depth in [Depth::End, Depth::Measures, Depth::Report] {
        assert_eq!(told(&store.read_to(depth).unwrap()), told(&whole), "{depth:?}");
    }
    whole
}

fn only(contents: &Contents) -> &TrialRecord {
    assert_eq!((contents.records.len(), contents.disagreements.len()), (1, 0));
    assert!(contents.warnings.is_empty(), "{:?}", contents.warnings);
    contents.records.values().next().unwrap()
}

#[test]
fn a_cell_that_was_completed_once_is_completed_whatever_failed_before_or_after() {
    let good = completed();
    let (one, two) = (failed(&good, "out of memory"), failed(&good, "a bug"));
    for order in [[&good, &one, &two], [&one, &good, &two], [&two, &one, &good]] {
        assert_eq!(only(&read(&order)), &good);
    }
    let mut diverged = good.clone();
    diverged.trial.outcome = Outcome::Diverged { epoch: 3 };
    assert_eq!(only(&read(&[&one, &diverged])), &diverged);
}

#[test]
fn of_two_failures_the_same_one_is_told_in_any_order() {
    let good = completed();
    let (one, two) = (failed(&good, "one"), failed(&good, "two"));
    assert_eq!(only(&read(&[&one, &two])), only(&read(&[&two, &one])));
}

#[test]
fn equal_results_are_one_and_no_file_name_decides_about_their_timings() {
    let good = completed();
    let timings = Timings { wall_seconds: 1e9, ..good.timings.clone() };
    let slow = TrialRecord { timings, ..good.clone() };
    assert_eq!(only(&read(&[&slow, &good])), &good);
    assert_eq!(only(&read(&[&good, &slow])), &good);
}

#[test]
fn a_record_of_a_version_that_measured_less_is_no_other_result() {
    let full = completed();
    let mut less = full.clone();
    let results = less.trial.results.as_mut().unwrap();
    assert!(results.curves.take().is_some());
    assert!(results.best.test.values.get(evaluation::Metric::Brier).is_some());
    results.best.test.values.remove(evaluation::Metric::Brier);
    // What was measured most is kept, however long it took.
    let timings = Timings { wall_seconds: 1e9, ..full.timings.clone() };
    let full = TrialRecord { timings, ..full };
    for order in [[&less, &full, &less], [&full, &less, &less]] {
        assert_eq!(only(&read(&order)), &full);
    }
    let mut other = less.clone();
    other.trial.results.as_mut().unwrap().train_counts[0] += 1;
    for order in [[&less, &full, &other], [&other, &less, &full]] {
        assert_eq!(read(&order).disagreements.values().map(Vec::len).collect::<Vec<_>>(), [2]);
    }
}

#[test]
fn of_two_different_results_neither_counts_and_both_are_named() {
    let good = completed();
    let other = other_result(&good);
    let fail = failed(&good, "out of memory");
    for order in [[&good, &fail, &other, &good], [&other, &other, &good, &fail]] {
        let contents = read(&order);
        assert!(contents.records.is_empty());
        let ids: Vec<&CellId> = contents.disagreements.keys().collect();
        assert_eq!(ids, [&good.trial.id]);
        assert_eq!(contents.disagreements[ids[0]].len(), 2);
        let [warning] = &contents.warnings[..] else { panic!("{:?}", contents.warnings) };
        assert!(warning.contains(&ids[0].short()) && warning.contains("2 different results"));
        assert!(warning.contains("0.jsonl:1") && warning.contains(".jsonl:1"), "{warning}");
    }
}

#[test]
fn a_record_that_no_report_can_read_is_finished_for_no_command() {
    let record = completed();
    let json = serde_json::to_string(&record).unwrap();
    // As a version would write it that has another metric, or another history.
    let others = [
        ("\"accuracy\":", "\"exactness\":"),
        ("\"history\":{\"loss\":", "\"history\":{\"losses\":"),
    ];
    for (own, other) in others {
        assert!(json.contains(own));
        let results = tempfile::tempdir().unwrap();
        let store = Store::new(results.path(), "one");
        fs::create_dir_all(store.segments()).unwrap();
        let line = resealed(&json.replacen(own, other, 1));
        fs::write(store.segments().join("0.jsonl"), line).unwrap();
        for depth in [Depth::End, Depth::Report, Depth::Whole] {
            let contents = store.read_to(depth).unwrap();
            assert!(contents.records.is_empty(), "{depth:?}");
            let [warning] = &contents.warnings[..] else { panic!("{:?}", contents.warnings) };
            assert!(
                warning.contains("this record is of another version of the program"),
                "{warning}"
            );
        }
    }
}

/// A line whose checksum fits `record`.
fn resealed(record: &str) -> String {
    let raw = serde_json::value::RawValue::from_string(record.to_owned()).unwrap();
    sealed(&raw)
}

#[cfg(unix)]
#[test]
fn a_pipe_among_the_segments_is_left_out_and_not_waited_for() {
    let results = tempfile::tempdir().unwrap();
    let store = Store::new(results.path(), "one");
    fs::create_dir_all(store.segments().join("folder.jsonl")).unwrap();
    let pipe = store.segments().join("pipe.jsonl");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let contents = store.read().unwrap();
    assert_eq!(contents.warnings.len(), 2);
    assert!(contents.warnings[1].contains("pipe.jsonl: this is no ordinary file"));
}
