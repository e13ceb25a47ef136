//! Tuned parameters, from the file to the table.

use serde_json::Value;

use crate::support::{fails, folder_with, succeeds};

const FILE: &str = r#"
[experiment]
name = "s"
seeds = [0, 1]
[protocol]
split = { stratified_k_fold.folds = 3 }
[training]
epochs = 3
optimizer = { sgd.learning_rate = [0.001, 0.1] }
[axes]
dataset = ["glass2", "ecoli4"]
model = "linear"
loss = ["cross_entropy", { focal.gamma = [1, 5] }]
[report]
metrics = ["balanced_accuracy"]
select = ["loss.gamma", "training.optimizer.sgd.learning_rate"]
"#;

#[test]
fn rows_that_differ_in_what_is_tuned_are_one_and_its_cells_are_those_chosen() {
    let folder = folder_with("s.toml", FILE);
    succeeds(folder.path(), &["run", "s.toml", "-q"]);
    let report = |arguments: &[&str]| -> Value {
        let all = [&["report", "s.toml", "--json"], arguments].concat();
        serde_json::from_str(&succeeds(folder.path(), &all)).unwrap()
    };
    let tables = report(&[]);
    let comparison = &tables["comparison"];
    let rows = comparison["tables"][0]["rows"].as_array().unwrap();
    let mut names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["cross_entropy", "focal(gamma=tuned)"]);
    assert_eq!(rows[0]["cells"][0]["counts"]["averaged"], 6);
    // Every run of each row has chosen, focal of four candidates.
    let chosen = comparison["chosen"].as_array().unwrap();
    assert_eq!(
        chosen.iter().map(|row| row["runs"].as_u64().unwrap()).collect::<Vec<_>>(),
        [12, 12]
    );
    let learning_rates = chosen[0]["values"].as_array().unwrap();
    assert!(learning_rates.iter().all(|v| v[0].as_str().unwrap().starts_with("learning_rate=0.")));
    assert!(chosen[1]["values"][0][0].as_str().unwrap().starts_with("gamma="), "{chosen:?}");
    let text = succeeds(folder.path(), &["report", "s.toml"]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("by average_precision on its validation part, of equals the first of the plan; the test part is only scored."),
        "{text}"
    );

    let by = report(&["--select-by", "log_loss"]);
    assert!(by["comparison"]["notes"].to_string().contains("by log_loss on its validation part"));
    // What is explained is what that metric chooses.
    let explained = |arguments: &[&str]| -> Value {
        let all = [&["explain", "s.toml", "cross_entropy", "glass2", "--json"], arguments].concat();
        serde_json::from_str::<Value>(&succeeds(folder.path(), &all)).unwrap()["mean"].clone()
    };
    let mean = |tables: &Value| -> Value {
        let table = &tables["comparison"]["tables"][0];
        let mut rows = table["rows"].as_array().unwrap().iter();
        let row = rows.find(|row| row["name"] == "cross_entropy").unwrap();
        row["cells"][1]["mean"].clone()
    };
    assert_eq!(by["comparison"]["tables"][0]["datasets"][1], "glass2");
    assert_eq!(explained(&["--select-by", "log_loss"]), mean(&by));
    assert_eq!(explained(&[]), mean(&tables));
    assert_ne!(mean(&by), mean(&tables), "the metrics choose differently here");
    let cells =
        succeeds(folder.path(), &["explain", "s.toml", "focal(gamma=tuned)", "ecoli4", "--json"]);
    let cells: Value = serde_json::from_str(&cells).unwrap();
    assert_eq!(cells["runs"].as_array().unwrap().len(), 6);
    let said = fails(folder.path(), &["report", "s.toml", "--select-by", "log_los"]);
    assert!(said.contains("did you mean `log_loss`?"), "{said}");
    let said = fails(
        folder.path(),
        &["report", "s.toml", "--select-by", "mcc", "--set", "report.select=[]"],
    );
    assert!(said.contains("nothing is chosen"), "{said}");
}
