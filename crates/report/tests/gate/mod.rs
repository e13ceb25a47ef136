//! A candidate against a baseline, from hand-made records.

use evaluation::Metric;
use experiment::file::ReportSpec;
use experiment::record::{Outcome, TrialRecord};
use report::gate::{Decline, Gate, GateSettings, Rehearsal, Severity, Snapshot, Verdict};
use report::results::{NamedResults, differences};

use crate::records::{cross_entropy, diverged_at_once, failed, focal, trial};

const DATASETS: [&str; 4] = ["ecoli4", "glass2", "haberman", "pima"];

/// Two methods on four data sets, five folds, two seeds; `shift` is added to what focal loss reaches.
fn results(shift: impl Fn(usize, usize, u64) -> f64) -> Vec<TrialRecord> {
    let mut records = Vec::new();
    for (i, dataset) in DATASETS.iter().enumerate() {
        for (fold, seed) in (0..5).flat_map(|fold| [(fold, 0), (fold, 1)]) {
            let value = 0.6 + 0.05 * i as f64 + 0.01 * fold as f64 + 0.003 * seed as f64;
            records.push(trial(&cross_entropy(), dataset, fold, seed, Some(value)));
            let shift = shift(i, fold, seed);
            let mut record = trial(&focal(2.0), dataset, fold, seed, Some(value + shift));
            if shift != 0.0 {
                let results = record.trial.results.as_mut().unwrap();
                results.predictions_digest = "c".repeat(32);
            }
            records.push(record);
        }
    }
    records
}

fn snapshot(records: &[TrialRecord]) -> Snapshot {
    let report =
        ReportSpec { metrics: vec![Metric::GMean, Metric::LogLoss], ..ReportSpec::default() };
    let records: Vec<&TrialRecord> = records.iter().collect();
    let settings = GateSettings::new(&report);
    Snapshot::new(Some("tiny".to_owned()), &records, settings, str::to_owned)
}

fn gate(baseline: &[TrialRecord], candidate: &[TrialRecord]) -> Gate {
    Gate::new(&snapshot(baseline), &snapshot(candidate))
}

fn verdict(gate: &Gate, method: &str, metric: Metric) -> Verdict {
    let line = gate.lines.iter().find(|line| line.method == method && line.metric == metric);
    line.unwrap_or_else(|| panic!("{method} {}", metric.name())).verdict
}

/// Without a mean, and not the same in any two cells of a data set.
fn noise(i: usize, fold: usize, seed: u64) -> f64 {
    let sign = if seed == 0 { 1.0 } else { -1.0 };
    sign * 0.01 * (1.0 + fold as f64 + i as f64)
}

#[test]
fn the_same_results_are_equal_and_nothing_is_tested() {
    let records = results(|_, _, _| 0.0);
    let same = gate(&records, &records);
    assert_eq!((same.verdict, same.equal_cells, same.changed_cells), (Verdict::Equal, 80, 0));
    assert!(same.passes(true) && same.lines.iter().all(|line| line.effect.is_none()));
    assert_eq!(same.headline(true), "passed: 80 cells, equal bit for bit.");
    assert_eq!(same.annotations(), []);
}

#[test]
fn identities_do_not_matter_and_neither_does_the_order_of_records() {
    let records = results(|_, _, _| 0.0);
    let mut others = records.clone();
    others.reverse();
    for (i, record) in others.iter_mut().enumerate() {
        record.trial.id = format!("{i:032x}").parse().unwrap();
    }
    assert_eq!(gate(&records, &others).verdict, Verdict::Equal);
}

#[test]
fn a_steady_decline_is_worse_and_named_with_cells_effect_and_power() {
    let was = results(|_, _, _| 0.0);
    // A tenth lower, and a little noise.
    let is = results(|i, fold, seed| -0.1 + 0.1 * noise(i, fold, seed));
    let worse = gate(&was, &is);
    assert_eq!(verdict(&worse, "focal", Metric::GMean), Verdict::Worse);
    // Of the log loss, less is better.
    assert_eq!(verdict(&worse, "focal", Metric::LogLoss), Verdict::Better);
    assert_eq!(verdict(&worse, "cross_entropy", Metric::GMean), Verdict::Equal);
    assert!(!worse.passes(false));
    let line = worse.lines.iter().find(|line| line.verdict == Verdict::Worse).unwrap();
    let effect = line.effect.unwrap();
    assert!((effect.mean + 0.1).abs() < 1e-9, "{effect:?}");
    // It could be told from 0 if it were smaller, and then it would be of no interest.
    assert!(effect.p_worse < 0.001 && 0.008 < effect.could_see && effect.could_see < 0.01);
    assert_eq!((line.cells, line.changed, line.datasets, line.largest.len()), (40, 40, 4, 3));
    let [first, ..] = &worse.annotations()[..] else { panic!("nothing is said") };
    assert_eq!(
        (first.severity, &*first.method, &*first.what),
        (Severity::Error, "focal", "g_mean")
    );
    let said = first.github();
    assert!(
        said.starts_with(
            "::error title=longtail gate%3A focal%2C g_mean::worse: \u{2212}0.1000, p < 0.001"
        ),
        "{said}"
    );
    assert!(said.contains("40 of 40 cells changed on 4 data sets; a decline of 0.0"), "{said}");
    assert!(said.contains("longtail replay"), "{said}");
    insta::assert_snapshot!("gate_worse_terminal", worse.terminal(false));
    insta::assert_snapshot!("gate_worse_markdown", worse.markdown(false));
}

/// A quarter of what two methods lose is seen in the mean of both, where the noise of one is not that of the other.
#[test]
fn what_all_methods_lose_is_worse_where_none_of_them_can_be_told() {
    let was = results(|_, _, _| 0.0);
    let mut is = results(|i, fold, seed| -0.02 + 3.0 * noise(i, fold, seed));
    let plain = is.iter_mut().step_by(2);
    for (record, before) in plain.zip(was.iter().step_by(2)) {
        let spec = &before.trial.spec;
        let i = DATASETS.iter().position(|name| *name == spec.dataset.name).unwrap();
        let value = before.trial.results.as_deref().unwrap().best.test.values.get(Metric::GMean);
        let value = value.unwrap() - 0.02 - 3.0 * noise(i, spec.fold, spec.seed);
        *record = trial(&cross_entropy(), &spec.dataset.name, spec.fold, spec.seed, Some(value));
        record.trial.results.as_mut().unwrap().predictions_digest = "e".repeat(32);
    }
    let both = gate(&was, &is);
    for method in ["cross_entropy", "focal"] {
        assert_eq!(verdict(&both, method, Metric::GMean), Verdict::Undecided);
    }
    assert_eq!(verdict(&both, "all that changed", Metric::GMean), Verdict::Worse);
    assert_eq!(verdict(&both, "all that changed", Metric::LogLoss), Verdict::Better);
    let line = both.lines.iter().find(|line| line.verdict == Verdict::Worse).unwrap();
    assert!((line.effect.unwrap().mean + 0.02).abs() < 1e-9 && line.cells == 40, "{line:?}");
    let said = both.annotations()[0].message.clone();
    assert!(said.starts_with("worse: \u{2212}0.0200"), "{said}");
    // Of one that changed alone, the mean of all says nothing more.
    let alone = gate(&was, &results(|_, _, _| -0.1));
    assert!(alone.lines.iter().all(|line| line.method != "all that changed"));
}

#[test]
fn what_is_within_the_rope_is_equivalent_and_noise_is_undecided() {
    let was = results(|_, _, _| 0.0);
    let little = gate(&was, &results(|i, fold, seed| -0.001 + 0.01 * noise(i, fold, seed)));
    assert_eq!(verdict(&little, "focal", Metric::GMean), Verdict::Equivalent);
    assert!(little.passes(true), "{}", little.terminal(true));
    let loud = gate(&was, &results(noise));
    assert_eq!(verdict(&loud, "focal", Metric::GMean), Verdict::Undecided);
    assert!(loud.passes(false) && !loud.passes(true));
    assert!(loud.headline(false).starts_with("passed, UNDECIDED:"), "{}", loud.headline(false));
    assert!(loud.headline(true).starts_with("FAILED (--strict)"), "{}", loud.headline(true));
}

#[test]
fn what_is_missing_failed_or_diverged_anew_is_worse_and_what_was_lost_before_is_not() {
    let was = results(|_, _, _| 0.0);
    let mut is = was.clone();
    is.remove(0);
    is[0] = failed(is[0].clone());
    is[1] = diverged_at_once(is[1].clone());
    let lost = gate(&was, &is);
    assert_eq!((lost.verdict, lost.lost.len()), (Verdict::Worse, 3));
    let said = lost.terminal(false);
    assert!(said.starts_with("FAILED: worse than the baseline: 3 cells lost."), "{said}");
    for what in ["ecoli4 fold 0 seed 0 missing", "failed: the meta set", "diverged in epoch 0"] {
        assert!(said.contains(what), "{what}: {said}");
    }
    // The other way round all of it is found again, and one cell is new.
    let found = gate(&is, &was);
    assert!(found.lost.is_empty() && found.passes(false), "{}", found.terminal(false));
    assert_eq!(found.new_cells, 1);
    assert_eq!(gate(&is, &is).verdict, Verdict::Equal);
    assert!(matches!(is[0].trial.outcome, Outcome::Failed { .. }));
}

#[test]
fn a_value_that_is_gone_is_lost() {
    let was = results(|_, _, _| 0.0);
    let mut is = was.clone();
    is[0] = trial(&cross_entropy(), "ecoli4", 0, 0, None);
    let gone = gate(&was, &is);
    assert_eq!(gone.lost.len(), 1, "one cell, whatever the number of metrics");
    assert!(
        gone.terminal(false).contains("without a value any more: g_mean, log_loss"),
        "{}",
        gone.terminal(false)
    );
}

#[test]
fn what_changed_without_a_value_to_compare_is_undecided() {
    let was = results(|_, _, _| 0.0);
    let is = results(|_, _, _| 0.5);
    let mut other = snapshot(&was);
    other.settings.metrics = vec![Metric::Mcc];
    let nothing_told = Gate::new(&other, &snapshot(&is));
    assert_eq!((nothing_told.verdict, nothing_told.unjudged_cells), (Verdict::Undecided, 40));
    assert!(nothing_told.passes(false) && !nothing_told.passes(true));
    assert_eq!(
        nothing_told.headline(false),
        "passed, UNDECIDED: 40 of 80 cells changed in some number, and 40 cells changed without a value to compare."
    );
    assert_eq!(nothing_told.annotations()[0].severity, Severity::Warning);
    // What is bit-equal needs no value, and what failed in both has none.
    assert_eq!(Gate::new(&other, &snapshot(&was)).verdict, Verdict::Equal);
    let mut others = was.clone();
    others[0] = failed(others[0].clone());
    let mut failing_otherwise = others.clone();
    failing_otherwise[0].trial.outcome = Outcome::Failed { message: "otherwise".to_owned() };
    assert_eq!(gate(&others, &failing_otherwise).verdict, Verdict::Equivalent);
}

#[test]
fn a_comparison_of_results_counts_the_cells_that_lost_their_result() {
    let was = results(|_, _, _| 0.0);
    let mut is = was.clone();
    is.remove(0);
    is[0] = failed(is[0].clone());
    is[1] = diverged_at_once(is[1].clone());
    let named = |name: &str, records| NamedResults { name: name.to_owned(), records };
    let reference = named("was", was.iter().collect());
    let settings = GateSettings::new(&ReportSpec::default());
    let compared = differences(&reference, &[named("is", is.iter().collect())], &settings);
    assert_eq!((compared[0].lost, compared[0].spoilt), (3, 2));
    let said = compared[0].terminal();
    assert!(said.contains("  2 cells without a result that was has: failed, diverged,"), "{said}");
}

#[test]
fn what_a_failed_cell_said_stays_in_its_line() {
    let was = results(|_, _, _| 0.0);
    let mut is = was.clone();
    is[0] = failed(is[0].clone());
    is[0].trial.outcome = Outcome::Failed { message: "no <rows>\n  of | *this*".to_owned() };
    let lost = gate(&was, &is);
    let terminal = lost.terminal(false);
    assert!(terminal.contains("failed: no <rows> of | *this*.\n"), "{terminal}");
    let markdown = lost.markdown(false);
    assert!(markdown.contains(r"failed: no \<rows> of \| \*this\*."), "{markdown}");
}

#[test]
fn a_gate_over_the_committed_baseline_gives_few_false_alarms_and_finds_what_it_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/baseline");
    let baseline = Snapshot::read(&folder).unwrap();
    let rehearsal = Rehearsal::new(&baseline).unwrap();
    let alarms = rehearsal.alarms(500, 1);
    // 5 % are stated: 25 of 500, three deviations of which are 15. 10,000 gates give 4.2 %.
    assert!(alarms <= 40, "{alarms} of 500");
    for (place, metric) in rehearsal.metrics().iter().enumerate() {
        let found = |decline, size| rehearsal.found(100, decline, place, size, 2);
        let name = metric.name();
        for decline in [Decline::OneMethod, Decline::EveryMethod] {
            assert_eq!(found(decline, 0.5), 100, "{name}");
            assert!(found(decline, 0.0) <= 8, "{name}");
        }
        // What all have in common is told from less noise.
        let [one, every] = [Decline::OneMethod, Decline::EveryMethod].map(|of| found(of, 0.03));
        assert!(one < 90 && 90 <= every, "{name}: {one}, {every}");
    }
    assert_eq!(rehearsal.alarms(500, 1), alarms, "the same seed, the same gates");
}

#[test]
fn a_baseline_is_read_as_it_was_written_and_refused_where_it_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let records = results(|i, fold, seed| 0.1 * noise(i, fold, seed));
    let baseline = snapshot(&records);
    baseline.write(folder.path()).unwrap();
    let read = Snapshot::read(folder.path()).unwrap();
    assert_eq!(Gate::new(&read, &baseline).verdict, Verdict::Equal);
    assert_eq!((read.experiment.as_deref(), read.n_cells()), (Some("tiny"), 80));
    let path = folder.path().join(Snapshot::FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    let rewritten = |text: String| {
        std::fs::write(&path, text).unwrap();
        Snapshot::read(folder.path()).unwrap_err()
    };
    let wrong = rewritten(text.replace("longtail-baseline", "other"));
    assert!(wrong.contains("baseline.jsonl:1: this is no baseline that is known here"), "{wrong}");
    let wrong = rewritten(text.replace("\"focal\"", "\"fcal\""));
    assert!(wrong.contains("it cannot be read") && wrong.contains("--accept"), "{wrong}");
    let cells_first: Vec<&str> = text.lines().filter(|line| !line.contains("\"spec\"")).collect();
    let wrong = rewritten(cells_first.join("\n"));
    assert!(wrong.contains("baseline.jsonl:2: this cell is out of place"), "{wrong}");

    // Cut off between two lines, it would let pass whatever became of the rest.
    let cut: Vec<&str> = text.lines().take(30).collect();
    let wrong = rewritten(cut.join("\n"));
    assert!(wrong.contains("it should have 80 cells and has 2"), "{wrong}");
    let without_count = text.replace("\"cells\":80,", "");
    let wrong = rewritten(without_count.lines().next().unwrap().to_owned());
    assert!(wrong.contains("it has no cells"), "{wrong}");
    let last = text.lines().last().unwrap();
    let wrong = rewritten(format!("{text}{last}\n"));
    assert!(wrong.contains("this cell is there twice"), "{wrong}");
    std::fs::write(&path, without_count).unwrap();
    assert_eq!(Snapshot::read(folder.path()).unwrap(), read, "older ones do not count their cells");
}
