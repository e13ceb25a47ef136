//! `longtail gate` over results of real runs, right and wrong ones.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{as_lines, fails, folder_with, longtail, record, recorded, sealed, succeeds};

/// Two mistakes can be made in it: in the loss and in the miner.
const FILE: &str = r#"
[experiment]
name = "gated"
seeds = [0, 1]
[training]
epochs = 12
batch_size = 32
optimizer = { sgd = { learning_rate = 0.1 } }
[axes]
dataset = ["ecoli4", "glass2", "new-thyroid1", "cleveland-0_vs_4", "zoo-3", "yeast-1_vs_7"]
model = [{ mlp.hidden = [[16]] }]
loss = [{ focal.gamma = 2 }]
mining = ["none", { ohem.keep = 0.5 }]
[report]
metrics = ["average_precision", "balanced_accuracy", "log_loss"]
"#;

/// Results under `name` of the same experiment with `set`, recorded as if nothing had been set: what a wrong implementation
/// of `methods` would have given.
fn mistaken(folder: &Path, name: &str, set: &str, methods: &[(&str, Value)]) {
    succeeds(folder, &["run", "gated.toml", "-q", "--results", name, "--set", set]);
    let segments = fs::read_dir(folder.join(name).join("gated/segments")).unwrap();
    for packed in segments.map(|entry| entry.unwrap().path()).collect::<Vec<_>>() {
        let path = as_lines(folder, &packed);
        let text = fs::read_to_string(&path).unwrap();
        let rewritten = text.lines().map(|line| {
            let mut record: Value = serde_json::from_str(record(line)).unwrap();
            let network = &mut record["trial"]["spec"]["learner"]["network"];
            for (axis, method) in methods {
                if network[axis] != json!({ "none": {} }) {
                    network[axis] = method.clone();
                }
            }
            sealed(&record.to_string())
        });
        fs::write(&path, rewritten.collect::<String>()).unwrap();
    }
}

/// What a cell of the right results says of a method.
fn method(folder: &Path, axis: &str) -> Value {
    let of = |line: &str| -> Value {
        let record: Value = serde_json::from_str(record(line)).unwrap();
        record["trial"]["spec"]["learner"]["network"][axis].clone()
    };
    let lines = recorded(folder, "gated");
    lines.iter().map(|line| of(line)).find(|method| *method != json!({ "none": {} })).unwrap()
}

#[test]
fn planted_mistakes_are_caught_and_the_same_code_is_equal_bit_for_bit() {
    let folder = folder_with("gated.toml", FILE);
    let folder = folder.path();
    succeeds(folder, &["run", "gated.toml", "-q"]);
    succeeds(folder, &["gate", "gated.toml", "--baseline", "base", "--accept", "-q"]);
    assert!(fs::metadata(folder.join("base/baseline.jsonl")).unwrap().len() < 100_000);

    // The experiment is known from the baseline.
    let shown = succeeds(folder, &["gate", "--baseline", "base"]);
    assert_eq!(shown, "passed: 120 cells, equal bit for bit.\n");
    // Its file and an experiment file name a baseline as its folder does.
    assert_eq!(succeeds(folder, &["gate", "--baseline", "base/baseline.jsonl"]), shown);
    let of_file = ["gate", "results/gated", "--baseline", "gated.toml", "--strict"];
    assert_eq!(succeeds(folder, &of_file), shown);
    let said = fails(folder, &["compare", "results/gated", "base/baseline.jsonl"]);
    assert!(said.contains("base/baseline.jsonl holds a baseline, and no results"), "{said}");
    succeeds(folder, &["run", "gated.toml", "-q", "--results", "again", "--threads", "1"]);
    let again =
        succeeds(folder, &["gate", "again/gated", "--baseline", "results/gated", "--strict"]);
    assert_eq!(again, shown);

    // Gamma is four times what it should be.
    let steeper = "axes.loss=[{ focal.gamma = 8 }]";
    mistaken(folder, "gamma", steeper, &[("loss", method(folder, "loss"))]);
    // The easiest are kept: those of the least loss under networks that have not learnt from them.
    let easiest = r#"axes.mining=["none", { rho_loss = { keep = 0.5, score = "irreducible" } }]"#;
    mistaken(folder, "easy", easiest, &[("mining", method(folder, "mining"))]);
    for (name, mistaken) in [("gamma", "none"), ("easy", "ohem(keep=0.5)")] {
        let candidate = format!("{name}/gated");
        let arguments = ["gate", &candidate, "--baseline", "base", "--junit", "gate.xml"];
        let more = ["--markdown", "gate.md", "--github"];
        let ended = longtail(folder, &[&arguments[..], &more[..]].concat());
        assert_eq!(ended.code, Some(3), "{name}: {}", ended.shown);
        assert!(ended.shown.starts_with("FAILED: worse than the baseline"), "{}", ended.shown);
        assert!(ended.said.contains("::error title=longtail gate%3A "), "{}", ended.said);
        assert!(ended.said.contains(mistaken), "{}", ended.said);
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        assert!(read("gate.xml").contains("<testsuites name=\"longtail gate\""));
        assert!(read("gate.xml").contains("<failure message=\"worse: "));
        assert!(read("gate.md").starts_with("### longtail gate\n\n**FAILED"));
    }

    // Gamma multiplies instead of being an exponent: no worse a loss, but another one.
    let multiplied = r#"axes.loss=[{ expression.value = "-2 * (1 - p) * ln(p)" }]"#;
    mistaken(folder, "other", multiplied, &[("loss", method(folder, "loss"))]);
    let other = ["gate", "other/gated", "--baseline", "base"];
    let ended = longtail(folder, &other);
    assert!(ended.shown.contains("120 of 120 cells changed"), "{}", ended.shown);
    let ended = longtail(folder, &[&other[..], &["--strict"]].concat());
    assert_eq!(ended.code, Some(3), "{}", ended.shown);

    let json = longtail(folder, &["gate", "easy/gated", "--baseline", "base", "--json"]);
    let gate: Value = serde_json::from_str(&json.shown).unwrap();
    assert_eq!((&gate["verdict"], &gate["equal_cells"]), (&json!("worse"), &json!(60)));
}

#[test]
fn results_are_compared_in_keys_in_numbers_and_in_time() {
    let folder = folder_with("gated.toml", FILE);
    let folder = folder.path();
    let small = ["--set", r#"axes.dataset=["glass2", "zoo-3"]"#];
    succeeds(folder, &[&["run", "gated.toml", "-q"], &small[..]].concat());
    let longer = ["--results", "longer", "--set", "training.epochs=13"];
    succeeds(folder, &[&["run", "gated.toml", "-q"], &small[..], &longer].concat());
    let paths = ["results/gated", "longer/gated", "results/gated"];
    let shown = succeeds(folder, &[&["compare"], &paths[..]].concat());
    let [longer, same] = &shown.split("\n\n").collect::<Vec<_>>()[..] else { panic!("{shown}") };
    assert!(
        longer.starts_with("longer/gated beside results/gated\n  training.epochs: 12 → 13\n"),
        "{longer}"
    );
    assert!(longer.contains("40 cells of 40 and 40: "), "paired without the epochs: {longer}");
    assert!(longer.contains("focal, none") || longer.contains("none"), "{longer}");
    assert!(longer.contains("  time of a cell: "), "{longer}");
    assert!(
        same.contains("the same specifications\n  40 cells of 40 and 40: equal bit for bit"),
        "{same}"
    );
    assert!(
        same.contains("1.00 times as long (95 % interval 1.00 to 1.00), median over 40 cells"),
        "{same}"
    );

    let json = succeeds(
        folder,
        &["compare", "results/gated", "longer/gated", "--metric", "mcc", "--json"],
    );
    let compared: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(compared[0]["keys"][0]["other"], json!(["13"]));
    assert!(compared[0]["numbers"].as_array().unwrap().iter().all(|n| n["metric"] == "mcc"));
    let said = fails(folder, &["compare", "results/gated", "nowhere"]);
    assert!(said.contains("nowhere"), "{said}");
}

#[test]
fn wrong_use_of_the_gate_is_one_sentence() {
    let folder = folder_with("gated.toml", FILE);
    let folder = folder.path();
    let said = fails(folder, &["gate", "--baseline", "none"]);
    assert!(
        said.contains("name what is to be judged, as in `longtail gate --baseline none"),
        "{said}"
    );
    let said = fails(folder, &["gate", "gated.toml", "--baseline", "none", "--accept"]);
    assert!(said.contains("nothing is recorded of gated.toml"), "{said}");
    fs::create_dir_all(folder.join("empty")).unwrap();
    succeeds(folder, &["run", "gated.toml", "-q", "--set", "axes.dataset=\"zoo-3\""]);
    let said = fails(folder, &["gate", "results/gated", "--baseline", "none"]);
    assert!(said.contains("there is no baseline none: --accept makes the candidate one"), "{said}");
    let said = fails(folder, &["gate", "empty", "--baseline", "none"]);
    assert!(said.contains("empty is no folder of results: it has no segments/"), "{said}");
    fs::create_dir_all(folder.join("new/segments")).unwrap();
    let said = fails(folder, &["gate", "results/gated", "--baseline", "new"]);
    assert!(said.contains("nothing is recorded of the baseline new"), "{said}");
    let said = fails(folder, &["gate", "empty", "--baseline", "none", "--metric", "g_men"]);
    assert!(said.contains("there is no metric `g_men`; did you mean `g_mean`?"), "{said}");
}
