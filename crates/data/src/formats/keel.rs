//! KEEL: a header of attributes, then rows.
//!
//! ```text
//! file    = header {row}
//! header  = {"@relation" ... | "@attribute" name type | "@inputs" names | "@outputs" names} "@data"
//! type    = ("integer" | "real") ["[" lowest "," highest "]"] | "{" level {"," level} "}" | "[" level {"," level} "]"
//! names   = name {"," name} [","]
//! row     = cell {"," cell} [","]
//! missing = "<null>" | "?"
//! ```
//!
//! The class is the attribute of `@outputs`, without it the last attribute if that one has levels.
//! An attribute that neither `@inputs` nor `@outputs` names, if there are both, is left out. A level
//! has to be declared; a number may be out of its range, as it is in published files. Keywords are in
//! any case and may be singular; blanks around anything, blank lines, comments from `%` and lines
//! that end in CR LF are fine; names and levels may be between quotation marks.
//!
//! Source: the section on data files of the KEEL Reference Manual (sci2s.ugr.es/keel).

use std::collections::{HashMap, HashSet};

use crate::error::DataError;
use crate::formats::attributes::header;
use crate::formats::bounds::{Bound, MAX_COLUMNS, at_most};
use crate::formats::declared::Columns;
use crate::formats::frame::Frame;
use crate::formats::kind::{Kind, Kinds};
use crate::formats::lines::{Line, Word, lines, no_such_name, with_line_feeds, wrong_at_the_end};

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    kinds: &Kinds,
    bound: Bound,
) -> Result<Frame, DataError> {
    let bytes = &with_line_feeds(bytes);
    let mut lines = lines(file, bytes, Some(b'%'));
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    let header = header(&mut lines, bound, |keyword, line| match keyword {
        "@input" | "@inputs" => names(line, &mut inputs).map(|()| true),
        "@output" | "@outputs" => names(line, &mut outputs).map(|()| true),
        _ => Ok(false),
    })?;
    let Some((attributes, data)) = header else {
        return Err(wrong_at_the_end(file, bytes, "the file ends without `@data`"));
    };
    let index = attributes.iter().map(|attribute| attribute.name.as_str()).zip(0..).collect();
    let inputs = inputs.iter().map(|input| find(&index, input));
    let inputs = inputs.collect::<Result<HashSet<usize>, _>>()?;
    let target = match outputs.as_slice() {
        [] => attributes.len().checked_sub(1).filter(|&last| attributes[last].is_nominal()),
        [output] => Some(find(&index, output)?),
        [_, (line, second), ..] => {
            return Err(line.wrong(second.at, "a second output; the class is one column"));
        }
    };
    let mut kinds = kinds.clone();
    if !inputs.is_empty() && !outputs.is_empty() {
        for (i, attribute) in attributes.iter().enumerate() {
            if target != Some(i) && !inputs.contains(&i) {
                kinds.entry(attribute.name.clone()).or_insert(Kind::Ignored);
            }
        }
    }
    let mut columns = Columns::new(&attributes, &kinds, &data, bound)?;
    for line in lines {
        columns.push_row(&mut line?, |cell| matches!(cell, "<null>" | "?"))?;
    }
    if columns.n_rows == 0 {
        return Err(wrong_at_the_end(file, bytes, "no row comes after `@data`"));
    }
    Ok(columns.into_frame(target))
}

/// Reads the names of `@inputs` or `@outputs`.
fn names<'a>(mut line: Line<'a>, names: &mut Vec<(Line<'a>, Word<'a>)>) -> Result<(), DataError> {
    loop {
        let name = line.word(&[','])?;
        if name.text.is_empty() {
            return Err(line.wrong(name.at, "expected the name of an attribute"));
        }
        at_most(names.len() + 1, MAX_COLUMNS, "columns")
            .map_err(|message| line.wrong(name.at, message))?;
        names.push((line.clone(), name));
        let more = line.skip(',');
        if line.has_ended() {
            return Ok(());
        }
        if !more {
            return Err(line.wrong(line.at, "expected `,` or the end of the line"));
        }
    }
}

/// The attribute that `@inputs` or `@outputs` names.
fn find(
    index: &HashMap<&str, usize>,
    (line, name): &(Line<'_>, Word<'_>),
) -> Result<usize, DataError> {
    index.get(&*name.text).copied().ok_or_else(|| {
        let mut names: Vec<(usize, &str)> = index.iter().map(|(name, i)| (*i, *name)).collect();
        names.sort_unstable();
        let names: Vec<String> = names.into_iter().map(|(_, name)| name.to_owned()).collect();
        line.wrong(name.at, no_such_name(&name.text, &names))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::formats::testing::{
        cases, class_counts, damaged, n_missing, names as columns, numbers, sample, shape,
    };

    fn sampled(name: &str) -> Frame {
        read(name, &sample(name), &Kinds::new(), Bound::of(0)).unwrap()
    }

    fn written(text: &str) -> Result<Frame, String> {
        read("t.dat", text.as_bytes(), &Kinds::new(), Bound::of(0))
            .map_err(|error| error.to_string())
    }

    /// What is wrong with rows below an attribute `x` and a class of levels `a` and `b`.
    fn error(rows: &str) -> String {
        let header = "@relation t\n@attribute x real\n@attribute c {a, b}\n@data\n";
        written(&format!("{header}{rows}")).unwrap_err()
    }

    #[test]
    fn samples_have_the_rows_and_classes_that_are_in_them() {
        type Classes = &'static [(&'static str, usize)];
        let cases: [(&str, (usize, usize), Classes); 7] = [
            ("keel_crlf.dat", (67, 11), &[("1", 59), ("2", 8)]),
            ("keel_crlf_blank_last_line.dat", (160, 5), &[("1", 65), ("2", 64), ("3", 31)]),
            (
                "keel_crlf_singleton_class.dat",
                (148, 19),
                &[("fibrosis", 4), ("malign_lymph", 61), ("metastases", 81), ("normal", 2)],
            ),
            ("keel_feature_named_Positive.dat", (306, 4), &[("negative", 225), ("positive", 81)]),
            (
                "keel_names_with_parens_slashes.dat",
                (28, 30),
                &[("Fatal_Injury", 17), ("Incapaciting_Injury", 7), ("No_Injury", 4)],
            ),
            ("keel_no_inputs_outputs.dat", (220, 8), &[("negative", 77), ("positive", 143)]),
            ("keel_with_outputs_nominal.dat", (48, 9), &[("negative", 46), ("positive", 2)]),
        ];
        for (name, expected, classes) in cases {
            let frame = sampled(name);
            assert_eq!((shape(&frame), class_counts(&frame)), (expected, classes.to_vec()));
            assert_eq!(n_missing(&frame), 0, "{name}");
        }
    }

    #[test]
    fn null_is_missing() {
        let frame = sampled("keel_null_token.dat");
        assert_eq!((shape(&frame), n_missing(&frame)), ((177, 14), 4));
        assert_eq!(class_counts(&frame), [("negative", 164), ("positive", 13)]);
        assert_eq!(frame.columns[13].name(), "num");
        let frame =
            written("@attribute x real\n@attribute c {a}\n@data\n ? , <null>\n1,a").unwrap();
        assert_eq!(n_missing(&frame), 2);
    }

    #[test]
    fn names_may_have_parentheses_and_slashes() {
        let frame = sampled("keel_names_with_parens_slashes.dat");
        let names = columns(&frame);
        assert_eq!(names[6], "AIR_BAG_AVAILABILITY/DEPLOYMENT");
        assert_eq!(names[18], "[DRUG_TEST_RESULTS_(1_of_3)]");
        assert_eq!(numbers(&frame.columns[18])[0], 999.0);
    }

    #[test]
    fn kinds_are_those_declared() {
        let frame = sampled("keel_feature_named_Positive.dat");
        assert_eq!(columns(&frame), ["[Age]", "[Year]", "[Positive]", "Class"]);
        let frame = sampled("keel_with_outputs_nominal.dat");
        assert_eq!(columns(&frame)[..2], ["Sex", "[Length]"]);
        assert_eq!((frame.target, numbers(&frame.columns[1])[0]), (Some(8), 0.455));
    }

    #[test]
    fn a_header_may_be_written_in_many_ways() {
        let text = "@Relation 'a b'\n% comment\n@ATTRIBUTE 'x y' REAL[0,1]\n@attribute u integer{1,2}\n\
                    @attribute c{ yes,no ,'may be'} % comment\n@input 'x y', u\n@OUTPUT c\n@Data\n\
                    5.0E-4 ,3, may be \n 2,-1 , yes\t\n";
        let frame = written(text).unwrap();
        assert_eq!(columns(&frame), ["[x y]", "[u]", "c"]);
        assert_eq!(numbers(&frame.columns[0]), [5.0e-4, 2.0]);
        assert_eq!(class_counts(&frame), [("may be", 1), ("yes", 1)]);
    }

    #[test]
    fn levels_may_be_in_square_brackets_and_lists_may_end_in_commas() {
        let text = "@relation t\n@attribute u [red, 'dark blue']\n@attribute n integer [1, 9]\n\
                    @attribute c [ pos,neg ] % two\n@inputs u, n,\n@outputs c\n@data\nred, 3, neg\n\
                    dark blue,4,pos,\n";
        let frame = written(text).unwrap();
        assert_eq!(columns(&frame), ["u", "[n]", "c"]);
        assert_eq!((class_counts(&frame), n_missing(&frame)), (vec![("neg", 1), ("pos", 1)], 0));
        assert_eq!(
            error("red, a\n").split_once(": ").unwrap().1,
            "`red` is no number; `x` is numeric, missing is `?`"
        );
        let level = written("@attribute u [1, 9]\n@data\n5\n").unwrap_err();
        assert_eq!(level, "t.dat:3:1: `5` is no level of `u`; expected `1`, `9`");
    }

    #[test]
    fn the_class_is_the_output_or_a_nominal_last_attribute() {
        let target = |header: &str, row: &str| written(&format!("{header}@data\n{row}\n")).unwrap();
        let first = "@attribute c {a,b}\n@attribute x real\n";
        assert_eq!(target(first, "a,1").target, None);
        assert_eq!(target(&format!("{first}@outputs c\n"), "a,1").target, Some(0));
        assert_eq!(target(&format!("{first}@outputs x\n"), "a,1").target, Some(1));
    }

    #[test]
    fn attributes_that_are_neither_inputs_nor_outputs_are_left_out() {
        let header = "@attribute id integer\n@attribute x real\n@attribute c {a,b}\n\
                      @inputs x\n@outputs c\n@data\n7,1,a\n";
        let frame = written(header).unwrap();
        assert_eq!((columns(&frame), frame.target), (vec!["[x]".into(), "c".into()], Some(1)));
    }

    #[test]
    fn pinned_kinds_hold() {
        let read = |kinds: &[(&str, Kind)]| {
            let kinds = kinds.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
            read("t.dat", &sample("keel_crlf_blank_last_line.dat"), &kinds, Bound::of(0))
        };
        let pins = [("Hobby", Kind::Ignored), ("Age", Kind::Categorical), ("Class", Kind::Numeric)];
        let frame = read(&pins).unwrap();
        assert_eq!(columns(&frame)[..2], ["Age", "[EducationalLevel]"]);
        assert_eq!((frame.target, numbers(&frame.columns[3])[1]), (Some(3), 2.0));
        assert_eq!(read(&[("Class", Kind::Ignored)]).unwrap().target, None);
        let unknown = read(&[("hoby", Kind::Ignored)]).unwrap_err().to_string();
        assert_eq!(unknown, "t.dat:7:1: no column is called `hoby`; did you mean `Hobby`?");
    }

    #[test]
    fn wrong_rows_are_located() {
        assert_eq!(error("1, a\n2, d\n"), "t.dat:6:4: `d` is no level of `c`; expected `a`, `b`");
        assert!(error("é, a\n").starts_with("t.dat:5:1: `é` is no number; `x` is numeric"));
        assert_eq!(error("1 \n"), "t.dat:5:2: the row ends after 1 of 2 cells");
        assert_eq!(error("1,a,5\n"), "t.dat:5:5: `5` comes after all 2 cells of the row");
        assert!(error("1,,a\n").starts_with("t.dat:5:3: an empty cell"));
        assert_eq!(error("\n\n"), "t.dat:4:1: no row comes after `@data`");
    }

    #[test]
    fn wrong_headers_are_located() {
        let error = |text: &str| written(text).unwrap_err();
        assert!(error("1, 2\n").starts_with("t.dat:1:1: `1, 2` is no line of a header"));
        assert!(error("@attribute x reel\n").starts_with("t.dat:1:14: `reel` is no type"));
        assert!(error("@attribute x {a, b\n").starts_with("t.dat:1:19: expected `,` or the `}`"));
        assert!(
            error("@attribute x real [0, 1\n").starts_with("t.dat:1:19: this range has no `]`")
        );
        assert!(error("@attribute x real 5\n").starts_with("t.dat:1:19: `5`; expected the end"));
        assert_eq!(
            error("@attribute x <0, 1>\n"),
            "t.dat:1:14: `<0, 1>` is no type; expected numeric, real, integer, string, date or levels {a, b}"
        );
        assert!(error("@attribute x\n").starts_with("t.dat:1:13: the attribute has no type; exp"));
        assert!(
            error("@attribute x [a, b}\n")
                .ends_with(":20: expected `,` or the `]` that ends the levels")
        );
        assert!(error("@inputs\n").ends_with("t.dat:1:8: expected the name of an attribute"));
        let data = error("@attribute x real\n@data 1\n2\n");
        assert_eq!(data, "t.dat:2:7: `1` on the line of `@data`: rows begin on the next");
        assert!(error(" @atribute x\n").starts_with("t.dat:1:2: `@atribute x` is no line"));
        assert!(error("@data\n1").starts_with("t.dat:1:1: no `@attribute` comes before"));
        assert!(error("@attribute x real\n").starts_with("t.dat:1:1: the file ends without"));
        let twice = error("@attribute x real\n@attribute  x real\n");
        assert_eq!(twice, "t.dat:2:13: a second attribute called `x`");
        let outputs = error("@attribute Class {a}\n@outputs class\n@data\na\n");
        assert_eq!(outputs, "t.dat:2:10: no column is called `class`; did you mean `Class`?");
        let outputs = error("@attribute a {a}\n@attribute b {a}\n@outputs a, b\n@data\na,a\n");
        assert_eq!(outputs, "t.dat:3:13: a second output; the class is one column");
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn damage_is_an_error_or_another_table(
            bytes in select(&["keel_with_outputs_nominal.dat", "keel_null_token.dat"][..])
                .prop_flat_map(|name| damaged(&sample(name))),
        ) {
            if let Ok(frame) = read("t.dat", &bytes, &Kinds::new(), Bound::of(0)) {
                shape(&frame);
            }
        }
    }
}
