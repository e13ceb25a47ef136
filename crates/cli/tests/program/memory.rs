//! Cells that need more memory than any machine has.

use std::fs;
use std::path::Path;

use crate::support::{folder_with, longtail, record, recorded, sealed};

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

/// The exit code, and what is said on both streams.
fn told(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let ended = longtail(folder, arguments);
    (ended.code, ended.shown + &ended.said)
}

#[test]
fn cells_that_cannot_fit_are_told_beforehand_and_take_no_other_with_them() {
    let folder = folder_with("large.toml", FILE);
    let (code, said) = told(folder.path(), &["plan", "large.toml"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("4 cells, 0 done, 2 to run, 2 too large; 0 left out"), "{said}");
    assert!(said.contains("too large for this machine, 2 cells"), "{said}");
    assert!(said.contains("mlp(hidden=[30000000,30000000]) on glass2 needs about 15 PB"), "{said}");
    let (code, said) = told(folder.path(), &["plan", "large.toml", "--json"]);
    assert_eq!(said.matches("\"too_large\":true").count(), 2, "{said}");
    assert_eq!(code, Some(0));

    for n_lines in [2, 2] {
        let (code, said) = told(folder.path(), &["run", "large.toml", "--quiet"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("2000000000000000000,4]) on glass2 needs more than"), "{said}");
        assert!(said.contains("not run"), "{said}");
        assert_eq!(recorded(folder.path(), "large").len(), n_lines, "those that fit are kept");
    }
    let (code, said) = told(folder.path(), &["status", "large.toml"]);
    assert!(code == Some(0) && said.contains("too large for this machine, 2 cells"), "{said}");
}

#[test]
fn a_cell_of_a_larger_machine_is_not_replayed() {
    let folder = folder_with("large.toml", FILE);
    told(folder.path(), &["run", "large.toml", "--quiet"]);
    let line = recorded(folder.path(), "large")
        .into_iter()
        .find(|line| line.contains("\"hidden\":[8]"))
        .unwrap();
    let record = record(&line).replace("\"hidden\":[8]", "\"hidden\":[80000000,80000000]");
    let id = record.split_once("\"id\":\"").unwrap().1[..8].to_owned();
    fs::remove_dir_all(folder.path().join("results/large/segments")).unwrap();
    fs::create_dir(folder.path().join("results/large/segments")).unwrap();
    let segment = folder.path().join("results/large/segments/0123456789abcdef.jsonl");
    fs::write(segment, sealed(&record)).unwrap();
    let (code, said) = told(folder.path(), &["replay", &id]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("cannot be run again here: it needs about"), "{said}");
}
