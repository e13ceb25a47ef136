//! Cells of a text table, and the columns that they make.
//!
//! A column is numeric if every cell of it that is not missing is a finite number, else it is
//! categorical, unless its kind is pinned.

use std::ops::Range;

use rayon::prelude::*;

use crate::Column;
use crate::dataset::Levels;
use crate::formats::Kind;
use crate::formats::lines::shown;

/// Cells of a text table, row by row, before they have types.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    n_columns: usize,
    /// All cells, one after the other.
    text: String,
    /// Where each cell ends in `text`.
    ends: Vec<usize>,
}

/// How cells are read.
#[derive(Clone, Debug)]
pub(crate) struct Reading<'a> {
    /// Cells that stand for a missing value.
    pub(crate) missing: &'a [String],
    /// Whether `1,5` is one and a half.
    pub(crate) decimal_comma: bool,
}

/// A cell that cannot be what its column is said to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrongCell {
    /// The row, from 0.
    pub(crate) row: usize,
    /// The column, from 0.
    pub(crate) column: usize,
    /// What was found and what was expected.
    pub(crate) message: String,
}

/// Rows that are parsed together: their cells stay in the processor's cache.
const CHUNK: usize = 2048;

impl Cells {
    pub(crate) fn new(n_columns: usize) -> Self {
        Cells { n_columns, ..Cells::default() }
    }

    /// Adds the next cell of the row under way, or the first of the next row.
    pub(crate) fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.ends.len().checked_div(self.n_columns).unwrap_or(0)
    }

    pub(crate) fn get(&self, row: usize, column: usize) -> &str {
        let i = row * self.n_columns + column;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[start..self.ends[i]]
    }

    /// The columns, named `names`; `kinds` pins some of them. Ignored columns are left out.
    ///
    /// # Errors
    /// If a cell of a column pinned as numeric is no number: the first such cell.
    pub(crate) fn columns(
        &self,
        names: &[String],
        kinds: &[Option<Kind>],
        reading: &Reading<'_>,
    ) -> Result<Vec<Column>, WrongCell> {
        let starts: Vec<usize> = (0..self.n_rows()).step_by(CHUNK).collect();
        columns(names, kinds, &starts, |&start, kinds| {
            let rows = start..self.n_rows().min(start + CHUNK);
            parts(|row, column| self.get(row, column), rows, kinds, reading)
        })
    }
}

/// What the columns hold in `rows`; `cell` gives the text in a row and a column.
pub(crate) fn parts<'t>(
    cell: impl Fn(usize, usize) -> &'t str,
    rows: Range<usize>,
    kinds: &[Option<Kind>],
    reading: &Reading<'_>,
) -> Result<Vec<Part>, WrongCell> {
    let texts = |column| {
        let mut levels = Levels::default();
        let code = |row| {
            let text = cell(row, column);
            (!reading.is_missing(text)).then(|| levels.code(text))
        };
        let codes = rows.clone().map(code).collect();
        Part::Texts { levels: levels.into_names(), codes }
    };
    let part = |(column, kind): (usize, &Option<Kind>)| match kind {
        Some(Kind::Ignored) => Ok(Part::Nothing),
        Some(Kind::Categorical) => Ok(texts(column)),
        None | Some(Kind::Numeric) => {
            let mut values = Vec::with_capacity(rows.len());
            for row in rows.clone() {
                let text = cell(row, column);
                match reading.number(text) {
                    Some(value) => values.push(value),
                    None if kind.is_none() => return Ok(texts(column)),
                    None => {
                        let message = format!("{} is no number", shown(text));
                        return Err(WrongCell { row, column, message });
                    }
                }
            }
            Ok(Part::Numbers(values))
        }
    };
    kinds.iter().enumerate().map(part).collect()
}

/// What a column holds in rows that follow each other.
#[derive(Debug)]
pub(crate) enum Part {
    /// Nothing that is wanted.
    Nothing,
    /// Numbers, NaN where missing.
    Numbers(Vec<f64>),
    /// Indices into levels, in the order in which these were met; `None` where missing.
    Texts { levels: Vec<String>, codes: Vec<Option<u32>> },
}

/// The columns of a table that is read chunk by chunk, in parallel. `read` gives the parts of a chunk; a column that
/// is numeric in some chunks only is read again there.
///
/// # Errors
/// Those of `read`: that of the first chunk which has one.
pub(crate) fn columns<C: Sync, E: Send>(
    names: &[String],
    kinds: &[Option<Kind>],
    chunks: &[C],
    read: impl Fn(&C, &[Option<Kind>]) -> Result<Vec<Part>, E> + Sync,
) -> Result<Vec<Column>, E> {
    let read_all: Vec<Result<Vec<Part>, E>> =
        chunks.par_iter().map(|chunk| read(chunk, kinds)).collect();
    let mut parts = read_all.into_iter().collect::<Result<Vec<Vec<Part>>, E>>()?;
    let has_text = |column: usize| {
        parts.iter().any(|parts: &Vec<Part>| matches!(parts[column], Part::Texts { .. }))
    };
    let again: Vec<Option<Kind>> = (0..names.len())
        .map(|column| Some(if has_text(column) { Kind::Categorical } else { Kind::Ignored }))
        .collect();
    let is_mixed = |column: usize, part: &Part| {
        again[column] == Some(Kind::Categorical) && matches!(part, Part::Numbers(_))
    };
    let mend = |(chunk, parts): (&C, &mut Vec<Part>)| -> Result<(), E> {
        if parts.iter().enumerate().any(|(column, part)| is_mixed(column, part)) {
            *parts = std::mem::take(parts)
                .into_iter()
                .zip(read(chunk, &again)?)
                .map(|(part, texts)| if matches!(texts, Part::Nothing) { part } else { texts })
                .collect();
        }
        Ok(())
    };
    let mended: Vec<Result<(), E>> =
        chunks.par_iter().zip(parts.par_iter_mut()).map(mend).collect();
    mended.into_iter().collect::<Result<(), E>>()?;

    let mut by_column: Vec<Vec<Part>> = names.iter().map(|_| Vec::new()).collect();
    for chunk in parts {
        by_column.iter_mut().zip(chunk).for_each(|(column, part)| column.push(part));
    }
    let column = |(name, parts): (&String, Vec<Part>)| joined(name, parts);
    Ok(names.par_iter().zip(by_column).filter_map(column).collect())
}

/// The column that its parts make, if there is anything in it.
fn joined(name: &str, parts: Vec<Part>) -> Option<Column> {
    let mut numbers = Vec::new();
    let (mut levels, mut codes) = (Levels::default(), Vec::new());
    let mut is_text = false;
    for part in parts {
        match part {
            Part::Nothing => return None,
            Part::Numbers(values) => numbers.push(values),
            Part::Texts { levels: own, codes: of_own } => {
                is_text = true;
                let known: Vec<u32> = own.iter().map(|level| levels.code(level)).collect();
                codes.extend(of_own.iter().map(|code| code.map(|code| known[code as usize])));
            }
        }
    }
    let name = name.to_owned();
    Some(if is_text {
        Column::from_codes(name, levels.into_names(), codes)
    } else {
        Column::Numeric { name, values: numbers.concat() }
    })
}

impl Reading<'_> {
    pub(crate) fn is_number(&self, cell: &str) -> bool {
        self.number(cell).is_some_and(f64::is_finite)
    }

    fn is_missing(&self, cell: &str) -> bool {
        self.missing.iter().any(|missing| missing == cell)
    }

    /// The finite number that a cell holds, NaN if it is missing, `None` if it is something else.
    fn number(&self, cell: &str) -> Option<f64> {
        if let Some(number) = plain_number(cell) {
            return Some(number);
        }
        let number = if self.decimal_comma && cell.contains(',') {
            cell.replacen(',', ".", 1).parse()
        } else {
            cell.parse()
        };
        match number {
            Ok(number) if f64::is_finite(number) => Some(number),
            _ => self.is_missing(cell).then_some(f64::NAN),
        }
    }
}

/// A number written plainly, as nearly all of a table are: a sign, at most 15 digits, a point among them. The digits
/// are a whole number below 2^53 and the power of ten is exact as well, so that their quotient is rounded once and has
/// the bits that `parse` gives, at a third of its cost.
fn plain_number(cell: &str) -> Option<f64> {
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (is_negative, digits) = match cell.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > 16 {
        return None;
    }
    let (mut whole, mut n_digits, mut point) = (0_u64, 0, None);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                whole = whole * 10 + u64::from(byte - b'0');
                n_digits += 1;
            }
            b'.' if point.is_none() => point = Some(n_digits),
            _ => return None,
        }
    }
    if n_digits == 0 || n_digits > 15 {
        return None;
    }
    let number = whole as f64 / POWERS[n_digits - point.unwrap_or(n_digits)];
    Some(if is_negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::testing::cases;

    fn columns(
        cells: &[&str],
        kinds: &[Option<Kind>],
        decimal_comma: bool,
    ) -> Result<Vec<Column>, WrongCell> {
        let mut table = Cells::new(kinds.len());
        cells.iter().for_each(|cell| table.push(cell));
        let names: Vec<String> = (0..kinds.len()).map(|i| format!("x{i}")).collect();
        let missing = ["?".to_owned()];
        table.columns(&names, kinds, &Reading { missing: &missing, decimal_comma })
    }

    #[test]
    fn a_column_is_numeric_if_all_that_is_known_of_it_is() {
        let read = columns(&["1", "a", "?", "2", "2.5e1", "?"], &[None, None], false).unwrap();
        let Column::Numeric { values, .. } = &read[0] else { panic!("{read:?}") };
        assert!(values[0] == 1.0 && values[1].is_nan() && values[2] == 25.0);
        let Column::Categorical { levels, codes, .. } = &read[1] else { panic!("{read:?}") };
        assert_eq!((levels.len(), codes[2]), (2, None));
    }

    #[test]
    fn infinities_are_no_numbers() {
        for cell in ["inf", "nan", "1e999"] {
            let read = columns(&[cell], &[None], false).unwrap();
            assert!(matches!(read[0], Column::Categorical { .. }), "{cell}");
        }
    }

    #[test]
    fn pinned_kinds_hold() {
        let kinds = [Some(Kind::Categorical), Some(Kind::Ignored), Some(Kind::Numeric)];
        let read = columns(&["1", "7", "2"], &kinds, false).unwrap();
        assert_eq!(read.len(), 2);
        assert!(matches!(read[0], Column::Categorical { .. }));
        let wrong = columns(&["1", "7", "2", "1", "7", "two"], &kinds, false).unwrap_err();
        assert_eq!((wrong.row, wrong.column, &*wrong.message), (1, 2, "`two` is no number"));
    }

    #[test]
    fn a_decimal_comma_is_read_if_asked_for() {
        let read = columns(&["1,5"], &[None], true).unwrap();
        assert_eq!(read[0], Column::Numeric { name: "x0".to_owned(), values: vec![1.5] });
        assert!(matches!(
            columns(&["1,5"], &[None], false).unwrap()[0],
            Column::Categorical { .. }
        ));
    }

    #[test]
    fn plain_numbers_have_the_bits_that_parse_gives() {
        let plain = "0 -0 -0.0 .5 5. 00.10 999999999999999 0.00000000000001 1.005";
        for cell in plain.split(' ') {
            let number = plain_number(cell).map(f64::to_bits);
            assert_eq!(number, Some(cell.parse::<f64>().unwrap().to_bits()), "{cell}");
        }
        let others = " - . -. 1.2.3 --1 +1 1e5 1,5 1000000000000000 0.000000000000001";
        for cell in others.split(' ') {
            assert_eq!(plain_number(cell), None, "{cell}");
        }
    }

    proptest! {
        #![proptest_config(cases(1000))]

        #[test]
        fn what_is_a_plain_number_is_one_for_parse(cell in "-?[0-9.]{0,17}") {
            if let Some(number) = plain_number(&cell) {
                prop_assert_eq!(Ok(number.to_bits()), cell.parse::<f64>().map(f64::to_bits));
            }
        }

        #[test]
        fn plain_numbers_are_rounded_once(cell in "-?[0-9]{1,8}\\.[0-9]{0,7}") {
            let number = plain_number(&cell).map(f64::to_bits);
            prop_assert_eq!(number, Some(cell.parse::<f64>().unwrap().to_bits()));
        }
    }
}
