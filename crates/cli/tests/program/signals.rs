//! Signals that end a run, as terminals, clusters and containers send them.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::recorded;

/// Cells of a second or so each: enough of them that a run is under way when the signal comes.
fn folder(seeds: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let seeds: Vec<usize> = (0..seeds).collect();
    let file = format!(
        "[experiment]\nname = \"long\"\nseeds = {seeds:?}\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n\
         [training]\nepochs = 60\n[axes]\ndataset = \"pima\"\nmodel = {{ mlp.hidden = [[64, 64]] }}\n"
    );
    fs::write(folder.path().join("long.toml"), file).unwrap();
    folder
}

fn started(program: &str, arguments: &[&str], folder: &Path) -> Child {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn send(signal: &str, to: &Child) {
    let id = to.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
}

/// Whether the tests were started by who has programs outlive the terminal, as `nohup` does: what is ignored is inherited,
/// and no program that respects it is ended by a SIGHUP. Known on Linux.
fn hangup_is_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

const RUN: [&str; 4] = ["run", "long.toml", "--threads", "1"];

#[test]
fn a_signal_ends_a_run_after_the_cells_under_way() {
    for signal in ["INT", "TERM", "HUP"] {
        if signal == "HUP" && hangup_is_ignored() {
            // Not by a macro: those are silent in a test that succeeds.
            let why = "SIGHUP is not tested: whoever started the tests has it ignored";
            writeln!(io::stderr(), "{why}").unwrap();
            continue;
        }
        let folder = folder(500);
        let mut run = started(env!("CARGO_BIN_EXE_longtail"), &RUN, folder.path());
        while recorded(folder.path(), "long").is_empty() {
            assert!(run.try_wait().unwrap().is_none(), "ended before it was asked to");
        }
        send(signal, &run);
        let output = run.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{signal}: {said}");
        let left = 500 - recorded(folder.path(), "long").len();
        assert!(said.contains(&format!("interrupted: {left} cells left")), "{signal}: {said}");
        assert!(folder.path().join("results/long/trials.csv").exists(), "{signal}: {said}");
    }
}

#[test]
fn a_run_under_nohup_outlives_its_terminal() {
    let folder = folder(3);
    let program = env!("CARGO_BIN_EXE_longtail");
    let mut run = started("nohup", &[&[program][..], &RUN].concat(), folder.path());
    while recorded(folder.path(), "long").is_empty() {
        assert!(run.try_wait().unwrap().is_none(), "ended before the terminal was closed");
    }
    send("HUP", &run);
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(recorded(folder.path(), "long").len(), 3);
}

#[test]
fn a_signal_during_the_last_cell_is_no_interruption() {
    let folder = folder(1);
    let mut run = started(env!("CARGO_BIN_EXE_longtail"), &RUN, folder.path());
    while !folder.path().join("results/long/segments").exists() {
        assert!(run.try_wait().unwrap().is_none(), "ended before it was asked to");
    }
    send("INT", &run);
    let output = run.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("0 cells left"), "{said}");
    match recorded(folder.path(), "long").len() {
        1 => assert_eq!(output.status.code(), Some(0), "{said}"),
        _ => assert_eq!(output.status.code(), Some(130), "{said}"),
    }
}
