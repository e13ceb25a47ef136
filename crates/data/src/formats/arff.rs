//! ARFF: a header of attributes, then dense or sparse rows.
//!
//! ```text
//! file    = header {row}
//! header  = {"@relation" ... | "@attribute" name type} "@data"
//! type    = "numeric" | "real" | "integer" | "string" | "date" [format] | "{" level {"," level} "}"
//! row     = cell {("," | tab) cell} [","] | "{" [index cell {"," index cell} [","]] "}"
//! missing = "?"
//! ```
//!
//! A sparse row has the cells whose indices, from 0 and ascending, it names; elsewhere are 0, the
//! first level, a missing string. Strings and dates become categories. The class is the nominal
//! attribute called `class` or else `target`, in any case, or else the last attribute if it is
//! nominal. Keywords and types are in any case. `%` begins a comment except within a word. Words may
//! be between quotation marks of either kind, in which a backslash escapes the next character;
//! without them a level may contain blanks and operators.
//!
//! Source: *Attribute-Relation File Format*, University of Waikato (waikato.github.io/weka-wiki).

use crate::error::DataError;
use crate::formats::attributes::{Attribute, header};
use crate::formats::bounds::Bound;
use crate::formats::declared::Columns;
use crate::formats::frame::Frame;
use crate::formats::kind::Kinds;
use crate::formats::lines::{Line, lines, shown, with_line_feeds, wrong_at_the_end};

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    kinds: &Kinds,
    bound: Bound,
) -> Result<Frame, DataError> {
    let bytes = &with_line_feeds(bytes);
    let mut lines = lines(file, bytes, Some(b'%'));
    let header = header(&mut lines, bound, |_, _| Ok(false))?;
    let Some((attributes, data)) = header else {
        return Err(wrong_at_the_end(file, bytes, "the file ends without `@data`"));
    };
    let mut columns = Columns::new(&attributes, kinds, &data, bound)?;
    for line in lines {
        let mut line = line?;
        if line.skip('{') {
            push_sparse(&mut columns, &mut line)?;
        } else {
            columns.push_row(&mut line, is_missing)?;
        }
    }
    if columns.n_rows == 0 {
        return Err(wrong_at_the_end(file, bytes, "no row comes after `@data`"));
    }
    Ok(columns.into_frame(target(&attributes)))
}

fn is_missing(cell: &str) -> bool {
    cell == "?"
}

fn target(attributes: &[Attribute]) -> Option<usize> {
    let called = |name: &str| {
        let is_it = |each: &Attribute| each.is_nominal() && each.name.eq_ignore_ascii_case(name);
        attributes.iter().position(is_it)
    };
    let last = || attributes.len().checked_sub(1).filter(|&last| attributes[last].is_nominal());
    called("class").or_else(|| called("target")).or_else(last)
}

/// Reads a sparse row from behind its `{`.
fn push_sparse(columns: &mut Columns, line: &mut Line<'_>) -> Result<(), DataError> {
    columns.begin_row(line)?;
    let n_columns = columns.n_columns();
    let mut next = 0;
    while !line.skip('}') {
        let word = line.word(&[' ', '\t', ',', '}'])?;
        let index = word.text.parse().ok().filter(|index| (next..n_columns).contains(index));
        let index = index.ok_or_else(|| {
            let found = shown(&word.text);
            let expected = match next {
                next if next == n_columns => "expected `}` after the last attribute".to_owned(),
                next => format!("expected an index from {next} to {}", n_columns - 1),
            };
            line.wrong(word.at, format!("{found}; {expected}"))
        })?;
        push_defaults(columns, line, next..index)?;
        let cell = line.word(&[',', '}'])?;
        columns.push(index, &cell, is_missing).map_err(|message| line.wrong(cell.at, message))?;
        next = index + 1;
        if !line.skip(',') && !line.rest().starts_with('}') {
            return Err(line.wrong(line.at, "expected `,` or the `}` that ends the row"));
        }
    }
    push_defaults(columns, line, next..n_columns)?;
    if line.has_ended() {
        return Ok(());
    }
    let rest = shown(line.rest());
    let message = if line.skip(',') && line.skip('{') {
        format!("{rest} is a weight of the row: weights are not supported")
    } else {
        format!("{rest}; expected the end of the line")
    };
    Err(line.wrong(line.at, message))
}

fn push_defaults(
    columns: &mut Columns,
    line: &Line<'_>,
    mut absent: std::ops::Range<usize>,
) -> Result<(), DataError> {
    absent
        .try_for_each(|column| columns.push_default(column))
        .map_err(|message| line.wrong(line.at, message))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::formats::kind::Kind;
    use crate::formats::testing::{
        cases, class_counts, counts, damaged, n_missing, names, numbers, sample, shape,
    };

    /// A header of every type, and rows of both sorts.
    const MIXED: &str = r#"% comment
@RELATION 'all types'
@attribute	'a b'	NUMERIC % the first
@attribute "it's"	{'<0', >=200, no checking, 'it\'s', "\"x\"", 50%}
@attribute s string
@attribute d DATE "yyyy-MM-dd HH:mm"
@attribute i integer [0, 9]
@attribute Class {false,true}
@attribute last {u, v}
@DATA
1.5,	no checking , 'one, two', "2020-01-01 00:00", 3, true, u % end
-2e-1	'<0'	?	?	?	false	v
?, ?, '?', ?, 0, true, u
{0 4, 1 'it\'s', 5 true}
{}
{ 1 >=200 , 2 x y, 4	? }
0,"\"x\"",s,d,1,?,v
7, 50%, s, d, 1, true, v
"#;

    fn sampled(name: &str) -> Frame {
        read(name, &sample(name), &Kinds::new(), Bound::of(0)).unwrap()
    }

    fn written(text: &str) -> Result<Frame, String> {
        read("t.arff", text.as_bytes(), &Kinds::new(), Bound::of(0))
            .map_err(|error| error.to_string())
    }

    /// What is wrong with rows below an attribute `x` and a class of levels `a` and `b`.
    fn error(rows: &str) -> String {
        written(&format!("@attribute x real\n@attribute c {{a,b}}\n@data\n{rows}")).unwrap_err()
    }

    #[test]
    fn tabs_comments_and_missing_values_are_read() {
        let frame = sampled("arff_missing_tabs_comments.arff");
        assert_eq!((shape(&frame), n_missing(&frame), frame.target), ((683, 36), 2337, Some(35)));
        let classes = class_counts(&frame);
        assert_eq!(classes.len(), 19);
        assert!(classes.contains(&("diaporthe-pod-&-stem-blight", 15)));
        assert!(classes.contains(&("herbicide-injury", 8)));
        assert_eq!(names(&frame)[..2], ["date", "plant-stand"]);
    }

    #[test]
    fn quoted_names_and_values_are_read() {
        let frame = sampled("arff_quoted_names_missing.arff");
        assert_eq!((shape(&frame), n_missing(&frame)), ((57, 17), 326));
        assert_eq!(class_counts(&frame), [("bad", 20), ("good", 37)]);
        assert_eq!(names(&frame)[..2], ["[duration]", "[wage-increase-first-year]"]);
        assert_eq!(numbers(&frame.columns[1])[1], 4.5);
    }

    #[test]
    fn keywords_are_in_any_case() {
        let frame = sampled("arff_uppercase_keywords.arff");
        assert_eq!(shape(&frame), (150, 5));
        let expected = [("Iris-setosa", 50), ("Iris-versicolor", 50), ("Iris-virginica", 50)];
        assert_eq!(class_counts(&frame), expected);
        assert_eq!(names(&frame)[0], "[sepallength]");
    }

    #[test]
    fn a_file_that_was_cut_off_in_its_header_is_refused() {
        for name in [
            "arff_boolean_class_long_comment_header.arff",
            "arff_quoted_values_with_spaces_and_operators.arff",
        ] {
            let error =
                read(name, &sample(name), &Kinds::new(), Bound::of(0)).unwrap_err().to_string();
            assert!(error.ends_with(":1: the file ends without `@data`"), "{error}");
        }
    }

    #[test]
    fn every_type_and_both_sorts_of_rows_are_read() {
        let frame = written(MIXED).unwrap();
        assert_eq!(names(&frame), ["[a b]", "it's", "s", "d", "[i]", "Class", "last"]);
        assert_eq!((shape(&frame), frame.target), ((8, 7), Some(5)));
        let x = numbers(&frame.columns[0]);
        assert_eq!((&x[..2], &x[3..]), (&[1.5, -0.2][..], &[4.0, 0.0, 0.0, 0.0, 7.0][..]));
        let expected =
            [("\"x\"", 1), ("50%", 1), ("<0", 2), (">=200", 1), ("it's", 1), ("no checking", 1)];
        assert_eq!(counts(&frame.columns[1]), expected);
        assert_eq!(counts(&frame.columns[2]), [("?", 1), ("one, two", 1), ("s", 2), ("x y", 1)]);
        assert_eq!(class_counts(&frame), [("false", 3), ("true", 4)]);
        assert_eq!(counts(&frame.columns[6]), [("u", 5), ("v", 3)]);
        assert!(numbers(&frame.columns[4])[5].is_nan());
    }

    #[test]
    fn the_class_is_found_by_its_name_or_place() {
        let target = |attributes: &[&str]| {
            let text = attributes.iter().map(|each| format!("@attribute {each}\n"));
            let row = vec!["0"; attributes.len()].join(",");
            written(&format!("{}@data\n{row}\n", text.collect::<String>())).unwrap().target
        };
        assert_eq!(target(&["TARGET {0}", "CLASS {0}", "y {0}"]), Some(1));
        assert_eq!(target(&["target {0}", "class real", "y {0}"]), Some(0));
        assert_eq!(target(&["class real", "y {0}"]), Some(1));
        assert_eq!(target(&["y {0}", "x real"]), None);
    }

    #[test]
    fn pinned_kinds_hold() {
        let pin = |name: &str, kind| Kinds::from([(name.to_owned(), kind)]);
        let frame = read("t", MIXED.as_bytes(), &pin("s", Kind::Ignored), Bound::of(0)).unwrap();
        assert_eq!((shape(&frame), frame.target), ((8, 6), Some(4)));
        let frame =
            read("t", MIXED.as_bytes(), &pin("i", Kind::Categorical), Bound::of(0)).unwrap();
        assert_eq!(counts(&frame.columns[4]), [("0", 3), ("1", 2), ("3", 1)]);
        let wrong =
            read("t", MIXED.as_bytes(), &pin("last", Kind::Numeric), Bound::of(0)).unwrap_err();
        assert!(wrong.to_string().starts_with("t:11:61: `u` is no number"), "{wrong}");
        let wrong =
            read("t", MIXED.as_bytes(), &pin("clas", Kind::Numeric), Bound::of(0)).unwrap_err();
        assert!(wrong.to_string().ends_with("did you mean `Class`?"), "{wrong}");
    }

    #[test]
    fn what_is_not_supported_is_said() {
        let weight = "`{5}` is a weight of the row: weights are not supported";
        assert_eq!(error("1, a, {5}\n"), format!("t.arff:4:7: {weight}"));
        assert!(
            error("{0 1}, {5}\n").ends_with("is a weight of the row: weights are not supported")
        );
        let relational = written("@attribute bag relational\n").unwrap_err();
        assert!(relational.starts_with("t.arff:1:16: a relational attribute is a table"));
    }

    #[test]
    fn a_comma_may_end_a_row_and_a_list() {
        let text = "@attribute x real\n@attribute c {a,b,}\n@data\n1,a,\n2,b, % two\n{0 3, 1 b,}\n";
        let frame = written(text).unwrap();
        assert_eq!((shape(&frame), class_counts(&frame)), ((3, 2), vec![("a", 1), ("b", 2)]));
        assert_eq!(error("1,a,,\n"), "t.arff:4:5: `,` comes after all 2 cells of the row");
        assert!(error("1,a,{5}\n").ends_with("weights are not supported"));
        assert_eq!(error("1,\n"), "t.arff:4:3: an empty cell; a missing value is `?`");
        assert!(written("@attribute c {a,,b}\n").unwrap_err().ends_with(":17: expected a level"));
    }

    #[test]
    fn what_follows_a_declaration_on_its_line_is_not_lost() {
        let header = "@attribute x real\n@attribute c {a,b}\n";
        let error = |text: &str| written(text).unwrap_err();
        assert_eq!(
            error(&format!("{header}@data 1,a\n2,b\n")),
            "t.arff:3:7: `1,a` on the line of `@data`: rows begin on the next"
        );
        assert_eq!(shape(&written(&format!("{header}@DATA  % 1,a\n2,b\n")).unwrap()), (1, 2));
        assert_eq!(
            error("@relation t @ATTRIBUTE x real\n"),
            "t.arff:1:13: `@ATTRIBUTE` on the line of `@relation`: it needs its own"
        );
        let named = written(&format!("@relation 'a @data' of two % @data\n{header}@data\n1,a\n"));
        assert_eq!(shape(&named.unwrap()), (1, 2));
        assert!(
            error("@attribute x real @data\n").ends_with("`@data`; expected the end of the line")
        );
    }

    #[test]
    fn weights_of_attributes_are_refused() {
        for line in ["x real {2.5}", "c {a,b} {0}", "s string {1}"] {
            let error = written(&format!("@attribute {line}\n@data\n")).unwrap_err();
            assert!(
                error.ends_with("is a weight of the attribute: weights are not supported"),
                "{error}"
            );
        }
    }

    #[test]
    fn wrong_rows_are_located() {
        assert_eq!(error("1, 'c'\n"), "t.arff:4:4: `c` is no level of `c`; expected `a`, `b`");
        assert_eq!(
            error("1 a\n"),
            "t.arff:4:1: `1 a` is no number; `x` is numeric, missing is `?`"
        );
        assert_eq!(error("1, 'a' b\n"), "t.arff:4:8: `b`; expected `,` after the cell");
        assert_eq!(error("1, 'a\n"), "t.arff:4:4: this ' is not closed on its line");
        assert_eq!(error("{2 a}\n"), "t.arff:4:2: `2`; expected an index from 0 to 1");
        assert_eq!(error("{0 1, 0 5}\n"), "t.arff:4:7: `0`; expected an index from 1 to 1");
        assert_eq!(error("{0 1\n"), "t.arff:4:5: expected `,` or the `}` that ends the row");
        assert_eq!(error("{0 1} 2\n"), "t.arff:4:7: `2`; expected the end of the line");
        assert_eq!(error("% only a comment\n"), "t.arff:4:1: no row comes after `@data`");
    }

    #[test]
    fn rows_do_not_make_a_table_of_any_size() {
        let header = "@attribute x real\n@attribute s string\n@data\n";
        for (row, n) in [("{}\n", 5), ("1,a\n", 5), ("1,a\n{}\n", 3)] {
            let text = header.to_owned() + &row.repeat(n);
            let read = |bound| read("t", text.as_bytes(), &Kinds::new(), Bound::of_cells(bound));
            assert_eq!(shape(&read(12).unwrap()).1, 2);
            let error = read(8).unwrap_err().to_string();
            assert_eq!(
                error,
                "t:8:1: more than the 8 cells that are read of a file of this size, in rows of 2"
            );
        }
        let texts: String = (0..4).map(|i| format!("{i},text {i}\n")).collect();
        let text = header.to_owned() + &texts;
        let error = read("t", text.as_bytes(), &Kinds::new(), Bound::of_cells(16)).unwrap_err();
        assert!(error.to_string().starts_with("t:7:1: more than the 2 different texts"), "{error}");
        let levels = b"@attribute c {a,b}\n@attribute d {a,b}\n@data\na,b\n";
        let error = read("t", levels, &Kinds::new(), Bound::of_cells(24)).unwrap_err();
        assert!(
            error.to_string().starts_with("t:2:17: more than the 3 different texts"),
            "{error}"
        );
    }

    #[test]
    fn carriage_returns_alone_end_lines_too() {
        let text = "@relation t\r@attribute x real\r@attribute c {a,b}\r@data\r1,a\r2,b\r";
        assert_eq!(class_counts(&written(text).unwrap()), [("a", 1), ("b", 1)]);
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn damage_is_an_error_or_another_table(
            bytes in select(vec![
                sample("arff_quoted_names_missing.arff"),
                sample("arff_uppercase_keywords.arff"),
                MIXED.as_bytes().to_vec(),
            ]).prop_flat_map(|bytes| damaged(&bytes)),
        ) {
            if let Ok(frame) = read("t.arff", &bytes, &Kinds::new(), Bound::of(0)) {
                shape(&frame);
            }
        }
    }
}
