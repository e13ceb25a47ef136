//! `longtail segments cat`: what segments hold, as other tools read it.

use std::fs;

use serde_json::Value;

use crate::support::{as_lines, fails, folder_with, longtail, record, segments, succeeds};

const FILE: &str = r#"
[experiment]
name = "kept"
[protocol]
split = { stratified_k_fold.folds = 3 }
[training]
epochs = 1
[axes]
dataset = "glass2"
model = "linear"
"#;

#[test]
fn a_segment_is_printed_as_lines_that_are_a_segment_themselves() {
    let folder = folder_with("kept.toml", FILE);
    let go = |arguments: &[&str]| succeeds(folder.path(), arguments);
    go(&["run", "kept.toml", "-q"]);
    let csv = || fs::read(folder.path().join("results/kept/trials.csv")).unwrap();
    let whole = csv();
    let [segment] = &segments(folder.path(), "kept")[..] else { panic!("one run, one segment") };
    assert_eq!(segment.extension().unwrap(), "blocks");
    let lines = go(&["segments", "cat", segment.to_str().unwrap()]);
    assert_eq!(lines.lines().count(), 3);
    for line in lines.lines() {
        let sum = blake3::hash(record(line).as_bytes()).to_hex();
        assert!(line.starts_with(&format!("{{\"blake3\":\"{}\",", &sum[..16])), "{line}");
        let record: Value = serde_json::from_str(record(line)).unwrap();
        assert_eq!(record["trial"]["outcome"], "completed");
    }
    for named in ["results/kept", "results/kept/segments"] {
        assert_eq!(go(&["segments", "cat", named]), lines);
    }
    let unpacked = as_lines(folder.path(), segment);
    assert_eq!(go(&["segments", "cat", unpacked.to_str().unwrap()]), lines);
    // Nothing is run again, and tables are the same.
    assert!(longtail(folder.path(), &["run", "kept.toml"]).said.contains("digest of trials.csv"));
    assert_eq!(segments(folder.path(), "kept"), [unpacked]);
    assert!(csv() == whole);
}

#[test]
fn what_cannot_be_printed_is_told_and_no_success() {
    let folder = folder_with("kept.toml", FILE);
    succeeds(folder.path(), &["run", "kept.toml", "-q"]);
    let segment = segments(folder.path(), "kept").remove(0);
    let bytes = fs::read(&segment).unwrap();
    fs::write(&segment, &bytes[..bytes.len() - 5]).unwrap();
    let ended = longtail(folder.path(), &["segments", "cat", "results/kept"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.said.contains("not all of one; it is left out"), "{}", ended.said);
    assert!(ended.shown.lines().count() < 3);
    for (named, said) in [
        ("nowhere.blocks", "nowhere.blocks: No such file"),
        (".", "has no segments: name a folder of results"),
    ] {
        let told = fails(folder.path(), &["segments", "cat", named]);
        assert!(told.contains(said), "{told}");
    }
    assert!(fails(folder.path(), &["segments", "cat"]).contains("required"));
}

#[test]
fn tables_alone_are_the_same_tables_and_leave_the_page_as_it_is() {
    let folder = folder_with("kept.toml", FILE);
    succeeds(folder.path(), &["run", "kept.toml", "-q"]);
    let at = |name: &str| folder.path().join("results/kept").join(name);
    let tables = ["trials.csv", "trials.parquet", "report.md", "comparison.csv"];
    let read = || tables.map(|name| fs::read(at(name)).unwrap());
    let whole = read();
    tables.iter().for_each(|name| fs::remove_file(at(name)).unwrap());
    fs::remove_file(at("report.html")).unwrap();
    let shown = succeeds(folder.path(), &["report", "kept.toml", "--tables", "-q"]);
    assert!(read() == whole && !at("report.html").exists());
    assert_eq!(shown, succeeds(folder.path(), &["report", "kept.toml", "-q"]));
    assert!(at("report.html").exists());
    // Of folds that are taken together, the same.
    let pooled = ["report", "kept.toml", "-q", "--set", "report.pooled=true"];
    let shown_pooled = succeeds(folder.path(), &pooled);
    assert_ne!(shown_pooled, shown);
    assert_eq!(succeeds(folder.path(), &[&pooled[..], &["--tables"]].concat()), shown_pooled);
}

#[test]
fn files_of_trials_that_are_there_are_left_alone_however_little_is_read() {
    let folder = folder_with("kept.toml", FILE);
    succeeds(folder.path(), &["run", "kept.toml", "-q"]);
    let at = |name: &str| folder.path().join("results/kept").join(name);
    // A note that fits a forged file: who makes the file again does not believe it.
    let csv = fs::read(at("trials.csv")).unwrap();
    let digest = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    let forge = |bytes: &[u8]| {
        fs::write(at("trials.csv"), bytes).unwrap();
        let noted = fs::read_to_string(at("tables.json")).unwrap();
        let forged = noted.replace(&digest(&csv), &digest(bytes));
        assert_ne!(forged, noted);
        fs::write(at("tables.json"), forged).unwrap();
    };
    forge(b"forged\n");
    for options in [&["--tables"][..], &[]] {
        succeeds(folder.path(), &[&["report", "kept.toml", "-q"], options].concat());
        assert_eq!(fs::read(at("trials.csv")).unwrap(), b"forged\n", "{options:?}");
    }
    // What was changed behind the note is made again, of all that belongs into it.
    fs::write(at("trials.csv"), "changed\n").unwrap();
    succeeds(folder.path(), &["report", "kept.toml", "-q", "--tables"]);
    assert!(fs::read(at("trials.csv")).unwrap() == csv);
}
