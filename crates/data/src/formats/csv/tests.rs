//! Text tables, right and wrong.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::column::Column;
use crate::formats::csv::format::Delimiter;
use crate::formats::encoding::Encoding;
use crate::formats::format::Format;
use crate::formats::kind::Kind;
use crate::formats::testing::{cases, damaged, names, numbers, sample, shape, typed};

fn plain(text: &str) -> Result<Frame, String> {
    read("t.csv", text.as_bytes(), &CsvFormat::default(), &Kinds::new(), Bound::of(0))
        .map_err(|error| error.to_string())
}

fn error(text: &str, kinds: &[(&str, Kind)]) -> String {
    let kinds = kinds.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
    let read = read("t.csv", text.as_bytes(), &CsvFormat::default(), &kinds, Bound::of(0));
    read.unwrap_err().to_string()
}

#[test]
fn cells_are_trimmed_quoted_and_missing() {
    let frame = plain("a, b ,c\n1, \"x\",?\n2,\"y, \"\"z\"\"\",\n\n3,NA,5\n").unwrap();
    assert_eq!(names(&frame), ["[a]", "b", "[c]"]);
    assert_eq!(numbers(&frame.columns[0]), [1.0, 2.0, 3.0]);
    let Column::Categorical { levels, codes, .. } = &frame.columns[1] else { panic!() };
    assert_eq!((&levels[..], codes[2]), (&["x".to_owned(), "y, \"z\"".to_owned()][..], None));
    assert_eq!(frame.columns[2].n_missing(), 2);
}

#[test]
fn other_delimiters_decimal_commas_encodings_and_no_header_are_read() {
    let format = CsvFormat {
        delimiter: Delimiter(b';'),
        decimal_comma: true,
        header: false,
        encoding: Encoding::Latin1,
        ..CsvFormat::default()
    };
    let frame =
        read("t", b"1,5;\xe9t\xe9\n2;hiver\n", &format, &Kinds::new(), Bound::of(0)).unwrap();
    assert_eq!(numbers(&frame.columns[0]), [1.5, 2.0]);
    let Column::Categorical { levels, .. } = &frame.columns[1] else { panic!() };
    assert_eq!(levels, &["hiver", "été"]);
}

#[test]
fn nothing_but_blank_lines_has_no_rows() {
    for (text, header, quotes) in [("", true, true), ("\n", false, false), ("\r\n\n", false, true)]
    {
        let format = CsvFormat { header, quotes, ..CsvFormat::default() };
        let error = read("t.csv", text.as_bytes(), &format, &Kinds::new(), Bound::of(0))
            .unwrap_err()
            .to_string();
        assert!(error.ends_with(":1: the file has no rows"), "{text:?}: {error}");
    }
}

#[test]
fn mistakes_are_located() {
    let typed = |text: &str| typed(text, &Format::Csv(CsvFormat::default()), "b").unwrap_err();
    let wrong = typed("a,b\n\"one\nline\",2\nx, oops\n");
    assert_eq!(wrong, "t:4:4: `oops` is no number in the column `b`, which is said to be numeric");
    let comma = typed("a,b\n1,\"2,34\"\n");
    assert_eq!(
        comma,
        "t:2:3: `2,34` is no number in the column `b`, which is said to be numeric; if its comma is a decimal one, set \
         decimal_comma = true"
    );
    assert_eq!(error("a,b\n1,2\n3\n", &[]), "t.csv:3:1: 1 cells where the first line has 2");
    assert_eq!(error("a,b,a\n1,2,3\n", &[]), "t.csv:1:5: two columns are called `a`");
    assert!(error("a,b\n1,2\n", &[("c", Kind::Numeric)]).starts_with("t.csv:1:1: no column is"));
    assert_eq!(error("a,b\n", &[]), "t.csv:1:1: the file has no rows");
    let latin = read("t.csv", b"a\nb\xe9\n", &CsvFormat::default(), &Kinds::new(), Bound::of(0));
    assert!(latin.unwrap_err().to_string().starts_with("t.csv:2:2: a byte that is no UTF-8"));
}

#[test]
fn a_quotation_mark_that_is_never_closed_is_located() {
    let message =
        "this quotation mark is not closed; if it is text, set quotes = false in [format.csv]";
    for (text, place) in [
        ("u,v\n1,\"abc\n2,x\n3,y\n", "2:3"),
        ("u,v\n\n\"1,2\n", "3:1"),
        ("u,v,w\n1,\"a,b\n2,3,4\n", "2:3"),
        ("u,\"v\n1,2\n", "1:3"),
        ("u,v\n1,\"\"\"", "2:3"),
    ] {
        assert_eq!(error(text, &[]), format!("t.csv:{place}: {message}"), "{text:?}");
    }
    let long = format!("u,v\n1,\"{}", "line\n".repeat(10_000));
    assert_eq!(error(&long, &[]), format!("t.csv:2:3: {message}"));
    for text in ["u,v\n1,\"abc\"", "u,v\n1,\"a\nbc\"\r\n\n", "u,v\n1,3\" pipe\n", "u,v\n1,\"\""] {
        assert!(plain(text).is_ok(), "{text:?}");
    }
}

#[test]
fn text_behind_a_closing_quotation_mark_is_located() {
    for (text, at, opened) in [
        ("u,v,class\n\"not closed,3,no\n\"ok\",4,no\n", "3:2", "2:1"),
        ("u,v\n\"a\"b,1\n", "2:4", "2:1"),
        ("u,v\n1,\"a \\\"b\\\" c\"\n", "2:8", "2:3"),
        ("u,v\n1, \"é\" b\n", "2:7", "2:4"),
        ("u,\"v\"w\n1,2\n", "1:6", "1:3"),
        ("u,v\n\"a\"\"\"b,1\n", "2:6", "2:1"),
    ] {
        let expected = format!(
            "t.csv:{at}: text after a closing quotation mark; the one that opened it is at {opened}: two of them are \
             one in a cell, and if they are text, set quotes = false in [format.csv]"
        );
        assert_eq!(error(text, &[]), expected, "{text:?}");
    }
    let long = format!("u,v\n{}\"a\"b,1\n", "\"line\n\",1\n".repeat(50_000));
    assert!(error(&long, &[]).starts_with("t.csv:100002:4: text after"), "{}", error(&long, &[]));
}

#[test]
fn blanks_around_quotation_marks_do_not_count() {
    let frame = plain("u,v\n 1 ,\t\"a, \"\"b\"\"\" \n\" 2\" , \"\"\n3\" ,c \"d\"\n").unwrap();
    let Column::Categorical { levels, codes, .. } = &frame.columns[1] else { panic!() };
    assert_eq!((&levels[..], codes[1]), (&["a, \"b\"", "c \"d\""].map(str::to_owned)[..], None));
    let Column::Categorical { levels, .. } = &frame.columns[0] else { panic!() };
    assert_eq!(levels, &["1", "2", "3\""]);
}

#[test]
fn no_more_is_read_than_the_bound_allows() {
    let read = |text: &str, n_cells| {
        let bound = Bound::of_cells(n_cells);
        let read = read("t.csv", text.as_bytes(), &CsvFormat::default(), &Kinds::new(), bound);
        read.map_err(|error| error.to_string())
    };
    let numbers = "u,v\n".to_owned() + &"1,2\n".repeat(5);
    assert_eq!(shape(&read(&numbers, 10).unwrap()), (5, 2));
    let cells = "t.csv: more than the 9 cells that are read of a file of this size, in rows of 2";
    assert_eq!(read(&numbers, 9).unwrap_err(), cells);
    let texts: String = (0..9).map(|i| format!("{i},text {i}\n")).collect();
    let texts = format!("u,v\n{texts}");
    assert!(read(&texts, 72).is_ok());
    assert!(read(&texts, 71).unwrap_err().starts_with("t.csv: more than the 8 different texts"));
    let wide = "u,v\n".to_owned() + &",".repeat(1 << 21);
    assert_eq!(
        read(&wide, 1 << 20).unwrap_err(),
        "t.csv:2:1: 2097153 cells where the first line has 2"
    );
    let columns = "t.csv:1:1048577: more than the 1048576 columns that are read";
    assert_eq!(read(&",".repeat(1 << 21), 1 << 20).unwrap_err(), columns);
}

#[test]
fn a_delimiter_at_the_end_of_a_row_is_mentioned() {
    assert_eq!(
        error("u,v\n1,2,\n", &[]),
        "t.csv:2:1: 3 cells where the first line has 2; the last is empty: does a delimiter end the row?"
    );
}

#[test]
fn a_column_whose_name_is_empty_is_called_by_its_place() {
    let header = |text: &str| names(&plain(text).unwrap());
    assert_eq!(header(",u,c,\n0,1,a,\n"), ["[x1]", "[u]", "c", "[x4]"]);
    assert_eq!(header("\"\",x1,c\n0,1,a\n"), ["[x1_]", "[x1]", "c"]);
}

#[test]
fn blanks_after_commas_and_dots_in_labels_are_kept_apart() {
    let bytes = sample("uci_census_space_after_comma_dotted_label.csv");
    let format = CsvFormat { header: false, ..CsvFormat::default() };
    let frame = read("t.csv", &bytes, &format, &Kinds::new(), Bound::of(0)).unwrap();
    assert_eq!(shape(&frame).1, 42);
    let Some(Column::Categorical { levels, .. }) = frame.columns.last() else { panic!() };
    assert_eq!(levels[0], "- 50000.");
}

/// Cells of numbers, words, gaps and blanks, in lines that end in several ways; a column turns to text late.
fn plain_text() -> impl Strategy<Value = String> {
    let cell = prop_oneof![
        4 => "[0-9]{1,3}(\\.[0-9]{1,2})?",
        1 => "[a-c]{1,2}",
        1 => Just(String::new()),
        1 => Just(" ? ".to_owned()),
        1 => Just("é".to_owned()),
    ];
    let end = prop_oneof![8 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\n\n"), 1 => Just("\r")];
    let line = (prop::collection::vec(cell, 3), end, 0..40_u8);
    prop::collection::vec(line, 1..60).prop_map(|lines| {
        let line = |(cells, end, odd): (Vec<String>, &str, u8)| match odd {
            0 => cells[..2].join(",") + end,
            _ => cells.join(",") + end,
        };
        "\na,b,c\n".to_owned() + &lines.into_iter().map(line).collect::<String>()
    })
}

/// Records as the crate csv reads them, their cells trimmed.
fn reference(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).from_reader(text.as_bytes());
    let records = reader.into_records().map(|record| record.unwrap());
    records.map(|record| record.iter().map(|cell| cell.trim().to_owned()).collect()).collect()
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn quoted_cells_are_what_the_crate_csv_reads(
        rows in prop::collection::vec(
            (
                prop::collection::vec("[ab]{0,2}|\"([ab,\n ]|\"\"){0,4}\"|a\"b?", 2),
                select(&["\n", "\r\n", "\r", "\n\n"][..]),
            ),
            1..20,
        ),
    ) {
        let lines = rows.iter().map(|(cells, end)| cells.join(",") + end);
        let text: String = lines.collect();
        let pins: Kinds = ["x1", "x2"].map(|name| (name.to_owned(), Kind::Categorical)).into();
        let format = CsvFormat { header: false, missing: Vec::new(), ..CsvFormat::default() };
        let frame = read("t.csv", text.as_bytes(), &format, &pins, Bound::of(0)).unwrap();
        let cell = |column: usize, row: usize| match &frame.columns[column] {
            Column::Categorical { levels, codes, .. } => levels[codes[row].unwrap() as usize].clone(),
            Column::Numeric { .. } => panic!(),
        };
        let read: Vec<Vec<String>> =
            (0..shape(&frame).0).map(|row| vec![cell(0, row), cell(1, row)]).collect();
        prop_assert_eq!(read, reference(&text));
    }

    #[test]
    fn lines_in_parallel_give_what_records_one_by_one_give(
        text in plain_text(),
        header in any::<bool>(),
        pinned in any::<bool>(),
    ) {
        let format = CsvFormat { header, ..CsvFormat::default() };
        let name = if header { "b" } else { "x2" };
        let kinds: Kinds = pinned.then(|| (name.to_owned(), Kind::Numeric)).into_iter().collect();
        let lines = read("t", text.as_bytes(), &format, &kinds, Bound::of(0)).map(|frame| frame.columns);
        // A quotation mark in the last cell of the first line, and records are no lines any more.
        let quoted = text.replacen("a,b,c\n", "a,b,\"c\"\n", 1);
        let records = read("t", quoted.as_bytes(), &format, &kinds, Bound::of(0)).map(|frame| frame.columns);
        prop_assert_eq!(format!("{lines:?}").replace("\"c\"", "c"), format!("{records:?}").replace("\"c\"", "c"));
    }

    #[test]
    fn damaged_files_are_read_or_refused(
        bytes in prop_oneof![
            damaged(&sample("uci_class_first_missing.data")),
            damaged(b"\xff\xfes\0e\0p\0=\0,\0\r\0\n\0a\0,\0b\0\r\0\n\x001\0,\x002\0\r\0\n\0"),
        ],
        header in any::<bool>(),
        quotes in any::<bool>(),
        encoding in select(&[Encoding::Utf8, Encoding::Latin1, Encoding::Utf16][..]),
    ) {
        let format = CsvFormat { header, quotes, encoding, ..CsvFormat::default() };
        let kinds = Kinds::from([("x2".to_owned(), Kind::Numeric)]);
        for kinds in [Kinds::new(), kinds] {
            if let Err(error) = read("t.csv", &bytes, &format, &kinds, Bound::of(0)) {
                prop_assert!(error.to_string().starts_with("t.csv:"), "{}", error);
            }
        }
    }
}
