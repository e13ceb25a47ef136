//! Records and their cells: where they begin and end, and columns from them, read in parallel.

use memchr::{memchr, memchr_iter, memchr2, memchr2_iter};

use crate::column::Column;
use crate::formats::bounds::MAX_COLUMNS;
use crate::formats::cells;
use crate::formats::cells::chunks::{ColumnPart, Wrong, parts};
use crate::formats::cells::number::CellReading;
use crate::formats::cells::texts::Places;
use crate::formats::csv::format::{CsvFormat, Delimiter};
use crate::formats::kind::Kind;
use crate::formats::lines::comment_help;
use crate::formats::quotes::{closing, not_closed, text_behind};

/// Bytes of records that are read together: their cells stay in the processor's cache.
const CHUNK: usize = 1 << 17;

/// Records that are read together at least, if their cells are short: a part of a column takes some bytes itself.
const FEW_RECORDS: usize = 128;

/// Whole records, and the byte of the text at which they begin.
pub(crate) struct Chunk<'t> {
    at: usize,
    text: &'t str,
}

/// Where a cell is.
pub(crate) struct Cell {
    /// Where it begins, at its quotation mark if it has one, behind the blanks before it.
    pub(crate) begin: usize,
    /// Where its text begins and ends, without its quotation marks.
    pub(crate) start: usize,
    pub(crate) end: usize,
    is_quoted: bool,
    /// Whether it is the last of its record.
    pub(crate) ends_record: bool,
}

/// The cells of a text, one after the other. What follows a closing quotation mark makes the marks a part of the cell.
pub(crate) struct Cells<'t> {
    bytes: &'t [u8],
    pub(crate) at: usize,
    delimiter: u8,
    quotes: bool,
}

impl<'t> Cells<'t> {
    pub(crate) fn of(text: &'t str, format: &CsvFormat) -> Self {
        Cells::new(text, format.delimiter, format.quotes)
    }

    pub(crate) fn new(text: &'t str, delimiter: Delimiter, quotes: bool) -> Self {
        Cells { bytes: text.as_bytes(), at: 0, delimiter: delimiter.0, quotes }
    }

    /// Passes over blank lines; whether there is another record.
    pub(crate) fn has_record(&mut self) -> bool {
        while matches!(self.bytes.get(self.at), Some(b'\n' | b'\r')) {
            self.at += 1;
        }
        self.at < self.bytes.len()
    }

    /// The next cell of a record that has not ended.
    pub(crate) fn cell(&mut self) -> Cell {
        let rest = &self.bytes[self.at..];
        let is_plain = |byte: &u8| !is_blank(*byte, self.delimiter);
        let begin = self.at + rest.iter().position(is_plain).unwrap_or(rest.len());
        let is_quoted = self.quotes && self.bytes.get(begin) == Some(&b'"');
        let close = if is_quoted { closing(self.bytes, begin) } else { None };
        let end = self.end_from(close.map_or(begin, |close| close + 1));
        let is_closed = |close: &usize| !self.bytes[close + 1..end].iter().any(is_plain);
        let close = close.filter(is_closed);
        let (start, stop) = close.map_or((begin, end), |close| (begin + 1, close));
        let behind = &self.bytes[end..];
        let ends_record = behind.first() != Some(&self.delimiter);
        let n_behind = if behind.starts_with(b"\r\n") { 2 } else { 1 };
        self.at = self.bytes.len().min(end + n_behind);
        Cell { begin, start, end: stop, is_quoted: close.is_some(), ends_record }
    }

    fn end_from(&self, from: usize) -> usize {
        // Most cells are short: to begin a search by vectors takes longer.
        let ends = |&byte: &u8| byte == self.delimiter || byte == b'\n' || byte == b'\r';
        let rest = &self.bytes[from..];
        from + rest.iter().position(ends).unwrap_or(rest.len())
    }
}

fn is_blank(byte: u8, delimiter: u8) -> bool {
    (byte == b' ' || byte == b'\t') && byte != delimiter
}

/// A record: where its cells begin, and their texts.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) cells: Vec<usize>,
    pub(crate) texts: Vec<String>,
}

/// The next record of a text; `None` without one.
pub(crate) fn record(cells: &mut Cells<'_>, text: &str) -> Result<Option<Record>, Wrong> {
    if !cells.has_record() {
        return Ok(None);
    }
    let mut record = Record::default();
    loop {
        let cell = cells.cell();
        if record.cells.len() == MAX_COLUMNS {
            let message = format!("more than the {MAX_COLUMNS} columns that are read");
            return Err(Wrong { at: Some(cell.begin), message });
        }
        let inner = text[cell.start..cell.end].trim();
        let inner = if cell.is_quoted { inner.replace("\"\"", "\"") } else { inner.to_owned() };
        record.cells.push(cell.begin);
        record.texts.push(inner);
        if cell.ends_record {
            return Ok(Some(record));
        }
    }
}

/// The text from the byte `begin` on, where a record begins, cut between records. Every quotation mark is looked at,
/// those before too: one that is not closed would make a cell of all that follows, and text behind one that is would be
/// lost in another cell.
///
/// # Errors
/// If some quotation mark does not enclose a cell; `place` tells where a byte is.
pub(crate) fn chunks<'t>(
    text: &'t str,
    mut begin: usize,
    format: &CsvFormat,
    n_columns: usize,
    place: impl Fn(usize) -> String,
) -> Result<Vec<Chunk<'t>>, Wrong> {
    let bytes = text.as_bytes();
    let least = CHUNK.max(n_columns.saturating_mul(FEW_RECORDS));
    let mut chunks = Vec::new();
    let mut at = 0;
    loop {
        let open = if format.quotes { opening(bytes, at, format.delimiter.0) } else { None };
        let end = open.unwrap_or(bytes.len());
        // No quotation mark is open between `at` and here.
        while let Some(begun) = line_end(&bytes[..end], at.max(begin.saturating_add(least))) {
            chunks.push(Chunk { at: begin, text: &text[begin..begun] });
            begin = begun;
        }
        let Some(open) = open else { break };
        let close = closing(bytes, open)
            .ok_or_else(|| Wrong { at: Some(open), message: not_closed("csv") })?;
        at = close + 1;
        let rest = &bytes[at..];
        let is_plain = |byte: &u8| !is_blank(*byte, format.delimiter.0);
        let next = rest.iter().copied().find(is_plain);
        if next.is_some_and(|byte| byte != format.delimiter.0 && !b"\r\n".contains(&byte)) {
            let message = text_behind(&place(open), "csv");
            return Err(Wrong { at: Some(at), message });
        }
    }
    if begin < bytes.len() {
        chunks.push(Chunk { at: begin, text: &text[begin..] });
    }
    Ok(chunks)
}

/// The next quotation mark that opens a cell: blanks at most are between it and what ended another.
fn opening(bytes: &[u8], mut at: usize, delimiter: u8) -> Option<usize> {
    loop {
        at += memchr(b'"', bytes.get(at..)?)?;
        let before = bytes[..at].iter().rev().copied().find(|&byte| !is_blank(byte, delimiter));
        if before.is_none_or(|byte| byte == delimiter || b"\r\n".contains(&byte)) {
            return Some(at);
        }
        at += 1;
    }
}

/// The byte behind the first line end from `from` on.
fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    let at = from + memchr2(b'\n', b'\r', bytes.get(from..)?)?;
    Some(if bytes[at..].starts_with(b"\r\n") { at + 2 } else { at + 1 })
}

/// The columns of the records in `chunks`.
pub(super) fn columns(
    whole: &str,
    chunks: &[Chunk<'_>],
    format: &CsvFormat,
    names: &[String],
    kinds: &[Option<Kind>],
    reading: &CellReading<'_>,
) -> Result<Vec<Column>, Wrong> {
    let read = |chunk: &Chunk<'_>, kinds: &[Option<Kind>]| -> Result<Vec<ColumnPart>, Wrong> {
        let text = chunk.text;
        if text.len() > Places::MOST_BYTES {
            let message = "a row of more than 2 GiB, which is not read".to_owned();
            return Err(Wrong { at: Some(chunk.at), message });
        }
        let has_quotes = format.quotes && memchr(b'"', text.as_bytes()).is_some();
        let plain = if has_quotes || has_lone_cr(text.as_bytes()) {
            None
        } else {
            plain_places(text, format.delimiter.0, names.len())
        };
        let places = match plain {
            Some(places) => places,
            None => all_places(text, format, names.len()).map_err(|(at, n_cells)| {
                wrong_number(whole, chunk.at + at, n_cells, names.len(), format)
            })?,
        };
        let n_rows = places.len() / names.len();
        Ok(parts(|row, column| places.get(row * names.len() + column), 0..n_rows, kinds, reading))
    };
    cells::chunks::columns(names, kinds, chunks, reading.bound, read)
}

/// A record at the byte `at` that has another number of cells than the first.
fn wrong_number(text: &str, at: usize, n: usize, n_columns: usize, format: &CsvFormat) -> Wrong {
    let record = &text[at..];
    let line = record.lines().next().unwrap_or_default().trim_end();
    let ends_so = n == n_columns + 1 && line.ends_with(char::from(format.delimiter.0));
    let help = if ends_so {
        "; the last is empty: does a delimiter end the row?"
    } else {
        comment_help([text, record])
    };
    let message = format!("{n} cells where the first line has {n_columns}{help}");
    Wrong { at: Some(at), message }
}

/// A lone CR ends a record too.
fn has_lone_cr(bytes: &[u8]) -> bool {
    memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
}

/// The cells of lines without a quotation mark or a lone CR; `None` if some line has another number of them.
fn plain_places(lines: &str, delimiter: u8, n_columns: usize) -> Option<Places<'_>> {
    let bytes = lines.as_bytes();
    let mut places = Places::of(lines);
    let (mut line, mut start, mut n) = (0, 0, 0);
    for at in memchr2_iter(delimiter, b'\n', bytes).chain([bytes.len()]) {
        let ends_line = bytes.get(at).is_none_or(|&byte| byte == b'\n');
        let is_blank = ends_line && matches!(&bytes[line..at], b"" | b"\r");
        if !is_blank {
            if n == n_columns {
                return None;
            }
            places.push(start, at);
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

/// The cells of any records; or where one with another number of cells begins, and how many it has.
fn all_places<'t>(
    text: &'t str,
    format: &CsvFormat,
    n_columns: usize,
) -> Result<Places<'t>, (usize, usize)> {
    let mut places = Places::of(text);
    let mut cells = Cells::of(text, format);
    while cells.has_record() {
        let begin = cells.at;
        let mut n = 0;
        loop {
            let cell = cells.cell();
            n += 1;
            if n <= n_columns {
                if cell.is_quoted {
                    places.push_quoted(cell.start, cell.end);
                } else {
                    places.push(cell.start, cell.end);
                }
            }
            if cell.ends_record {
                break;
            }
        }
        if n != n_columns {
            return Err((begin, n));
        }
    }
    Ok(places)
}
