//! The results folder as a user meets it: several runs at once, files that go, files that are damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::support;

const FILE: &str = r#"
[experiment]
name = "shared"
seeds = [0, 1, 2]
[data]
sets = ["own/dataset.toml"]
[protocol]
split = { holdout.test = 0.3 }
[training]
epochs = 6
[axes]
dataset = ["own", "ecoli4", "glass2"]
loss = ["cross_entropy", "focal", "ghm_c"]
mining = ["none", "ohem"]
"#;
const CELLS: usize = 3 * 3 * 3 * 2;

struct User(tempfile::TempDir);

impl User {
    fn new() -> Self {
        let user = User(tempfile::tempdir().unwrap());
        fs::create_dir(user.at("own")).unwrap();
        let rows: String = (0..90)
            .map(|i| format!("{},{}\n", i % 7, if i % 4 == 0 { "b" } else { "a" }))
            .collect();
        fs::write(user.at("own/d.csv"), format!("x,y\n{rows}")).unwrap();
        let set =
            "name = \"own\"\nfile = \"d.csv\"\ntarget = \"y\"\npositive = \"b\"\n[format.csv]\n";
        fs::write(user.at("own/dataset.toml"), set).unwrap();
        fs::write(user.at("e.toml"), FILE).unwrap();
        user
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        support::command(self.0.path(), arguments)
    }

    fn go(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn segments(&self) -> Vec<PathBuf> {
        support::segments(self.0.path(), "shared")
    }

    fn records(&self) -> Vec<String> {
        support::recorded(self.0.path(), "shared")
    }

    fn trials(&self) -> Vec<u8> {
        fs::read(self.at("results/shared/trials.csv")).unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

/// A line of a segment with `change` made to its record, and the checksum that goes with it.
fn changed(line: &str, change: impl Fn(&str) -> String) -> String {
    support::sealed(&change(support::record(line)))
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn runs_started_together_share_the_cells_and_all_end_well() {
    let user = User::new();
    let runs: Vec<Child> =
        (0..3).map(|_| user.start(&["run", "e.toml", "--threads", "1"])).collect();
    let ended: Vec<Output> = runs.into_iter().map(|run| run.wait_with_output().unwrap()).collect();
    for output in &ended {
        assert_eq!(code(output), Some(0), "{}", said(output));
    }
    assert_eq!(user.records().len(), CELLS, "no cell was run twice");
    assert!(ended.iter().any(|output| said(output).contains("another run is at work")));
    let trials = user.trials();
    assert!(code(&user.go(&["run", "e.toml", "--results", "alone"])) == Some(0));
    assert!(fs::read(user.at("alone/shared/trials.csv")).unwrap() == trials);
    let left = names(&user.at("results/shared"));
    assert!(left.iter().all(|name| !name.contains("tmp") && name != "at-work"), "{left:?}");
}

#[test]
fn shards_started_together_in_a_fresh_folder_all_note_where_the_data_are() {
    let user = User::new();
    for _ in 0..3 {
        let _ = fs::remove_dir_all(user.at("results"));
        let shards: Vec<Child> = (1..=4)
            .map(|i| user.start(&["run", "e.toml", "--threads", "1", "--shard", &format!("{i}/4")]))
            .collect();
        for shard in shards {
            let output = shard.wait_with_output().unwrap();
            assert_eq!(code(&output), Some(0), "{}", said(&output));
            assert!(!said(&output).contains("sources"), "{}", said(&output));
        }
        assert_eq!(user.records().len(), CELLS);
    }
    let sources = fs::read_to_string(user.at("results/shared/sources.toml")).unwrap();
    assert_eq!(sources.matches("dataset.toml").count(), 1, "{sources}");
}

#[test]
fn a_killed_run_frees_its_cells_at_once() {
    let user = User::new();
    let slow = ["run", "e.toml", "--set", "training.epochs=120"];
    let mut killed = user.start(&slow);
    while user.records().is_empty() {
        assert!(killed.try_wait().unwrap().is_none(), "ended before it could be killed");
    }
    let second = user.start(&slow);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let second = second.wait_with_output().unwrap();
    assert_eq!(code(&second), Some(0), "{}", said(&second));
    let status = user.go(&["status", "e.toml", "--set", "training.epochs=120", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["total"]["missing"], 0, "{status}");
    assert_eq!(status["runs_at_work"], 0, "{status}");
}

#[test]
fn results_that_are_deleted_while_a_run_is_at_work_are_missed() {
    let user = User::new();
    let run = user.start(&["run", "e.toml", "--set", "training.epochs=120"]);
    while user.records().is_empty() {}
    fs::remove_dir_all(user.at("results")).unwrap();
    let output = run.wait_with_output().unwrap();
    assert_eq!(code(&output), Some(1), "{}", said(&output));
    assert!(said(&output).contains("no longer in the store"), "{}", said(&output));
    assert!(output.stdout.is_empty());
}

#[test]
fn damaged_sources_stop_neither_runs_nor_replays() {
    let user = User::new();
    assert_eq!(code(&user.go(&["run", "e.toml"])), Some(0));
    let own = user.trials();
    let own =
        std::str::from_utf8(&own).unwrap().lines().find(|line| line.contains(",own,")).unwrap();
    let replay = || user.go(&["replay", &own[..12]]);
    let sources = user.at("results/shared/sources.toml");
    fs::create_dir_all(user.at("results/other")).unwrap();
    fs::write(user.at("results/other/sources.toml"), "sets = ").unwrap();
    assert_eq!(code(&replay()), Some(0), "{}", said(&replay()));

    for damage in ["", "sets = [", "\u{0}\u{0}"] {
        fs::write(&sources, damage).unwrap();
        let output = replay();
        assert_eq!(code(&output), Some(2), "{}", said(&output));
        assert!(said(&output).contains("sources.toml"), "{}", said(&output));
        let output = user.go(&["run", "e.toml", "--quiet"]);
        assert_eq!(code(&output), Some(0), "{}", said(&output));
        assert!(said(&output).contains("sources.toml") && said(&output).contains("written anew"));
        assert_eq!(code(&replay()), Some(0), "{}", said(&replay()));
    }
}

#[test]
fn a_retried_cell_counts_and_two_results_of_one_cell_count_in_no_command() {
    let user = User::new();
    assert_eq!(code(&user.go(&["run", "e.toml"])), Some(0));
    let whole = user.trials();
    let segment = support::as_lines(user.0.path(), &user.segments().remove(0));
    let text = fs::read_to_string(&segment).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let failed = changed(first, |record| {
        let mut record: serde_json::Value = serde_json::from_str(record).unwrap();
        record["trial"]["outcome"] = serde_json::json!({"failed": {"message": "out of memory"}});
        record["trial"]["results"] = serde_json::Value::Null;
        record.to_string()
    });
    let beside = |name: &str| user.at("results/shared/segments").join(name);
    for name in ["0000000000000000.jsonl", "ffffffffffffffff.jsonl"] {
        fs::write(&segment, rest).unwrap();
        fs::write(beside(name), &failed).unwrap();
        for lines in [CELLS + 1, CELLS + 1] {
            let output = user.go(&["run", "e.toml", "--retry-failed"]);
            assert_eq!(code(&output), Some(0), "{}", said(&output));
            assert!(!said(&output).contains("warning"), "{}", said(&output));
            assert!(user.trials() == whole, "the table is that of a clean run");
            assert_eq!(user.records().len(), lines, "a second time there is nothing to run");
        }
        user.segments().iter().for_each(|path| fs::remove_file(path).unwrap());
    }

    let digest = first.find(r#""predictions_digest":""#).unwrap() + 22;
    let digest = &first[digest..digest + 32];
    let other = changed(first, |record| record.replace(digest, &"0".repeat(32)));
    let mut tables = Vec::new();
    for name in ["0000000000000000.jsonl", "ffffffffffffffff.jsonl"] {
        fs::write(&segment, &text).unwrap();
        fs::write(beside(name), &other).unwrap();
        for command in ["run", "status", "report"] {
            let output = user.go(&[command, "e.toml", "--quiet"]);
            assert_eq!(code(&output), Some(1), "{command}: {}", said(&output));
            assert!(said(&output).contains("2 different results"), "{}", said(&output));
        }
        tables.push(user.trials());
        assert_eq!(user.records().len(), CELLS + 1, "a third result would settle nothing");
        let id = &first[first.find(r#""id":""#).unwrap() + 6..][..12];
        let replayed = user.go(&["replay", id]);
        let shown = String::from_utf8(replayed.stdout).unwrap();
        assert_eq!(replayed.status.code(), Some(1));
        let right = format!("identical to results/shared/segments/{}:1", file_name(&segment));
        let wrong = format!("DIFFERENT from results/shared/segments/{name}:1: predictions");
        assert!(shown.contains(&right) && shown.contains(&wrong), "{shown}");
        fs::remove_file(beside(name)).unwrap();
    }
    assert!(tables[0] == tables[1], "no name of a file decides");
    assert_eq!(tables[0].iter().filter(|byte| **byte == b'\n').count(), CELLS);
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_only_be_read_is_reported_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let user = User::new();
    assert_eq!(code(&user.go(&["run", "e.toml", "--shard", "1/2"])), Some(0));
    let folder = user.at("results/shared");
    let allow = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    fs::remove_file(folder.join("report.md")).unwrap();
    allow(0o555);
    // Root may write whatever the permissions say.
    let may_only_be_read = fs::write(folder.join("probe"), "").is_err();
    let ended = [user.go(&["report", "e.toml"]), user.go(&["status", "e.toml"])];
    allow(0o755);
    for output in &ended {
        assert_eq!(code(output), Some(0), "{}", said(output));
        assert!(!output.stdout.is_empty());
    }
    assert_eq!(said(&ended[0]).contains("report.md"), may_only_be_read, "{}", said(&ended[0]));
    // Any other reason is an error.
    fs::remove_file(folder.join("trials.csv")).unwrap();
    fs::create_dir(folder.join("trials.csv")).unwrap();
    let output = user.go(&["report", "e.toml"]);
    assert_eq!(code(&output), Some(1), "{}", said(&output));
    assert!(said(&output).contains("trials.csv"), "{}", said(&output));
}
