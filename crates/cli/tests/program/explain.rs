//! From a number of a table to its cells.

use serde_json::Value;

use crate::support::{fails, folder_with, longtail, succeeds};

const FILE: &str = r#"
[experiment]
name = "e"
seeds = [0, 1]
[protocol]
split = { stratified_k_fold.folds = 3 }
[training]
epochs = 2
[axes]
dataset = ["glass2", "ecoli4"]
model = "linear"
loss = ["cross_entropy", { focal.gamma = [1, 5] }]
mining = ["none", { ohem.keep = 0.5 }]
[report]
metrics = ["balanced_accuracy"]
"#;

#[test]
fn a_number_leads_to_its_cells_and_a_cell_to_its_replay() {
    let folder = folder_with("e.toml", FILE);
    let table = succeeds(folder.path(), &["run", "e.toml", "--json", "-q"]);
    let row = "focal(gamma=5) + ohem(keep=0.5)";
    let shown = succeeds(folder.path(), &["explain", "e.toml", row, "ecoli4"]);
    assert!(shown.starts_with(&format!("{row} on ecoli4: balanced accuracy")), "{shown}");
    let cells: Vec<&str> = shown.lines().filter(|line| line.contains(" s  ")).collect();
    assert_eq!(cells.len(), 6, "{shown}");
    let replay = shown.lines().last().unwrap().split("bit for bit: longtail ").nth(1).unwrap();
    let arguments: Vec<&str> = replay.split(' ').collect();
    assert!(cells.iter().any(|line| line.ends_with(arguments[1])), "{shown}");
    assert!(succeeds(folder.path(), &arguments).contains("identical"));

    // It is the number of the table, and its difference is that of the means.
    let json = |row: &str| -> Value {
        let arguments = ["explain", "e.toml", row, "ecoli4", "balanced_accuracy", "--json"];
        serde_json::from_str(&succeeds(folder.path(), &arguments)).unwrap()
    };
    let table: Value = serde_json::from_str(&table).unwrap();
    let table = &table["comparison"]["tables"][0];
    let column = table["datasets"].as_array().unwrap().iter().position(|name| name == "ecoli4");
    let of_row = |name: &str| {
        let mut rows = table["rows"].as_array().unwrap().iter();
        rows.find(|row| row["name"] == name).unwrap()["cells"][column.unwrap()]["mean"].clone()
    };
    let (own, baseline) = (json(row), json("cross_entropy"));
    assert_eq!((&own["mean"], &baseline["mean"]), (&of_row(row), &of_row("cross_entropy")));
    assert_eq!(
        (&own["baseline"], &baseline["baseline"]),
        (&Value::from("cross_entropy"), &Value::Null)
    );
    let difference = own["mean"].as_f64().unwrap() - baseline["mean"].as_f64().unwrap();
    assert!((own["difference"].as_f64().unwrap() - difference).abs() < 1e-12);

    // As `report --baseline` has it.
    let to = ["explain", "e.toml", "cross_entropy", "ecoli4", "--baseline"];
    let turned = succeeds(folder.path(), &[&to[..], &[row, "--json"]].concat());
    let turned: Value = serde_json::from_str(&turned).unwrap();
    assert_eq!(turned["baseline"], row);
    assert!((turned["difference"].as_f64().unwrap() + difference).abs() < 1e-12);
    let message = fails(folder.path(), &[&to[..], &["focl(gamma=5)"]].concat());
    assert!(message.contains("did you mean `focal(gamma=5)`"), "{message}");
}

#[test]
fn names_are_listed_and_mistaken_ones_are_corrected() {
    let folder = folder_with("e.toml", FILE);
    let shown = succeeds(folder.path(), &["explain", "e.toml"]);
    assert!(shown.contains("  focal(gamma=1) + ohem(keep=0.5)\n") && shown.contains("  ecoli4\n"));
    let said = fails(folder.path(), &["explain", "e.toml", "focal(gama=1)"]);
    assert!(said.contains("did you mean `focal(gamma=1)`?"), "{said}");
    let said = fails(folder.path(), &["explain", "e.toml", "cross_entropy", "ecoli"]);
    assert!(said.contains("did you mean `ecoli4`?"), "{said}");
    let said = fails(folder.path(), &["explain", "e.toml", "cross_entropy", "ecoli4", "auprc"]);
    assert!(said.contains("did you mean `average_precision`?"), "{said}");
    // Nothing is run yet, and that is said of each cell.
    let shown = longtail(folder.path(), &["explain", "e.toml", "cross_entropy", "glass2"]).shown;
    assert_eq!(shown.matches("not run").count(), 6, "{shown}");
}
