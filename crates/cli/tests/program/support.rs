//! The program, run as a user runs it, and what it records.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The program in `folder`, with no data of whoever runs the tests.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longtail"));
    command.env_remove("LONGTAIL_DATA").env_remove("LONGTAIL_CACHE");
    command.current_dir(folder).args(arguments);
    command
}

/// Says that a test is skipped, and why, past the harness, which shows of a test that passes nothing it printed.
pub(crate) fn skipped(why: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "SKIPPED: {why}").unwrap();
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// What is on standard output.
    pub(crate) shown: String,
    /// What is on standard error.
    pub(crate) said: String,
}

impl Ended {
    pub(crate) fn succeeded(&self) -> bool {
        self.code == Some(0)
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("what is printed is UTF-8");
        Ended { code: output.status.code(), shown: text(output.stdout), said: text(output.stderr) }
    }
}

/// Runs the program to its end.
pub(crate) fn longtail(folder: &Path, arguments: &[&str]) -> Ended {
    let ended: Ended = command(folder, arguments).output().unwrap().into();
    assert!(!ended.said.contains("panicked"), "{arguments:?}: {}", ended.said);
    ended
}

/// What a command shows that succeeds.
pub(crate) fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let ended = longtail(folder, arguments);
    assert!(ended.succeeded(), "{arguments:?}: {}", ended.said);
    ended.shown
}

/// What a command says that is refused: wrong use, or a mistake in a file.
pub(crate) fn fails(folder: &Path, arguments: &[&str]) -> String {
    let ended = longtail(folder, arguments);
    assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.said);
    ended.said
}

/// A folder with one file.
pub(crate) fn folder_with(name: &str, content: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    folder
}

/// The segments of an experiment under `results`.
pub(crate) fn segments(folder: &Path, experiment: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("results").join(experiment).join("segments"));
    entries.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

/// The lines of all segments of an experiment, as far as they are whole.
pub(crate) fn recorded(folder: &Path, experiment: &str) -> Vec<String> {
    let segments = segments(folder, experiment);
    if segments.is_empty() {
        return Vec::new();
    }
    let mut cat = command(folder, &["segments", "cat"]);
    let output = cat.args(segments).output().unwrap();
    let shown = String::from_utf8(output.stdout).expect("lines are UTF-8");
    shown.lines().map(str::to_owned).collect()
}

/// The identities of the cells that are recorded of an experiment.
pub(crate) fn ids(folder: &Path, experiment: &str) -> Vec<String> {
    let id = |line: &String| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["record"]["trial"]["id"].as_str().unwrap().to_owned()
    };
    recorded(folder, experiment).iter().map(id).collect()
}

/// Replays the first of them, which has to be identical, and draws it into `drawn`; what the command says.
pub(crate) fn drawn(folder: &Path, experiment: &str) -> Value {
    let id = &ids(folder, experiment)[0];
    let replayed = succeeds(folder, &["replay", id, "--figures", "drawn", "--json"]);
    let replayed: Value = serde_json::from_str(&replayed).unwrap();
    assert_eq!(replayed["identical"], true);
    replayed
}

/// Puts the records of a segment into one of lines, as a user does who wants to change one; the new segment.
pub(crate) fn as_lines(folder: &Path, segment: &Path) -> PathBuf {
    let lines = segment.with_extension("jsonl");
    fs::write(&lines, succeeds(folder, &["segments", "cat", segment.to_str().unwrap()])).unwrap();
    fs::remove_file(segment).unwrap();
    lines
}

/// The record in a line of a segment.
pub(crate) fn record(line: &str) -> &str {
    line.split_once(r#""record":"#).unwrap().1.strip_suffix('}').unwrap()
}

/// A line of a segment with the right checksum.
pub(crate) fn sealed(record: &str) -> String {
    let checksum = blake3::hash(record.as_bytes()).to_hex()[..16].to_owned();
    format!("{{\"blake3\":\"{checksum}\",\"record\":{record}}}\n")
}
