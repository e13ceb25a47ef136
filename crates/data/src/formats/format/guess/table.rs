//! Which delimiter a table of text has, and how its cells are written.
//!
//! A delimiter is right if all records have as many cells; of several the one that gives most of them is taken,
//! then the one that gives most numbers. Where none is right the file is wrong, and the delimiter that the first
//! line has most of lets the reader say where.

use csv::ReaderBuilder;

use super::Head;
use super::header::{has_header, is_number};
use crate::formats::csv::{CsvFormat, Delimiter};
use crate::formats::format::{Format, WhitespaceFormat};

/// Rows that are looked at.
const ROWS: usize = 101;

/// Those that come later are preferred where nothing else tells: prose has commas.
const DELIMITERS: [char; 4] = [',', '|', '\t', ';'];

pub(super) fn guess(head: &Head<'_>) -> Format {
    if let Some(delimiter) = head.delimiter {
        return Table::of(head, delimiter.into()).format(head);
    }
    let tables = DELIMITERS.map(|delimiter| Table::of(head, delimiter));
    let even = || tables.iter().filter(|table| 1 < table.width() && is_even(&table.rows));
    let decimal_commas = even().any(Table::has_only_decimal_commas);
    let chosen = even()
        .filter(|table| !(decimal_commas && table.delimiter == ','))
        .max_by_key(|table| (table.width(), table.n_numbers()));
    if let Some(table) = chosen {
        return table.format(head);
    }
    let count = |table: &Table| head.text.matches(table.delimiter).count();
    // The last of equals, the comma, is taken.
    let ragged = tables.iter().rev().max_by_key(|table| (table.width(), count(table)));
    let ragged = ragged.filter(|table| 0 < count(table));
    let words: Vec<Vec<String>> = head.lines().take(ROWS).map(words).collect();
    let n_words = words.first().map_or(0, Vec::len);
    match ragged {
        Some(table) if n_words <= table.width() || !is_even(&words) => table.format(head),
        None if n_words < 2 => tables[0].format(head),
        _ => Format::Whitespace(WhitespaceFormat {
            header: has_header(&words),
            ..WhitespaceFormat::default()
        }),
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// Whether all rows have as many cells.
fn is_even(rows: &[Vec<String>]) -> bool {
    rows.windows(2).all(|pair| pair[0].len() == pair[1].len())
}

/// The first records of a text, as a delimiter cuts them.
struct Table {
    delimiter: char,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn of(head: &Head<'_>, delimiter: char) -> Self {
        let reader = ReaderBuilder::new()
            .delimiter(delimiter as u8)
            .has_headers(false)
            .flexible(true)
            .from_reader(head.text.as_bytes());
        let cell = |cell: &str| cell.trim().trim_matches('"').to_owned();
        let mut rows: Vec<Vec<String>> = reader
            .into_records()
            .map_while(Result::ok)
            .map(|record| record.iter().map(cell).collect())
            .filter(|row: &Vec<String>| *row != [""])
            .take(ROWS)
            .collect();
        // A quoted line end may be where the head was cut.
        if head.is_cut && 1 < rows.len() {
            rows.pop();
        }
        Table { delimiter, rows }
    }

    fn width(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    fn cells(&self) -> impl Iterator<Item = &String> {
        self.rows.iter().flatten()
    }

    fn n_numbers(&self) -> usize {
        self.cells().filter(|cell| is_number(cell)).count()
    }

    /// Whether some cell is a number with a comma, and none is one with a point.
    fn uses_decimal_commas(&self) -> bool {
        let with = |mark: char| self.cells().any(|cell| cell.contains(mark) && is_number(cell));
        self.delimiter != ',' && with(',') && !with('.')
    }

    /// Whether commas separate nothing, for all below the first row are in numbers.
    fn has_only_decimal_commas(&self) -> bool {
        let mut below = self.rows.iter().skip(1).flatten();
        self.uses_decimal_commas() && below.all(|cell| !cell.contains(',') || is_number(cell))
    }

    fn format(&self, head: &Head<'_>) -> Format {
        Format::Csv(CsvFormat {
            delimiter: Delimiter::try_from(self.delimiter).expect("delimiters are ASCII"),
            header: has_header(&self.rows),
            decimal_comma: self.uses_decimal_commas(),
            encoding: head.encoding,
            ..CsvFormat::default()
        })
    }
}
