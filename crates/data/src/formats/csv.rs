//! Text with a delimiter: CSV, TSV and their relatives.
//!
//! ```text
//! line = cell {delimiter cell}        cell = text | "text with ""quotes"", delimiters and line ends"
//! ```
//!
//! Without a header the columns are called `x1`, `x2` and so on, and so are those whose name is empty in it.
//! Blanks around a cell do not count. Blank lines are passed over. A quotation mark that is never closed is refused. What a column holds is inferred ([`Cells`]) unless it is pinned.

use std::borrow::Cow;
use std::collections::HashSet;

use csv::{ByteRecord, ReaderBuilder};
use csv_core::ReadFieldResult;
use memchr::memchr2_iter;
use serde::{Deserialize, Serialize};

use crate::formats::cells::{Cells, Reading, columns, parts};
use crate::formats::lines::{Line, pinned, shown};
use crate::formats::{Frame, Kind, Kinds};
use crate::{Column, DataError};

/// How a text table is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CsvFormat {
    /// What stands between cells; default `,`.
    pub delimiter: Delimiter,
    /// Whether the first line names the columns; default true.
    pub header: bool,
    /// Cells that stand for a missing value.
    pub missing: Vec<String>,
    /// Whether `1,5` is one and a half; default false.
    pub decimal_comma: bool,
    /// Whether quotation marks enclose cells; default true.
    pub quotes: bool,
    /// What bytes mean; default `utf8`.
    pub encoding: Encoding,
}

/// One byte of ASCII that stands between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Delimiter(u8);

/// What the bytes of a text mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// ISO 8859-1: each byte is a character.
    Latin1,
}

impl TryFrom<char> for Delimiter {
    type Error = String;
    fn try_from(delimiter: char) -> Result<Self, String> {
        if delimiter.is_ascii() && !"\"\r\n".contains(delimiter) {
            Ok(Delimiter(delimiter as u8))
        } else {
            Err(format!("{delimiter:?} cannot stand between cells: one ASCII character can"))
        }
    }
}

impl From<Delimiter> for char {
    fn from(delimiter: Delimiter) -> char {
        char::from(delimiter.0)
    }
}

impl Default for CsvFormat {
    fn default() -> Self {
        CsvFormat {
            delimiter: Delimiter(b','),
            header: true,
            missing: missing_by_default(),
            decimal_comma: false,
            quotes: true,
            encoding: Encoding::Utf8,
        }
    }
}

/// Bytes of lines that are read together: their cells stay in the processor's cache.
const CHUNK: usize = 1 << 17;

/// Cells that stand for a missing value in most files.
pub(crate) fn missing_by_default() -> Vec<String> {
    ["", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "<null>"].map(str::to_owned).to_vec()
}

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    format: &CsvFormat,
    kinds: &Kinds,
) -> Result<Frame, DataError> {
    let text = Text::new(file, bytes, format)?;
    let mut reader = text.reader();
    let mut record = ByteRecord::new();
    let is_empty = !text.next(&mut reader, &mut record)?;
    let first: Vec<String> = str_cells(&record, format.quotes).map(str::to_owned).collect();
    let names = names(&first, format.header);
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().position(|name| !seen.insert(name)) {
        let message = format!("two columns are called {}", shown(&names[twice]));
        return Err(text.at(0, twice, &message));
    }
    let kinds = pinned(&Line::first(file), &names, kinds)?;
    let reading = Reading { missing: &format.missing, decimal_comma: format.decimal_comma };
    let begin = if format.header { reader.position().byte() as usize } else { 0 };
    if let Some(columns) = text.lines(begin, &names, &kinds, &reading) {
        return Ok(Frame::new(columns, None));
    }
    let mut cells = Cells::new(names.len());
    if !format.header {
        first.iter().for_each(|cell| cells.push(cell));
    }
    let mut last = start(&record);
    while text.next(&mut reader, &mut record)? {
        str_cells(&record, format.quotes).for_each(|cell| cells.push(cell));
        last = start(&record);
    }
    if let Some(unclosed) = text.unclosed(last) {
        return Err(unclosed);
    }
    if is_empty || cells.n_rows() == 0 {
        return Err(text.at(0, 0, "the file has no rows"));
    }
    let columns = cells.columns(&names, &kinds, &reading);
    let columns = columns.map_err(|wrong| {
        let record = wrong.row + usize::from(format.header);
        let message = format!(
            "{} in the column {}, which is said to be numeric",
            wrong.message,
            shown(&names[wrong.column])
        );
        text.at(record, wrong.column, &message)
    })?;
    Ok(Frame::new(columns, None))
}

/// The names of the columns whose first row is `first`: pandas and R leave that of the row's name empty.
fn names(first: &[String], header: bool) -> Vec<String> {
    let given: HashSet<&str> = first.iter().filter(|_| header).map(String::as_str).collect();
    let name = |(cell, i): (&String, usize)| match cell.as_str() {
        cell if header && !cell.is_empty() => cell.to_owned(),
        _ => {
            let mut name = format!("x{i}");
            while given.contains(&*name) {
                name.push('_');
            }
            name
        }
    };
    first.iter().zip(1..).map(name).collect()
}

/// The byte at which a record begins, or the line end before it.
fn start(record: &ByteRecord) -> usize {
    record.position().map_or(0, |position| position.byte() as usize)
}

/// The line on which a row, counted from 0, begins.
pub(crate) fn line_of(bytes: &[u8], format: &CsvFormat, row: usize) -> Option<u64> {
    let text = Text::new("", bytes, format).ok()?;
    let mut reader = text.reader();
    let mut record = ByteRecord::new();
    for _ in 0..=row + usize::from(format.header) {
        reader.read_byte_record(&mut record).ok().filter(|&read| read)?;
    }
    let start = record.position()?.byte() as usize;
    let rest = text.content.get(start..)?;
    let start = start + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    Some(text.content.get(..start)?.bytes().filter(|&byte| byte == b'\n').count() as u64 + 1)
}

/// The cells of a record that was checked to be UTF-8, without the blanks around them, nor quotation marks
/// that follow a blank.
fn str_cells(record: &ByteRecord, quotes: bool) -> impl Iterator<Item = &str> {
    record.iter().map(move |cell| {
        let text = str::from_utf8(cell).unwrap_or_default();
        let cell = text.trim();
        let inner = cell.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
        match inner {
            Some(inner) if quotes && text.len() != cell.len() => inner,
            _ => cell,
        }
    })
}

/// A file's text, and the places in it.
struct Text<'a> {
    file: &'a str,
    content: Cow<'a, str>,
    format: &'a CsvFormat,
}

impl<'a> Text<'a> {
    fn new(file: &'a str, bytes: &'a [u8], format: &'a CsvFormat) -> Result<Self, DataError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = match format.encoding {
            Encoding::Latin1 => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
            Encoding::Utf8 => Cow::Borrowed(str::from_utf8(bytes).map_err(|error| {
                let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                let message = "a byte that is no UTF-8; is the encoding latin1?";
                located(file, &before, before.len(), message)
            })?),
        };
        Ok(Text { file, content: text, format })
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        ReaderBuilder::new()
            .delimiter(self.format.delimiter.0)
            .quoting(self.format.quotes)
            .has_headers(false)
            .from_reader(self.content.as_bytes())
    }

    /// The columns of what begins at the byte `begin`, if every record is a line and nothing in it is wrong: then
    /// lines can be read in parallel.
    fn lines(
        &self,
        begin: usize,
        names: &[String],
        kinds: &[Option<Kind>],
        reading: &Reading<'_>,
    ) -> Option<Vec<Column>> {
        let text: &str = &self.content;
        if self.format.quotes && text.contains('"') {
            return None;
        }
        let mut chunks = Vec::new();
        let mut rest = text.get(begin..)?;
        while !rest.is_empty() {
            let least = rest.floor_char_boundary(CHUNK);
            let end = rest[least..].find('\n').map_or(rest.len(), |end| least + end + 1);
            chunks.push(&rest[..end]);
            rest = &rest[end..];
        }
        let read = |chunk: &&str, kinds: &[Option<Kind>]| {
            let places = self.places(chunk, names.len())?;
            let cell = |row: usize, column: usize| {
                let (start, end) = places[row * names.len() + column];
                &chunk[start as usize..end as usize]
            };
            parts(cell, 0..places.len() / names.len(), kinds, reading).ok()
        };
        let columns = columns(names, kinds, &chunks, |chunk, kinds| read(chunk, kinds).ok_or(()));
        columns.ok().filter(|columns| columns.first().is_some_and(|column| 0 < column.n_rows()))
    }

    /// Where each cell of whole lines begins and ends; `None` if some line has another number of them.
    fn places(&self, lines: &str, n_columns: usize) -> Option<Vec<(u32, u32)>> {
        let bytes = lines.as_bytes();
        u32::try_from(bytes.len()).ok()?;
        // A lone CR ends a record too.
        let is_lone = |at: usize| bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        if bytes.contains(&b'\r') && (0..bytes.len()).any(is_lone) {
            return None;
        }
        let mut places = Vec::with_capacity(bytes.len() / 4);
        let (mut line, mut start, mut n) = (0, 0, 0);
        let marks = memchr2_iter(self.format.delimiter.0, b'\n', bytes);
        for at in marks.chain([bytes.len()]) {
            let ends_line = bytes.get(at).is_none_or(|&byte| byte == b'\n');
            let is_blank = ends_line && matches!(&bytes[line..at], b"" | b"\r");
            if !is_blank {
                places.push(trimmed(lines, start, at));
                n += 1;
            }
            start = at + 1;
            if ends_line {
                if !is_blank && n != n_columns {
                    return None;
                }
                (line, n) = (start, 0);
            }
        }
        Some(places)
    }

    /// Reads the next record; whether there was one.
    fn next(
        &self,
        reader: &mut csv::Reader<&[u8]>,
        record: &mut ByteRecord,
    ) -> Result<bool, DataError> {
        reader.read_byte_record(record).map_err(|error| self.malformed(&error))
    }

    fn malformed(&self, error: &csv::Error) -> DataError {
        let start = error.position().map_or(0, |position| position.byte() as usize);
        if let Some(unclosed) = self.unclosed(start) {
            return unclosed;
        }
        // The position is that of the line end before the record.
        let rest = self.content.get(start..).unwrap_or_default();
        let at = start + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let message = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("{len} cells where the first line has {expected_len}")
            }
            _ => format!("this is no text table ({error})"),
        };
        located(self.file, &self.content, at, &message)
    }

    fn fields(&self) -> csv_core::Reader {
        csv_core::ReaderBuilder::new()
            .delimiter(self.format.delimiter.0)
            .quoting(self.format.quotes)
            .build()
    }

    /// What is wrong if the record at the byte `start` is still inside quotation marks where the file ends: all
    /// lines that follow the first of them would be one cell.
    fn unclosed(&self, start: usize) -> Option<DataError> {
        let mut reader = self.fields();
        let mut cell = vec![0; 1 << 12];
        let (mut at, mut opening) = (start, start);
        loop {
            let (result, read, _) =
                reader.read_field(self.content.as_bytes().get(at..)?, &mut cell);
            at += read;
            match result {
                ReadFieldResult::OutputFull => {}
                ReadFieldResult::Field { record_end: false } => opening = at,
                ReadFieldResult::Field { record_end: true } | ReadFieldResult::End => return None,
                ReadFieldResult::InputEmpty => break,
            }
        }
        // A line end ends every cell but a quoted one.
        let (result, ..) = reader.read_field(b"\n", &mut cell);
        let begun = self.content.get(opening..)?.trim_start_matches(['\r', '\n']);
        let is_open = result == ReadFieldResult::InputEmpty && begun.starts_with('"');
        let message =
            "this quotation mark is not closed; if it is text, set quotes = false in [format.csv]";
        is_open
            .then(|| located(self.file, &self.content, self.content.len() - begun.len(), message))
    }

    /// What is wrong with a cell, counted from 0; only asked for when something is.
    fn at(&self, record: usize, column: usize, message: &str) -> DataError {
        let mut reader = self.reader();
        let mut found = ByteRecord::new();
        for _ in 0..=record {
            let _ = reader.read_byte_record(&mut found);
        }
        let start = start(&found);
        let rest = self.content.as_bytes().get(start..).unwrap_or_default();
        let at = start + self.offset(rest, column);
        located(self.file, &self.content, at, message)
    }

    /// Where the cell `column` of the record at the beginning of `rest` begins.
    fn offset(&self, rest: &[u8], column: usize) -> usize {
        let mut reader = self.fields();
        let mut at = 0;
        let mut cell = vec![0; rest.len().min(1 << 16)];
        for _ in 0..column {
            loop {
                let (result, read, _) = reader.read_field(&rest[at..], &mut cell);
                at += read;
                match result {
                    ReadFieldResult::OutputFull => {}
                    ReadFieldResult::Field { record_end: false } => break,
                    _ => return at,
                }
            }
        }
        let blanks = |&&byte: &&u8| byte == b' ' || byte == b'\r' || byte == b'\n';
        at + rest[at..].iter().take_while(blanks).count()
    }
}

/// The bytes `start..end` of `text` without the blanks around them.
fn trimmed(text: &str, start: usize, end: usize) -> (u32, u32) {
    let bytes = &text.as_bytes()[start..end];
    let is_plain = |byte: &u8| byte.is_ascii_graphic();
    if bytes.first().is_none_or(is_plain) && bytes.last().is_none_or(is_plain) {
        return (start as u32, end as u32);
    }
    let cell = &text[start..end];
    let start = start + cell.len() - cell.trim_start().len();
    (start as u32, (start + cell.trim().len()) as u32)
}

/// A mistake at a byte of a text.
fn located(file: &str, text: &str, at: usize, message: &str) -> DataError {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    DataError::Text {
        file: file.to_owned(),
        line: before.bytes().filter(|&byte| byte == b'\n').count() as u64 + 1,
        column: before[line_start..].chars().count() + 1,
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Column;
    use crate::formats::Kind;
    use crate::formats::testing::{cases, damaged, names, numbers, sample, shape};

    fn plain(text: &str) -> Result<Frame, String> {
        read("t.csv", text.as_bytes(), &CsvFormat::default(), &Kinds::new())
            .map_err(|error| error.to_string())
    }

    fn error(text: &str, kinds: &[(&str, Kind)]) -> String {
        let kinds = kinds.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        let read = read("t.csv", text.as_bytes(), &CsvFormat::default(), &kinds);
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
        let frame = read("t", b"1,5;\xe9t\xe9\n2;hiver\n", &format, &Kinds::new()).unwrap();
        assert_eq!(numbers(&frame.columns[0]), [1.5, 2.0]);
        let Column::Categorical { levels, .. } = &frame.columns[1] else { panic!() };
        assert_eq!(levels, &["hiver", "été"]);
    }

    #[test]
    fn mistakes_are_located() {
        let numeric = [("b", Kind::Numeric)];
        let wrong = error("a,b\n\"one\nline\",2\nx, oops\n", &numeric);
        assert_eq!(
            wrong,
            "t.csv:4:4: `oops` is no number in the column `b`, which is said to be numeric"
        );
        assert_eq!(error("a,b\n1,2\n3\n", &[]), "t.csv:3:1: 1 cells where the first line has 2");
        assert_eq!(error("a,b,a\n1,2,3\n", &[]), "t.csv:1:5: two columns are called `a`");
        assert!(
            error("a,b\n1,2\n", &[("c", Kind::Numeric)]).starts_with("t.csv:1:1: no column is")
        );
        assert_eq!(error("a,b\n", &[]), "t.csv:1:1: the file has no rows");
        let latin = read("t.csv", b"a\nb\xe9\n", &CsvFormat::default(), &Kinds::new());
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
        for text in ["u,v\n1,\"abc\"", "u,v\n1,\"a\nbc\"\r\n\n", "u,v\n1,3\" pipe\n", "u,v\n1,\"\""]
        {
            assert!(plain(text).is_ok(), "{text:?}");
        }
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
        let frame = read("t.csv", &bytes, &format, &Kinds::new()).unwrap();
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
        let end =
            prop_oneof![8 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\n\n"), 1 => Just("\r")];
        let line = (prop::collection::vec(cell, 3), end, 0..40_u8);
        prop::collection::vec(line, 1..60).prop_map(|lines| {
            let line = |(cells, end, odd): (Vec<String>, &str, u8)| match odd {
                0 => cells[..2].join(",") + end,
                _ => cells.join(",") + end,
            };
            "\na,b,c\n".to_owned() + &lines.into_iter().map(line).collect::<String>()
        })
    }

    proptest! {
        #![proptest_config(cases(300))]

        #[test]
        fn lines_in_parallel_give_what_records_one_by_one_give(
            text in plain_text(),
            header in any::<bool>(),
            pinned in any::<bool>(),
        ) {
            let format = CsvFormat { header, ..CsvFormat::default() };
            let name = if header { "b" } else { "x2" };
            let kinds: Kinds = pinned.then(|| (name.to_owned(), Kind::Numeric)).into_iter().collect();
            let lines = read("t", text.as_bytes(), &format, &kinds).map(|frame| frame.columns);
            // A quotation mark in the last cell of the first line, and records are no lines any more.
            let quoted = text.replacen("a,b,c\n", "a,b,\"c\"\n", 1);
            let records = read("t", quoted.as_bytes(), &format, &kinds).map(|frame| frame.columns);
            prop_assert_eq!(format!("{lines:?}").replace("\"c\"", "c"), format!("{records:?}").replace("\"c\"", "c"));
        }

        #[test]
        fn damaged_files_are_read_or_refused(
            bytes in damaged(&sample("uci_class_first_missing.data")),
            header in any::<bool>(),
            quotes in any::<bool>(),
        ) {
            let format = CsvFormat { header, quotes, ..CsvFormat::default() };
            let kinds = Kinds::from([("x2".to_owned(), Kind::Numeric)]);
            for kinds in [Kinds::new(), kinds] {
                if let Err(error) = read("t.csv", &bytes, &format, &kinds) {
                    prop_assert!(error.to_string().starts_with("t.csv:"), "{}", error);
                }
            }
        }
    }
}
