//! Summaries and suspicions.

use super::*;
use crate::dataset::ClassLabels;
use crate::formats::csv::format::CsvFormat;
use crate::treatment::keys::Treatment;

fn numeric(name: &str, values: impl IntoIterator<Item = f64>) -> Column {
    Column::Numeric { name: name.to_owned(), values: values.into_iter().collect() }
}

fn dataset(columns: Vec<Column>) -> Dataset {
    let labels: Vec<&str> = (0..40).map(|i| if i < 30 { "a" } else { "b" }).collect();
    Dataset::new("t", columns, ClassLabels::of(labels), None)
}

fn suspicions_of(column: Column) -> String {
    DatasetSummary::of(&dataset(vec![column]), None).columns[0].suspicions.join("; ")
}

fn texts(text: impl Fn(usize) -> String) -> Column {
    let texts: Vec<String> = (0..40).map(text).collect();
    let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    Column::from_texts("x".into(), texts)
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
    let summary = DatasetSummary::of(&dataset(vec![numeric("x", x)]), None);
    assert_eq!((summary.n_duplicates, summary.n_contradictions), (12, 2));
    assert_eq!(summary.imbalance_ratio, 3.0);
}

#[test]
fn twins_are_counted_across_official_folds() {
    // Rows 0 and 1 are twins in one fold, rows 38 and 39 in two.
    let x = (0..40).map(|i| f64::from(if i == 1 { 0 } else { i.min(38) }));
    let mut dataset = dataset(vec![numeric("x", x)]);
    assert_eq!(DatasetSummary::of(&dataset, None).n_across_folds, None);
    dataset.folds = vec![(0..40).map(|i| u32::from(i == 39)).collect()];
    let summary = DatasetSummary::of(&dataset, None);
    assert_eq!((summary.n_duplicates, summary.n_across_folds), (4, Some(2)));
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
        let column = DatasetSummary::of(&dataset(vec![column]), format).columns.remove(0);
        assert!(!column.is_identifier, "{column:?}");
        (column.looks_like, column.suspicions.join("; "))
    };
    let decimals = || texts(|i| format!("{i},5"));
    let finding = |rest: &str| {
        format!("numbers with decimal commas in 40 of 40 cells, such as `0,5`: {rest}")
    };
    let (looks_like, found) = of(decimals(), Some(&plain));
    assert_eq!(looks_like, Some("numbers with decimal commas"));
    let expected = "[treat.x] with decimal = \",\" reads them; for a comma that is a decimal one in all columns, set \
                    decimal_comma = true in [format.csv]";
    assert_eq!(found, finding(expected));
    assert_eq!(
        of(decimals(), Some(&Format::Arff {})).1,
        finding("[treat.x] with decimal = \",\" reads them")
    );
    for (column, expected) in [
        (
            texts(|i| format!("{i}.3%")),
            "percentages in 40 of 40 cells, such as `0.3%`: [treat.x] with percent = true reads them",
        ),
        (texts(|i| format!("${i}.06")), "amounts of money in 40 of 40 cells, such as `$0.06`"),
        (
            texts(|i| format!("{},370", i + 1)),
            "[treat.x] with thousands = \",\" reads them, or, if that is meant, with decimal = \",\"; for",
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
        DatasetSummary::of(&dataset(vec![column]), Some(&plain))
            .columns
            .remove(0)
            .suspicions
            .join("; ")
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
        DatasetSummary::of(&dataset(vec![column]), None).columns[0].is_identifier
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
fn a_gap_or_a_row_twice_hides_no_identifier() {
    let is_identifier = |name: &str, f: &dyn Fn(usize) -> f64| {
        let column = numeric(name, (0..400).map(f));
        DatasetSummary::of(&split(300, 400, vec![column]), None).columns[0].is_identifier
    };
    let scrambled = |i: usize| (i * 7 % 400) as f64;
    assert!(is_identifier("x", &|i| if i == 9 { f64::NAN } else { scrambled(i) }));
    assert!(is_identifier("x", &|i| scrambled(if i < 4 { 5 } else { i })));
    assert!(!is_identifier("x", &|i| scrambled(if i < 5 { 6 } else { i })));
    let with_a_hole = |x: f64, hole: f64| if x < 200.0 { x } else { x + hole };
    assert!(is_identifier("x", &|i| with_a_hole(scrambled(i), 4.0)));
    assert!(!is_identifier("x", &|i| with_a_hole(scrambled(i), 5.0)));
    // Whole numbers that are almost all different, as amounts are.
    assert!(!is_identifier("x", &|i| scrambled(i) * 3.0));
    assert!(is_identifier("client_id", &|i| scrambled(i.max(2)) * 3.0));
    let names = of_texts(300, 400, |i| format!("name {}", if i < 3 { 7 } else { i }));
    assert!(names.contains("almost every row has a value of its own: an identifier?"), "{names}");
    assert_eq!(of_texts(300, 400, |i| format!("name {}", i % 390)), "");
}

#[test]
fn numbers_and_levels_are_summarised() {
    let x = (0..40).map(|i| if i == 0 { f64::NAN } else { f64::from(i) });
    let summary = DatasetSummary::of(&dataset(vec![numeric("x", x)]), None);
    assert_eq!(summary.columns[0].range, Some([1.0, 20.0, 39.0]));
    assert_eq!((summary.n_missing, summary.columns[0].n_distinct), (1, 39));
}

/// Rows of the two classes, the first `n_a` of them of `a`.
fn split(n_a: usize, n: usize, columns: Vec<Column>) -> Dataset {
    let labels: Vec<&str> = (0..n).map(|i| if i < n_a { "a" } else { "b" }).collect();
    Dataset::new("t", columns, ClassLabels::of(labels), None)
}

/// What is said of a column of texts: `cell` gives those of the rows, "" where there is none.
fn of_texts(n_a: usize, n: usize, cell: impl Fn(usize) -> String) -> String {
    let texts: Vec<String> = (0..n).map(cell).collect();
    let texts: Vec<Option<&str>> =
        texts.iter().map(|t| Some(t.as_str()).filter(|t| !t.is_empty())).collect();
    let column = Column::from_texts("c".into(), texts);
    DatasetSummary::of(&split(n_a, n, vec![column]), None).columns[0].suspicions.join("; ")
}

fn of_numbers(n_a: usize, n: usize, x: impl Fn(usize) -> f64) -> String {
    let column = numeric("x", (0..n).map(x));
    DatasetSummary::of(&split(n_a, n, vec![column]), None).columns[0].suspicions.join("; ")
}

#[test]
fn a_column_gives_the_class_away_with_a_gap_or_a_few_wrong_rows() {
    let flag = |i: usize| if i < 300 { "n" } else { "y" }.to_owned();
    let gap = of_texts(300, 400, |i| if i == 50 { String::new() } else { flag(i) });
    let expected = "its value alone gives the class (in 399 of the 399 rows that have one): does";
    assert!(gap.starts_with(expected), "{gap}");
    let wrong =
        of_texts(300, 400, |i| flag(if i % 80 == 0 { 399 * usize::from(i < 300) } else { i }));
    assert!(wrong.starts_with("its value alone gives the class (in 395 of 400 rows)"), "{wrong}");
    let numbers = of_numbers(300, 400, |i| if i % 100 == 7 { 0.5 } else { i as f64 + 0.25 });
    assert!(
        numbers.starts_with("its value alone gives the class (in 399 of 400 rows)"),
        "{numbers}"
    );
    // The reason of leaving is another in every row; who stays has none, as a text.
    let reason = of_texts(300, 400, |i| if i < 300 { "none".into() } else { format!("r{i}") });
    assert!(reason.starts_with("its value alone gives the class: does"), "{reason}");
}

#[test]
fn where_the_class_is_rare_it_has_to_be_found() {
    let n = |n_found: usize, n_wrong: usize| {
        of_texts(990, 1000, |i| {
            if (990..990 + n_found).contains(&i) || i < n_wrong { "y" } else { "n" }.to_owned()
        })
    };
    assert!(n(10, 0).contains("gives the class: "), "{}", n(10, 0));
    assert!(n(9, 0).contains("(in 999 of 1000 rows)"), "{}", n(9, 0));
    assert!(n(10, 1).contains("(in 999 of 1000 rows)"), "{}", n(10, 1));
    // Right in 98.8 % of the rows and more, as always saying `a` is.
    assert_eq!((n(8, 0).as_str(), n(10, 2).as_str(), n(0, 2).as_str()), ("", "", ""));
    // Of each class, 95 % are right.
    assert_eq!(of_texts(200, 400, |i| if i < 190 { "n" } else { "y" }.into()), "");
}

#[test]
fn numbers_of_three_classes_have_a_stretch_each() {
    let suspicions = |x: fn(usize) -> f64| {
        let labels: Vec<&str> = (0..90).map(|i| ["b", "a", "c"][i / 30]).collect();
        let columns = vec![numeric("x", (0..90).map(x))];
        let summary =
            DatasetSummary::of(&Dataset::new("t", columns, ClassLabels::of(labels), None), None);
        summary.columns[0].suspicions.join("; ")
    };
    assert!(suspicions(|i| i as f64 + 0.5).contains("gives the class: "));
    assert!(suspicions(|i| if i == 3 { 70.0 } else { i as f64 + 0.5 }).contains("(in 89 of 90"));
    assert_eq!(suspicions(|i| if i < 60 { (i % 30) as f64 + 0.5 } else { i as f64 + 0.5 }), "");
}

#[test]
fn what_is_missing_for_one_class_gives_it_away() {
    let date = |i: usize, left: bool| if left { format!("2024-{i}") } else { String::new() };
    let filled = of_texts(300, 400, |i| date(i, 300 <= i));
    assert!(filled.contains("it is missing for just the rows of class `a`"), "{filled}");
    assert!(of_texts(300, 400, |i| date(i, 302 <= i)).contains("class `a`, but for 2"));
    let honest = of_texts(300, 400, |i| date(i % 7, i % 4 != 0));
    assert!(!honest.contains("missing for just"), "{honest}");
    // Of three classes, the one with a value is named.
    let labels: Vec<&str> = (0..90).map(|i| ["b", "a", "c"][i / 30]).collect();
    let x = (0..90).map(|i| if i < 30 { f64::from(i) } else { f64::NAN });
    let dataset = Dataset::new("t", vec![numeric("x", x)], ClassLabels::of(labels), None);
    let column = &DatasetSummary::of(&dataset, None).columns[0];
    assert!(column.gives_the_class_away);
    assert_eq!(column.suspicions[0], "it is filled for just the rows of class `b`");
}

#[test]
fn classes_and_levels_in_several_spellings_are_told() {
    let labels: Vec<&str> = (0..40).map(|i| ["No", "no", "Yes", "yes "][i % 4]).collect();
    let texts: Vec<Option<&str>> = (0..40).map(|i| Some(["True", "TRUE", "b"][i % 3])).collect();
    let columns = vec![Column::from_texts("c".into(), texts)];
    let summary =
        DatasetSummary::of(&Dataset::new("t", columns, ClassLabels::of(labels), None), None);
    let expected = "`No` and `no` differ in case alone: one class? There are others.";
    assert_eq!(summary.class_spellings.as_deref(), Some(expected));
    let expected = "`TRUE` and `True` differ in case alone: one level?";
    assert_eq!(summary.columns[0].suspicions, [expected]);
    let yes = ["Yes", "yes ", "b"].map(str::to_owned);
    let expected = "`Yes` and `yes ` differ in case or blanks alone: one class?";
    assert_eq!(spellings(&yes, "class").as_deref(), Some(expected));
    assert_eq!(DatasetSummary::of(&dataset(Vec::new()), None).class_spellings, None);
}

#[test]
fn a_copy_of_a_column_is_told_with_its_name() {
    let x = |i: i32| if i == 3 { f64::NAN } else { f64::from(i * 7 % 40) / 3.0 };
    let numbers = |name: &str| numeric(name, (0..40).map(x));
    let texts = |name: &str, first: &'static str| {
        let texts: Vec<Option<&str>> = (0..40).map(|i| Some([first, "z"][i % 2])).collect();
        Column::from_texts(name.into(), texts)
    };
    let columns = vec![
        numbers("a"),
        texts("b", "u"),
        numbers("c"),
        texts("d", "u"),
        texts("e", "v"),
        numeric("f", (0..40).map(|i| x(i) + f64::from(i / 39))),
        numeric("g", [1.0; 40]),
        numeric("h", [1.0; 40]),
        numbers("i"),
    ];
    let summary = DatasetSummary::of(&dataset(columns), None);
    let said: Vec<String> = summary.columns.iter().map(|c| c.suspicions.join("; ")).collect();
    let (copy, constant) = ("the same as `a`", "it never changes");
    assert_eq!(said, ["", "", copy, "the same as `b`", "", "", constant, constant, copy]);
}

/// What is proposed for a column of a CSV file: the keys, those of another way, and whether it is certain.
fn proposed(texts: &[&str]) -> Option<(String, Option<String>, bool)> {
    let cells: Vec<Option<&str>> = (0..40).map(|i| Some(texts[i % texts.len()])).collect();
    let column = Column::from_texts("x".into(), cells);
    let format = Format::Csv(CsvFormat::default());
    let summary = DatasetSummary::of(&dataset(vec![column]), Some(&format)).columns.remove(0);
    let keys = |treatment: Treatment| treatment.lines().join(" ");
    let proposal = summary.proposal?;
    Some((keys(proposal.treatment), proposal.alternative.map(keys), proposal.is_certain))
}

#[test]
fn what_can_be_read_in_one_way_alone_is_certain() {
    for (texts, keys) in [
        (&["1.5%", "20%", "-3 %"][..], "percent = true"),
        (&["1,5%", "20%"], "decimal = \",\" percent = true"),
        (&["$1,250", "$3.50", "($7)"], "currency = \"$\" thousands = \",\""),
        (&["1.068,65 €", "7 €"], "currency = \"€\" decimal = \",\" thousands = \".\""),
        (&["1,250", "1,234,567", "7"], "thousands = \",\""),
        (&["12'500", "9"], "thousands = \"'\""),
        (&["1,25", "3,5"], "decimal = \",\""),
        (&["(0.13)", "5.2"], "currency = \"\""),
    ] {
        assert_eq!(proposed(texts), Some((keys.to_owned(), None, true)), "{texts:?}");
    }
}

#[test]
fn what_is_a_judgement_is_not_certain() {
    let uncertain =
        |keys: &str, other: Option<&str>| Some((keys.to_owned(), other.map(str::to_owned), false));
    assert_eq!(
        proposed(&["1,250", "3,500"]),
        uncertain("thousands = \",\"", Some("decimal = \",\""))
    );
    assert_eq!(
        proposed(&["31.01.2024", "02.03.2024"]),
        uncertain("date = \"day_month_year\"", None)
    );
    assert_eq!(
        proposed(&["01/02/2024", "05/06/2024"]),
        uncertain("date = \"day_month_year\"", Some("date = \"month_day_year\""))
    );
    assert_eq!(
        proposed(&["1%", "2%", "3%", "n/k"]),
        uncertain("missing = [\"n/k\"] percent = true", None)
    );
    assert_eq!(proposed(&["1", "2.5", "3", "n/k"]), uncertain("missing = [\"n/k\"]", None));
    // Of two currencies, and of percentages among numbers, nobody knows what they are.
    assert_eq!(proposed(&["$1", "€2"]), None);
    assert_eq!(proposed(&["1%", "0.5"]), None);
}

#[test]
fn levels_that_are_intervals_are_no_percentages() {
    let levels = ["0%", "1 - 10%", "11 - 20%", "21 - 50%", "100%"];
    assert_eq!(proposed(&levels), None);
    let said = suspicions_of(texts(|i| levels[i % 5].to_owned()));
    assert_eq!(said, "");
    // One interval among numbers is a cell that somebody has to look at.
    let said = suspicions_of(texts(|i| if i == 7 { "1-2".into() } else { format!("{i}.5") }));
    assert!(said.contains("1 of 40 cells is no number (\"1-2\")"), "{said}");
}

#[test]
fn a_number_that_stands_for_a_missing_value_is_asked_about() {
    let column = numeric("income", (0..40).map(|i| f64::from(if i % 9 == 0 { -999 } else { i })));
    let summary = DatasetSummary::of(&dataset(vec![column]), None);
    assert!(summary.columns[0].suspicions[0].starts_with(
        "-999 in 5 of 40 rows, far from all others: does it stand for a missing value? If so, [treat.income] with \
         missing = [-999]"
    ));
}
