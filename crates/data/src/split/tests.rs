use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::split::ranges::{AtLeastTwo, Share};

/// Permutations that depend on their name alone.
fn permutation(name: &str, n: usize) -> Vec<u32> {
    let key = |i: &u32| *blake3::hash(format!("{name} {i}").as_bytes()).as_bytes();
    let mut order: Vec<u32> = (0..n as u32).collect();
    order.sort_by_key(key);
    order
}

fn k_fold(folds: u32, validation: f64, meta: Option<usize>) -> PartsSpec {
    let split = StratifiedKFold { folds: AtLeastTwo(folds), ..StratifiedKFold::default() };
    let per_class = meta.and_then(std::num::NonZeroUsize::new);
    PartsSpec {
        split: SplitSpec::StratifiedKFold(split),
        profile: None,
        meta: per_class.map(|per_class| MetaSpec { per_class }),
        validation,
    }
}

fn names() -> &'static [String] {
    static NAMES: LazyLock<Vec<String>> =
        LazyLock::new(|| ["a", "b", "c"].map(str::to_owned).into());
    &NAMES
}

pub(super) fn rows(targets: &[u32]) -> Rows<'_> {
    Rows { targets, classes: names(), folds: &[], columns: Vec::new(), group: None, ignored: &[] }
}

fn parts(spec: &PartsSpec, targets: &[u32], fold: usize) -> (Parts, Vec<SplitWarning>) {
    spec.parts(&rows(targets), fold, &mut permutation).unwrap()
}

proptest! {
    #[test]
    fn parts_are_disjoint_and_complete_and_folds_tile_the_data(
        targets in prop::collection::vec(0..3_u32, 12..80),
        folds in 2..6_u32,
        meta in prop::option::of(1..5_usize),
    ) {
        let spec = k_fold(folds, 0.2, meta);
        let mut tested = Vec::new();
        for fold in 0..folds as usize {
            let (parts, _) = parts(&spec, &targets, fold);
            let mut all: Vec<u32> =
                [&parts.train, &parts.meta, &parts.validation, &parts.test].into_iter().flatten().copied().collect();
            all.sort_unstable();
            prop_assert!(all.iter().enumerate().all(|(i, &row)| i as u32 == row));
            prop_assert_eq!(all.len(), targets.len());
            for class in 0..3 {
                let of = |rows: &[u32]| rows.iter().filter(|&&r| targets[r as usize] == class).count();
                let n = targets.iter().filter(|&&t| t == class).count();
                if n != 1 {
                    let exact = n as f64 / f64::from(folds);
                    prop_assert!((of(&parts.test) as f64 - exact).abs() < 1.0);
                }
                if of(&parts.test) < n {
                    prop_assert!(0 < of(&parts.train), "every class is learnt from");
                }
                prop_assert!(of(&parts.meta) <= n.div_ceil(2));
            }
            tested.extend(parts.test);
        }
        tested.sort_unstable();
        tested.dedup();
        let singles = (0..3).filter(|&c| targets.iter().filter(|&&t| t == c).count() == 1).count();
        prop_assert_eq!(tested.len(), targets.len() - singles);
    }
}

#[test]
fn small_classes_are_warned_about() {
    let targets = [&[0; 20][..], &[1; 3], &[2]].concat();
    let (parts, warnings) = parts(&k_fold(5, 0.2, Some(10)), &targets, 0);
    assert!(parts.train.contains(&23), "the single row is learnt from");
    let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert!(
        texts.iter().any(|text| text.contains("fewer rows than the 5 folds in class 1")),
        "{texts:?}"
    );
    assert!(texts.iter().any(|text| text.contains("a single row in class 2")), "{texts:?}");
    assert!(
        texts.iter().any(|text| text.contains("fewer than 10 rows for the meta set from class 0")),
        "{texts:?}"
    );
}

#[test]
fn a_profile_shapes_the_training_side_alone() {
    let targets = [vec![0; 100], vec![1; 100], vec![2; 100]].concat();
    let profile = serde_json::from_str(r#"{ "exponential": { "ratio": 10 } }"#).unwrap();
    let spec = PartsSpec { profile: Some(profile), ..k_fold(5, 0.0, None) };
    let (parts, _) = parts(&spec, &targets, 0);
    let count =
        |rows: &[u32], class| rows.iter().filter(|&&r| targets[r as usize] == class).count();
    assert_eq!([0, 1, 2].map(|class| count(&parts.test, class)), [20, 20, 20]);
    assert_eq!([0, 1, 2].map(|class| count(&parts.train, class)), [80, 25, 8]);
}

#[test]
fn a_holdout_tests_its_share_of_every_class() {
    let targets = [vec![0; 50], vec![1; 10]].concat();
    let split = SplitSpec::Holdout(Holdout { test: Share(0.3), group: None });
    let spec = PartsSpec { split, ..k_fold(5, 0.2, None) };
    let rows = Rows { classes: &names()[..2], ..rows(&targets) };
    let (parts, _) = spec.parts(&rows, 0, &mut permutation).unwrap();
    assert_eq!((parts.test.len(), parts.validation.len(), parts.train.len()), (18, 8, 34));
}

#[test]
fn more_folds_than_rows_is_an_error() {
    let error = k_fold(5, 0.2, None).parts(&rows(&[0, 1, 0]), 0, &mut permutation).unwrap_err();
    assert_eq!(error.to_string(), "5 folds need at least as many rows, and there are 3");
}

mod groups;
