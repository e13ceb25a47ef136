//! Tuned parameters: the validation part of a run chooses, and its test part is scored.

use std::collections::BTreeMap;

use evaluation::Metric;
use experiment::file::ReportSpec;
use experiment::record::{Outcome, TrialRecord};
use report::{Comparison, MethodRow, figures, html, render};
use serde_json::json;

use crate::page::{plan, subject};
use crate::records::{Method, controlled, cross_entropy, focal, network, trial};

/// A trial with these values of average precision.
fn valued(method: &Method, fold: usize, seed: u64, validation: f64, test: f64) -> TrialRecord {
    let mut record = trial(method, "d", fold, seed, Some(test));
    let best = &mut record.trial.results.as_mut().unwrap().best;
    let part = best.validation.as_mut().unwrap();
    part.values.insert(Metric::AveragePrecision, Some(validation));
    // The other way round, for a metric of which lower is better.
    part.values.insert(Metric::LogLoss, Some(validation));
    record
}

fn gammas() -> Vec<TrialRecord> {
    vec![
        valued(&cross_entropy(), 0, 0, 0.5, 0.5),
        valued(&cross_entropy(), 1, 0, 0.5, 0.5),
        // The validation part of the first fold prefers what its test part does not.
        valued(&focal(1.0), 0, 0, 0.6, 0.5),
        valued(&focal(1.0), 1, 0, 0.8, 0.9),
        valued(&focal(5.0), 0, 0, 0.7, 0.4),
        valued(&focal(5.0), 1, 0, 0.8, 0.1),
    ]
}

fn selecting(paths: &[&str]) -> ReportSpec {
    let select = paths.iter().map(|path| path.parse().unwrap()).collect();
    ReportSpec { select, ..crate::one_metric() }
}

fn row<'c>(comparison: &'c Comparison, name: &str) -> &'c MethodRow {
    let rows = &comparison.tables[0].rows;
    rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("{name}: {rows:?}"))
}

#[test]
fn each_run_has_the_candidate_that_its_validation_part_chooses() {
    let comparison = crate::compared(&gammas(), &selecting(&["loss.gamma"]));
    assert_eq!(comparison.tables[0].rows.len(), 2);
    // 0.4 of the first fold, where 0.7 is above 0.6, and 0.9 of the second, where both are equal.
    let cell = &row(&comparison, "focal(gamma=tuned)").cells[0];
    assert!((cell.mean.unwrap() - 0.65).abs() < 1e-12 && cell.counts.expected == 2, "{cell:?}");
    assert!(row(&comparison, "cross_entropy").is_baseline());
    let [chosen] = &comparison.chosen[..] else { panic!("{:?}", comparison.chosen) };
    let values = [("gamma=1".to_owned(), 1), ("gamma=5".to_owned(), 1)];
    assert_eq!((chosen.row.as_str(), chosen.runs, chosen.undecided), ("focal(gamma=tuned)", 2, 0));
    assert_eq!(chosen.values, values);
    let said = comparison.notes.join("\n");
    assert!(
        said.contains("Chosen in focal(gamma=tuned): gamma=1 in 1; gamma=5 in 1 of 2 runs."),
        "{said}"
    );
}

#[test]
fn a_choice_at_the_edge_of_what_was_tried_is_said_to_be() {
    let trials = |best: f64| -> Vec<TrialRecord> {
        let merit = |gamma: f64| if gamma == best { 0.9 } else { 0.5 };
        let gammas = [1.0, 2.0, 5.0].into_iter();
        gammas.map(|gamma| valued(&focal(gamma), 0, 0, merit(gamma), 0.5)).collect()
    };
    let spec = selecting(&["loss.gamma"]);
    let of = |records: &[TrialRecord]| crate::compared(records, &spec);
    let edge = of(&trials(5.0));
    assert_eq!(edge.chosen[0].outermost, [("the largest gamma, 5".to_owned(), 1)]);
    let said = edge.notes.join("\n");
    assert!(said.contains("It is the largest gamma, 5, in 1 of them: what lies beyond"), "{said}");
    assert_eq!(of(&trials(1.0)).chosen[0].outermost[0].0, "the smallest gamma, 1");
    assert!(of(&trials(2.0)).chosen[0].outermost.is_empty(), "it lies between the others");
    // Of two values each is one of the outermost.
    assert!(of(&gammas()).chosen[0].outermost.is_empty());
}

#[test]
fn what_the_test_part_says_chooses_nothing() {
    let mut records = gammas();
    for record in &mut records {
        let best = &mut record.trial.results.as_mut().unwrap().best;
        let values = &mut best.test.values;
        let value = values.get(Metric::AveragePrecision).map(|value| 1.0 - value);
        values.insert(Metric::AveragePrecision, value);
    }
    let [one, other] = [gammas(), records]
        .map(|records| crate::compared(&records, &selecting(&["loss.gamma"])).chosen);
    assert_eq!(one, other);
}

#[test]
fn another_metric_chooses_in_its_own_direction() {
    let spec = ReportSpec { select_by: Some(Metric::LogLoss), ..selecting(&["loss.focal.gamma"]) };
    let comparison = crate::compared(&gammas(), &spec);
    let mean = row(&comparison, "focal(gamma=tuned)").cells[0].mean.unwrap();
    assert!((mean - 0.7).abs() < 1e-12, "{mean}");
    assert_eq!(comparison.chosen[0].values, [("gamma=1".to_owned(), 2)]);
}

#[test]
fn a_candidate_without_a_value_is_chosen_only_if_no_other_has_one() {
    let mut records = gammas();
    records[4].trial.outcome = Outcome::Diverged { epoch: 0, reason: None };
    records[5].trial.results = None;
    let chosen =
        |records: &[TrialRecord]| crate::compared(records, &selecting(&["loss.gamma"])).chosen;
    assert_eq!(chosen(&records)[0].values, [("gamma=1".to_owned(), 2)]);
    records[2].trial.results = None;
    let [chosen] = &chosen(&records)[..] else { panic!("one row") };
    assert_eq!((chosen.runs, chosen.undecided), (2, 1));
    assert_eq!(chosen.values, [("gamma=1".to_owned(), 1)]);
}

#[test]
fn what_was_chosen_among_fewer_than_all_says_so() {
    let (planned, mut records) = (gammas(), gammas());
    records.remove(5);
    let spec = selecting(&["loss.gamma"]);
    let comparison = crate::compared_as_planned(&planned, &records, &spec);
    let [chosen] = &comparison.chosen[..] else { panic!("one row") };
    assert_eq!((chosen.runs, chosen.undecided, chosen.incomplete), (2, 0, 1));
    let said = comparison.notes.join("\n");
    assert!(said.contains("of 2 runs; in 1 some candidate is not run."), "{said}");
    assert_eq!(crate::compared(&planned, &spec).chosen[0].incomplete, 0);
}

#[test]
fn seeds_choose_for_themselves_and_what_is_alone_is_not_tuned() {
    let mut records = gammas();
    records.push(valued(&focal(1.0), 0, 1, 0.1, 0.2));
    records.push(valued(&focal(5.0), 0, 1, 0.2, 0.3));
    let comparison = crate::compared(&records, &selecting(&["loss.gamma"]));
    assert_eq!(comparison.chosen[0].values, [("gamma=5".to_owned(), 2), ("gamma=1".to_owned(), 1)]);
    let comparison = crate::compared(&gammas()[..4], &selecting(&["loss.gamma"]));
    assert!(comparison.chosen.is_empty());
    row(&comparison, "focal(gamma=1)");
}

#[test]
fn a_gain_is_of_what_each_of_both_has_chosen() {
    let like = |gamma: f64| controlled(&focal(gamma), "permuted");
    let mut records = gammas();
    // The control chooses the gamma that the method does not.
    for fold in 0..2 {
        records.push(valued(&like(1.0), fold, 0, 0.9, 0.3));
        records.push(valued(&like(5.0), fold, 0, 0.1, 0.8));
    }
    let comparison = crate::compared(&records, &selecting(&["loss.gamma"]));
    let row = &comparison.gains[0].rows[0];
    assert_eq!(row.name, "focal(gamma=tuned)");
    let mean = |gain: &Option<report::Gain>| gain.as_ref().unwrap().mean;
    assert!((mean(&row.over_baseline) - (0.65 - 0.5)).abs() < 1e-12, "{row:?}");
    assert!((mean(&row.over_controls[0]) - (0.65 - 0.3)).abs() < 1e-12, "{row:?}");
}

#[test]
fn of_many_rows_the_page_says_of_each_what_was_chosen() {
    let mut records = Vec::new();
    for keep in [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8] {
        for gamma in [1.0, 5.0] {
            let (loss, mining) =
                (json!({ "focal": { "gamma": gamma } }), json!({ "ohem": { "keep": keep } }));
            records.push(valued(&network(&loss, &mining, "none"), 0, 0, keep, 0.5));
        }
    }
    let comparison = crate::compared(&records, &selecting(&["loss.gamma"]));
    let named = |text: &str| text.matches("Chosen in ohem(keep=").count();
    let terminal = crate::terminal(&comparison);
    assert_eq!(named(&terminal), 6);
    assert!(terminal.contains("What was chosen in 2 more rows stands in report.md."), "{terminal}");
    assert_eq!(named(&render::markdown(&comparison)), 8);
}

/// The page and the figures of `records`.
fn shown(records: &[TrialRecord], spec: ReportSpec) -> (String, BTreeMap<String, String>) {
    let plan = plan(records, spec);
    let all: Vec<&TrialRecord> = records.iter().collect();
    let figures = subject(&plan, &all, |subject| figures(subject).into_iter().collect());
    (subject(&plan, &all, html), figures)
}

/// The section of the page that has the candidates.
fn section(page: &str) -> &str {
    let (_, section) = page.split_once("<section id=\"tuning\"").unwrap();
    section.split_once("</section>").unwrap().0
}

#[test]
fn every_candidate_is_shown_with_what_validation_says_and_how_often_it_was_chosen() {
    let (page, figures) = shown(&gammas(), selecting(&["loss.gamma"]));
    let section = section(&page);
    // 0.6 and 0.8 on the validation parts; 0.7 and 0.8. Each was chosen once; the test parts stand nowhere.
    for entry in [
        "class=\"p2 best\" title=\"chosen in 1 of 2 runs\">0.700<small> 1×",
        "class=\"p4 best\" title=\"chosen in 1 of 2 runs\">0.750<small> 1×",
        "<th scope=\"row\">focal(gamma=tuned)</th>",
        "<th scope=\"col\">1</th><th scope=\"col\">5</th>",
        "Average precision on the validation parts",
    ] {
        assert!(section.contains(entry), "{entry}: {section}");
    }
    assert!(figures["tuning"].contains(">0.700 1×<"), "{}", figures["tuning"]);
    let (page, figures) = shown(&gammas(), crate::one_metric());
    assert!(!page.contains("id=\"tuning\"") && !figures.contains_key("tuning"));
}

#[test]
fn of_a_metric_of_which_lower_is_better_the_lowest_is_the_darkest() {
    let spec = ReportSpec { select_by: Some(Metric::LogLoss), ..selecting(&["loss.gamma"]) };
    let (page, _) = shown(&gammas(), spec);
    let section = section(&page);
    assert!(section.contains("class=\"p4 best\" title=\"chosen in 2 of 2 runs\">0.700<small> 2×"));
    assert!(section.contains("class=\"p2\" title=\"chosen in 0 of 2 runs\">0.750<small> 0×"));
}

#[test]
fn two_tuned_parameters_make_a_map_and_values_stand_in_their_order() {
    let mut records = vec![valued(&cross_entropy(), 0, 0, 0.5, 0.5)];
    for (i, gamma) in [10.0, 2.0, 0.5].into_iter().enumerate() {
        for (j, keep) in [0.5, 0.125].into_iter().enumerate() {
            let (loss, mining) =
                (json!({ "focal": { "gamma": gamma } }), json!({ "ohem": { "keep": keep } }));
            let merit = 0.5 + 0.1 * i as f64 + 0.01 * j as f64;
            records.push(valued(&network(&loss, &mining, "none"), 0, 0, merit, 0.5));
        }
    }
    let (page, figures) = shown(&records, selecting(&["loss.gamma", "mining.keep"]));
    let section = section(&page);
    let order = ["gamma ╲ keep", ">0.125<", ">0.5<", ">0.5<", ">0.710<", ">2<", ">10<"];
    let mut rest = section;
    for what in order {
        rest = rest.split_once(what).unwrap_or_else(|| panic!("{what}: {section}")).1;
    }
    assert_eq!(section.matches("<small>").count(), 6);
    assert!(figures["tuning"].contains("gamma ╲ keep"));
}

#[test]
fn means_are_over_the_data_sets_on_which_every_candidate_has_a_value() {
    let mut records = gammas();
    let on_another = |mut record: TrialRecord| {
        record.trial.spec.dataset.name = "e".to_owned();
        record.trial.id = "0".repeat(32).parse().unwrap();
        record
    };
    // The other candidate has nothing there, and no mean is raised by that.
    records.push(on_another(valued(&focal(1.0), 0, 0, 1.0, 1.0)));
    let (page, _) = shown(&records, selecting(&["loss.gamma"]));
    assert!(section(&page).contains(">0.700<small> 1×"), "{}", section(&page));
}
