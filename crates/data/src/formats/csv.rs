//! Text with a delimiter: CSV, TSV and their relatives.
//!
//! ```text
//! line = cell {delimiter cell}        cell = text | "text with ""quotes"", delimiters and line ends"
//! ```
//!
//! Without a header the columns are called `x1`, `x2` and so on, and so are those whose name is empty in it.
//! A first line `sep=;` is no part of the table. Blanks around a cell do not count. Blank lines are passed over. A
//! quotation mark that is never closed is refused. What a column holds is inferred ([`Cells`]) unless it is pinned.

mod lines;
pub(super) mod text;

use std::collections::HashSet;

use csv::ByteRecord;
use serde::{Deserialize, Serialize};

use crate::DataError;
use crate::formats::cells::{Cells, Reading};
use crate::formats::csv::text::{Text, start};
use crate::formats::lines::{Line, pinned, shown};
use crate::formats::{Frame, Kinds};

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
    /// UTF-16 of either byte order, after its mark.
    Utf16,
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
    let no_rows = || text.at(0, 0, "the file has no rows");
    if !text.next(&mut reader, &mut record)? {
        return Err(no_rows());
    }
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
    let rest = text.content.get(begin..).unwrap_or_default();
    if let Some(columns) = lines::columns(rest, format, &names, &kinds, &reading) {
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
    if cells.n_rows() == 0 {
        return Err(no_rows());
    }
    let columns = cells.columns(&names, &kinds, &reading);
    let columns = columns.map_err(|wrong| {
        let record = wrong.row + usize::from(format.header);
        let would_be = Reading { decimal_comma: true, ..reading.clone() };
        let is_number = would_be.is_number(cells.get(wrong.row, wrong.column));
        let help = if is_number {
            "; if its comma is a decimal one, set decimal_comma = true"
        } else {
            ""
        };
        let message = format!(
            "{} in the column {}, which is said to be numeric{help}",
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

/// The line on which a row, counted from 0, begins.
pub(crate) fn line_of(bytes: &[u8], format: &CsvFormat, row: usize) -> Option<u64> {
    let text = Text::new("", bytes, format).ok()?;
    match text.at(row + usize::from(format.header), 0, "") {
        DataError::Text { line, .. } => Some(line),
        _ => None,
    }
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

#[cfg(test)]
mod tests;
