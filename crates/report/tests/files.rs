//! Tables as programs read them.

mod records;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use experiment::labels::Labels;
use experiment::record::TrialRecord;
use polars::prelude::DataFrame;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use report::{Comparison, ReportError, timings, trials, write_report, write_tables};

use crate::records::{
    around, cell, controlled, cross_entropy, diverged_at_once, diverged_late, failed, focal,
    logistic_regression, trial,
};

fn some_records() -> Vec<TrialRecord> {
    let mut records = around(&cross_entropy(), "ecoli4", 1.0 / 3.0);
    records.extend(around(&logistic_regression(), "ecoli4", 0.1 + 0.2));
    records.push(diverged_at_once(trial(&focal(1.0), "ecoli4", 0, 0, Some(0.5))));
    records.push(failed(trial(&focal(1.0), "ecoli4", 1, 0, Some(0.5))));
    records.push(diverged_late(trial(&focal(1.0), "ecoli4", 3, 0, Some(0.5))));
    let last_epoch = cross_entropy().under(&serde_json::json!({ "validation": 0 }));
    records.push(trial(&last_epoch, "ecoli4", 0, 0, Some(0.25)));
    records.push(trial(&focal(1.0), "ecoli4", 2, u64::MAX, None));
    records
}

fn read(path: &Path) -> DataFrame {
    ParquetReader::new(File::open(path).unwrap()).finish().unwrap()
}

#[test]
fn parquet_gives_back_every_column() {
    let records = some_records();
    let records: Vec<&TrialRecord> = records.iter().collect();
    let folder = tempfile::tempdir().unwrap();
    let written =
        write_tables(&folder.path().join("new/results"), &records, &Labels::default(), None)
            .unwrap();
    assert_eq!(written.n_trials, records.len());
    let folder = folder.path().join("new/results");
    assert!(
        read(&folder.join("trials.parquet"))
            .equals_missing(&trials(&records, &Labels::default()).unwrap())
    );
    assert!(read(&folder.join("timings.parquet")).equals_missing(&timings(&records).unwrap()));
    let mut names: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["timings.parquet", "trials.csv", "trials.parquet"]);
}

#[test]
fn the_same_records_in_another_order_give_the_same_bytes() {
    let mut records = some_records();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = write_tables(
        folders[0].path(),
        &records.iter().collect::<Vec<_>>(),
        &Labels::default(),
        None,
    )
    .unwrap();
    records.reverse();
    // Timings differ between runs and are in no compared file.
    for record in &mut records {
        record.timings.wall_seconds *= 2.0;
    }
    let second = write_tables(
        folders[1].path(),
        &records.iter().collect::<Vec<_>>(),
        &Labels::default(),
        None,
    )
    .unwrap();
    assert_eq!((first.n_trials, &first.digest), (second.n_trials, &second.digest));
    for name in ["trials.csv", "trials.parquet"] {
        let [a, b] = [0, 1].map(|i| fs::read(folders[i].path().join(name)).unwrap());
        assert!(a == b, "{name} differs");
    }
    let csv = fs::read(folders[0].path().join("trials.csv")).unwrap();
    assert_eq!(first.digest, blake3::hash(&csv).to_hex().to_string());
}

#[test]
fn tables_that_are_there_are_left_alone_and_what_was_changed_is_made_again() {
    let records = some_records();
    let (all, few): (Vec<&TrialRecord>, Vec<&TrialRecord>) =
        (records.iter().collect(), records.iter().skip(1).collect());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (names, labels) = (["timings.parquet", "trials.csv", "trials.parquet"], Labels::default());
    let write = |records: &[&TrialRecord], recorded: Option<&str>| {
        write_tables(folder, records, &labels, recorded).unwrap().digest
    };
    let read = || names.map(|name| fs::read(folder.join(name)).unwrap());
    let digest = write(&all, Some("all"));
    let right = read();
    for name in names {
        let path = folder.join(name);
        let mut wrong = fs::read(&path).unwrap();
        wrong[7] ^= 1;
        fs::write(&path, &wrong).unwrap();
        assert_eq!(write(&all, Some("all")), digest);
        assert!(read() == right, "{name} was changed");
        fs::remove_file(&path).unwrap();
        assert_eq!(write(&all, Some("all")), digest);
        assert!(read() == right, "{name} was removed");
    }
    // What is noted is believed of the same records alone: that is how to see that a file is left alone.
    let note = folder.join("tables.json");
    let noted = fs::read_to_string(&note).unwrap();
    let forge = || {
        let forged = "forged\n";
        let theirs = blake3::hash(forged.as_bytes()).to_hex().to_string();
        fs::write(folder.join("trials.csv"), forged).unwrap();
        fs::write(&note, noted.replace(&digest, &theirs)).unwrap();
        theirs
    };
    let theirs = forge();
    assert_eq!(write(&all, Some("all")), theirs);
    for (records, recorded) in
        [(&all, Some("all, at another time")), (&few, Some("all")), (&all, None)]
    {
        forge();
        let ours = write(records, recorded);
        let csv = fs::read(folder.join("trials.csv")).unwrap();
        assert_eq!(ours, blake3::hash(&csv).to_hex().to_string(), "{recorded:?}");
        assert_eq!(ours == digest, records.len() == all.len(), "{recorded:?}");
    }
    // A note that is cut tells nothing.
    forge();
    fs::write(&note, &noted[..noted.len() / 2]).unwrap();
    assert_eq!(write(&all, Some("all")), digest);
    assert!(read() == right);
    assert_eq!(fs::read_to_string(&note).unwrap(), noted);
}

#[test]
fn csv_numbers_give_back_the_same_bits_and_missing_is_empty() {
    let records = some_records();
    let folder = tempfile::tempdir().unwrap();
    write_tables(folder.path(), &records.iter().collect::<Vec<_>>(), &Labels::default(), None)
        .unwrap();
    let mut sorted: Vec<&TrialRecord> = records.iter().collect();
    sorted.sort_by_key(|record| record.trial.id);
    let mut reader = csv::Reader::from_path(folder.path().join("trials.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (id, value, loss, outcome, detail, seed, reproducible) = (
        column("id"),
        column("test_best_g_mean"),
        column("loss"),
        column("outcome"),
        column("detail"),
        column("seed"),
        column("reproducible"),
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), sorted.len());
    for (row, record) in rows.iter().zip(sorted) {
        let trial = &record.trial;
        assert_eq!(row[id], trial.id.to_string());
        assert_eq!(row[seed], trial.spec.seed.to_string());
        assert_eq!(row[outcome], *trial.outcome.name());
        // Of these learners, the classical one takes its bits from the platform.
        assert_eq!(row[reproducible], trial.spec.network().is_some().to_string());
        assert_eq!(row[loss].is_empty(), trial.spec.network().is_none());
        let expected = trial
            .results
            .as_ref()
            .and_then(|results| results.best.test.values.get(evaluation::Metric::GMean));
        assert_eq!(row[value].parse::<f64>().ok().map(f64::to_bits), expected.map(f64::to_bits));
        match trial.outcome.name() {
            "failed" => assert!(row[detail].contains("\"and\" there are 3, all told")),
            "diverged" => assert!(["in epoch 0", "in epoch 20"].contains(&&row[detail])),
            _ => assert_eq!(&row[detail], ""),
        }
    }
}

#[test]
fn the_columns_are_these() {
    let records = some_records();
    let frame = trials(&records.iter().collect::<Vec<_>>(), &Labels::default()).unwrap();
    let names: Vec<String> = frame
        .columns()
        .iter()
        .map(|column| format!("{}: {}", column.name(), column.dtype()))
        .collect();
    insta::assert_snapshot!("columns", names.join("\n"));
}

#[test]
fn no_record_gives_empty_tables_with_the_same_columns() {
    let empty = trials(&[], &Labels::default()).unwrap();
    let records = some_records();
    let full = trials(&records.iter().collect::<Vec<_>>(), &Labels::default()).unwrap();
    assert_eq!(empty.height(), 0);
    assert_eq!(empty.schema(), full.schema());
}

#[test]
fn reports_are_written_beside_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let write = |records: &[TrialRecord]| {
        let cells: Vec<_> = records.iter().map(cell).collect();
        let cells: Vec<_> = cells.iter().collect();
        let records: Vec<&TrialRecord> = records.iter().collect();
        let spec = experiment::file::ReportSpec::default();
        let labels = Labels::default();
        let comparison = Comparison::new(&cells, &records, &BTreeMap::new(), &labels, &spec);
        write_report(folder.path(), &comparison).unwrap();
    };
    let is_there = |name: &str| folder.path().join(name).is_file();
    let beside = [focal(2.0), controlled(&focal(2.0), "norm_matched")];
    write(&beside.map(|method| trial(&method, "ecoli4", 0, 0, Some(0.5))));
    for name in ["report.md", "report.tex", "report.typ", "comparison.csv", "gains.csv"] {
        assert!(is_there(name), "{name}");
    }
    write(&some_records());
    assert!(is_there("report.md") && !is_there("gains.csv"), "those of other cells");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("results");
    fs::write(&file, "a file, not a folder").unwrap();
    let error = write_tables(&file, &[], &Labels::default(), None).unwrap_err();
    assert!(matches!(error, ReportError::Folder { .. }));
    assert!(error.to_string().contains("results"), "{error}");
}
