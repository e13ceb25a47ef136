//! Searched parameters, from the file to the table.

use serde_json::Value;

use crate::support::{folder_with, longtail, succeeds};

const RANDOM: &str = r#"
[experiment]
name = "s"
seeds = [0, 1]
[protocol]
split = { stratified_k_fold.folds = 3 }
[training]
epochs = 3
[axes]
dataset = ["glass2", "ecoli4"]
model = "linear"
loss = ["cross_entropy", "focal"]
[search]
method = { random.settings = 4 }
[search.parameters]
"loss.focal.gamma" = { uniform = [0, 5] }
"training.optimizer.sgd.learning_rate" = { log_uniform = [1e-3, 1] }
[report]
metrics = ["balanced_accuracy"]
"#;

#[test]
fn what_a_search_tried_is_one_row_of_which_each_run_chooses_by_its_validation_part() {
    let folder = folder_with("s.toml", RANDOM);
    let planned = succeeds(folder.path(), &["plan", "s.toml"]);
    assert!(planned.contains("s: 96 cells, 0 done, 96 to run"), "{planned}");
    let sentence = "Searched (random, seed 0): 4 settings; loss.focal.gamma uniform from 0 to 5, \
                    training.optimizer.sgd.learning_rate log-uniform from 0.001 to 1.";
    assert!(planned.contains(sentence), "{planned}");
    assert!(planned.contains("focal(gamma=tuned)"), "{planned}");
    succeeds(folder.path(), &["run", "s.toml", "-q"]);
    let report = succeeds(folder.path(), &["report", "s.toml", "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let comparison = &report["comparison"];
    let rows = comparison["tables"][0]["rows"].as_array().unwrap();
    let mut names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["cross_entropy", "focal(gamma=tuned)"]);
    let chosen = comparison["chosen"].as_array().unwrap();
    assert!(chosen.iter().all(|row| row["runs"] == 12 && row["undecided"] == 0), "{chosen:?}");
    let notes = comparison["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note == sentence), "{notes:?}");
    // Any setting again, as if it stood in the file.
    let cells = succeeds(folder.path(), &["plan", "s.toml", "--json"]);
    let cells: Value = serde_json::from_str(&cells).unwrap();
    let id = cells["cells"][0]["id"].as_str().unwrap();
    let replayed = succeeds(folder.path(), &["replay", id]);
    assert!(replayed.contains("identical: every digest"), "{replayed}");
}

#[test]
fn a_halving_counts_what_is_to_come_and_shows_what_was_trained_whole() {
    let halving = "method = { successive_halving = { settings = 9, min_epochs = 1 } }";
    let file = RANDOM.replace("method = { random.settings = 4 }", halving);
    let file = file.replace("epochs = 3", "epochs = 9");
    let folder = folder_with("s.toml", &file);
    // Two data sets, three folds, two seeds, two losses: 9 + 3 + 1 settings.
    let planned = succeeds(folder.path(), &["plan", "s.toml"]);
    assert!(planned.contains("s: 312 cells, 0 done, 312 to run"), "{planned}");
    // 9 + 9 + 9 epochs each.
    let to_come = "96 cells are still to be chosen by the results of others; 648 epochs in all";
    assert!(planned.contains(to_come), "{planned}");
    let sentence = "9 settings for 1 epoch, the best 3 for 3, the best 1 for 9";
    assert!(planned.contains(sentence), "{planned}");

    let half = longtail(folder.path(), &["run", "s.toml", "--shard", "1/2"]);
    assert!(half.succeeded(), "{}", half.said);
    let status = |wanted: &str| -> u64 {
        let status = succeeds(folder.path(), &["status", "s.toml", "--json"]);
        let status: Value = serde_json::from_str(&status).unwrap();
        assert_eq!(status["total"]["planned"], 312);
        status["total"][wanted].as_u64().unwrap()
    };
    let completed = status("completed");
    assert!(0 < completed && completed < 312 && completed % 13 == 0, "{completed}");
    assert_eq!(status("to_come"), (312 - completed) / 13 * 4);
    assert!(half.said.contains(" more as these decide"), "{}", half.said);

    succeeds(folder.path(), &["run", "s.toml", "-q"]);
    assert_eq!((status("completed"), status("missing"), status("to_come")), (312, 0, 0));
    let report = succeeds(folder.path(), &["report", "s.toml", "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let comparison = &report["comparison"];
    let rows = comparison["tables"][0]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["cells"][0]["counts"]["averaged"] == 6), "{rows:?}");
    let chosen = comparison["chosen"].as_array().unwrap();
    assert!(chosen.iter().all(|row| row["runs"] == 12), "{chosen:?}");
    assert!(comparison["notes"].to_string().contains(sentence));
    let again = longtail(folder.path(), &["run", "s.toml"]);
    assert!(again.said.contains("312 cells: nothing to run"), "{}", again.said);
}

#[test]
fn what_a_halving_tried_is_drawn_with_what_stopped_early_and_what_was_chosen() {
    let halving = "method = { successive_halving = { settings = 9, min_epochs = 1 } }";
    let file = RANDOM.replace("method = { random.settings = 4 }", halving);
    let folder = folder_with("s.toml", &file);
    succeeds(folder.path(), &["run", "s.toml", "-q"]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join("results/s").join(name));
    let (figure, page) = (read("figures/search.svg").unwrap(), read("report.html").unwrap());
    // Focal loss has two parameters, cross-entropy one; nine settings in each panel, and one of each kind in the legend.
    let dots: Vec<usize> = ["dot", "mark", "better"]
        .map(|class| figure.matches(&format!("<circle class=\"{class}\"")).count())
        .into();
    let n_legend = dots.iter().filter(|n| 0 < **n).count();
    assert_eq!(dots.iter().sum::<usize>(), 3 * 9 + n_legend, "{dots:?}");
    assert!(figure.contains(">learning_rate (log)<") && figure.contains(">gamma<"), "{figure}");
    let section = page.split("<section id=\"search\"").nth(1).unwrap();
    let section = section.split("</section>").next().unwrap();
    // Of twelve runs, each chooses one of the three that went on in it.
    let told: Vec<&str> = section.split("data-tip=\"gamma ").skip(1).collect();
    assert_eq!(told.len(), 9);
    let chosen = |tip: &&str| -> usize {
        let tip = tip.split('"').next().unwrap();
        let Some((before, _)) = tip.split_once(" of 12 runs") else {
            assert!(tip.ends_with(", stopped early in every run"), "{tip}");
            return 0;
        };
        before.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert_eq!(told.iter().map(chosen).sum::<usize>(), 12, "{told:?}");
    let early = section.matches("<circle class=\"setting\"").count();
    assert_eq!(early, dots[0], "the page has the same dots, the one of the legend among them");
    assert!(section.contains("Hollow: stopped early, in every run"), "{section}");
    // What every run trains whole is never hollow.
    let folder = folder_with("s.toml", RANDOM);
    succeeds(folder.path(), &["run", "s.toml", "-q"]);
    let read = std::fs::read_to_string(folder.path().join("results/s/figures/search.svg"));
    let figure = read.unwrap();
    assert!(!figure.contains("class=\"dot\"") && !figure.contains("Hollow"), "{figure}");
}
