//! Files of the user's own, as a user meets them: describe, init, run, replay, and every way to be wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/tests/samples")
}

fn longtail(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longtail"));
    command.env_remove("LONGTAIL_DATA").current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = longtail(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn fails(folder: &Path, arguments: &[&str]) -> String {
    let output = longtail(folder, arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert!(!error.contains("panicked"), "{error}");
    error
}

#[test]
fn a_file_of_ones_own_is_run_and_replayed_without_editing_anything() {
    let folder = tempfile::tempdir().unwrap();
    let file = samples().join("keel_feature_named_Positive.dat");
    fs::copy(&file, folder.path().join("mine.dat")).unwrap();
    let shown = succeeds(folder.path(), &["init", "mine.dat"]);
    assert!(shown.contains("next: longtail run mine/experiment.toml"), "{shown}");
    let fast = ["--set", "training.epochs=2", "--quiet"];
    let table = succeeds(folder.path(), &[&["run", "mine/experiment.toml"][..], &fast].concat());
    for row in ["logit_adjustment", "boosted_trees", "prior"] {
        assert!(table.contains(row), "{table}");
    }
    let plan =
        succeeds(folder.path(), &[&["plan", "mine/experiment.toml", "--json"][..], &fast].concat());
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let id = plan["cells"][0]["id"].as_str().unwrap().to_owned();
    assert!(succeeds(folder.path(), &["replay", &id]).contains("identical"));

    // Nothing is written over, and a file that changed is refused.
    assert!(fails(folder.path(), &["init", "mine.dat"]).contains("add --force"));
    let changed =
        fs::read_to_string(folder.path().join("mine.dat")).unwrap() + "\n44, 60, 1, negative\n";
    fs::write(folder.path().join("mine.dat"), changed).unwrap();
    let error = fails(folder.path(), &["run", "mine/experiment.toml"]);
    assert!(error.contains("experiment.toml:9:") && error.contains("it was changed"), "{error}");
    succeeds(folder.path(), &["init", "mine.dat", "--force"]);
}

#[test]
fn files_are_described_with_what_is_suspicious() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..60)
        .map(|i| format!("{i};{},5;{}\n", i % 7, if i % 6 == 0 { "yes" } else { "no" }))
        .collect();
    fs::write(folder.path().join("own.csv"), format!("id;dose;left\n{rows}")).unwrap();
    let shown = succeeds(folder.path(), &["datasets", "describe", "own.csv", "--target", "left"]);
    for part in
        ["';' between cells", "decimal commas", "imbalance ratio 5.0", "look at id: every row"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let unknown = succeeds(folder.path(), &["datasets", "describe", "own.csv"]);
    assert!(unknown.contains("class: not known"), "{unknown}");
    let error = fails(folder.path(), &["datasets", "describe", "own.csv", "--target", "lft"]);
    assert!(error.contains("did you mean `left`?"), "{error}");
    assert!(fails(folder.path(), &["init", "own.csv"]).contains("add --target COLUMN"));
    succeeds(folder.path(), &["init", "own.csv", "--target", "last"]);
    let pinned = fs::read_to_string(folder.path().join("own/dataset.toml")).unwrap();
    assert!(
        pinned.contains("\"id\" = \"ignored\"  # every row has a value of its own"),
        "{pinned}"
    );
    let boxes = samples().join("voc_two_class.xml");
    let shown = succeeds(folder.path(), &["datasets", "describe", boxes.to_str().unwrap()]);
    assert!(shown.contains("37 boxes in 1 image"), "{shown}");
}

#[test]
fn a_damaged_catalogue_or_dataset_file_is_located() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("catalog.toml", "[[dataset]]\nname = \"a\"\n");
    let error = fails(folder.path(), &["datasets", "--data-dir", "."]);
    assert!(error.contains("catalog.toml:1:1: missing field"), "{error}");
    write("dataset.toml", "name = \"a\"\nfile = \"a.csv\"\n[format.cvs]\n");
    let error = fails(folder.path(), &["datasets", "describe", "dataset.toml"]);
    assert!(error.contains("dataset.toml:3:9: unknown variant `cvs`"), "{error}");
    assert!(fails(folder.path(), &["datasets", "--data-dir", "nowhere"]).contains("cannot read"));
}

/// Bytes of a sample after one change, the `i`-th of many.
fn changed(sample: &[u8], i: usize) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    let at = (i * 7919 + 31) % bytes.len().max(1);
    match i % 5 {
        0 => bytes.truncate(at / 2),
        1 => bytes[at] = 0xff,
        2 => drop(bytes.splice(at..at, *b"\n,,\"{x\n")),
        3 => drop(bytes.drain(at..(at + 60).min(sample.len()))),
        _ => bytes.iter_mut().skip(at).step_by(97).for_each(|byte| *byte ^= 0x15),
    }
    bytes
}

#[test]
fn a_hundred_damaged_files_give_a_sentence_each_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let mut samples: Vec<PathBuf> =
        fs::read_dir(samples()).unwrap().map(|e| e.unwrap().path()).collect();
    samples.sort();
    let mut refused = 0;
    for (i, sample) in (0..220).zip(samples.iter().cycle()) {
        let name = format!("{i}-{}", sample.file_name().unwrap().to_str().unwrap());
        fs::write(folder.path().join(&name), changed(&fs::read(sample).unwrap(), i)).unwrap();
        let output = longtail(folder.path(), &["datasets", "describe", &name]);
        let error = text(&output.stderr);
        assert!(!error.contains("panicked"), "{name}: {error}");
        if !output.status.success() {
            assert_eq!(output.status.code(), Some(2), "{name}: {error}");
            // A place in text; in bytes, the file alone has one.
            assert!(error.starts_with(&format!("error: {name}:")), "{name}: {error}");
            assert_eq!(error.trim_end().lines().count(), 1, "{name}: {error}");
            refused += 1;
        }
    }
    assert!(100 <= refused, "only {refused} of the damaged files were refused");
}
