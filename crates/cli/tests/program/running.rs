//! What a run, its status and its tables tell: failures, overrides, shards, and names that cannot be.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{
    Ended, as_lines, command, folder_with, longtail, record, sealed, segments, succeeds,
};

const FILE: &str = r#"
[experiment]
name = "told"
[protocol]
split = { stratified_k_fold.folds = 3 }
[training]
epochs = 1
[axes]
dataset = "glass2"
model = "linear"
loss = ["cross_entropy", "focal"]
"#;

/// Records the first focal cell as failed; its identity.
fn with_a_failure(folder: &Path) -> String {
    succeeds(folder, &["run", "told.toml", "-q"]);
    let segment = as_lines(folder, &segments(folder, "told").remove(0));
    let text = fs::read_to_string(&segment).unwrap();
    let is_focal = |line: &&str| line.contains("\"loss\":{\"focal\"");
    let focal = text.lines().find(is_focal).unwrap();
    let mut record: Value = serde_json::from_str(record(focal)).unwrap();
    record["trial"]["outcome"] =
        json!({ "failed": { "message": "a bug: the disk of \u{7}glass" } });
    record["trial"]["results"] = Value::Null;
    let failed = sealed(&record.to_string());
    fs::write(&segment, text.replace(&format!("{focal}\n"), &failed)).unwrap();
    record["trial"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn recorded_failures_are_an_exit_code_until_they_are_run_again() {
    let folder = folder_with("told.toml", FILE);
    let id = with_a_failure(folder.path());
    for _ in 0..2 {
        let Ended { code, said, .. } = longtail(folder.path(), &["run", "told.toml", "--quiet"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains("1 cell failed: `longtail status told.toml --failed` tells why"),
            "{said}"
        );
    }
    let Ended { code, shown, .. } = longtail(folder.path(), &["status", "told.toml", "--failed"]);
    assert_eq!(code, Some(0));
    let method = shown.split("\n\n").nth(1).unwrap();
    assert!(method.starts_with("focal: 1 cell\n"), "{shown}");
    assert!(method.contains("glass2  fold "), "{shown}");
    assert!(method.contains("a bug: the disk of \\u{7}glass"), "no control characters: {shown}");
    assert!(method.contains(&format!("longtail replay {}\n", &id[..10])), "{shown}");
    let explained = longtail(folder.path(), &["explain", "told.toml", "focal", "glass2"]).shown;
    assert!(
        explained.contains("of seed 0: failed: a bug: the disk of \\u{7}glass\n"),
        "{explained}"
    );
    let Ended { shown, .. } =
        longtail(folder.path(), &["status", "told.toml", "--failed", "--json"]);
    let cells: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&cells[0]["id"], &cells[0]["axes"]["loss"]), (&json!(id), &json!("focal")));
    assert_eq!(cells.as_array().unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn who_reads_does_not_decide_how_a_run_ends() {
    let folder = folder_with("told.toml", FILE);
    with_a_failure(folder.path());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut run = command(folder.path(), &["run", "told.toml", "-q"]);
    assert_eq!(run.stdout(writer).status().unwrap().code(), Some(1));
}

#[test]
fn tables_tell_what_was_set_and_what_is_not_run_yet() {
    let folder = folder_with("told.toml", FILE);
    let markdown = || fs::read_to_string(folder.path().join("results/told/report.md")).unwrap();
    let run = |arguments: &[&str]| {
        let Ended { code, shown, said } =
            longtail(folder.path(), &[&["run", "told.toml"], arguments].concat());
        assert_eq!(code, Some(0), "{said}");
        shown
    };
    // The identities of a shard's cells are the file's: the first shard that has some.
    let is_partial = |shown: &&String| shown.contains("of 6 cells");
    let shards = ["1/2", "2/2"].map(|shard| run(&["--shard", shard]));
    assert!(shards.iter().filter(is_partial).count() <= 1);
    assert!(!markdown().contains("not run yet"), "all shards are there");
    assert!(!markdown().contains("--set"));

    let shown = run(&[
        "--set",
        "training.epochs=2",
        "--set",
        "axes.loss=['ghm_c', 'focal']",
        "--shard",
        "1/1",
    ]);
    let told = "The experiment file with --set training.epochs=2 --set 'axes.loss=";
    assert!(shown.contains(told) && markdown().contains("training.epochs=2"), "{shown}");
    let Ended { shown: latex, .. } = longtail(
        folder.path(),
        &["report", "told.toml", "--set", "training.epochs=2", "--format", "latex"],
    );
    assert!(latex.contains("training.epochs=2"), "{latex}");
    let Ended { shown, .. } =
        longtail(folder.path(), &["report", "told.toml", "--set", "experiment.seeds=[0, 1]"]);
    assert!(shown.contains("Of 12 cells, 6 are not run yet."), "{shown}");
}

#[test]
fn names_numbers_and_folders_that_cannot_be_are_one_sentence() {
    let folder = folder_with("told.toml", FILE);
    let long = format!("experiment.name={}", "x".repeat(300));
    for (arguments, said) in [
        (&["plan", "told.toml", "--set", "experiment.name=nul"][..], "that of a device"),
        (&["plan", "told.toml", "--set", &long], "has 300 characters, and a folder's has 100"),
        (&["run", "told.toml", "--threads", "1000000"], "wants a whole number from 1 to 1024"),
        (&["run", "told.toml", "--threads", "99999999999999999999"], "wants a whole number"),
        (&["run", "told.toml", "--results", "told.toml"], "told.toml is a file"),
        (&["status", "told.toml", "--results", "told.toml/deep/er"], "told.toml is a file"),
        (&["report", "told.toml", "--results", "told.toml"], "told.toml is a file"),
        (&["replay", "3f", "--results", "told.toml"], "told.toml is a file"),
        (&["replay", "3f", "--results", "nowhere"], "there is no folder nowhere"),
    ] {
        let Ended { code, shown, said: error } = longtail(folder.path(), arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {error}");
        assert!(error.contains(said) && shown.is_empty(), "{arguments:?}: {error}");
    }
}

#[test]
fn a_quiet_run_tells_what_cannot_be_as_asked_and_keeps_notes_to_itself() {
    let folder = folder_with("told.toml", FILE);
    let sets = [
        "--set",
        "axes.dataset=[{ glass2.profile.exponential.ratio = 5000 }]",
        "--set",
        "axes.model=['linear', 'decision_tree']",
    ];
    for command in ["run", "plan"] {
        let told = |quiet: &[&str]| {
            let arguments = [&[command, "told.toml"], &sets[..], quiet].concat();
            let Ended { code, said, .. } = longtail(folder.path(), &arguments);
            assert_eq!(code, Some(0), "{said}");
            said
        };
        let quiet = told(&["--quiet"]);
        let missed = "warning: glass2 (exponential 5000): the profile cannot be met";
        assert!(quiet.contains(missed), "{command}: {quiet}");
        assert!(!quiet.contains("note:"), "{command}: {quiet}");
        let said = told(&[]);
        assert!(said.contains(missed), "{command}: {said}");
        let note = "note: decision_tree (reproducible = false): ";
        assert!(said.contains(note), "{command}: {said}");
    }
}

#[test]
fn a_run_notes_the_file_as_it_stood_and_one_that_runs_nothing_notes_nothing() {
    let text = format!("{FILE}[[exclude]]\nloss = \"focal\"\n");
    let folder = folder_with("told.toml", &text);
    for _ in 0..2 {
        succeeds(
            folder.path(),
            &["run", "told.toml", "--set", "training.epochs=2", "--threads", "1"],
        );
    }
    let notes = fs::read_dir(folder.path().join("results/told/runs")).unwrap();
    let notes: Vec<_> = notes.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(notes.len(), 1);
    let note: Value = serde_json::from_str(&fs::read_to_string(&notes[0]).unwrap()).unwrap();
    assert_eq!((&note["text"], &note["file"]), (&json!(text), &json!("told.toml")));
    assert_eq!((&note["sets"], &note["threads"]), (&json!(["training.epochs=2"]), &json!(1)));
    assert_eq!(note["left_out"][0]["cells"], 3);
    assert_eq!(note["families"], json!({ "glass2": "glass" }));
    assert_eq!(note["version"], env!("CARGO_PKG_VERSION"));
    assert!(0 < note["started"].as_u64().unwrap());
}

#[cfg(not(feature = "png"))]
#[test]
fn pixels_are_for_a_build_that_paints_them() {
    let folder = folder_with("told.toml", FILE);
    let Ended { code, said, .. } = longtail(folder.path(), &["report", "told.toml", "--png"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--features png"), "{said}");
}
