//! Segments that earlier versions wrote, as they wrote them.

use std::fs;
use std::path::{Path, PathBuf};

use experiment::record::TrialRecord;
use experiment::store::{Depth, Store, print};

fn kept(segment: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store").join(segment)
}

/// What this version reads of a segment.
fn records(segment: &str, depth: Depth) -> Vec<TrialRecord> {
    let results = tempfile::tempdir().unwrap();
    let segments = results.path().join("old/segments");
    fs::create_dir_all(&segments).unwrap();
    fs::copy(kept(segment), segments.join(segment)).unwrap();
    let contents = Store::new(results.path(), "old").read_to(depth).unwrap();
    assert_eq!(contents.warnings, Vec::<String>::new());
    contents.records.into_values().map(|record| *record).collect()
}

/// A linear network with OHEM and offsets, and a classical learner, as blocks and as lines: each gives what the other gives, to
/// every depth, and blocks are printed as the lines.
fn blocks_are_read_and_printed_as_the_lines(form: &str) {
    let [blocks, lines] = ["blocks", "jsonl"].map(|kind| format!("{form}.{kind}"));
    for depth in
        [Depth::End, Depth::Measures, Depth::Tables, Depth::Files, Depth::Report, Depth::Whole]
    {
        let [of_blocks, of_lines] = [&blocks, &lines].map(|segment| records(segment, depth));
        assert_eq!(of_blocks.len(), 2);
        assert_eq!(of_blocks, of_lines, "{depth:?}");
    }
    let whole = records(&blocks, Depth::Whole);
    let results = whole.iter().map(|record| record.trial.results.as_deref().unwrap());
    assert!(results.clone().any(|results| results.selection.is_some()));
    assert!(results.clone().any(|results| results.history.loss.is_empty()));
    let mut printed = String::new();
    let warnings = print(&kept(&blocks), &mut |line| {
        printed += line;
        true
    });
    assert_eq!(warnings.unwrap(), Vec::<String>::new());
    assert_eq!(printed, fs::read_to_string(kept(&lines)).unwrap());
}

#[test]
fn blocks_whose_results_are_lines_of_json() {
    blocks_are_read_and_printed_as_the_lines("form-1");
}

#[test]
fn blocks_whose_test_classes_stand_among_the_metrics() {
    blocks_are_read_and_printed_as_the_lines("form-2");
}
