//! Text with a delimiter: CSV, TSV and their relatives.
//!
//! ```text
//! line = cell {delimiter cell}        cell = text | "text with ""quotes"", delimiters and line ends"
//! ```
//!
//! Without a header the columns are called `x1`, `x2` and so on, and so are those whose name is empty in it.
//! A first line `sep=;` is no part of the table. Blanks around a cell do not count, nor do they before its quotation
//! mark. Blank lines are passed over. A quotation mark that is never closed is refused, and so is text behind one that
//! closes a cell. What a column holds is inferred ([`cells`](super::cells)) unless it is pinned.

pub(crate) mod format;
pub(super) mod records;
pub(super) mod text;

use std::collections::HashSet;

use crate::error::DataError;
use crate::formats::bounds::Bound;
use crate::formats::cells::chunks::Wrong;
use crate::formats::cells::number::CellReading;
use crate::formats::csv::format::CsvFormat;
use crate::formats::csv::records::{Cells, record};
use crate::formats::csv::text::Text;
use crate::formats::frame::Frame;
use crate::formats::kind::Kinds;
use crate::formats::lines::{Line, pinned, shown};

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    format: &CsvFormat,
    kinds: &Kinds,
    bound: Bound,
) -> Result<Frame, DataError> {
    let text = Text::new(file, bytes, format, bound)?;
    let content: &str = &text.content;
    let wrong = |wrong: Wrong| text.wrong(&wrong);
    let mut cells = Cells::of(content, format);
    let first = record(&mut cells, content).map_err(wrong)?;
    let no_rows =
        |at: usize| text.wrong(&Wrong { at: Some(at), message: "the file has no rows".to_owned() });
    let first = first.ok_or_else(|| no_rows(content.len()))?;
    let below = if format.header { cells.at } else { 0 };
    let place = |at| text.place(at);
    let chunks =
        records::chunks(content, below, format, first.cells.len(), place).map_err(wrong)?;
    let names = names(&first.texts, format.header);
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().position(|name| !seen.insert(name)) {
        let message = format!("two columns are called {}", shown(&names[twice]));
        return Err(wrong(Wrong { at: Some(first.cells[twice]), message }));
    }
    if !Cells::of(&content[below..], format).has_record() {
        return Err(no_rows(first.cells[0]));
    }
    let pins = pinned(&Line::first(file), &names, kinds)?;
    let decimal_comma = format.decimal_comma;
    let reading = CellReading { missing: &format.missing, decimal_comma, bound };
    let columns =
        records::columns(content, &chunks, format, &names, &pins, &reading).map_err(wrong)?;
    Ok(Frame::inferred(columns, kinds, Some(decimal_comma)))
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

/// The line of a row, counted from 0, and the place in it of the column called `name`, else of the first.
pub(crate) fn place_of(
    bytes: &[u8],
    format: &CsvFormat,
    row: usize,
    name: &str,
) -> Option<(u64, usize)> {
    let text = Text::new("", bytes, format, Bound::of(bytes.len())).ok()?;
    let first = record(&mut Cells::of(&text.content, format), &text.content).ok()??;
    let names = names(&first.texts, format.header);
    let column = names.iter().position(|known| known == name).unwrap_or(0);
    let mut cells = Cells::of(&text.content, format);
    for _ in 0..row + usize::from(format.header) {
        cells.has_record();
        while !cells.cell().ends_record {}
    }
    cells.has_record();
    let mut begin = cells.at;
    for _ in 0..=column {
        begin = cells.cell().begin;
    }
    Some(text.line_and_column(begin))
}

#[cfg(test)]
mod tests;
