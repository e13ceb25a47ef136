//! Segments that earlier versions wrote, as they wrote them.

use std::fs;
use std::path::Path;

use experiment::record::TrialRecord;
use experiment::store::Store;

fn records(segment: &str) -> Vec<TrialRecord> {
    let results = tempfile::tempdir().unwrap();
    let segments = results.path().join("old/segments");
    fs::create_dir_all(&segments).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store").join(segment);
    fs::copy(kept, segments.join(segment)).unwrap();
    let contents = Store::new(results.path(), "old").read().unwrap();
    assert_eq!(contents.warnings, Vec::<String>::new());
    contents.records.into_values().map(|record| *record).collect()
}

/// A linear network with OHEM and offsets, and a classical learner, as blocks of the first form and as lines.
#[test]
fn blocks_whose_results_are_lines_of_json_are_read() {
    let (blocks, lines) = (records("form-1.blocks"), records("form-1.jsonl"));
    assert_eq!(blocks.len(), 2);
    assert_eq!(blocks, lines);
    let results = blocks.iter().map(|record| record.trial.results.as_deref().unwrap());
    assert!(results.clone().any(|results| results.selection.is_some()));
    assert!(results.clone().any(|results| results.history.loss.is_empty()));
}
