//! Laws of splits by columns.

use super::*;
use crate::column::Column;

fn column(name: &str, values: &[u32]) -> Column {
    let texts: Vec<String> = values.iter().map(|value| format!("g{value}")).collect();
    Column::from_texts(name.to_owned(), texts.iter().map(|text| Some(text.as_str())))
}

fn by_group(split: SplitSpec, validation: f64, meta: Option<usize>) -> PartsSpec {
    PartsSpec { split, ..k_fold(5, validation, meta) }
}

fn group_k_fold(folds: u32) -> SplitSpec {
    let folds = AtLeastTwo(folds);
    SplitSpec::GroupKFold(GroupKFold {
        folds,
        group: Some("who".to_owned()),
        ..GroupKFold::default()
    })
}

fn given(text: &str) -> SplitSpec {
    serde_json::from_str(text).unwrap()
}

fn error(split: &SplitSpec, targets: &[u32], columns: &[&Column]) -> String {
    let rows = Rows { columns: columns.to_vec(), ..rows(targets) };
    let of_parts = by_group(split.clone(), 0.0, None).parts(&rows, 0, &mut permutation);
    let of_folds = match split {
        SplitSpec::Given(given) => given.n_folds(&rows).map(|_| ()),
        _ => Ok(()),
    };
    of_folds.and(of_parts.map(|_| ())).unwrap_err().to_string()
}

fn is_disjoint(groups: &[u32], parts: [&[u32]; 4]) -> bool {
    let of_part = |part: &[u32]| {
        let mut groups: Vec<u32> = part.iter().map(|&row| groups[row as usize]).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    };
    let mut all = parts.map(of_part).concat();
    let n = all.len();
    all.sort_unstable();
    all.dedup();
    all.len() == n
}

proptest! {
    #[test]
    fn no_group_is_on_two_sides_and_folds_tile_the_data(
        members in prop::collection::vec((0..3_u32, 0..15_u32), 40..120),
        folds in 2..5_u32,
        meta in prop::option::of(1..4_usize),
    ) {
        let (mut targets, mut groups): (Vec<u32>, Vec<u32>) = members.into_iter().unzip();
        // Of every class there are three groups at the least, and each group has two rows or more.
        for class in 0..3 {
            for group in 0..15 {
                if group % 3 == class {
                    targets.extend([class; 2]);
                    groups.extend([group; 2]);
                }
            }
        }
        let who = column("who", &groups);
        let rows = Rows { columns: vec![&who], ..rows(&targets) };
        let spec = by_group(group_k_fold(folds), 0.2, meta);
        let mut tested = Vec::new();
        for fold in 0..folds as usize {
            let (parts, _) = spec.parts(&rows, fold, &mut permutation).unwrap();
            let Parts { train, meta: of_meta, validation, test } = &parts;
            prop_assert!(is_disjoint(&groups, [train, of_meta, validation, test]));
            prop_assert!(!validation.is_empty() && !test.is_empty());
            let n = |rows: &[u32], class| rows.iter().filter(|&&r| targets[r as usize] == class).count();
            for class in 0..3 {
                prop_assert!(0 < n(train, class), "every class is learnt from");
                prop_assert!(n(of_meta, class) <= meta.unwrap_or(0));
            }
            if meta.is_none() {
                prop_assert_eq!(train.len() + validation.len() + test.len(), targets.len());
            }
            tested.extend(parts.test);
        }
        tested.sort_unstable();
        let all: Vec<u32> = (0..targets.len() as u32).collect();
        prop_assert_eq!(tested, all);
    }
}

#[test]
fn groups_of_one_row_are_stratified_like_rows() {
    let targets = [vec![0; 80], vec![1; 20]].concat();
    let who = column("who", &(0..100).collect::<Vec<_>>());
    let rows = Rows { columns: vec![&who], ..rows(&targets) };
    for fold in 0..5 {
        let (parts, warnings) =
            by_group(group_k_fold(5), 0.25, None).parts(&rows, fold, &mut permutation).unwrap();
        let rare = |rows: &[u32]| rows.iter().filter(|&&row| 80 <= row).count();
        assert_eq!((parts.test.len(), rare(&parts.test)), (20, 4));
        assert_eq!((parts.validation.len(), rare(&parts.validation)), (20, 4));
        assert_eq!(warnings, []);
    }
}

#[test]
fn the_rare_class_is_spread_over_the_folds_as_far_as_groups_allow() {
    // 40 groups of 5 rows; the rare class is in six of them.
    let groups: Vec<u32> = (0..200).map(|row| row / 5).collect();
    let targets: Vec<u32> = (0..200).map(|row| u32::from(row % 5 == 0 && row < 30)).collect();
    let who = column("who", &groups);
    let rows = Rows { columns: vec![&who], ..rows(&targets) };
    let mut rare: Vec<usize> = (0..3)
        .map(|fold| {
            let spec = by_group(group_k_fold(3), 0.0, None);
            let (parts, _) = spec.parts(&rows, fold, &mut permutation).unwrap();
            assert!((60..=70).contains(&parts.test.len()), "{}", parts.test.len());
            parts.test.iter().filter(|&&row| targets[row as usize] == 1).count()
        })
        .collect();
    rare.sort_unstable();
    assert_eq!(rare, [2, 2, 2]);
}

#[test]
fn a_holdout_by_group_tests_about_its_share() {
    let groups: Vec<u32> = (0..300).map(|row| row / 6).collect();
    let targets: Vec<u32> = (0..300).map(|row| u32::from(row % 6 == 0)).collect();
    let who = column("who", &groups);
    let rows = Rows { columns: vec![&who], ..rows(&targets) };
    let split = given(r#"{ "holdout": { "test": 0.3, "group": "who" } }"#);
    let (parts, _) = by_group(split, 0.2, None).parts(&rows, 0, &mut permutation).unwrap();
    assert_eq!((parts.test.len(), parts.validation.len()), (90, 42));
    assert!(is_disjoint(&groups, [&parts.train, &[], &parts.validation, &parts.test]));
}

#[test]
fn a_column_gives_the_folds_in_the_order_of_its_numbers() {
    let targets = [0, 1, 0, 1, 0, 1, 0, 1];
    let values = [10.0, 10.0, 9.0, 9.0, 1.0, 1.0, 10.0, 9.0];
    let fold = Column::Numeric { name: "fold".to_owned(), values: values.to_vec() };
    let rows = Rows { columns: vec![&fold], ..rows(&targets) };
    let spec = by_group(given(r#"{ "given": { "column": "fold" } }"#), 0.0, None);
    let test = |fold| spec.parts(&rows, fold, &mut permutation).unwrap().0.test;
    assert_eq!([0, 1, 2].map(test), [vec![4, 5], vec![2, 3, 7], vec![0, 1, 6]]);
    let one = by_group(given(r#"{ "given": { "column": "fold", "test": "9" } }"#), 0.0, None);
    assert_eq!(one.parts(&rows, 0, &mut permutation).unwrap().0.test, [2, 3, 7]);
    let SplitSpec::Given(one) = one.split else { unreachable!() };
    assert_eq!(one.n_folds(&rows), Ok(1));
}

#[test]
fn several_columns_are_repeats() {
    let targets = [0, 1, 0, 1];
    let (a, b) = (column("a", &[1, 1, 2, 2]), column("b", &[2, 1, 1, 2]));
    let rows = Rows { columns: vec![&a, &b], ..rows(&targets) };
    let SplitSpec::Given(split) = given(r#"{ "given": { "column": ["a", "b"] } }"#) else {
        unreachable!()
    };
    assert_eq!(split.n_folds(&rows), Ok(4));
    let tests = [0, 1, 2, 3].map(|fold| split.test(&rows, fold).unwrap());
    assert_eq!(tests, [[0, 1], [2, 3], [1, 2], [0, 3]]);
    let folds = [vec![0, 0, 1, 1], vec![1, 0, 0, 1]];
    let rows = Rows { folds: &folds, ..rows };
    let official = given(r#"{ "official_folds": {} }"#);
    let test = |fold| {
        let spec = by_group(official.clone(), 0.0, None);
        spec.parts(&rows, fold, &mut permutation).unwrap().0.test
    };
    assert_eq!([0, 1, 2, 3].map(test), tests);
}

#[test]
fn mistakes_in_columns_are_named() {
    let targets = [0, 1, 0, 1, 0, 1];
    let who = column("who", &[0, 0, 1, 1, 2, 2]);
    let id = column("id", &[0, 1, 2, 3, 4, 5]);
    let split = column("split", &[0, 0, 0, 0, 1, 0]);
    let rare = column("rare", &[0, 1, 0, 1, 0, 0]);
    let all = [&who, &id, &split, &rare];
    let holed =
        Column::from_texts("holed".to_owned(), [Some("a"), None, Some("b"), None, None, None]);
    for (given_split, part) in [
        (r#"{ "given": { "column": "whom" } }"#, "no column is called `whom`; did you mean `who`?"),
        (r#"{ "given": { "column": "id" } }"#, "one row alone has the value `g0` of `id`"),
        (r#"{ "given": { "column": "split", "test": "g1" } }"#, "one row alone has the value `g1`"),
        (
            r#"{ "given": { "column": "rare", "test": "g1" } }"#,
            "no row of the class `a` is in a part",
        ),
        (
            r#"{ "given": { "column": "rare", "test": "g7" } }"#,
            "no row has the value `g7` of `rare`; there are",
        ),
        (
            r#"{ "given": { "column": "class" } }"#,
            "beside one of its test parts every row is of the class",
        ),
        (r#"{ "given": { "column": "never" } }"#, "every row has the value `g3` of `never`"),
        (r#"{ "given": { "column": "holed" } }"#, "no value in 4 rows, row 1 (from 0) first"),
        (
            r#"{ "group_k_fold": { "group": "who" } }"#,
            "5 folds need at least as many groups, and `who` has 3",
        ),
        (r#"{ "group_k_fold": { "folds": 2 } }"#, "which rows belong together? name their column"),
        (r#"{ "group_k_fold": { "folds": 6, "group": "id" } }"#, "a fold of `id` is a single row"),
        (r#"{ "official_folds": {} }"#, "there is no official fold 0"),
    ] {
        let class = column("class", &targets);
        let never = column("never", &[3; 6]);
        let columns = [&all[..], &[&class, &never, &holed]].concat();
        let error = error(&given(given_split), &targets, &columns);
        assert!(error.contains(part), "{given_split}: {error}");
    }
}

#[test]
fn a_role_is_enough_to_name_the_groups() {
    let targets = [0, 1, 0, 1, 0, 1, 0, 1];
    let who = column("who", &[0, 0, 1, 1, 2, 2, 3, 3]);
    let rows = Rows { columns: vec![&who], group: Some("who"), ..rows(&targets) };
    let spec = by_group(given(r#"{ "group_k_fold": { "folds": 2 } }"#), 0.5, None);
    let (parts, _) = spec.parts(&rows, 0, &mut permutation).unwrap();
    assert_eq!((parts.test.len(), parts.validation.len(), parts.train.len()), (4, 2, 2));
}

/// 60 rows of three classes with 20 different pairs of features, some in two classes, and 15 customers, of whom three
/// have rows with the same four pairs.
fn set_with_twins() -> crate::Dataset {
    use crate::dataset::ClassLabels;
    let numbers = |name: &str, of: fn(u32) -> u32| Column::Numeric {
        name: name.to_owned(),
        values: (0..60).map(|row| f64::from(of(row))).collect(),
    };
    let columns = vec![numbers("x", |row| row * 7 % 20 % 4), numbers("y", |row| row * 7 % 20 / 4)];
    let classes = (0..60).map(|row| ["a", "b", "c"][row * 7 % 20 % 3 * usize::from(row % 9 != 0)]);
    let who =
        column("who", &(0..60).map(|row| row * 7 % 20 / 4 * 3 + row % 3).collect::<Vec<u32>>());
    let folds = vec![(0..60).map(|row| row / 3 % 2).collect()];
    crate::Dataset {
        asides: vec![who],
        folds,
        ..crate::Dataset::new("t", columns, ClassLabels::of(classes), None)
    }
}

#[test]
fn twins_are_on_one_side_of_every_split_by_groups() {
    let plain = set_with_twins();
    let twins = |row: u32| (row * 7 % 20) as usize;
    for group in [None, Some("who".to_owned())] {
        let dataset = crate::Dataset { group: group.clone(), ..plain.clone() };
        let (set, _) = crate::TwinRows::Together.applied(dataset).unwrap();
        let rows = set.rows();
        for split in [
            r#"{ "group_k_fold": { "folds": 3, "repeats": 2 } }"#,
            r#"{ "group_k_fold": { "folds": 2, "group": "twin_group" } }"#,
            r#"{ "holdout": { "test": 0.3, "group": "twin_group" } }"#,
        ] {
            let split = given(split);
            assert_eq!(split.takes_apart(&rows), None);
            let n_folds = split.n_folds_of_any().unwrap();
            let spec = by_group(split, 0.2, Some(2));
            for fold in 0..n_folds {
                let (parts, _) = spec.parts(&rows, fold, &mut permutation).unwrap();
                let Parts { train, meta, validation, test } = &parts;
                assert!(!train.is_empty() && !test.is_empty());
                let mut part_of = [None; 20];
                let mut part_of_four = [None; 5];
                for (part, rows) in [train, meta, validation, test].into_iter().enumerate() {
                    for &row in rows {
                        let twins = twins(row);
                        assert_eq!(*part_of[twins].get_or_insert(part), part, "row {row}");
                        let of_four = *part_of_four[twins / 4].get_or_insert(part);
                        assert!(group.is_none() || of_four == part, "row {row}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_split_that_takes_groups_apart_is_known() {
    let (set, _) = crate::TwinRows::Together.applied(set_with_twins()).unwrap();
    for split in [
        r#"{ "stratified_k_fold": {} }"#,
        r#"{ "holdout": {} }"#,
        r#"{ "group_k_fold": { "group": "who" } }"#,
        r#"{ "holdout": { "group": "who" } }"#,
        r#"{ "given": { "column": "who" } }"#,
        r#"{ "official_folds": {} }"#,
    ] {
        assert_eq!(given(split).takes_apart(&set.rows()), Some("twin_group"), "{split}");
    }
    let apart = |split: &str, group: &[u32], part: &[u32]| {
        let (group, part) = (column("group", group), column("part", part));
        let rows =
            Rows { columns: vec![&group, &part], group: Some("group"), ..rows(&[0, 1, 0, 1]) };
        given(split).takes_apart(&rows).is_some()
    };
    let by_part = r#"{ "given": { "column": "part" } }"#;
    assert!(!apart(by_part, &[1, 1, 2, 2], &[0, 0, 1, 1]));
    assert!(apart(by_part, &[1, 1, 2, 2], &[0, 0, 0, 1]));
    // Parts that are only learnt from are one.
    let tested = r#"{ "given": { "column": "part", "test": "g0" } }"#;
    assert!(!apart(tested, &[1, 1, 2, 2], &[0, 0, 1, 2]));
    assert!(apart(tested, &[1, 1, 2, 2], &[0, 1, 1, 2]));
    // Groups of one row each are never taken apart.
    assert!(!apart(r#"{ "stratified_k_fold": {} }"#, &[1, 2, 3, 4], &[0; 4]));
}
