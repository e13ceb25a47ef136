//! The program as a user meets it: commands, exit codes, what is printed where.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::embeddings::stand_in_for_letters;
use crate::images::stand_in_for_fashion_mnist;
use crate::proposals::stand_in_for_trees;
use crate::support::{Ended, command, folder_with, longtail, succeeds};

const FILE: &str = r#"
[experiment]
name = "tiny"
[protocol]
split = { holdout.test = 0.3 }
[training]
epochs = 2
[axes]
dataset = ["ecoli4", "newthyroid"]
model = [{ mlp.hidden = [[8]] }, "nearest_neighbors"]
loss = ["cross_entropy", "focal"]
"#;

#[test]
fn an_experiment_is_planned_run_reported_and_replayed() {
    let folder = folder_with("tiny.toml", FILE);
    let go = |arguments: &[&str]| longtail(folder.path(), arguments);

    let planned = go(&["plan", "tiny.toml"]);
    let shown = &planned.shown;
    assert!(
        planned.succeeded() && shown.contains("6 cells, 0 done, 6 to run; 2 left out"),
        "{shown}"
    );
    assert!(shown.contains("fits its own loss by its own algorithm"), "{shown}");

    let ran = go(&["run", "tiny.toml", "--threads", "2"]);
    assert!(ran.succeeded(), "{}", ran.said);
    assert!(ran.shown.contains("nearest_neighbors"), "{}", ran.shown);
    let csv = || std::fs::read(folder.path().join("results/tiny/trials.csv")).unwrap();
    let first = csv();

    let again = go(&["run", "tiny.toml"]);
    assert!(again.said.contains("nothing to run"), "{}", again.said);
    assert_eq!(again.shown, ran.shown);
    assert_eq!(csv(), first);

    let reported = go(&["report", "tiny.toml", "--format", "latex"]);
    assert!(reported.shown.contains("\\toprule"), "{}", reported.shown);
    assert_eq!(csv(), first);

    let reported = go(&["report", "tiny.toml", "--json"]);
    let reported: serde_json::Value = serde_json::from_str(&reported.shown).unwrap();
    let table = &reported["comparison"]["tables"][0];
    assert_eq!(table["metric"], "average_precision");
    assert_eq!(table["datasets"], serde_json::json!(["ecoli4", "newthyroid"]));
    assert_eq!(table["rows"].as_array().unwrap().len(), 3);
    assert!(table["rows"][0]["cells"][1]["mean"].is_f64());
    assert_eq!(table["rows"][0]["cells"][1]["counts"]["averaged"], 1);
    assert!(table["friedman"]["computed"].is_object());

    let status = go(&["status", "tiny.toml", "--json"]);
    assert!(status.shown.contains("\"completed\":6"), "{}", status.shown);

    let line = String::from_utf8(first).unwrap().lines().nth(1).unwrap().to_owned();
    let replayed = go(&["replay", &line[..12]]);
    assert!(replayed.succeeded(), "{}", replayed.said);
    assert!(replayed.shown.contains("identical"), "{}", replayed.shown);
}

#[test]
fn a_killed_run_keeps_what_it_finished_and_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let file = FILE.replace("epochs = 2", "epochs = 40").replace(
        "name = \"tiny\"",
        &format!("name = \"tiny\"\nseeds = {:?}", (0..40).collect::<Vec<_>>()),
    );
    std::fs::write(folder.path().join("tiny.toml"), file).unwrap();
    let csv = |results: &str| std::fs::read(folder.path().join(results).join("tiny/trials.csv"));
    let run = ["run", "tiny.toml", "--quiet", "--results"];
    assert!(longtail(folder.path(), &[&run[..], &["whole"]].concat()).succeeded());

    let mut killed = Command::new(env!("CARGO_BIN_EXE_longtail"))
        .current_dir(folder.path())
        .args(run)
        .arg("torn")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let finished = || {
        let cat = longtail(folder.path(), &["segments", "cat", "torn/tiny"]);
        cat.shown.lines().count()
    };
    while finished() < 10 {
        assert!(killed.try_wait().unwrap().is_none(), "ended before it could be killed");
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let kept = finished();
    assert!(kept < 240 && csv("torn").is_err(), "killed half way: {kept} cells");

    let resumed = longtail(folder.path(), &["run", "tiny.toml", "--results", "torn"]);
    assert!(resumed.succeeded(), "{}", resumed.said);
    assert!(finished() <= 241, "finished cells were run again");
    assert!(csv("torn").unwrap() == csv("whole").unwrap());
}

#[test]
fn wrong_use_is_one_sentence_and_exit_code_2() {
    let folder = folder_with("tiny.toml", FILE);
    std::fs::write(folder.path().join("bad.toml"), FILE.replace("focal", "focla")).unwrap();
    for (arguments, said) in [
        (&["run", "missing.toml"][..], "cannot read the experiment missing.toml"),
        (&["run", "bad.toml"], "did you mean `focal`?"),
        (&["plan", "tiny.toml", "--set", "training.epoch=3"], "did you mean `epochs`?"),
        (&["report", "tiny.toml"], "nothing is recorded yet"),
        (&["run", "tiny.toml", "--shard", "4/3"], "write i/n with 1 <= i <= n"),
        (&["run", "tiny.toml", "--threads", "0"], "threads"),
        (&["replay", "xyz"], "is no cell's identity"),
        (&["datasets", "ecoli5"], "did you mean `ecoli"),
        (&["methods", "focall"], "did you mean `focal`?"),
        (&["methods", "f1"], "did you mean `macro_f1` or `positive_f1`?"),
    ] {
        let output = longtail(folder.path(), arguments);
        let shown = output.said;
        assert_eq!(output.code, Some(2), "{arguments:?}: {shown}");
        assert!(shown.contains(said), "{arguments:?}: {shown}");
        assert!(output.shown.is_empty(), "{arguments:?}");
    }
    for gate in [
        ["report", "tiny.toml", "--against", "none.csv", "--tolerance"],
        ["check", "focal", "--against", "true", "--tolerance"],
    ] {
        for tolerance in ["nan", "inf", "-1"] {
            let output = longtail(folder.path(), &[&gate[..], &[tolerance]].concat());
            let shown = output.said;
            assert_eq!(output.code, Some(2), "{gate:?} {tolerance}: {shown}");
            assert!(shown.contains("wants a finite number of at least 0"), "{shown}");
        }
    }
    assert!(!folder.path().join("results").exists(), "nothing was run");
}

#[test]
fn lists_and_pages_are_printed() {
    let folder = folder_with("tiny.toml", FILE);
    let go = |arguments: &[&str]| succeeds(folder.path(), arguments);
    assert!(go(&["datasets"]).contains("67 data sets"));
    assert!(go(&["datasets", "ecoli4"]).contains("cut from ecoli"));
    assert!(go(&["methods"]).contains("logistic_regression"));
    assert!(go(&["methods", "focal"]).contains("Source:"));
    assert!(go(&["methods"]).contains("\nmetrics\n"));
    assert!(go(&["methods", "g_mean"]).starts_with("metrics = [\"g_mean\"]"));
    let both = go(&["methods", "average_precision"]);
    assert!(
        both.contains("loss = \"average_precision\"") && both.contains("metrics = ["),
        "{both}"
    );
    assert!(go(&["methods", "ghm_r"]).starts_with("box_loss = \"ghm_r\""));
    go(&["methods", "--plot", "focal", "focal.gamma = 5"]);
    let plot = std::fs::read_to_string(folder.path().join("focal.svg")).unwrap();
    assert!(plot.starts_with("<svg") && plot.contains("focal(gamma=5)"), "{plot}");
    assert_eq!(plot.matches("<polyline").count(), 4, "two panels of two losses");
    let curves = |loss: &str| {
        go(&["methods", "--plot", loss, "--output", "curve.svg"]);
        let plot = std::fs::read_to_string(folder.path().join("curve.svg")).unwrap();
        let lines = plot.lines().filter(|line| line.starts_with("<polyline"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_ne!(
        curves("generalized_cross_entropy = {}"),
        curves("generalized_cross_entropy.truncation = 0.5"),
        "a loss with a schedule is drawn as it ends"
    );
    go(&["methods", "--plot", "meta_weight_net.hidden = 10"]);
    let plot = std::fs::read_to_string(folder.path().join("meta_weight_net.svg")).unwrap();
    assert!(plot.contains("after epoch 60") && plot.contains("wrong label"), "{plot}");
    assert!(go(&["completions", "bash"]).contains("longtail"));
    assert!(go(&["run", "--help"]).contains("Examples:"));
}

/// The experiment of [`FILE`] with a nearest neighbour alone, run; and what a published table says of it.
fn compared(folder: &Path, table: &str, arguments: &[&str]) -> Ended {
    let published =
        "[[published]]\ncolumn = \"bac\"\nmetric = \"balanced_accuracy\"\ntolerance = 1.0\n";
    let one = FILE.replace("{ mlp.hidden = [[8]] }, ", "");
    std::fs::write(folder.join("one.toml"), one + published).unwrap();
    std::fs::write(folder.join("table.csv"), table).unwrap();
    let ran = longtail(folder, &["run", "one.toml", "--quiet"]);
    assert!(ran.succeeded(), "{}", ran.said);
    let report = ["report", "one.toml", "--against", "table.csv"];
    longtail(folder, &[&report[..], arguments].concat())
}

#[test]
fn sets_that_a_published_table_does_not_have_are_named() {
    let folder = folder_with("tiny.toml", FILE);
    let output = compared(folder.path(), "dataset,bac\necoli4,0.8\n", &[]);
    let shown = output.shown;
    assert_eq!(output.code, Some(0), "{shown}");
    assert!(shown.contains("1 set of the experiment is not in the file: newthyroid"), "{shown}");
    let output = compared(folder.path(), "dataset,bac\necoli4,0.8\n", &["--json"]);
    let shown: serde_json::Value = serde_json::from_str(&output.shown).unwrap();
    assert_eq!(shown[0]["not_in_file"], serde_json::json!(["newthyroid"]));

    let whole = "dataset,bac\necoli4,0.8\nnewthyroid,0.9\n";
    assert!(!compared(folder.path(), whole, &[]).shown.contains("not in the file"));
    let foreign = "dataset,bac\necoli4,0.8\nelsewhere,0.9\n";
    assert_eq!(compared(folder.path(), foreign, &[]).code, Some(3));
}

#[test]
fn learners_whose_bits_are_bound_to_a_platform_are_marked_in_plan_and_table() {
    let folder = folder_with("tiny.toml", FILE);
    let models = "[\"gaussian_naive_bayes\", \"nearest_neighbors\"]";
    let file = FILE.replace("[{ mlp.hidden = [[8]] }, \"nearest_neighbors\"]", models);
    std::fs::write(folder.path().join("bound.toml"), file).unwrap();
    let go = |arguments: &[&str]| succeeds(folder.path(), arguments);
    let plan: serde_json::Value =
        serde_json::from_str(&go(&["plan", "bound.toml", "--json"])).unwrap();
    for cell in plan["cells"].as_array().unwrap() {
        let everywhere = cell["axes"]["model"] == "nearest_neighbors";
        assert_eq!(cell["reproducible"], everywhere, "{cell}");
    }
    assert!(go(&["plan", "bound.toml"]).contains("reproducible"));
    assert!(!go(&["plan", "tiny.toml"]).contains("reproducible"), "nothing is to be told apart");
    let table = go(&["run", "bound.toml", "--quiet"]);
    assert!(
        table.contains("gaussian_naive_bayes†") && !table.contains("nearest_neighbors†"),
        "{table}"
    );
    assert!(table.contains("†: reproducible = false"), "{table}");
    let csv = std::fs::read_to_string(folder.path().join("results/tiny/trials.csv")).unwrap();
    let column = csv.lines().next().unwrap().split(',').position(|name| name == "reproducible");
    for line in csv.lines().skip(1) {
        let everywhere = line.contains("nearest_neighbors").to_string();
        assert_eq!(line.split(',').nth(column.unwrap()), Some(&*everywhere), "{line}");
    }
}

#[test]
fn every_experiment_can_be_planned() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(11 <= files.len());
    // Of the reproductions, those whose data stand in for what is fetched.
    files.push(folder.join("reproduce/fashion-lt-mixing.toml"));
    let cache = stand_in_for_fashion_mnist();
    let trees = stand_in_for_trees(&folder);
    let letters = stand_in_for_letters(&folder);
    for (name, stand_in) in [("tree-proposals.toml", &trees), ("retrieval.toml", &letters)] {
        let file = files.iter_mut().find(|file| file.ends_with(name)).unwrap();
        *file = stand_in.path().join(name);
    }
    for file in files {
        let mut plan = command(&folder, &["plan", "--quiet", file.to_str().unwrap()]);
        let ended: Ended = plan.env("LONGTAIL_CACHE", cache.path()).output().unwrap().into();
        assert!(ended.succeeded(), "{}: {}", file.display(), ended.said);
        assert!(ended.shown.contains(" to run; "), "{}: {}", file.display(), ended.shown);
    }
}
