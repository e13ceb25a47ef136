//! The text of a table, and the places of its cells and mistakes.

use std::borrow::Cow;

use csv::{ByteRecord, ReaderBuilder};
use csv_core::ReadFieldResult;

use crate::DataError;
use crate::formats::csv::{CsvFormat, Encoding};
use crate::formats::lines::comment_help;

/// A file's text, and the places in it.
pub(super) struct Text<'a> {
    file: &'a str,
    pub(super) content: Cow<'a, str>,
    /// Lines before `content`.
    n_above: u64,
    format: &'a CsvFormat,
}

impl<'a> Text<'a> {
    pub(super) fn new(
        file: &'a str,
        bytes: &'a [u8],
        format: &'a CsvFormat,
    ) -> Result<Self, DataError> {
        let text = decoded(bytes, format.encoding)
            .map_err(|(before, message)| located(file, &before, before.len(), message))?;
        let (content, delimiter) = without_separator_line(text);
        Ok(Text { file, content, n_above: u64::from(delimiter.is_some()), format })
    }

    /// A mistake at a byte of the content.
    fn located(&self, at: usize, message: &str) -> DataError {
        let mut error = located(self.file, &self.content, at, message);
        if let DataError::Text { line, .. } = &mut error {
            *line += self.n_above;
        }
        error
    }

    pub(super) fn reader(&self) -> csv::Reader<&[u8]> {
        ReaderBuilder::new()
            .delimiter(self.format.delimiter.0)
            .quoting(self.format.quotes)
            .has_headers(false)
            .from_reader(self.content.as_bytes())
    }

    /// Reads the next record; whether there was one.
    pub(super) fn next(
        &self,
        reader: &mut csv::Reader<&[u8]>,
        record: &mut ByteRecord,
    ) -> Result<bool, DataError> {
        reader.read_byte_record(record).map_err(|error| self.malformed(&error))
    }

    pub(super) fn malformed(&self, error: &csv::Error) -> DataError {
        let start = error.position().map_or(0, |position| position.byte() as usize);
        if let Some(unclosed) = self.unclosed(start) {
            return unclosed;
        }
        // The position is that of the line end before the record.
        let rest = self.content.get(start..).unwrap_or_default();
        let at = start + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let message = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                let help = comment_help([&self.content, rest]);
                format!("{len} cells where the first line has {expected_len}{help}")
            }
            _ => format!("this is no text table ({error})"),
        };
        self.located(at, &message)
    }

    fn fields(&self) -> csv_core::Reader {
        csv_core::ReaderBuilder::new()
            .delimiter(self.format.delimiter.0)
            .quoting(self.format.quotes)
            .build()
    }

    /// What is wrong if the record at the byte `start` is still inside quotation marks where the file ends: all
    /// lines that follow the first of them would be one cell.
    pub(super) fn unclosed(&self, start: usize) -> Option<DataError> {
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
        is_open.then(|| self.located(self.content.len() - begun.len(), message))
    }

    /// What is wrong with a cell, counted from 0; only asked for when something is.
    pub(super) fn at(&self, record: usize, column: usize, message: &str) -> DataError {
        let mut reader = self.reader();
        let mut found = ByteRecord::new();
        for _ in 0..=record {
            let _ = reader.read_byte_record(&mut found);
        }
        let start = start(&found);
        let rest = self.content.as_bytes().get(start..).unwrap_or_default();
        let at = start + self.offset(rest, column);
        self.located(at, message)
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

/// The text that bytes hold, without the mark of byte order; or what precedes the first that hold none.
pub(crate) fn decoded(
    bytes: &[u8],
    encoding: Encoding,
) -> Result<Cow<'_, str>, (String, &'static str)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match encoding {
        Encoding::Latin1 => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
        Encoding::Utf8 => {
            let text = str::from_utf8(bytes).map_err(|error| {
                let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                (before.into_owned(), "a byte that is no UTF-8; is the encoding latin1?")
            })?;
            Ok(Cow::Borrowed(text))
        }
        Encoding::Utf16 => {
            let (is_big, bytes) = match bytes {
                [0xfe, 0xff, rest @ ..] => (true, rest),
                [0xff, 0xfe, rest @ ..] => (false, rest),
                _ => return Err((String::new(), "UTF-16 begins with its mark of byte order")),
            };
            let (units, odd) = bytes.as_chunks();
            let unit = if is_big { u16::from_be_bytes } else { u16::from_le_bytes };
            let mut text = String::with_capacity(units.len());
            for decoded in char::decode_utf16(units.iter().map(|bytes| unit(*bytes))) {
                match decoded {
                    Ok(decoded) => text.push(decoded),
                    Err(_) => return Err((text, "half a character of UTF-16")),
                }
            }
            if odd.is_empty() { Ok(Cow::Owned(text)) } else { Err((text, "half a unit of UTF-16")) }
        }
    }
}

/// `text` without a first line that names the delimiter, and what that line names.
pub(crate) fn without_separator_line(text: Cow<'_, str>) -> (Cow<'_, str>, Option<char>) {
    let Some((delimiter, n_bytes)) = separator_line(&text) else { return (text, None) };
    let rest = match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[n_bytes..]),
        Cow::Owned(mut text) => {
            text.drain(..n_bytes);
            Cow::Owned(text)
        }
    };
    (rest, Some(delimiter))
}

/// The delimiter that a first line `sep=;` names, as spreadsheets write and read it, and the bytes of that line. Some
/// programs put it in quotation marks.
fn separator_line(text: &str) -> Option<(char, usize)> {
    let (line, n_bytes) = match text.split_once('\n') {
        Some((line, _)) => (line, line.len() + 1),
        None => (text, text.len()),
    };
    let line = line.strip_suffix('\r').unwrap_or(line);
    let line = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
    let mut delimiter = line.strip_prefix("sep=").or(line.strip_prefix("SEP="))?.chars();
    delimiter.next().filter(|_| delimiter.as_str().is_empty()).map(|found| (found, n_bytes))
}

/// A mistake at a byte of a text.
pub(crate) fn located(file: &str, text: &str, at: usize, message: &str) -> DataError {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    DataError::Text {
        file: file.to_owned(),
        line: before.bytes().filter(|&byte| byte == b'\n').count() as u64 + 1,
        column: before[line_start..].chars().count() + 1,
        message: message.to_owned(),
    }
}

/// The byte at which a record begins, or the line end before it.
pub(super) fn start(record: &ByteRecord) -> usize {
    record.position().map_or(0, |position| position.byte() as usize)
}
