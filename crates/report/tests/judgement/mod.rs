//! What a table may claim, rule by rule.

mod in_use;

use std::collections::BTreeMap;

use evaluation::Metric;
use experiment::Axis;
use experiment::file::ReportSpec;
use experiment::plan::DatasetFacts;
use experiment::record::TrialRecord;
use report::{Comparison, Estimate, Judgement, MetricTable, RunTest, Unit, render};
use serde_json::json;

use crate::records::{
    Method, around, controlled, cross_entropy, diverged_at_once, focal, folds, network, trial,
};
use crate::{compared, compared_as_planned, compared_with_facts, mined, one_metric};

const SETS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// On each of `gains.len()` data sets 0.5 for cross-entropy, and what each method gains over it.
fn gaining(methods: &[(Method, &[f64])]) -> Vec<TrialRecord> {
    let mut records = Vec::new();
    for (i, &set) in SETS.iter().take(methods[0].1.len()).enumerate() {
        records.extend(around(&cross_entropy(), set, 0.5));
        for (method, gains) in methods {
            records.extend(around(method, set, 0.5 + gains[i]));
        }
    }
    // As a plan has them: method by method.
    let (plain, others): (Vec<_>, Vec<_>) = records.into_iter().partition(|record| {
        record.trial.spec.plainly().is_some_and(|plain| plain == record.trial.spec)
    });
    [plain, others].concat()
}

fn said(comparison: &Comparison) -> String {
    let paragraphs = comparison.answers().map(report::Paragraph::text);
    paragraphs.collect::<Vec<_>>().join("\n")
}

fn row(table: &MetricTable, name: &str) -> usize {
    let names = table.rows.iter().map(|row| row.name.as_str());
    names
        .clone()
        .position(|known| known == name)
        .unwrap_or_else(|| panic!("{name} of {:?}", names.collect::<Vec<_>>()))
}

fn verdict<'a>(table: &'a MetricTable, name: &str) -> &'a Estimate {
    table.judgement.verdicts[row(table, name)].as_ref().expect("it is compared with the baseline")
}

#[test]
fn in_a_terminal_a_difference_told_from_0_has_a_mark_of_its_own() {
    let records = gaining(&[(focal(1.0), &[0.1; 8]), (mined(1.0), &[0.05; 8])]);
    let text = render::terminal(&compared(&records, &one_metric()), false, None);
    assert!(text.contains("+0.100≠"), "{text}");
    assert!(text.contains("*: best of its column."), "{text}");
    assert!(text.contains("≠: differs from 0. Intervals: report.md."), "{text}");
    assert!(!text.contains("brackets"), "{text}");
}

#[test]
fn six_families_cannot_tell_anything_after_many_comparisons() {
    let records =
        gaining(&[(focal(1.0), &[0.1; 6]), (mined(1.0), &[0.05; 6]), (focal(0.5), &[0.02; 6])]);
    let text = said(&compared(&records, &one_metric()));
    assert!(text.contains("focal(gamma=1) has the best average rank, 1.00 of 4."), "{text}");
    assert!(text.contains("baseline cross_entropy is +0.100 over 6 independent families of data sets (97 % interval +0.100 to +0.100, for this one comparison)."), "{text}");
    let claim = "This run cannot tell the leader from the baseline: with 6 families and 3 comparisons, even a row that won \
                 everywhere would have p = 0.094 after Holm. It takes 7 families.";
    assert!(text.contains(claim), "{text}");
}

#[test]
fn a_row_that_wins_on_all_of_eight_families_is_better() {
    let gains = [0.03, 0.05, 0.02, 0.06, 0.04, 0.07, 0.08, 0.09];
    let losses = gains.map(|gain| -gain);
    let mixed = [0.2, -0.01, 0.03, -0.02, 0.005, 0.2, -0.03, 0.2];
    let records = gaining(&[(focal(1.0), &gains), (focal(0.5), &losses), (mined(1.0), &mixed)]);
    let comparison = compared(&records, &one_metric());
    let table = &comparison.tables[0];
    // Of 256 signs two are as one-sided, and Holm's first step is over three comparisons.
    assert_eq!(verdict(table, "focal(gamma=1)").p_holm, Some(3.0 * 2.0 / 256.0));
    assert_eq!(verdict(table, "focal(gamma=0.5)").p_holm, Some(3.0 * 2.0 / 256.0));
    assert!(verdict(table, "focal(gamma=1)").is_better());
    assert!(verdict(table, "focal(gamma=0.5)").is_worse());
    let counts = verdict(table, "focal(gamma=1) + ohem(keep=0.5)");
    assert_eq!((counts.better, counts.same, counts.worse), (4, 2, 2));
    let text = said(&comparison);
    let claim = "Better than the baseline: focal(gamma=1) (p = 0.023); 1 row is worse (Wilcoxon over families, Holm over \
                 3 comparisons, α = 0.05); the other one cannot be told from it.";
    assert!(text.contains(claim), "{text}");
    assert!(text.contains("The rows do differ (Iman–Davenport, p < 0.001)"), "{text}");
}

#[test]
fn few_families_that_rank_alike_do_not_show_that_rows_differ() {
    let (less, more) = ([0.01, 0.01], [0.02, 0.02]);
    let records = gaining(&[(focal(0.5), &less), (focal(1.0), &more)]);
    let text = said(&compared(&records, &one_metric()));
    // F is infinite; chi-square has the most that two families can give it.
    assert!(
        text.contains(
            "Nor does the run show that the 3 ranked rows differ at all (Friedman, p = 0.14)"
        ),
        "{text}"
    );
}

#[test]
fn a_leader_that_is_not_told_apart_is_named() {
    // The mined row has the better ranks, and one great loss that keeps its test from rejecting.
    let steady = [0.01, 0.011, 0.012, 0.013, 0.014, 0.015, 0.016, 0.017];
    let wild = [0.3, 0.3, 0.3, 0.3, 0.3, 0.3, -0.4, -0.5];
    let records = gaining(&[(focal(1.0), &steady), (mined(1.0), &wild)]);
    let text = said(&compared(&records, &one_metric()));
    assert!(text.contains("focal(gamma=1) + ohem(keep=0.5) has the best average rank"), "{text}");
    assert!(text.contains("Better than the baseline: focal(gamma=1) (p = 0.016)"), "{text}");
    assert!(
        text.contains(
            "focal(gamma=1) + ohem(keep=0.5), the leader by rank, is among these (p = 0.80)"
        ),
        "{text}"
    );
}

#[test]
fn no_row_is_told_from_the_baseline_where_none_is() {
    let records = gaining(&[(focal(1.0), &[0.1, -0.1, 0.05, -0.05, 0.02, -0.02, 0.01, -0.01])]);
    let text = said(&compared(&records, &one_metric()));
    // Two rows have a test too.
    assert!(
        text.contains("No row can be told from the baseline (Wilcoxon over families: p = "),
        "{text}"
    );
    assert!(!text.contains("Holm"), "one comparison has nothing to be corrected for: {text}");
}

#[test]
fn where_the_baseline_leads_it_is_said() {
    let records = gaining(&[(focal(1.0), &[-0.1; 6])]);
    let text = said(&compared(&records, &one_metric()));
    assert!(
        text.starts_with("The baseline, cross_entropy, has the best average rank of 2 rows"),
        "{text}"
    );
    assert!(text.contains("No row is better than the baseline, 1 row is worse"), "{text}");
    assert!(!text.contains("flatters"), "{text}");
}

#[test]
fn siblings_are_one_observation() {
    let records = gaining(&[(focal(1.0), &[0.1, 0.2, 0.3, -0.1])]);
    let facts =
        |family: &str| DatasetFacts { family: family.to_owned(), ..DatasetFacts::default() };
    let facts: BTreeMap<String, DatasetFacts> = [("a", "x"), ("b", "x"), ("c", "x"), ("d", "y")]
        .map(|(set, family)| (set.to_owned(), facts(family)))
        .into();
    let comparison = compared_with_facts(&records, &records, &facts, &one_metric());
    let table = &comparison.tables[0];
    assert_eq!(table.judgement.families, ["x", "y"]);
    let estimate = verdict(table, "focal(gamma=1)");
    let shown: Vec<String> =
        estimate.by_unit.iter().map(|d| format!("{:.6}", d.unwrap())).collect();
    assert_eq!(shown, ["0.200000", "-0.100000"]);
    assert!((estimate.size - 0.05).abs() < 1e-12);
}

/// Facts of data sets that are all of one family.
fn siblings(names: &[&str]) -> BTreeMap<String, DatasetFacts> {
    let facts = || DatasetFacts { family: "photographs".to_owned(), ..DatasetFacts::default() };
    names.iter().map(|name| ((*name).to_owned(), facts())).collect()
}

#[test]
fn several_data_sets_of_one_family_are_compared_over_their_runs() {
    let plain = [0.50, 0.52, 0.48, 0.51, 0.49];
    let (steep, flat) = ([0.60, 0.63, 0.57, 0.62, 0.58], [0.54, 0.55, 0.51, 0.53, 0.54]);
    let of = |method: &Method, on_steep: &[f64], on_flat: &[f64]| {
        [folds(method, "steep", on_steep), folds(method, "flat", on_flat)].concat()
    };
    let mut records = of(&cross_entropy(), &plain, &plain);
    records.extend(of(&focal(1.0), &steep, &flat));
    let facts = siblings(&["steep", "flat"]);
    let comparison = compared_with_facts(&records, &records, &facts, &one_metric());
    let table = &comparison.tables[0];
    assert_eq!((table.judgement.unit, table.judgement.families.len()), (Unit::Run, 0));
    let estimate = verdict(table, "focal(gamma=1)");
    let of_runs: Vec<f64> = (0..5).map(|i| f64::midpoint(steep[i], flat[i]) - plain[i]).collect();
    for (known, expected) in estimate.by_unit.iter().zip(&of_runs) {
        assert!((known.unwrap() - expected).abs() < 1e-11, "{estimate:?}");
    }
    // The same as of one data set on which these are the differences.
    let alone: Vec<f64> = (0..5).map(|i| plain[i] + of_runs[i]).collect();
    let mut one = folds(&cross_entropy(), "own", &plain);
    one.extend(folds(&focal(1.0), "own", &alone));
    let one = compared(&one, &one_metric());
    let expected = verdict(&one.tables[0], "focal(gamma=1)");
    let near = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 1e-9;
    assert!(near(estimate.p_value, expected.p_value), "{estimate:?} {expected:?}");
    let text = said(&comparison);
    for claim in [
        "focal(gamma=1) has the best average rank, 1.00 of 2.",
        "over 5 runs, each the mean of 2 data sets of one family",
        "Better than the baseline: focal(gamma=1)",
        "what holds on one family of data sets need not hold on another",
    ] {
        assert!(text.contains(claim), "{claim}: {text}");
    }
}

#[test]
fn siblings_without_the_same_runs_are_not_tested() {
    let mut records = Vec::new();
    for (method, gain) in [(cross_entropy(), 0.0), (focal(1.0), 0.1)] {
        let values = |n: usize| (0..n).map(|i| 0.5 + gain + 0.01 * i as f64).collect::<Vec<_>>();
        records.extend(folds(&method, "steep", &values(5)));
        records.extend(folds(&method, "flat", &values(4)));
    }
    let facts = siblings(&["steep", "flat"]);
    let comparison = compared_with_facts(&records, &records, &facts, &one_metric());
    let estimate = verdict(&comparison.tables[0], "focal(gamma=1)");
    assert_eq!((estimate.n, estimate.p_value, estimate.interval), (9, None, None));
    let text = said(&comparison);
    assert!(text.contains("Nothing can be tested: of one family of data sets"), "{text}");
    assert!(text.contains("is +0.100 over 9 runs on 2 data sets of one family."), "{text}");
}

#[test]
fn picking_is_scored_on_the_family_left_out() {
    // Each family has its own winner: a pick of the others never wins there.
    let records = gaining(&[
        (focal(1.0), &[0.3, 0.0, 0.0]),
        (focal(0.5), &[-0.01, 0.3, -0.01]),
        (mined(1.0), &[-0.02, -0.02, 0.3]),
    ]);
    let comparison = compared(&records, &one_metric());
    let judgement: &Judgement = &comparison.tables[0].judgement;
    let picked = judgement.picked.expect("three families are enough");
    assert_eq!(picked.n, 3);
    assert!(picked.gain < 0.1, "{picked:?}");
    assert!(said(&comparison).contains("flatters it. Picking on all families but one"));
}

#[test]
fn another_baseline_can_be_asked_for() {
    let records = gaining(&[(focal(1.0), &[0.1; 6])]);
    let asked = |name: &str| ReportSpec { baseline: Some(name.to_owned()), ..one_metric() };
    let comparison = compared(&records, &asked("focal(gamma=1)"));
    let table = &comparison.tables[0];
    assert!(table.rows[row(table, "focal(gamma=1)")].is_baseline());
    assert!((verdict(table, "cross_entropy").size + 0.1).abs() < 1e-12);
    let comparison = compared(&records, &asked("fokal"));
    let table = &comparison.tables[0];
    assert!(table.rows[row(table, "cross_entropy")].is_baseline());
    assert!(comparison.notes.iter().any(|note| note.starts_with("No row is called `fokal`")));
}

#[test]
fn lower_is_better_where_it_is() {
    let records = gaining(&[(focal(1.0), &[-0.1; 6])]);
    let spec = ReportSpec { metrics: vec![evaluation::Metric::LogLoss], ..one_metric() };
    let comparison = compared(&records, &spec);
    let estimate = verdict(&comparison.tables[0], "focal(gamma=1)");
    assert!((estimate.size - 0.1).abs() < 1e-12 && estimate.better == 6, "{estimate:?}");
}

#[test]
fn one_data_set_is_compared_over_its_runs() {
    let mut records = folds(&cross_entropy(), "own", &[0.50, 0.52, 0.48, 0.51, 0.49]);
    records.extend(folds(&focal(1.0), "own", &[0.60, 0.63, 0.57, 0.62, 0.58]));
    let comparison = compared(&records, &one_metric());
    let table = &comparison.tables[0];
    assert_eq!((table.judgement.unit, table.judgement.families.len()), (Unit::Run, 0));
    let estimate = verdict(table, "focal(gamma=1)");
    // d = 0.10, 0.11, 0.09, 0.11, 0.09; s² = 1e-4; t = 0.1 / sqrt((1/5 + 34/135) 1e-4) = 14.87 with 4 degrees.
    assert!((estimate.size - 0.1).abs() < 1e-12);
    let p = estimate.p_value.unwrap();
    assert!((p - 1.191e-4).abs() < 2e-6, "{p}");
    let text = said(&comparison);
    assert!(
        text.contains(
            "For average precision on own, focal(gamma=1) has the best mean of 2 rows, 0.600."
        ),
        "{text}"
    );
    assert!(text.contains("mean difference from the baseline cross_entropy is +0.100 over 5 runs (95 % interval +0.08"), "{text}");
    assert!(text.contains("Better than the baseline: focal(gamma=1) (p < 0.001)"), "{text}");
    assert!(text.contains("corrected resampled t over runs"), "{text}");
    assert!(!text.contains("rank") && !text.contains("famil"), "{text}");
}

#[test]
fn runs_on_one_given_test_part_have_a_paired_t() {
    let given = json!({ "split": { "given": {} } });
    let of_seeds = |method: &Method, values: [f64; 5]| {
        let method = method.under(&given);
        let seeds = values.into_iter().enumerate();
        let of_seed = |(seed, value)| trial(&method, "own", 0, seed as u64, Some(value));
        seeds.map(of_seed).collect::<Vec<_>>()
    };
    let mut records = of_seeds(&cross_entropy(), [0.50, 0.52, 0.48, 0.51, 0.49]);
    records.extend(of_seeds(&focal(1.0), [0.60, 0.63, 0.57, 0.62, 0.58]));
    let comparison = compared(&records, &one_metric());
    let table = &comparison.tables[0];
    assert_eq!((table.judgement.unit, table.judgement.run_test), (Unit::Run, RunTest::PairedT));
    // As above, but t = 0.1 / sqrt(1e-4 / 5) = 22.36, whatever the sizes of the parts.
    let p = verdict(table, "focal(gamma=1)").p_value.unwrap();
    assert!((p - 2.3683e-5).abs() < 1e-9, "{p}");
    let entry = table.judgement.entries[row(table, "focal(gamma=1)")][0].unwrap();
    assert_eq!(entry.p_value, Some(p));
    let text = said(&comparison);
    assert!(text.contains(", paired t over runs, "), "{text}");
    assert!(text.contains("what holds on one test part need not hold on another"), "{text}");
    assert!(!text.contains("resampled"), "{text}");

    // Of several given folds each is learnt from by the others.
    let mut in_folds = folds(&cross_entropy().under(&given), "own", &[0.50, 0.52, 0.48]);
    in_folds.extend(folds(&focal(1.0).under(&given), "own", &[0.60, 0.63, 0.57]));
    let in_folds = compared(&in_folds, &one_metric());
    assert_eq!(in_folds.tables[0].judgement.run_test, RunTest::CorrectedResampledT);
}

#[test]
fn what_cannot_be_tested_says_why() {
    let mut records = folds(&cross_entropy(), "own", &[0.5]);
    records.extend(folds(&focal(1.0), "own", &[0.6]));
    let text = said(&compared(&records, &one_metric()));
    assert!(
        text.contains(
            "Nothing can be tested: of one data set, tests are over runs, and there is one."
        ),
        "{text}"
    );
    let nothing = folds(&focal(1.0), "own", &[0.6]);
    let planned = [folds(&cross_entropy(), "own", &[0.5]), nothing.clone()].concat();
    let text = said(&compared_with_facts(&planned, &nothing, &BTreeMap::new(), &one_metric()));
    assert!(text.contains("The baseline has too few runs"), "{text}");
}

#[test]
fn entries_are_tested_within_their_data_set_and_corrected_over_the_table() {
    let records = gaining(&[(focal(1.0), &[0.1, 0.0]), (mined(1.0), &[-0.2, 0.1])]);
    let comparison = compared(&records, &one_metric());
    let table = &comparison.tables[0];
    let entry = |name: &str, set: usize| table.judgement.entries[row(table, name)][set].unwrap();
    // Differences without any spread are no test, unless they are zero.
    assert_eq!((entry("focal(gamma=1)", 0).n, entry("focal(gamma=1)", 0).p_holm), (5, None));
    assert_eq!(entry("focal(gamma=1)", 1).p_holm, Some(1.0));
    assert!(table.judgement.entries[row(table, "cross_entropy")].iter().all(Option::is_none));
    let mut noisy = gaining(&[(focal(1.0), &[0.1, 0.1])]);
    for record in noisy.iter_mut().filter(|record| record.trial.spec.fold == 0) {
        let values = &mut record.trial.results.as_mut().unwrap().best.test.values;
        if record.trial.spec.plainly().unwrap() != record.trial.spec {
            let metric = evaluation::Metric::AveragePrecision;
            values.insert(metric, values.get(metric).map(|value| value + 0.001));
        }
    }
    let comparison = compared(&noisy, &one_metric());
    let table = &comparison.tables[0];
    let entries = &table.judgement.entries[row(table, "focal(gamma=1)")];
    let (first, second) = (entries[0].unwrap(), entries[1].unwrap());
    assert!(first.is_better() && second.is_better());
    assert_eq!(first.p_holm, Some(2.0 * first.p_value.unwrap()));
}

#[test]
fn a_part_is_what_it_does_whatever_stands_on_the_other_axes() {
    let plain_mined =
        network(&json!({ "cross_entropy": {} }), &json!({ "ohem": { "keep": 0.5 } }), "none");
    let records = gaining(&[
        (focal(1.0), &[0.10, 0.20, 0.10]),
        (plain_mined, &[0.04, 0.02, 0.00]),
        (mined(1.0), &[0.12, 0.24, 0.12]),
    ]);
    let comparison = compared(&records, &one_metric());
    let parts = &comparison.tables[0].judgement.parts;
    let known: Vec<(Axis, &str, &str, usize)> = parts
        .iter()
        .map(|part| (part.axis, part.label.as_str(), part.from.as_str(), part.pairs))
        .collect();
    assert_eq!(
        known,
        [
            (Axis::Loss, "focal(gamma=1)", "cross_entropy", 2),
            (Axis::Mining, "ohem(keep=0.5)", "none", 2)
        ]
    );
    let of = |part: usize| {
        parts[part]
            .estimate
            .by_unit
            .iter()
            .map(|d| format!("{:.3}", d.unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(0), ["0.090", "0.210", "0.110"]);
    assert_eq!(of(1), ["0.030", "0.030", "0.010"]);
    let one_axis = gaining(&[(focal(1.0), &[0.1, 0.2, 0.1])]);
    assert!(compared(&one_axis, &one_metric()).tables[0].judgement.parts.is_empty());
}

#[test]
fn a_gain_that_a_control_has_too_is_not_called_the_methods() {
    let gains = [0.03, 0.05, 0.02, 0.06, 0.04, 0.07, 0.08, 0.09];
    let near = gains.map(|gain: f64| {
        gain + if (100.0 * gain).round() as i32 % 2 == 0 { 0.001 } else { -0.001 }
    });
    let matched = controlled(&focal(1.0), "norm_matched");
    let with_control = |control: &[f64]| {
        let records = gaining(&[(focal(1.0), &gains), (matched.clone(), control)]);
        said(&compared(&records, &one_metric()))
    };
    let text = with_control(&near);
    assert!(
        text.contains(
            "focal(gamma=1): +0.055 over plain training (p = 0.016); ±0.000 over norm_matched, plain steps as long as its own at the same weights \
             (p = "
        ),
        "{text}"
    );
    assert!(
        text.contains(
            "it helps, and a step of the same kind without what it knows cannot be told from it."
        ),
        "{text}"
    );
    // Of one comparison there is one probability, wherever it stands.
    assert!(text.contains("Better than the baseline: focal(gamma=1) (p = 0.016)"), "{text}");
    let text = with_control(&gains.map(|gain| gain / 2.0));
    assert!(text.contains("it helps, and by what it knows."), "{text}");
    let records = gaining(&[(focal(1.0), &gains.map(|gain| -gain)), (matched.clone(), &gains)]);
    let text = said(&compared(&records, &one_metric()));
    assert!(text.contains("it is worse than plain training."), "{text}");
    let mixed = [0.1, -0.1, 0.02, -0.02, 0.03, -0.03, 0.01, -0.01];
    let records = gaining(&[(focal(1.0), &mixed), (matched.clone(), &gains)]);
    let text = said(&compared(&records, &one_metric()));
    assert!(text.contains("this run does not show that it helps."), "{text}");
    let far = gains.map(|gain| gain + 0.2);
    let records = gaining(&[(focal(1.0), &mixed), (matched.clone(), &far)]);
    let text = said(&compared(&records, &one_metric()));
    let claim = "this run does not show that it helps, and a step of the same kind without what it \
                 knows is better.";
    assert!(text.contains(claim), "{text}");
    let text = with_control(&gains.map(|gain| gain * 2.0));
    let claim = "it helps, and a step of the same kind without what it knows helps more.";
    assert!(text.contains(claim), "{text}");
    let claim = "focal(gamma=1) + norm_matched (a control, p = ";
    assert!(text.contains(claim), "{text}");
    assert!(
        text.contains("It is a control: a step of the same kind without what the method knows."),
        "{text}"
    );
}

#[test]
fn where_the_baseline_is_lost_no_other_row_is_called_it() {
    let both =
        ReportSpec { metrics: vec![Metric::AveragePrecision, Metric::LogLoss], ..one_metric() };
    let planned = gaining(&[(focal(1.0), &[0.1; 6]), (mined(1.0), &[0.2; 6])]);
    let is_plain = |record: &TrialRecord| {
        record.trial.spec.plainly().is_some_and(|plain| plain == record.trial.spec)
    };
    let recorded: Vec<TrialRecord> =
        planned.iter().filter(|record| !is_plain(record)).cloned().collect();
    let text = said(&compared_as_planned(&planned, &recorded, &both));
    assert!(text.contains("The baseline has too few runs"), "{text}");
    assert!(!text.contains("Best by"), "of rows that are not compared none is best: {text}");
    assert!(!text.contains("(the baseline)"), "{text}");
}

#[test]
fn a_row_alone_is_best_by_nothing() {
    let both =
        ReportSpec { metrics: vec![Metric::AveragePrecision, Metric::LogLoss], ..one_metric() };
    let text = said(&compared(&around(&cross_entropy(), "a", 0.5), &both));
    assert!(!text.contains("Best by"), "{text}");
}

#[test]
fn a_method_beside_its_control_alone_is_named_and_not_said_to_beat_plain_training() {
    let gains = [0.03, 0.05, 0.02, 0.06, 0.04, 0.07, 0.08, 0.09];
    let mut records = Vec::new();
    for (set, gain) in SETS.iter().zip(gains) {
        records.extend(around(&focal(1.0), set, 0.5 + gain));
        records.extend(around(&controlled(&focal(1.0), "norm_matched"), set, 0.5));
    }
    records.sort_by_key(|record| record.trial.spec.control().is_some());
    let comparison = compared(&records, &one_metric());
    let text = said(&comparison);
    let claim = "the method: +0.055 over norm_matched, plain steps as long as its own at the same weights (p = 0.008): better than its controls, and not compared with plain \
                 training.";
    assert!(text.contains(claim), "{text}");
    assert_eq!(comparison.question, "Does what a method knows help on 8 data sets?");
}

#[test]
fn what_a_control_is_not_told_from_is_not_said_of_the_control() {
    let gains = [0.03, 0.05, 0.02, 0.06, 0.04, 0.07, 0.08, 0.09];
    let noise = [0.01, -0.01, 0.02, -0.02, 0.03, -0.03, 0.04, -0.04];
    let mut records = Vec::new();
    for (i, set) in SETS.iter().enumerate() {
        let own = 0.5 + gains[i];
        records.extend(around(&cross_entropy(), set, 0.5));
        records.extend(around(&mined(1.0), set, own));
        records.extend(around(&controlled(&mined(1.0), "norm_matched"), set, own + noise[i]));
        records.extend(around(&controlled(&mined(1.0), "permuted"), set, 0.5));
    }
    let text = said(&compared(&records, &one_metric()));
    assert!(text.contains("it helps; some of its controls cannot be told from it."), "{text}");
}

#[test]
fn other_readings_of_the_first_table_say_what_the_differences_say() {
    // The first is as good as the baseline, the second better everywhere.
    let records = gaining(&[(focal(1.0), &[0.001; 8]), (focal(2.0), &[0.1; 8])]);
    let comparison = compared(&records, &one_metric());
    let readings = comparison.readings.as_ref().unwrap();
    assert_eq!((readings.rope, readings.draws, readings.rows.len()), (0.01, 2000, 3));
    let of = |name: &str| readings.rows[row(&comparison.tables[0], name)];
    let (better, same) = (of("focal"), of("focal(gamma=1)"));
    assert!(0.95 < better.against.unwrap().better && 0.95 < same.against.unwrap().same);
    assert_eq!(of("cross_entropy").against, None);
    let points = ["focal", "focal(gamma=1)", "cross_entropy"].map(|name| of(name).elo.unwrap());
    assert!(points[0] > points[1] && points[1] > points[2], "{points:?}");
    assert!((points.iter().sum::<f64>()).abs() < 1e-6);
    let interval = better.elo_interval.unwrap();
    assert!(interval.contains(points[0]) && interval.level == 0.95, "{interval:?}");
    // Equal tables have equal readings, and nothing is read of a table without a comparison.
    assert_eq!(compared(&records, &one_metric()).readings, comparison.readings);
    assert!(compared(&around(&cross_entropy(), "d", 0.5), &one_metric()).readings.is_none());
}

#[test]
fn runs_of_a_single_data_set_have_exact_probabilities_and_no_elo() {
    let mut records = around(&cross_entropy(), "d", 0.5);
    records.extend(around(&focal(2.0), "d", 0.7));
    let readings = compared(&records, &one_metric()).readings;
    // Runs without a spread of their differences, as these, have no t: give them one.
    assert!(readings.is_none());
    let spread = [0.7, 0.72, 0.69, 0.74, 0.71];
    let mut records = around(&cross_entropy(), "d", 0.5);
    records.extend(folds(&focal(2.0), "d", &spread));
    let readings = compared(&records, &one_metric()).readings.unwrap();
    assert_eq!(readings.draws, 0);
    let against = readings.rows.iter().find_map(|reading| reading.against).unwrap();
    assert!(0.99 < against.better && against.error == 0.0, "{against:?}");
    assert!(readings.rows.iter().all(|reading| reading.elo.is_none()));
}

#[test]
fn a_row_that_diverged_everywhere_is_said_to_have_and_has_no_time() {
    let mut records = gaining(&[(focal(1.0), &[0.01; 8])]);
    let others = gaining(&[(focal(5.0), &[0.02; 8])]).into_iter().skip(records.len() / 2);
    records.extend(others.map(diverged_at_once));
    let comparison = compared(&records, &one_metric());
    let text = said(&comparison);
    assert!(text.contains("Diverged in every run: focal(gamma=5)."), "{text}");
    assert!(!text.contains("in common with the others"), "{text}");
    let table = &comparison.tables[0];
    let time = |name: &str| table.rows[row(table, name)].relative_time;
    assert_eq!((time("focal(gamma=1)"), time("focal(gamma=5)")), (Some(1.0), None));
}

#[test]
fn rows_that_share_the_best_rank_are_named() {
    let comparison =
        compared(&gaining(&[(focal(1.0), &[0.05; 8]), (focal(5.0), &[0.05; 8])]), &one_metric());
    let text = said(&comparison);
    assert!(
        text.contains("for this one comparison). focal(gamma=5) has the same rank.\n"),
        "{text}"
    );
}
