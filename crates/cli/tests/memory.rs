//! Cells that need more memory than any machine has.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const FILE: &str = r#"
[experiment]
name = "large"
[protocol]
split = { holdout.test = 0.3 }
[training]
epochs = 1
[axes]
dataset = "glass2"
model = ["linear", { mlp.hidden = [[8], [30000000, 30000000], [2000000000000000000, 4]] }]
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("large.toml"), FILE).unwrap();
    folder
}

fn longtail(folder: &Path, arguments: &[&str]) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longtail"));
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let said = said.into_owned();
    (output, said)
}

fn lines(folder: &Path) -> Vec<String> {
    let segments = fs::read_dir(folder.join("results/large/segments")).unwrap();
    let read = |segment: std::io::Result<fs::DirEntry>| fs::read_to_string(segment.unwrap().path());
    segments.flat_map(|s| read(s).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn cells_that_cannot_fit_are_told_beforehand_and_take_no_other_with_them() {
    let folder = folder();
    let (output, said) = longtail(folder.path(), &["plan", "large.toml"]);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("4 cells, 0 done, 2 to run, 2 too large; 0 left out"), "{said}");
    assert!(said.contains("too large for this machine, 2 cells"), "{said}");
    assert!(said.contains("mlp(hidden=[30000000,30000000]) on glass2 needs about 15 PB"), "{said}");
    let (output, said) = longtail(folder.path(), &["plan", "large.toml", "--json"]);
    assert_eq!(said.matches("\"too_large\":true").count(), 2, "{said}");
    assert!(output.status.success());

    for n_lines in [2, 2] {
        let (output, said) = longtail(folder.path(), &["run", "large.toml", "--quiet"]);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("2000000000000000000,4]) on glass2 needs more than"), "{said}");
        assert!(said.contains("not run"), "{said}");
        assert_eq!(lines(folder.path()).len(), n_lines, "those that fit are kept");
    }
    let (output, said) = longtail(folder.path(), &["status", "large.toml"]);
    assert!(
        output.status.success() && said.contains("too large for this machine, 2 cells"),
        "{said}"
    );
}

#[test]
fn a_cell_of_a_larger_machine_is_not_replayed() {
    let folder = folder();
    longtail(folder.path(), &["run", "large.toml", "--quiet"]);
    let line =
        lines(folder.path()).into_iter().find(|line| line.contains("\"hidden\":[8]")).unwrap();
    let record = support::record(&line).replace("\"hidden\":[8]", "\"hidden\":[80000000,80000000]");
    let id = record.split_once("\"id\":\"").unwrap().1[..8].to_owned();
    fs::remove_dir_all(folder.path().join("results/large/segments")).unwrap();
    fs::create_dir(folder.path().join("results/large/segments")).unwrap();
    let segment = folder.path().join("results/large/segments/0123456789abcdef.jsonl");
    fs::write(segment, support::sealed(&record)).unwrap();
    let (output, said) = longtail(folder.path(), &["replay", &id]);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot be run again here: it needs about"), "{said}");
}
