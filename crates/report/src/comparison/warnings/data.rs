//! Warnings about data sets and seeds.

use std::collections::{BTreeMap, BTreeSet};

use experiment::record::Results;

use crate::comparison::warnings::{Shown, listed};

/// Rows of a class below which there is next to nothing to learn of it.
const FEW_TRAINING_ROWS: u32 = 5;

/// Rows of a class in a test part below which one of them moves its recall by more than a tenth.
const FEW_TEST_ROWS: u32 = 10;

/// Data sets with a class of fewer rows than `few` in some run, with the fewest.
fn few(shown: &Shown<'_>, few: u32, fewest: impl Fn(&Results) -> Option<u32>) -> Vec<String> {
    let mut names = Vec::new();
    for dataset in 0..shown.groups.datasets.len() {
        let planned = shown.groups.rows.iter().flat_map(|row| &row.trials[dataset]);
        let trials = planned.flat_map(|planned| &planned.trials);
        let results = trials.filter_map(|&i| shown.groups.trials[i].record?.results.as_deref());
        if let Some(least) = results.filter_map(&fewest).min().filter(|&least| least < few) {
            names.push(format!("{} ({least})", shown.dataset(dataset)));
        }
    }
    names
}

/// Data sets with classes that there is next to nothing to learn of.
pub(super) fn few_training_rows(shown: &Shown<'_>) -> Option<String> {
    let names = few(shown, FEW_TRAINING_ROWS, |results| results.train_counts.iter().min().copied());
    (!names.is_empty()).then(|| {
        format!("Fewer than {FEW_TRAINING_ROWS} training rows of some class: {}.", listed(&names))
    })
}

/// Data sets with classes that there is next to nothing to measure on.
pub(super) fn few_test_rows(shown: &Shown<'_>) -> Option<String> {
    let names = few(shown, FEW_TEST_ROWS, |results| {
        let classes = results.best.test.classes_brief();
        (classes.n_classes != 0).then_some(classes.least_support)
    });
    (!names.is_empty()).then(|| {
        format!(
            "Fewer than {FEW_TEST_ROWS} test rows of the rarest class in some run: {}. One row found or missed moves its recall \
             by more than a tenth.",
            listed(&names)
        )
    })
}

/// Data sets that are cut from the same rows.
pub(super) fn siblings(shown: &Shown<'_>) -> Option<String> {
    let groups = shown.groups;
    let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (dataset, family) in groups.families.iter().enumerate() {
        families.entry(family).or_default().push(dataset);
    }
    let several = families.iter().filter(|(_, datasets)| 1 < datasets.len());
    let named: Vec<String> =
        several.map(|(family, datasets)| format!("{} of {family}", datasets.len())).collect();
    let (all, independent) = (groups.datasets.len(), families.len());
    if let ([only], 2..) = (&families.keys().collect::<Vec<_>>()[..], all) {
        return Some(format!(
            "The {all} data sets are one family, {only}, cut from the same rows."
        ));
    }
    (!named.is_empty()).then(|| {
        format!(
            "{all} data sets are {independent} independent ones: {} are cut from the same rows.",
            listed(&named)
        )
    })
}

/// All runs have the same seed.
pub(super) fn one_seed(shown: &Shown<'_>) -> Option<String> {
    let seeds: BTreeSet<u64> = shown.groups.trials.iter().map(|trial| trial.spec.seed).collect();
    (seeds.len() == 1)
        .then(|| "One seed: another one may split, initialise and rank otherwise.".to_owned())
}
