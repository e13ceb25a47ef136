//! Cells between runs of blanks, as in old files of the UCI repository.
//!
//! ```text
//! line = cell {blank cell}        cell = text | "text with ""quotes"" and blanks"
//! ```
//!
//! Without a header the columns are called `x1`, `x2` and so on. Blanks are spaces and tabs; those
//! around a line and blank lines do not count. Quotation marks enclose cells, and are refused if they are not closed on
//! their line or have text behind them, unless the format says that they are text. What a column holds is inferred
//! ([`cells`](super::cells)). The format does not say which is the class.

use std::borrow::Cow;
use std::collections::HashSet;

use memchr::memchr;
use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::formats::bounds::{Bound, MAX_COLUMNS, at_most};
use crate::formats::cells;
use crate::formats::cells::chunks::{Wrong, parts};
use crate::formats::cells::number::{CellReading, missing_by_default};
use crate::formats::cells::texts::Places;
use crate::formats::csv::text::located;
use crate::formats::frame::Frame;
use crate::formats::kind::Kinds;
use crate::formats::lines::{
    Line, comment_help, lines, pinned, shown, with_line_feeds, wrong_at_the_end,
};
use crate::formats::quotes::{closing, not_closed, text_behind};

/// Text between runs of blanks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WhitespaceFormat {
    /// Whether the first line names the columns; default false.
    pub header: bool,
    /// Cells that stand for a missing value.
    pub missing: Vec<String>,
    /// Whether quotation marks enclose cells; default true.
    pub quotes: bool,
}

impl Default for WhitespaceFormat {
    fn default() -> Self {
        WhitespaceFormat { header: false, missing: missing_by_default(), quotes: true }
    }
}

/// Bytes of lines that are read together: their cells stay in the processor's cache.
const CHUNK: usize = 1 << 17;

/// A cell of a line.
#[derive(Debug)]
pub(crate) struct WhitespaceCell {
    /// The byte at which it begins, quotation mark and all.
    at: usize,
    /// Its text, without quotation marks.
    start: usize,
    end: usize,
    is_quoted: bool,
}

impl WhitespaceCell {
    pub(crate) fn text<'t>(&self, line: &'t str) -> Cow<'t, str> {
        let inner = &line[self.start..self.end];
        if self.is_quoted {
            Cow::Owned(inner.trim().replace("\"\"", "\""))
        } else {
            Cow::Borrowed(inner)
        }
    }
}

/// The cells of a line; what is wrong with a quotation mark, and where, is the last.
pub(crate) fn words(
    line: &str,
    quotes: bool,
) -> impl Iterator<Item = Result<WhitespaceCell, (usize, String)>> {
    let bytes = line.as_bytes();
    let is_plain = |byte: &u8| !byte.is_ascii_whitespace();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(is_plain)?;
        let end_from = |from: usize| {
            let rest = &bytes[from..];
            from + rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len())
        };
        if !quotes || bytes[start] != b'"' {
            at = end_from(start);
            return Some(Ok(WhitespaceCell { at: start, start, end: at, is_quoted: false }));
        }
        let Some(close) = closing(bytes, start) else {
            at = bytes.len();
            return Some(Err((start, not_closed("whitespace"))));
        };
        at = close + 1;
        if end_from(at) != at {
            let behind = at;
            at = bytes.len();
            let column = line[..start].chars().count() + 1;
            return Some(Err((behind, text_behind(&format!("column {column}"), "whitespace"))));
        }
        Some(Ok(WhitespaceCell { at: start, start: start + 1, end: close, is_quoted: true }))
    })
}

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    format: &WhitespaceFormat,
    kinds: &Kinds,
    bound: Bound,
) -> Result<Frame, DataError> {
    let bytes = &with_line_feeds(bytes);
    let Some(first) = lines(file, bytes, None).next().transpose()? else {
        return Err(wrong_at_the_end(file, bytes, "the file has no rows"));
    };
    let text = text(file, bytes)?;
    let cells = words(first.text, format.quotes).take(MAX_COLUMNS + 1);
    let cells = cells.collect::<Result<Vec<WhitespaceCell>, _>>();
    let cells = cells.map_err(|(at, message)| first.wrong(at, message))?;
    at_most(cells.len(), MAX_COLUMNS, "columns").map_err(|message| first.wrong(0, message))?;
    let (names, place, begin) = if format.header {
        let end = begin_of(text, &first) + first.text.len();
        (header(&first, &cells)?, first.clone(), end)
    } else {
        ((1..=cells.len()).map(|i| format!("x{i}")).collect(), Line::first(file), 0)
    };
    if text[begin..].trim_ascii().is_empty() {
        return Err(wrong_at_the_end(file, bytes, "the file has no rows"));
    }
    let pins = pinned(&place, &names, kinds)?;
    let reading = CellReading { missing: &format.missing, decimal_comma: false, bound };
    let chunks = chunks(text, begin);
    let read = |&(at, chunk): &(usize, &str), kinds: &[_]| {
        let places = places(chunk, names.len(), format.quotes, first.text)
            .map_err(|(begin, message)| Wrong { at: Some(at + begin), message })?;
        let n_rows = places.len() / names.len();
        Ok(parts(|row, column| places.get(row * names.len() + column), 0..n_rows, kinds, &reading))
    };
    let columns = cells::chunks::columns(&names, &pins, &chunks, bound, read);
    let columns = columns.map_err(|Wrong { at, message }| match at {
        Some(at) => located(file, text, at, &message),
        None => DataError::Binary { file: file.to_owned(), message },
    })?;
    Ok(Frame::inferred(columns, kinds, None))
}

fn text<'t>(file: &str, bytes: &'t [u8]) -> Result<&'t str, DataError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        located(file, &before, before.len(), "a byte that is no UTF-8; expected text in UTF-8")
    })
}

/// The byte at which a line begins.
fn begin_of(text: &str, line: &Line<'_>) -> usize {
    let before = text.split_inclusive('\n').take(line.number as usize - 1);
    before.map(str::len).sum()
}

/// The names in the first line.
fn header(line: &Line<'_>, cells: &[WhitespaceCell]) -> Result<Vec<String>, DataError> {
    let mut seen = HashSet::new();
    let name = |word: &WhitespaceCell| {
        let name = word.text(line.text).into_owned();
        if seen.insert(name.clone()) {
            Ok(name)
        } else {
            Err(line.wrong(word.at, format!("two columns are called {}", shown(&name))))
        }
    };
    cells.iter().map(name).collect()
}

/// Whole lines, and the bytes of the text at which they begin.
fn chunks(text: &str, mut begin: usize) -> Vec<(usize, &str)> {
    let mut chunks = Vec::new();
    while begin < text.len() {
        let least = text.len().min(begin + CHUNK);
        let end = memchr(b'\n', &text.as_bytes()[least..]);
        let end = end.map_or(text.len(), |end| least + end + 1);
        chunks.push((begin, &text[begin..end]));
        begin = end;
    }
    chunks
}

/// The cells of whole lines, or what is wrong with one, and where.
fn places<'t>(
    text: &'t str,
    n_columns: usize,
    quotes: bool,
    first: &str,
) -> Result<Places<'t>, (usize, String)> {
    if text.len() > Places::MOST_BYTES {
        return Err((0, "a row of more than 2 GiB, which is not read".to_owned()));
    }
    let mut places = Places::of(text);
    let mut begin = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_ascii_end();
        let mut n = 0;
        for word in words(line, quotes) {
            let word = word.map_err(|(at, message)| (begin + at, message))?;
            if n == n_columns {
                let (found, help) = (shown(&line[word.at..]), comment_help([first, line]));
                let found = if word.is_quoted { found } else { shown(&line[word.start..word.end]) };
                let message = format!("{found} comes after all {n_columns} cells of the row{help}");
                return Err((begin + word.at, message));
            }
            if word.is_quoted {
                places.push_quoted(begin + word.start, begin + word.end);
            } else {
                places.push(begin + word.start, begin + word.end);
            }
            n += 1;
        }
        if 0 < n && n < n_columns {
            let help = comment_help([first, line]);
            let message = format!("the row ends after {n} of {n_columns} cells{help}");
            return Err((begin + line.len(), message));
        }
        begin += whole.len();
    }
    Ok(places)
}

/// The line of a row, counted from 0, and the place in it of the column called `name`, else of the first.
pub(crate) fn place_of(
    bytes: &[u8],
    format: &WhitespaceFormat,
    row: usize,
    name: &str,
) -> Option<(u64, usize)> {
    let bytes = with_line_feeds(bytes);
    let mut lines = lines("", &bytes, None).filter_map(Result::ok);
    let is_named = |line: &Line<'_>, word: Result<WhitespaceCell, _>| {
        word.is_ok_and(|word: WhitespaceCell| word.text(line.text) == name)
    };
    let column = if format.header {
        let header = lines.next()?;
        words(header.text, format.quotes).position(|word| is_named(&header, word))
    } else {
        name.strip_prefix('x').and_then(|number| number.parse::<usize>().ok()?.checked_sub(1))
    };
    let line = lines.nth(row)?;
    let word = words(line.text, format.quotes).nth(column.unwrap_or(0))?.ok()?;
    Some((line.number, line.text[..word.at].chars().count() + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::format::Format;
    use crate::formats::kind::Kind;
    use crate::formats::testing::{
        cases, counts, damaged, n_missing, names, numbers, sample, shape, typed,
    };

    const SAMPLE: &str = "uci_whitespace_with_id.data";

    fn written(text: &str, kinds: &Kinds) -> Result<Frame, String> {
        read("t", text.as_bytes(), &headed(false), kinds, Bound::of(0))
            .map_err(|error| error.to_string())
    }

    fn headed(header: bool) -> WhitespaceFormat {
        WhitespaceFormat { header, missing: vec!["?".to_owned()], quotes: true }
    }

    #[test]
    fn a_sample_has_the_rows_and_classes_that_are_in_it() {
        let kinds = Kinds::from([("x1".to_owned(), Kind::Ignored)]);
        let frame = read(SAMPLE, &sample(SAMPLE), &headed(false), &kinds, Bound::of(0)).unwrap();
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
            let frame = read("t", text.as_bytes(), &headed(true), &kinds, Bound::of(0));
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
        assert!(pinned("w").starts_with("t:1:1: no column is called `w`"));
    }

    #[test]
    fn cells_may_be_in_quotation_marks() {
        let text = "18.0 \"chevrolet \"\"malibu\"\"\" a\n \"15\"\t\"\"  \"a\"\n3\" ? b\"\n";
        let frame = written(text, &Kinds::new()).unwrap();
        assert_eq!(counts(&frame.columns[1]), [("", 1), ("chevrolet \"malibu\"", 1)]);
        assert_eq!(counts(&frame.columns[0]), [("15", 1), ("18.0", 1), ("3\"", 1)]);
        assert_eq!(counts(&frame.columns[2]), [("a", 2), ("b\"", 1)]);
        let error = |text: &str| written(text, &Kinds::new()).unwrap_err();
        assert!(error("1 a\né \"b\"c\n").starts_with(
            "t:2:6: text after a closing quotation mark; the one that opened it is at column 3"
        ));
        assert!(error("1 \"a\n2 b\n").starts_with("t:1:3: this quotation mark is not closed"));
        let plain = WhitespaceFormat { quotes: false, ..headed(false) };
        let frame = read("t", b"1 \"a\n2 \"b\"c\n", &plain, &Kinds::new(), Bound::of(0)).unwrap();
        assert_eq!(counts(&frame.columns[1]), [("\"a", 1), ("\"b\"c", 1)]);
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
        let unknown = Kinds::from([("target".to_owned(), Kind::Numeric)]);
        let unknown = written("\na 1\né  b\n", &unknown).unwrap_err();
        assert!(unknown.ends_with("there are `x1`, `x2`"));
        let wrong = |text: &str, name: &str| typed(text, &Format::Whitespace(headed(false)), name);
        let expected = "is no number in the column `x2`, which is said to be numeric";
        assert_eq!(wrong("\na 1\né  b\n", "x2").unwrap_err(), format!("t:3:4: `b` {expected}"));
        let quoted = "\"a b\" 1\r\"c \"\"d\"\"\"   \"e\"";
        assert_eq!(wrong(quoted, "x2").unwrap_err(), format!("t:2:13: `e` {expected}"));
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
                if let Ok(frame) = read("t", &bytes, &headed(header), &kinds, Bound::of(0)) {
                    shape(&frame);
                }
            }
        }
    }
}
