//! Every wrong file under `bad/` gives located sentences with a suggestion, kept as snapshots.

use std::fs;
use std::path::Path;

use data::Catalogue;
use experiment::file::{Diagnostics, ExperimentFile};
use experiment::plan::Plan;
use experiment::prepare::DataCache;

fn mistakes(name: &str, text: &str, sets: &[String]) -> Option<Diagnostics> {
    let data = DataCache::new(Catalogue::embedded());
    match ExperimentFile::parse(name, text, sets, data.catalogue()) {
        Ok(file) => Plan::new(&file, &data).err(),
        Err(mistakes) => Some(mistakes),
    }
}

#[test]
fn every_bad_file_is_told_where_it_is_wrong_and_what_would_be_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    assert!(20 <= paths.len(), "only {} bad files", paths.len());
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let found = mistakes(&format!("{name}.toml"), &text, &[])
            .unwrap_or_else(|| panic!("{name}.toml is accepted"));
        let shown = found.to_string();
        assert!(shown.contains(&format!("{name}.toml:")), "no place in:\n{shown}");
        let helped = found.list.iter().all(|mistake| mistake.help.is_some());
        assert!(helped, "no suggestion in:\n{shown}");
        insta::assert_snapshot!(name, shown);
    }
}

const GOOD: &str = "[experiment]\nname = \"good\"\n[axes]\ndataset = [\"ecoli4\"]\n";

#[test]
fn a_wrong_override_is_located_on_the_command_line() {
    for (name, set) in [
        ("override_wrong_type", "training.epochs=many"),
        ("override_unknown_key", "trainig.epochs=5"),
        ("override_without_value", "training.epochs"),
        ("override_unknown_loss", "axes.loss=foca"),
    ] {
        let found = mistakes("good.toml", GOOD, &[set.to_owned()]).expect("the override is wrong");
        insta::assert_snapshot!(name, found.to_string());
    }
    assert!(mistakes("good.toml", GOOD, &["axes.loss=focal".to_owned()]).is_none());
}

#[test]
fn what_is_nested_too_deeply_is_refused_and_never_runs_out_of_stack() {
    let n = 20_000;
    for loss in [
        format!("loss = {}{}", "[".repeat(n), "]".repeat(n)),
        format!("loss = {}1{}", "{ a = ".repeat(n), " }".repeat(n)),
        format!("loss.{}x = 1", "label_smoothing.loss.".repeat(n)),
        format!("[axes.loss{}]\nfocal.gamma = 1", ".label_smoothing.loss".repeat(n)),
    ] {
        let found = mistakes("deep.toml", &format!("{GOOD}{loss}\n"), &[]).unwrap();
        assert!(found.list[0].message.contains("more than 80 deep"), "{:?}", found.list[0].message);
    }
    let set = format!("axes.loss.{}x=1", "label_smoothing.loss.".repeat(n));
    let found = mistakes("good.toml", GOOD, &[set]).unwrap();
    assert!(found.list[0].message.contains("more than 80 deep"), "{:?}", found.list[0].message);
}

#[test]
fn another_split_or_optimiser_replaces_the_one_that_stands_below() {
    let planned = |text: &str, sets: &[&str]| {
        let data = DataCache::new(Catalogue::embedded());
        let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
        let file = ExperimentFile::parse("good.toml", text, &sets, data.catalogue());
        let plan = Plan::new(&file.unwrap(), &data).unwrap();
        plan.cells
            .iter()
            .map(|cell| serde_json::to_string(&cell.cell.spec).unwrap())
            .collect::<Vec<_>>()
    };
    let sections = "[protocol]\nsplit = { holdout.test = 0.25 }\n[training]\n\
                    optimizer = { adamw.learning_rate = 0.01 }\nschedule = { step.factor = 0.5 }\n";
    let text = format!("{GOOD}{sections}");
    assert_eq!(planned(&text, &[]).len(), 1);
    assert_eq!(planned(&text, &["protocol.split={stratified_k_fold.folds=3}"]).len(), 3);
    assert_eq!(planned(&text, &["protocol.split.stratified_k_fold.folds=3"]).len(), 3);
    let optimized = planned(&text, &["training.optimizer.sgd.momentum=0.25"]);
    assert!(optimized[0].contains(r#""sgd""#) && !optimized[0].contains("adamw"), "{optimized:?}");
    let scheduled = planned(&text, &["training.schedule={cosine={}}"]);
    assert!(scheduled[0].contains(r#""cosine""#), "{scheduled:?}");
    // Of one method the other parameters stay.
    let repeated =
        ["protocol.split.stratified_k_fold.folds=3", "protocol.split.stratified_k_fold.repeats=2"];
    assert_eq!(planned(&text, &repeated).len(), 6);
    // A grid is laid over the sections in the same way.
    let grid = format!("{text}[[grid]]\nprotocol.split = {{ stratified_k_fold.folds = 4 }}\n");
    assert_eq!(planned(&grid, &[]).len(), 4);
}
