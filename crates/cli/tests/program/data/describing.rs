//! What is told of a file before anything is made of it.

use std::fs;

use super::{samples, table};
use crate::support::{fails, longtail, succeeds};

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
    assert!(pinned.contains("id = \"ignored\"  # every row has a value of its own"), "{pinned}");
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

#[test]
fn the_line_that_makes_a_file_one_of_latin_1_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let describe = |content: &[u8]| {
        fs::write(folder.path().join("t.csv"), content).unwrap();
        succeeds(folder.path(), &["datasets", "describe", "t.csv"])
    };
    let shown = describe(b"u,class\n1,\xc3\xa9\n2,\xe9\n");
    assert!(
        shown.contains("look at the encoding: line 3 has the first byte that is no UTF-8"),
        "{shown}"
    );
    assert!(!describe("u,class\n1,é\n2,a\n".as_bytes()).contains("encoding"));
}

#[test]
fn json_is_honoured_for_boxes_and_names_that_cannot_be_named_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let boxes = samples().join("voc_two_class.xml");
    let shown =
        succeeds(folder.path(), &["datasets", "describe", boxes.to_str().unwrap(), "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&shown["n_boxes"], &shown["n_images"]), (&37.into(), &1.into()));
    for name in ["@all", "", "a\\u001bb"] {
        let described = format!("name = \"{name}\"\nfile = \"a.csv\"\n[format.csv]\n");
        fs::write(folder.path().join("dataset.toml"), described).unwrap();
        let error = fails(folder.path(), &["datasets", "describe", "dataset.toml"]);
        assert!(error.contains("dataset.toml:1:8: no experiment can name"), "{error}");
    }
}

#[test]
fn a_data_set_is_described_by_what_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let rows = table("x,image_id", |i| format!("{}.5,{}", i % 7, i % 5));
    fs::write(folder.path().join("own.csv"), rows).unwrap();
    let described = "name = \"own\"\nfile = \"../own.csv\"\ntarget = \"class\"\n[format.csv]\n\
                     [facts]\nrows = 61\nnumeric = 9\ncategorical = 3\nmissing = 1\ncounts = { yes = 1, no = 60 }\n";
    fs::create_dir(folder.path().join("cache")).unwrap();
    fs::write(folder.path().join("cache/openml-1.toml"), described).unwrap();
    let shown = succeeds(folder.path(), &["datasets", "own", "--cache", "cache"]);
    let counted = "own: 60 rows, 2 numeric and 0 categorical features, 0 missing values";
    assert!(shown.contains(counted) && shown.contains("imbalance ratio 5.0"), "{shown}");
}

#[test]
fn a_damaged_or_foreign_file_in_the_cache_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("cache")).unwrap();
    fs::write(folder.path().join("cache/foreign.toml"), "[package]\n").unwrap();
    fs::write(folder.path().join("cache/openml-7.toml"), "name = 7\n").unwrap();
    fs::write(folder.path().join("own.csv"), table("x", |i| format!("{}.5", i % 7))).unwrap();
    let go = |arguments: &[&str]| {
        let output = longtail(folder.path(), &[arguments, &["--cache", "cache"]].concat());
        assert!(output.succeeded(), "{arguments:?}: {}", output.said);
        output.said
    };
    let error = go(&["datasets"]);
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(
        error.starts_with("warning: left out of the cache: cache/openml-7.toml:1:8: "),
        "{error}"
    );
    assert!(!go(&["datasets", "describe", "own.csv"]).contains("warning"));
}
