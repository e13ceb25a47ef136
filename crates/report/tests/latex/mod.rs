//! `report.tex` fits the page of an article. Where there is no TeX, the test says that it is skipped.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use evaluation::Metric;
use experiment::file::ReportSpec;
use experiment::labels::Labels;
use experiment::trial::TrialCell;
use report::{Comparison, render};
use serde_json::json;

use crate::records::{
    Method, around, cell, controlled, cross_entropy, focal, logistic_regression, network,
};

/// The table of `methods` on `datasets`, with five runs a cell.
fn latex(methods: &[Method], datasets: &[String]) -> String {
    render::latex(&compared(methods, datasets))
}

fn compared(methods: &[Method], datasets: &[String]) -> Comparison {
    compared_as(methods, datasets, BTreeMap::new())
}

/// The same under other names.
fn compared_as(
    methods: &[Method],
    datasets: &[String],
    labels: BTreeMap<String, String>,
) -> Comparison {
    let mut records = Vec::new();
    for (i, method) in methods.iter().enumerate() {
        for (k, dataset) in datasets.iter().enumerate() {
            records.extend(around(method, dataset, 0.4 + 0.01 * ((3 * i + 7 * k) % 40) as f64));
        }
    }
    let cells: Vec<TrialCell> = records.iter().map(cell).collect();
    let spec = ReportSpec { metrics: vec![Metric::GMean], labels, ..ReportSpec::default() };
    Comparison::new(
        &cells.iter().collect::<Vec<_>>(),
        &records.iter().collect::<Vec<_>>(),
        &BTreeMap::new(),
        &Labels::default(),
        &spec,
    )
}

/// Three axes of labels, long ones among them.
fn methods() -> Vec<Method> {
    let mining = json!({ "ohem": { "keep": 0.5 } });
    let weighted = json!({ "weighted_cross_entropy": {
        "scheme": { "effective_number": { "beta": 0.9999 } }, "reduction": "mean",
    } });
    vec![
        cross_entropy(),
        focal(1.0),
        network(&json!({ "ghm_c": {} }), &mining, "l2rw"),
        network(&weighted, &mining, "l2rw"),
        network(&json!({ "logit_adjustment_posthoc": {} }), &mining, "none"),
        logistic_regression(),
    ]
}

fn datasets(n: usize) -> Vec<String> {
    let names = ["ecoli4", "glass2", "haberman", "newthyroid", "yeast-1_vs_7", "pima"];
    let long = |i: usize| format!("abalone-17_vs_7-8-9-10-{i}");
    (0..n).map(|i| names.get(i).map_or_else(|| long(i), |name| (*name).to_owned())).collect()
}

/// Whether a program is absent, and says so past the harness, which shows of a test that passes nothing it printed.
fn is_absent(program: &str) -> bool {
    let is_absent = Command::new(program).arg("--version").output().is_err();
    if is_absent {
        let set = if program == "typst" { "report.typ" } else { "report.tex" };
        let mut stderr = std::io::stderr();
        writeln!(stderr, "SKIPPED: there is no {program} here, {set} is not set").unwrap();
    }
    is_absent
}

/// What TeX says of boxes that are too wide.
fn overfull(folder: &Path, table: &str) -> Vec<String> {
    let log = set(folder, table);
    log.lines().filter(|line| line.starts_with("Overfull \\hbox")).map(str::to_owned).collect()
}

/// What TeX says when it sets a document with the tables alone.
fn set(folder: &Path, table: &str) -> String {
    fs::write(folder.join("report.tex"), table).unwrap();
    let article = "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n\\input{report.tex}\n\\end{document}\n";
    fs::write(folder.join("article.tex"), article).unwrap();
    let mut command = Command::new("pdflatex");
    command.args(["-interaction=nonstopmode", "-halt-on-error", "article.tex"]);
    let output = command.current_dir(folder).output().unwrap();
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{log}");
    log
}

#[test]
fn tables_of_every_shape_fit_the_page() {
    if is_absent("pdflatex") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (n_methods, n_datasets) in
        [(2, 1), (6, 1), (2, 4), (6, 4), (6, 6), (3, 8), (6, 8), (6, 9), (2, 20), (6, 30)]
    {
        let table = latex(&methods()[..n_methods], &datasets(n_datasets));
        let wide = overfull(folder.path(), &table);
        assert!(
            wide.is_empty(),
            "{n_methods} methods on {n_datasets} data sets: {wide:?}\n{table}"
        );
    }
}

#[test]
fn more_tables_than_latex_keeps_are_set() {
    if is_absent("pdflatex") {
        return;
    }
    let table = latex(&methods()[..2], &datasets(2));
    assert!(!table.contains("clearpage"), "few tables stay where the text has room");
    let table = latex(&methods()[..2], &datasets(500));
    let n = table.matches("\\begin{table}").count();
    assert!(60 < n, "LaTeX keeps 52, and here are {n}");
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(overfull(folder.path(), &table), [""; 0]);
}

#[test]
fn names_in_any_alphabet_are_set() {
    if is_absent("pdflatex") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let names =
        [("ecoli4", "Łódź, Ñandú"), ("glass2", "γ-Daten ≤ 3"), ("pima", "糖"), ("haberman", "да")];
    let labels = names.map(|(label, name)| (label.to_owned(), name.to_owned())).into();
    let comparison =
        compared_as(&methods()[..3], &names.map(|(label, _)| label.to_owned()), labels);
    let wide = overfull(folder.path(), &render::latex(&comparison));
    assert!(wide.is_empty(), "{wide:?}");
}

#[test]
fn what_fits_keeps_its_deviations() {
    let small = latex(&methods()[..2], &datasets(3));
    assert!(small.contains("\\pm") && small.contains("\\footnotesize"), "{small}");
}

#[test]
fn deviations_stand_before_a_column_for_each_axis() {
    let table = latex(&methods()[..4], &datasets(8));
    assert!(table.contains("\\pm\\,") || table.contains("$\\pm$\\,"), "{table}");
    assert!(table.contains("method &") && !table.contains("Standard deviations: report.md"));
}

#[test]
fn intervals_of_many_gains_stand_beneath_them() {
    let ohem =
        network(&json!({ "cross_entropy": {} }), &json!({ "ohem": { "keep": 0.5 } }), "none");
    let controls = ["norm_matched", "permuted", "permuted_within_class"];
    let controls = controls.map(|control| controlled(&ohem, control));
    let methods = [&[cross_entropy(), ohem][..], &controls].concat();
    let table = latex(&methods, &datasets(6));
    let (_, gains) = table.split_once("\\label{tab:g_mean-gain}").unwrap();
    assert_eq!(
        gains.matches("\\shortstack[r]{+").count() + gains.matches("\\shortstack[r]{$-$").count(),
        4
    );
    assert!(gains.contains("\\\\{\\tiny [") && !gains.contains("Intervals: report.md"), "{gains}");
    assert!(table.contains("(positive is better). Protocol: Table~\\ref{tab:g_mean}."), "{table}");
    if is_absent("pdflatex") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(overfull(folder.path(), &table), [""; 0]);
}

#[test]
fn rows_that_a_page_has_no_room_for_go_on_on_the_next() {
    let gamma = |i: u32| focal(1.0 + f64::from(i) / 10.0);
    let methods: Vec<Method> = (0..90).map(gamma).collect();
    let table = latex(&methods, &datasets(3));
    assert!(table.contains("\\label{tab:g_mean-rows-2}"), "{table}");
    for i in 0..90 {
        let name = format!("{}) & ", 1.0 + f64::from(i) / 10.0);
        assert!(table.contains(&name), "{name}");
    }
    if is_absent("pdflatex") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let log = set(folder.path(), &table);
    let too_large = log.lines().filter(|line| line.contains("Float too large"));
    assert_eq!(too_large.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn axes_that_meet_have_a_table_of_pairs() {
    let ohem = json!({ "ohem": { "keep": 0.5 } });
    let ohem_with = |loss| network(&loss, &ohem, "none");
    let methods = [
        cross_entropy(),
        focal(1.0),
        ohem_with(json!({ "cross_entropy": {} })),
        ohem_with(json!({ "focal": { "gamma": 1.0 } })),
    ];
    let comparison = compared(&methods, &datasets(6));
    let markdown = render::markdown(&comparison);
    let (_, pairs) = markdown.split_once("## G-mean: loss by mining").unwrap();
    let lines: Vec<&str> = pairs.lines().filter(|line| line.starts_with('|')).take(4).collect();
    let cells = |line: &str| -> Vec<String> {
        line.split('|').map(|cell| cell.trim().trim_matches('*').to_owned()).collect()
    };
    assert_eq!(cells(lines[0])[1..4], ["loss", "none", "ohem(keep=0.5)"]);
    assert_eq!(cells(lines[2])[1..3], ["cross_entropy", "baseline"]);
    assert!(cells(lines[3])[1].starts_with("focal") && cells(lines[3])[2].starts_with('+'));
    assert!(render::latex(&comparison).contains("\\label{tab:g_mean-interaction-1}"));
    assert!(render::typst(&comparison).contains("<tab:g_mean-interaction-1>"));
    let one_at_a_time = compared(&methods[..3], &datasets(6));
    assert!(!render::markdown(&one_at_a_time).contains("loss by mining"));
}

#[test]
fn what_differs_from_the_baseline_is_a_float_of_its_own() {
    let table = latex(&methods()[..3], &datasets(6));
    assert!(table.contains("\\label{tab:g_mean-baseline}"), "{table}");
    assert!(table.contains("better same") && table.contains("(baseline)"), "{table}");
    assert!(!latex(&methods()[..1], &datasets(3)).contains("baseline"));
}

#[test]
fn typst_sets_its_tables() {
    if is_absent("typst") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (n_methods, n_datasets) in [(2, 1), (6, 4), (6, 9)] {
        let text = render::typst(&compared(&methods()[..n_methods], &datasets(n_datasets)));
        fs::write(folder.path().join("report.typ"), text).unwrap();
        let mut command = Command::new("typst");
        let output = command.args(["compile", "report.typ"]).current_dir(folder.path()).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
