//! Files of the user's own, run and replayed.

use std::fs;

use super::{run_once, samples, table};
use crate::support::{fails, longtail, succeeds};

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
fn a_replay_takes_the_content_that_was_recorded_whatever_else_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut ids = Vec::new();
    for (experiment, shift) in [("a", 0), ("b", 1), ("glass", 2)] {
        let file = format!("{experiment}.csv");
        let text = table("x,z", |i| format!("{}.5,{}.25", i % 7, (i + shift) % 5));
        fs::write(folder.path().join(&file), text).unwrap();
        succeeds(folder.path(), &["init", &file, "--target", "last", "--output", experiment]);
        // All three are called glass, as a set is that the program carries.
        let own = if experiment == "glass" { "glass_own" } else { experiment };
        for (file, key) in [("dataset.toml", "name"), ("experiment.toml", "dataset")] {
            let path = folder.path().join(experiment).join(file);
            let line = |name: &str| format!("{key} = \"{name}\"\n");
            let text = fs::read_to_string(&path).unwrap().replace(&line(own), &line("glass"));
            fs::write(&path, text).unwrap();
        }
        ids.push(run_once(folder.path(), &format!("{experiment}/experiment.toml")));
    }
    for id in &ids {
        assert!(succeeds(folder.path(), &["replay", id]).contains("identical"), "{id}");
    }
    fs::remove_file(folder.path().join("b.csv")).unwrap();
    let output = longtail(folder.path(), &["replay", &ids[1]]);
    let error = output.said;
    assert_eq!(output.code, Some(1), "{error}");
    assert!(
        error.contains("the content of the data set `glass` that was recorded is not found"),
        "{error}"
    );
}

#[test]
fn a_set_that_the_experiment_had_once_is_found_for_its_replay() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::write(
            folder.path().join(format!("{name}.csv")),
            table("x", |i| format!("{}.5", i % 7)),
        )
        .unwrap();
        succeeds(folder.path(), &["init", &format!("{name}.csv"), "--target", "class"]);
    }
    let experiment = "a/experiment.toml";
    let of_a = run_once(folder.path(), experiment);
    let path = folder.path().join(experiment);
    let other = fs::read_to_string(&path).unwrap();
    let other = other.replace("\"dataset.toml\"", "\"../b/dataset.toml\"");
    fs::write(&path, other.replace("dataset = \"a\"", "dataset = \"b\"")).unwrap();
    let of_b = run_once(folder.path(), experiment);
    for id in [of_a, of_b] {
        assert!(succeeds(folder.path(), &["replay", &id]).contains("identical"), "{id}");
    }
}
