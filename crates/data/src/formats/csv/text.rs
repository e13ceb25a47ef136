//! The text of a table, and the places in it.

use std::borrow::Cow;

use crate::error::DataError;
use crate::formats::bounds::{Bound, at_most};
use crate::formats::cells::chunks::Wrong;
use crate::formats::csv::format::CsvFormat;
use crate::formats::encoding::decoded;

/// A file's text, and the places in it.
pub(super) struct Text<'a> {
    file: &'a str,
    pub(super) content: Cow<'a, str>,
    /// Lines before `content`.
    n_above: u64,
}

impl<'a> Text<'a> {
    pub(super) fn new(
        file: &'a str,
        bytes: &'a [u8],
        format: &CsvFormat,
        bound: Bound,
    ) -> Result<Self, DataError> {
        let text = decoded(bytes, format.encoding)
            .map_err(|(before, message)| located(file, &before, before.len(), &message))?;
        at_most(text.len(), bound.bytes(), "bytes of UTF-8")
            .map_err(|message| DataError::Binary { file: file.to_owned(), message })?;
        let (content, delimiter) = without_separator_line(text);
        Ok(Text { file, content, n_above: u64::from(delimiter.is_some()) })
    }

    /// What is wrong, where it is.
    pub(super) fn wrong(&self, wrong: &Wrong) -> DataError {
        let (file, message) = (self.file.to_owned(), wrong.message.clone());
        match wrong.at.map(|at| self.line_and_column(at)) {
            Some((line, column)) => DataError::Text { file, line, column, message },
            None => DataError::Binary { file, message },
        }
    }

    /// The place of a byte, as a message says it.
    pub(super) fn place(&self, at: usize) -> String {
        let (line, column) = self.line_and_column(at);
        format!("{line}:{column}")
    }

    /// The line of a byte, from 1, and its place there.
    pub(super) fn line_and_column(&self, at: usize) -> (u64, usize) {
        let (line, column) = line_and_column(&self.content, at);
        (line + self.n_above, column)
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
    let (line, column) = line_and_column(text, at);
    DataError::Text { file: file.to_owned(), line, column, message: message.to_owned() }
}

/// The line of a byte of a text, from 1, and its place there.
pub(crate) fn line_and_column(text: &str, at: usize) -> (u64, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() as u64 + 1;
    (line, before[line_start..].chars().count() + 1)
}
