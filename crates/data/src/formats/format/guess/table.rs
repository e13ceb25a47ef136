//! Which delimiter a table of text has, and how its cells are written.
//!
//! A delimiter is right if all records have as many cells; of several the one that gives most of them is taken,
//! then the one that gives most numbers. Where none is right the file is wrong, and the delimiter that the first
//! line has most of lets the reader say where.
//!
//! Whether commas are decimal ones is told column by column, from all of the beginning: measurements may be whole for
//! many rows, and beside them may stand versions such as `1.5`.

use super::Head;
use super::header::{has_header, is_number};
use crate::formats::bounds::MAX_COLUMNS;
use crate::formats::cells::number::missing_by_default;
use crate::formats::csv::format::{CsvFormat, Delimiter};
use crate::formats::csv::records::Cells;
use crate::formats::format::Format;
use crate::formats::whitespace::{self, WhitespaceFormat};

/// Rows that tell the delimiter and the header.
const ROWS: usize = 101;

/// Cells of them that are looked at.
const MAX_CELLS: usize = 1 << 22;

/// Those that come later are preferred where nothing else tells: prose has commas.
const DELIMITERS: [char; 4] = [',', '|', '\t', ';'];

pub(super) fn guess(head: &Head<'_>) -> Format {
    if let Some(delimiter) = head.delimiter {
        return Cut::of(head, delimiter.into(), ROWS).format(head);
    }
    let tables = DELIMITERS.map(|delimiter| Cut::of(head, delimiter, ROWS));
    let even = || tables.iter().filter(|table| 1 < table.width() && is_even(&table.rows));
    let decimal_commas = even().any(Cut::has_only_decimal_commas);
    let chosen = even()
        .filter(|table| !(decimal_commas && table.delimiter == ','))
        .max_by_key(|table| (table.width(), table.n_numbers()));
    if let Some(table) = chosen {
        return table.format(head);
    }
    let count = |table: &Cut| head.text.matches(table.delimiter).count();
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

/// The cells of a line between blanks; none of a wrong one.
fn words(line: &str) -> Vec<String> {
    let words = whitespace::words(line, true).take(MAX_COLUMNS + 1);
    words.map_while(Result::ok).map(|word| begin(&word.text(line)).to_owned()).collect()
}

/// What is looked at of a cell.
fn begin(cell: &str) -> &str {
    &cell[..cell.floor_char_boundary(1 << 10)]
}

/// Whether all rows have as many cells.
fn is_even(rows: &[Vec<String>]) -> bool {
    rows.windows(2).all(|pair| pair[0].len() == pair[1].len())
}

/// The first records of a text, as a delimiter cuts them.
struct Cut {
    delimiter: char,
    rows: Vec<Vec<String>>,
}

impl Cut {
    /// The first `n_rows` records, or fewer of more cells than any table has.
    fn of(head: &Head<'_>, delimiter: char, n_rows: usize) -> Self {
        let text: &str = &head.text;
        let byte = Delimiter::try_from(delimiter).expect("delimiters are ASCII");
        let mut cells = Cells::new(text, byte, true);
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut n_cells = 0;
        while rows.len() < n_rows && n_cells <= MAX_CELLS && cells.has_record() {
            let mut row = Vec::new();
            while row.len() <= MAX_COLUMNS {
                let cell = cells.cell();
                row.push(begin(text[cell.start..cell.end].trim().trim_matches('"')).to_owned());
                if cell.ends_record {
                    break;
                }
            }
            n_cells += row.len();
            rows.push(row);
        }
        // A quoted line end may be where the head was cut.
        if head.is_cut && 1 < rows.len() {
            rows.pop();
        }
        rows.retain(|row| *row != [""]);
        Cut { delimiter, rows }
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

    /// Whether some column is of numbers with decimal commas. A comma before three digits may stand between thousands:
    /// it counts where no cell has a decimal point. Where commas stand between cells, those in quotation marks may list
    /// codes or count thousands: they count if there are no points at all.
    fn uses_decimal_commas(&self) -> bool {
        let has_points = self.cells().any(|cell| cell.contains('.') && is_number(cell));
        if self.delimiter == ',' && has_points {
            return false;
        }
        let may_be_any = self.delimiter != ',' && !has_points;
        let first = usize::from(has_header(&self.rows));
        let missing = missing_by_default();
        let is_decimal = |column: usize| {
            let cells = self.rows[first..].iter().filter_map(|row| row.get(column));
            let known: Vec<&String> = cells.filter(|cell| !missing.contains(cell)).collect();
            let with_comma = || known.iter().filter(|cell| cell.contains(','));
            // The others may be marks of missing values.
            let n_numbers = known.iter().filter(|cell| is_number(cell)).count();
            with_comma().all(|cell| is_number(cell))
                && with_comma().any(|cell| may_be_any || !has_thousands(cell))
                && known.len() <= 2 * n_numbers
        };
        (0..self.width()).any(is_decimal)
    }

    /// Whether commas separate nothing, for all below the first row are in numbers.
    fn has_only_decimal_commas(&self) -> bool {
        let mut below = self.rows.iter().skip(1).flatten();
        self.delimiter != ','
            && self.uses_decimal_commas()
            && below.all(|cell| !cell.contains(',') || is_number(cell))
    }

    fn format(&self, head: &Head<'_>) -> Format {
        let all = Cut::of(head, self.delimiter, usize::MAX);
        Format::Csv(CsvFormat {
            delimiter: Delimiter::try_from(self.delimiter).expect("delimiters are ASCII"),
            header: has_header(&self.rows),
            decimal_comma: all.uses_decimal_commas(),
            encoding: head.encoding,
            ..CsvFormat::default()
        })
    }
}

/// Whether a number with one comma is such as `12,345`, where the comma may stand between thousands.
fn has_thousands(cell: &str) -> bool {
    let (whole, rest) = cell.trim_start_matches(['-', '+']).split_once(',').unwrap_or_default();
    (1..=3).contains(&whole.len())
        && !whole.starts_with('0')
        && rest.len() == 3
        && rest.bytes().all(|byte| byte.is_ascii_digit())
}
