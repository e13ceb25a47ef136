//! Summaries and suspicions.

use super::*;
use crate::CsvFormat;
use crate::dataset::Labels;

fn numeric(name: &str, values: impl IntoIterator<Item = f64>) -> Column {
    Column::Numeric { name: name.to_owned(), values: values.into_iter().collect() }
}

fn dataset(columns: Vec<Column>) -> Dataset {
    let labels: Vec<&str> = (0..40).map(|i| if i < 30 { "a" } else { "b" }).collect();
    Dataset::new("t", columns, Labels::of(labels), None)
}

fn suspicions_of(column: Column) -> String {
    Summary::of(&dataset(vec![column]), None).columns[0].suspicions.join("; ")
}

fn texts(text: impl Fn(usize) -> String) -> Column {
    let texts: Vec<String> = (0..40).map(text).collect();
    let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    Column::from_texts("x".into(), &texts)
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
    let summary = Summary::of(&dataset(vec![numeric("x", x)]), None);
    assert_eq!((summary.n_duplicates, summary.n_contradictions), (12, 2));
    assert_eq!(summary.imbalance_ratio, 3.0);
}

#[test]
fn identifiers_leaks_codes_and_constants_are_suspicious() {
    let scrambled = |i: i32| f64::from(i * 7 % 40);
    assert!(suspicions_of(numeric("id", (0..40).map(scrambled))).contains("an identifier?"));
    let leak = numeric("x", (0..40).map(|i| f64::from(i) + 0.5));
    assert!(suspicions_of(leak).contains("gives the class"));
    let leak = texts(|i| if i < 30 { "n".to_owned() } else { "y".to_owned() });
    assert!(suspicions_of(leak).contains("gives the class"));
    assert!(suspicions_of(numeric("x", (0..40).map(|i| f64::from(i % 4)))).contains("codes"));
    assert!(suspicions_of(numeric("x", [1.0; 40])).contains("never changes"));
    let stray = |i: usize| if i == 7 { "oops".to_owned() } else { format!("{}.5", i % 9) };
    let mixed = suspicions_of(texts(stray));
    assert!(mixed.contains("1 of 40 cells is no number (\"oops\")"), "{mixed}");
    let honest = numeric("x", (0..40).map(|i| f64::from(i * 7 % 40) / 3.0));
    assert_eq!(suspicions_of(honest), "");
}

#[test]
fn numbers_that_are_not_read_as_such_are_no_identifiers() {
    let plain = Format::Csv(CsvFormat::default());
    let commas = Format::Csv(CsvFormat { decimal_comma: true, ..CsvFormat::default() });
    let of = |column, format| {
        let column = Summary::of(&dataset(vec![column]), format).columns.remove(0);
        assert!(!column.is_identifier, "{column:?}");
        (column.looks_like, column.suspicions.join("; "))
    };
    let decimals = || texts(|i| format!("{i},5"));
    let finding = |rest: &str| {
        format!("numbers with decimal commas in 40 of 40 cells, such as `0,5`: {rest}")
    };
    let (looks_like, found) = of(decimals(), Some(&plain));
    assert_eq!(looks_like, Some("numbers with decimal commas"));
    assert_eq!(found, finding("set decimal_comma = true in [format.csv]"));
    assert_eq!(
        of(decimals(), Some(&Format::Arff {})).1,
        finding("convert them to plain numbers first")
    );
    for (column, expected) in [
        (texts(|i| format!("{i}.3%")), "percentages in 40 of 40 cells, such as `0.3%`: convert"),
        (texts(|i| format!("${i}.06")), "amounts of money in 40 of 40 cells, such as `$0.06`"),
        (
            texts(|i| format!("{},370", i + 1)),
            "or, if the comma is a decimal one, set decimal_comma",
        ),
        (texts(|i| format!("1.{}68,65", i % 10)), "numbers with thousands marks in 40 of 40 cells"),
        (
            texts(|i| format!("2024-01-{:02}", 1 + i % 31)),
            "dates in 40 of 40 cells, such as `2024-01-01`",
        ),
        (
            texts(|i| if i < 39 { format!("{i},5") } else { "1.068,65".into() }),
            "marks in 1 of 40 cells",
        ),
        // What the comma of 1,234 is, the others tell.
        (
            texts(|i| if i < 39 { "1,234".into() } else { "0,5".into() }),
            "decimal commas in 40 of 40",
        ),
    ] {
        let found = of(column, Some(&plain)).1;
        assert!(found.contains(expected), "{found}");
    }
    assert!(of(texts(|i| format!("1.{}68,65", i % 10)), Some(&commas)).1.contains("thousands"));
    assert!(!suspicions_of(texts(|i| format!("{i}.5"))).contains("numbers"));
}

#[test]
fn marks_of_missing_values_are_listed_to_be_pasted() {
    let plain = Format::Csv(CsvFormat::default());
    let of = |column| {
        Summary::of(&dataset(vec![column]), Some(&plain)).columns.remove(0).suspicions.join("; ")
    };
    let with = |marks: &'static [&'static str], n: usize| {
        texts(move |i| if i < n { marks[i % marks.len()].to_owned() } else { format!("{i}.5") })
    };
    assert_eq!(
        of(with(&["-", "#N/A", "-"], 20)),
        "20 of 40 cells are no numbers: if they stand for missing values, add to missing: \"-\", \"#N/A\""
    );
    assert!(of(with(&["-"], 1)).contains("1 of 40 cells is no number: if it stands"));
    assert!(!of(with(&["-"], 21)).contains("no number"));
    // Many different texts are none.
    assert!(!of(with(&["a", "b", "c", "d", "e", "f"], 20)).contains("no number"));
    assert!(of(with(&["a", "b", "c", "d"], 4)).contains("\"a\", \"b\", \"c\", \"d\""));
}

#[test]
fn numbers_are_identifiers_only_if_they_follow_each_other_or_are_called_so() {
    let is_identifier = |name: &str, f: fn(i32) -> f64| {
        let column = numeric(name, (0..40).map(f));
        Summary::of(&dataset(vec![column]), None).columns[0].is_identifier
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
    let summary = Summary::of(&dataset(vec![numeric("x", x)]), None);
    assert_eq!(summary.columns[0].range, Some([1.0, 20.0, 39.0]));
    assert_eq!((summary.n_missing, summary.columns[0].n_distinct), (1, 39));
}
