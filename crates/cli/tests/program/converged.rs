//! A solver that stopped before it converged is told of in records, tables and on standard error.

use crate::support::{folder_with, longtail};

const FILE: &str = r#"
[experiment]
name = "stopped"
[protocol]
split = { holdout.test = 0.3 }
[training]
epochs = 1
[axes]
dataset = "ecoli4"
model = ["logistic_regression", { logistic_regression.max_iterations = 1 }, { mlp.hidden = [[4]] }, "prior"]
loss = "cross_entropy"
"#;

#[test]
fn a_solver_that_stopped_early_is_told_of_whenever_its_figures_are_shown() {
    let folder = folder_with("stopped.toml", FILE);
    for command in ["run", "report"] {
        let ended = longtail(folder.path(), &[command, "stopped.toml"]);
        let (tables, notes) = (&ended.shown, &ended.said);
        assert!(ended.succeeded(), "{notes}");
        let marked = tables.lines().filter(|line| line.contains('ᵃ')).collect::<Vec<_>>();
        let of_the_one = |line: &&str| {
            line.starts_with("logistic_regression(max_iterations=1)†")
                || *line == "ᵃ 1 of the averaged runs stopped before their solver converged."
        };
        assert!(!marked.is_empty() && marked.iter().all(of_the_one), "{tables}");
        let warning =
            "warning: stopped before the solver converged: logistic_regression in 1 cell;";
        assert!(notes.contains(warning), "{notes}");
    }

    let csv = std::fs::read_to_string(folder.path().join("results/stopped/trials.csv")).unwrap();
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let at = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let mut converged: Vec<(String, String)> = lines
        .map(|fields| (fields[at("model")].to_owned(), fields[at("converged")].to_owned()))
        .collect();
    converged.sort();
    let expected = [
        ("logistic_regression(max_iterations=1)", "false"),
        ("logistic_regression(max_iterations=1000)", "true"),
        ("mlp(hidden=[4])", ""),
        ("prior", ""),
    ];
    assert_eq!(converged, expected.map(|(model, said)| (model.to_owned(), said.to_owned())));
}
