//! Standard output and standard error as they are found outside: full, gone, or read by nobody.

use std::fs::{self, File, OpenOptions};
use std::io::pipe;
use std::process::Stdio;

use crate::support::{
    Ended, command, folder_with, longtail, record, recorded, sealed, segments, succeeds,
};

const FILE: &str = r#"
[experiment]
name = "small"
[protocol]
split = { stratified_k_fold.folds = 3 }
[training]
epochs = 1
[axes]
dataset = "glass2"
model = "linear"
"#;

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// The writing end of a pipe that nobody reads.
fn gone() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_result_that_cannot_be_written_is_told_and_no_success() {
    let folder = folder_with("small.toml", FILE);
    succeeds(folder.path(), &["run", "small.toml", "-q"]);
    for arguments in [
        &["run", "small.toml"][..],
        &["plan", "small.toml"],
        &["plan", "small.toml", "--json"],
        &["status", "small.toml", "-q"],
        &["report", "small.toml", "--format", "latex"],
        &["datasets"],
        &["datasets", "glass2"],
        &["methods"],
        &["methods", "focal", "--json"],
        &["check", "focal"],
        &["completions", "bash"],
        &["--help"],
        &["run", "--help"],
        &["--version"],
    ] {
        let output = command(folder.path(), arguments).stdout(full()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(
            said.contains("cannot write the result to standard output"),
            "{arguments:?}: {said}"
        );
        let output = command(folder.path(), arguments).stdout(gone()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: a reader may go away");
    }
}

#[test]
fn a_run_that_can_tell_nobody_anything_keeps_its_cells_and_makes_its_tables() {
    for (stdout, stderr) in
        [(Stdio::null(), Stdio::from(full())), (Stdio::null(), gone()), (gone(), gone())]
    {
        let folder = folder_with("small.toml", FILE);
        let mut run = command(folder.path(), &["run", "small.toml"]);
        assert_eq!(run.stdout(stdout).stderr(stderr).status().unwrap().code(), Some(0));
        assert_eq!(recorded(folder.path(), "small").len(), 3);
        assert!(folder.path().join("results/small/trials.csv").exists());
    }
    let folder = folder_with("small.toml", FILE);
    for (arguments, code) in
        [(&["plan", "small.toml"][..], 0), (&["plan", "none.toml"], 2), (&["plan"], 2)]
    {
        let status =
            command(folder.path(), arguments).stdout(Stdio::null()).stderr(full()).status();
        assert_eq!(status.unwrap().code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn a_damaged_record_is_told_however_quiet_it_shall_be() {
    let folder = folder_with("small.toml", FILE);
    let go = |command: &str| {
        let ended = longtail(folder.path(), &[command, "small.toml", "--quiet"]);
        (ended.code, ended.said)
    };
    assert_eq!(go("run"), (Some(0), String::new()));
    let segment = segments(folder.path(), "small").remove(0);
    let whole = fs::read(&segment).unwrap();
    let flip = |place: usize| {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&segment, bytes).unwrap();
    };
    let is_told = |command: &str| {
        let (code, said) = go(command);
        assert_eq!(code, Some(0), "{command}: {said}");
        assert!(said.starts_with("warning: "), "{command}: {said}");
        assert!(said.contains("the checksum does not fit"), "{command}: {said}");
    };
    // What is told of how cells ended, which every command reads.
    flip(whole.iter().position(|&byte| byte == b'\n').unwrap() + 1);
    ["plan", "status", "run"].into_iter().for_each(is_told);
    // What is last in the last block: a command that reads no results need not see it, and a run has to.
    fs::remove_dir_all(folder.path().join("results")).unwrap();
    assert_eq!(go("run"), (Some(0), String::new()));
    let segment = segments(folder.path(), "small").remove(0);
    let whole = fs::read(&segment).unwrap();
    let mut bytes = whole.clone();
    bytes[whole.len() - 3] ^= 1;
    fs::write(&segment, bytes).unwrap();
    is_told("run");
}

/// The same record with another result.
fn forged(line: &str) -> String {
    let record = record(line);
    let at = record.find(r#""predictions_digest":""#).unwrap() + 22;
    sealed(&format!("{}{}{}", &record[..at], "0".repeat(8), &record[at + 8..]))
}

#[test]
fn records_that_contradict_each_other_are_an_exit_code() {
    let folder = folder_with("small.toml", FILE);
    succeeds(folder.path(), &["run", "small.toml", "-q"]);
    let other = folder.path().join("results/small/segments/ffffffffffffffff.jsonl");
    fs::write(other, forged(&recorded(folder.path(), "small")[0])).unwrap();
    for command in ["status", "report", "run"] {
        let Ended { code, said, .. } = longtail(folder.path(), &[command, "small.toml", "-q"]);
        assert_eq!(code, Some(1), "{command}: {said}");
        assert!(said.contains("records contradict each other on the cell"), "{command}: {said}");
    }
}
