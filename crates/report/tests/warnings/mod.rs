//! What a reader is warned of, and where not.

use std::collections::BTreeMap;

use evaluation::Metric;
use experiment::plan::DatasetFacts;
use experiment::record::TrialRecord;
use report::{About, Comparison};

use crate::records::{classical, cross_entropy, focal, trial};

/// The runs of two rows, five folds each of two seeds, that there is nothing to be said of.
fn innocent(dataset: &str) -> Vec<TrialRecord> {
    let mut records = Vec::new();
    for method in [cross_entropy(), focal(2.0)] {
        for (seed, fold) in (0..2).flat_map(|seed| (0..5).map(move |fold| (seed, fold))) {
            let mut record = trial(&method, dataset, fold, seed, Some(0.8));
            let results = record.trial.results.as_mut().unwrap();
            results.history.validation = vec![Some(0.5); 30];
            for measured in [&mut results.best, &mut results.last] {
                measured.test.classes[1].support = 12;
                measured.test.values.insert(Metric::BalancedAccuracy, Some(0.8));
            }
            records.push(record);
        }
    }
    records
}

fn is_focal(record: &TrialRecord) -> bool {
    record.trial.spec.network().is_some_and(|network| !network.steps_plainly())
}

/// What is said of the records after `change` of each.
fn said(change: impl Fn(&mut TrialRecord)) -> Vec<(About, String)> {
    let mut records = innocent("d");
    records.iter_mut().for_each(change);
    told(&crate::compared(&records, &crate::one_metric()))
}

fn told(comparison: &Comparison) -> Vec<(About, String)> {
    comparison.warnings.iter().map(|warning| (warning.about, warning.text.clone())).collect()
}

#[test]
fn of_what_is_in_order_nothing_is_said() {
    assert_eq!(said(|_| ()), []);
}

#[test]
fn a_row_that_changed_nothing_is_named() {
    let like_the_baseline = |folds: usize| {
        said(move |record| {
            let (fold, seed) = (record.trial.spec.fold, record.trial.spec.seed);
            let results = record.trial.results.as_mut().unwrap();
            if fold < folds {
                results.predictions_digest = format!("{fold} {seed}");
            }
        })
    };
    let text =
        "Predictions identical to those of the baseline, cross_entropy: focal in 6 of 10 runs.";
    assert_eq!(like_the_baseline(3), [(About::IdenticalPredictions, text.to_owned())]);
    assert_eq!(like_the_baseline(2), []);
}

#[test]
fn entries_that_no_run_of_beats_chance_are_counted() {
    let at_chance = |folds: usize| {
        said(move |record| {
            if is_focal(record) && record.trial.spec.fold < folds {
                let best = &mut record.trial.results.as_mut().unwrap().best;
                best.test.values.insert(Metric::BalancedAccuracy, Some(0.5));
            }
        })
    };
    // Of what guesses, nothing else is to be expected.
    let mut records = innocent("d");
    for fold in 0..5 {
        let mut record = trial(&classical("prior"), "d", fold, 0, Some(0.5));
        let best = &mut record.trial.results.as_mut().unwrap().best;
        best.test.values.insert(Metric::BalancedAccuracy, Some(0.5));
        records.push(record);
    }
    let warned = told(&crate::compared(&records, &crate::one_metric()));
    assert!(warned.iter().all(|(about, _)| *about != About::NoBetterThanChance), "{warned:?}");
    let [(About::NoBetterThanChance, text)] = &at_chance(5)[..] else { panic!("one warning") };
    assert!(text.starts_with("In 1 of 2 entries"), "{text}");
    assert!(text.contains("above chance: focal on 1."), "{text}");
    assert_eq!(at_chance(4), []);
}

#[test]
fn a_row_that_was_still_getting_better_is_named() {
    let late = |folds: usize, epoch: usize| {
        said(move |record| {
            if is_focal(record) && record.trial.spec.fold < folds {
                record.trial.results.as_mut().unwrap().best.epoch = Some(epoch);
            }
        })
    };
    let [(About::LateBestEpoch, text)] = &late(2, 28)[..] else { panic!("one warning") };
    assert!(text.contains("last two: focal in 4 of 10 runs."), "{text}");
    assert_eq!(late(2, 27), []);
    assert_eq!(late(1, 29), []);
}

#[test]
fn runs_with_other_parts_are_not_called_paired_in_silence() {
    let [(About::DifferentSplits, text)] = &said(|record| {
        if is_focal(record) && record.trial.spec.fold == 4 {
            record.trial.split_digest = "6".repeat(64).into();
        }
    })[..] else {
        panic!("one warning")
    };
    assert!(text.ends_with("on d."), "{text}");
    // Folds differ in their parts, and rows do not.
    assert_eq!(
        said(|record| record.trial.split_digest = record.trial.spec.fold.to_string().into()),
        []
    );
}

#[test]
fn rare_classes_are_warned_of_in_training_and_in_test() {
    let rows = |train: u32, test: u32| {
        said(move |record| {
            let results = record.trial.results.as_mut().unwrap();
            results.train_counts[1] = train;
            results.best.test.classes[1].support = test;
        })
    };
    assert_eq!(rows(5, 10), []);
    let training = "Fewer than 5 training rows of some class: d (4).";
    assert_eq!(rows(4, 10), [(About::FewTrainingRows, training.to_owned())]);
    let [(About::FewTestRows, text)] = &rows(5, 9)[..] else { panic!("one warning") };
    assert!(text.contains("rarest class in some run: d (9)."), "{text}");
}

#[test]
fn one_seed_is_no_two() {
    let mut records = innocent("d");
    records.retain(|record| record.trial.spec.seed == 1);
    let [(About::OneSeed, _)] = &told(&crate::compared(&records, &crate::one_metric()))[..] else {
        panic!("one warning")
    };
}

#[test]
fn siblings_are_counted() {
    let records: Vec<TrialRecord> = ["a", "b", "c"].map(innocent).concat();
    let facts = |families: [&str; 3]| -> BTreeMap<String, DatasetFacts> {
        let of = |(name, family): (&str, &str)| {
            (name.to_owned(), DatasetFacts { family: family.to_owned(), ..DatasetFacts::default() })
        };
        ["a", "b", "c"].into_iter().zip(families).map(of).collect()
    };
    let compared = |families| {
        let spec = crate::one_metric();
        told(&crate::compared_with_facts(&records, &records, &facts(families), &spec))
    };
    let text = "3 data sets are 2 independent ones: 2 of x are cut from the same rows.";
    assert_eq!(compared(["x", "x", "c"]), [(About::Siblings, text.to_owned())]);
    assert_eq!(compared(["x", "y", "z"]), []);
    let one = "The 3 data sets are one family, x, cut from the same rows.";
    assert_eq!(compared(["x"; 3]), [(About::Siblings, one.to_owned())]);
}
