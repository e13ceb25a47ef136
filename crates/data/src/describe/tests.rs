//! Summaries and suspicions.

use super::*;
use crate::dataset::Labels;

fn numeric(name: &str, values: impl IntoIterator<Item = f64>) -> Column {
    Column::Numeric { name: name.to_owned(), values: values.into_iter().collect() }
}

fn dataset(columns: Vec<Column>) -> Dataset {
    let labels: Vec<&str> = (0..40).map(|i| if i < 30 { "a" } else { "b" }).collect();
    Dataset::new("t", columns, Labels::of(labels), None)
}

fn suspicions_of(column: Column) -> String {
    Summary::of(&dataset(vec![column])).columns[0].suspicions.join("; ")
}

#[test]
fn twins_are_counted_with_those_of_another_class() {
    // Rows 0 to 9 are alike, and so are 29 and 30, which are of two classes.
    let x = (0..40).map(|i| {
        f64::from(if i < 10 {
            0
        } else if i == 30 {
            29
        } else {
            i
        })
    });
    let summary = Summary::of(&dataset(vec![numeric("x", x)]));
    assert_eq!((summary.n_duplicates, summary.n_contradictions), (12, 2));
    assert_eq!(summary.imbalance_ratio, 3.0);
}

#[test]
fn identifiers_leaks_codes_and_constants_are_suspicious() {
    let scrambled = |i: i32| f64::from(i * 7 % 40);
    assert!(suspicions_of(numeric("id", (0..40).map(scrambled))).contains("an identifier?"));
    let leak = numeric("x", (0..40).map(|i| f64::from(i) + 0.5));
    assert!(suspicions_of(leak).contains("gives the class"));
    let texts: Vec<Option<&str>> = (0..40).map(|i| Some(if i < 30 { "n" } else { "y" })).collect();
    assert!(suspicions_of(Column::from_texts("c".into(), &texts)).contains("gives the class"));
    assert!(suspicions_of(numeric("x", (0..40).map(|i| f64::from(i % 4)))).contains("codes"));
    assert!(suspicions_of(numeric("x", [1.0; 40])).contains("never changes"));
    let stray = |i: i32| if i == 7 { "oops".to_owned() } else { format!("{}.5", i % 9) };
    let texts: Vec<String> = (0..40).map(stray).collect();
    let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    let mixed = suspicions_of(Column::from_texts("c".into(), &texts));
    assert!(mixed.contains("1 of 40 cells is no number, the first is `oops`"), "{mixed}");
    let honest = numeric("x", (0..40).map(|i| f64::from(i * 7 % 40) / 3.0));
    assert_eq!(suspicions_of(honest), "");
}

#[test]
fn numbers_are_identifiers_only_if_they_follow_each_other_or_are_called_so() {
    let is_identifier = |name: &str, f: fn(i32) -> f64| {
        let column = numeric(name, (0..40).map(f));
        Summary::of(&dataset(vec![column])).columns[0].is_identifier
    };
    let income = |i: i32| f64::from(i * 7 % 40) * 317.0 + 20_000.0;
    for name in ["id", "ID", "customer_id", "PassengerId", "index", "row"] {
        assert!(is_identifier(name, income), "{name}");
    }
    for name in ["income", "paid", "rows_read", "acid"] {
        assert!(!is_identifier(name, income), "{name}");
    }
    assert!(is_identifier("x", |i| f64::from(1000 - i)));
    assert!(!is_identifier("id", |i| f64::from(i) * 1e17), "all doubles of that size are whole");
}

#[test]
fn numbers_and_levels_are_summarised() {
    let x = (0..40).map(|i| if i == 0 { f64::NAN } else { f64::from(i) });
    let summary = Summary::of(&dataset(vec![numeric("x", x)]));
    assert_eq!(summary.columns[0].range, Some([1.0, 20.0, 39.0]));
    assert_eq!((summary.n_missing, summary.columns[0].n_distinct), (1, 39));
}
