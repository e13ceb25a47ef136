//! Records that are lines, read in parallel.

use memchr::{memchr, memchr_iter, memchr2_iter};

use crate::Column;
use crate::formats::Kind;
use crate::formats::cells::{self, Reading, parts};
use crate::formats::csv::CsvFormat;

/// Bytes of lines that are read together: their cells stay in the processor's cache.
const CHUNK: usize = 1 << 17;

/// The columns of `text` below its header, if every record is a line and nothing in it is wrong; else `None`, and
/// whoever reads record by record says what is wrong, and where.
pub(super) fn columns(
    text: &str,
    format: &CsvFormat,
    names: &[String],
    kinds: &[Option<Kind>],
    reading: &Reading<'_>,
) -> Option<Vec<Column>> {
    let mut chunks = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let least = rest.floor_char_boundary(CHUNK);
        let end = memchr(b'\n', &rest.as_bytes()[least..]);
        let end = end.map_or(rest.len(), |end| least + end + 1);
        chunks.push(&rest[..end]);
        rest = &rest[end..];
    }
    let read = |chunk: &&str, kinds: &[Option<Kind>]| {
        if format.quotes && memchr(b'"', chunk.as_bytes()).is_some() {
            return None;
        }
        let places = places(chunk, format.delimiter.0, names.len())?;
        let cell = |row: usize, column: usize| {
            let (start, end) = places[row * names.len() + column];
            &chunk[start as usize..end as usize]
        };
        parts(cell, 0..places.len() / names.len(), kinds, reading).ok()
    };
    let read = |chunk: &&str, kinds: &[Option<Kind>]| read(chunk, kinds).ok_or(());
    let columns = cells::columns(names, kinds, &chunks, read).ok()?;
    columns.first().is_some_and(|column| 0 < column.n_rows()).then_some(columns)
}

/// Where each cell of whole lines begins and ends; `None` if some line has another number of them.
fn places(lines: &str, delimiter: u8, n_columns: usize) -> Option<Vec<(u32, u32)>> {
    let bytes = lines.as_bytes();
    u32::try_from(bytes.len()).ok()?;
    // A lone CR ends a record too.
    let is_lone = |at: usize| bytes.get(at + 1) != Some(&b'\n');
    if memchr_iter(b'\r', bytes).any(is_lone) {
        return None;
    }
    let mut places = Vec::with_capacity(bytes.len() / 4);
    let (mut line, mut start, mut n) = (0, 0, 0);
    for at in memchr2_iter(delimiter, b'\n', bytes).chain([bytes.len()]) {
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
