//! Cells between runs of blanks, as in old files of the UCI repository.
//!
//! ```text
//! line = cell {blank cell}
//! ```
//!
//! Without a header the columns are called `x1`, `x2` and so on. Blanks are spaces and tabs; those
//! around a line and blank lines do not count. What a column holds is inferred ([`Cells`]). The format
//! does not say which is the class.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::DataError;
use crate::formats::cells::{Cells, Reading};
use crate::formats::format::WhitespaceFormat;
use crate::formats::lines::{Line, comment_help, lines, pinned, shown, words, wrong_at_the_end};
use crate::formats::{Frame, Kinds};

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    format: &WhitespaceFormat,
    kinds: &Kinds,
) -> Result<Frame, DataError> {
    let bytes = &with_line_feeds(bytes);
    let Some(first) = lines(file, bytes, None).next().transpose()? else {
        return Err(wrong_at_the_end(file, bytes, "the file has no rows"));
    };
    let (names, place) = if format.header {
        (header(&first)?, first.clone())
    } else {
        let n_columns = words(first.text).count();
        ((1..=n_columns).map(|i| format!("x{i}")).collect(), Line::first(file))
    };
    let kinds = pinned(&place, &names, kinds)?;
    let rows = || lines(file, bytes, None).skip(usize::from(format.header));
    let mut cells = Cells::new(names.len());
    for line in rows() {
        push_row(&mut cells, &line?, &first, names.len())?;
    }
    if cells.n_rows() == 0 {
        return Err(wrong_at_the_end(file, bytes, "the file has no rows"));
    }
    let reading = Reading { missing: &format.missing, decimal_comma: false };
    let columns = cells.columns(&names, &kinds, &reading).map_err(|wrong| {
        let line = rows().nth(wrong.row).and_then(Result::ok);
        let line = line.unwrap_or_else(|| Line::first(file));
        let at = words(line.text).nth(wrong.column).map_or(0, |(at, _)| at);
        line.wrong(at, wrong.message)
    })?;
    Ok(Frame::new(columns, None))
}

/// The names in the first line.
fn header(line: &Line<'_>) -> Result<Vec<String>, DataError> {
    let mut seen = HashSet::new();
    let name = |(at, name)| {
        if seen.insert(name) {
            Ok(str::to_owned(name))
        } else {
            Err(line.wrong(at, format!("two columns are called {}", shown(name))))
        }
    };
    words(line.text).map(name).collect()
}

/// `bytes` with a line feed for every carriage return that stands alone, as it does in old files of the Mac.
fn with_line_feeds(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_alone = |i: usize| bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n');
    if !(0..bytes.len()).any(is_alone) {
        return Cow::Borrowed(bytes);
    }
    (0..bytes.len()).map(|i| if is_alone(i) { b'\n' } else { bytes[i] }).collect()
}

fn push_row(
    cells: &mut Cells,
    line: &Line<'_>,
    first: &Line<'_>,
    n_columns: usize,
) -> Result<(), DataError> {
    let mut words = words(line.text);
    let help = || comment_help([first.text, line.text]);
    for n_before in 0..n_columns {
        let Some((_, word)) = words.next() else {
            let message = format!("the row ends after {n_before} of {n_columns} cells{}", help());
            return Err(line.wrong(line.text.len(), message));
        };
        cells.push(word);
    }
    match words.next() {
        Some((at, word)) => {
            let message =
                format!("{} comes after all {n_columns} cells of the row{}", shown(word), help());
            Err(line.wrong(at, message))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::Kind;
    use crate::formats::testing::{
        cases, counts, damaged, n_missing, names, numbers, sample, shape,
    };

    const SAMPLE: &str = "uci_whitespace_with_id.data";

    fn written(text: &str, kinds: &Kinds) -> Result<Frame, String> {
        read("t", text.as_bytes(), &headed(false), kinds).map_err(|error| error.to_string())
    }

    fn headed(header: bool) -> WhitespaceFormat {
        WhitespaceFormat { header, missing: vec!["?".to_owned()] }
    }

    #[test]
    fn a_sample_has_the_rows_and_classes_that_are_in_it() {
        let kinds = Kinds::from([("x1".to_owned(), Kind::Ignored)]);
        let frame = read(SAMPLE, &sample(SAMPLE), &headed(false), &kinds).unwrap();
        assert_eq!((shape(&frame), n_missing(&frame), frame.target), ((336, 8), 0, None));
        let expected = ["[x2]", "[x3]", "[x4]", "[x5]", "[x6]", "[x7]", "[x8]", "x9"];
        assert_eq!(names(&frame), expected);
        let classes = counts(&frame.columns[7]);
        assert_eq!(
            classes.iter().map(|(_, n)| *n).collect::<Vec<_>>(),
            [143, 77, 2, 2, 35, 20, 5, 52]
        );
        assert_eq!((classes[2].0, numbers(&frame.columns[0])[0]), ("imL", 0.49));
    }

    #[test]
    fn runs_of_blanks_are_one() {
        let frame = written("\n 1 \t a\r\n?  b  \r\n \n", &Kinds::new()).unwrap();
        assert_eq!((names(&frame), shape(&frame)), (vec!["[x1]".into(), "x2".into()], (2, 2)));
        assert_eq!(n_missing(&frame), 1);
    }

    #[test]
    fn a_header_names_the_columns() {
        let read = |text: &str, kinds: &[(&str, Kind)]| {
            let kinds = kinds.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
            let frame = read("t", text.as_bytes(), &headed(true), &kinds);
            frame.map_err(|error| error.to_string())
        };
        let frame = read("\n u v  class\n1 2 a\n", &[]).unwrap();
        assert_eq!(
            (names(&frame), shape(&frame).0),
            (vec!["[u]".into(), "[v]".into(), "class".into()], 1)
        );
        assert_eq!(read("u v u\n1 2 a\n", &[]).unwrap_err(), "t:1:5: two columns are called `u`");
        assert_eq!(read("u v\n", &[]).unwrap_err(), "t:1:1: the file has no rows");
        let pinned = |name| read("u v\n1 a\n", &[(name, Kind::Numeric)]).unwrap_err();
        assert_eq!(pinned("v"), "t:2:3: `a` is no number");
        assert!(pinned("w").starts_with("t:1:1: no column is called `w`"));
    }

    #[test]
    fn carriage_returns_alone_end_lines_too() {
        assert_eq!(shape(&written("1 a\r2 b\r3 c", &Kinds::new()).unwrap()), (3, 2));
        let error = written("1 a\r2 b\r3", &Kinds::new()).unwrap_err();
        assert_eq!(error, "t:3:2: the row ends after 1 of 2 cells");
    }

    #[test]
    fn mistakes_are_located() {
        let error = |text: &str| written(text, &Kinds::new()).unwrap_err();
        assert_eq!(error("1 2\n\n é\n"), "t:3:3: the row ends after 1 of 2 cells");
        assert_eq!(error("1 2\n1 2  3 4\n"), "t:2:6: `3` comes after all 2 cells of the row");
        assert_eq!(error(" \n"), "t:1:1: the file has no rows");
        let pinned = |name: &str| {
            let kinds = Kinds::from([(name.to_owned(), Kind::Numeric)]);
            written("\na 1\né  b\n", &kinds).unwrap_err()
        };
        assert_eq!(pinned("x2"), "t:3:4: `b` is no number");
        assert!(pinned("target").ends_with("there are `x1`, `x2`"));
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn damage_is_an_error_or_another_table(
            bytes in damaged(&sample(SAMPLE)),
            header in any::<bool>(),
        ) {
            let kinds = Kinds::from([("x2".to_owned(), Kind::Numeric)]);
            for kinds in [Kinds::new(), kinds] {
                if let Ok(frame) = read("t", &bytes, &headed(header), &kinds) {
                    shape(&frame);
                }
            }
        }
    }
}
