//! Cells of a text table, and the columns that they make.
//!
//! A column is numeric if every cell of it that is not missing is a finite number, else it is
//! categorical, unless its kind is pinned.

use rayon::prelude::*;

use crate::Column;
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
        let mut numbers = self.numbers(kinds, reading)?;
        let column = |(i, numbers): (usize, &mut Option<Vec<f64>>)| {
            let name = names[i].clone();
            match (kinds[i], numbers.take()) {
                (Some(Kind::Ignored), _) => None,
                (_, Some(values)) => Some(Column::Numeric { name, values }),
                (_, None) => {
                    let texts = (0..self.n_rows()).map(|row| self.get(row, i));
                    let known = |text| (!reading.is_missing(text)).then_some(text);
                    Some(Column::from_texts(name, &texts.map(known).collect::<Vec<_>>()))
                }
            }
        };
        Ok(numbers.par_iter_mut().enumerate().filter_map(column).collect())
    }

    /// The values of every column that holds numbers.
    fn numbers(
        &self,
        kinds: &[Option<Kind>],
        reading: &Reading<'_>,
    ) -> Result<Vec<Option<Vec<f64>>>, WrongCell> {
        let starts: Vec<usize> = (0..self.n_rows()).step_by(CHUNK).collect();
        let chunks: Vec<_> =
            starts.into_par_iter().map(|start| self.chunk(start, kinds, reading)).collect();
        let maybe = |kind: &Option<Kind>| matches!(kind, None | Some(Kind::Numeric));
        let mut columns: Vec<Option<Vec<f64>>> = kinds
            .iter()
            .map(|kind| maybe(kind).then(|| Vec::with_capacity(self.n_rows())))
            .collect();
        for chunk in chunks {
            for (column, part) in columns.iter_mut().zip(chunk?) {
                match (column.as_mut(), part) {
                    (Some(values), Some(part)) => values.extend(part),
                    _ => *column = None,
                }
            }
        }
        Ok(columns)
    }

    fn chunk(
        &self,
        start: usize,
        kinds: &[Option<Kind>],
        reading: &Reading<'_>,
    ) -> Result<Vec<Option<Vec<f64>>>, WrongCell> {
        let rows = start..self.n_rows().min(start + CHUNK);
        let numbers = |(column, kind): (usize, &Option<Kind>)| {
            if matches!(kind, Some(Kind::Categorical | Kind::Ignored)) {
                return Ok(None);
            }
            let mut values = Vec::with_capacity(rows.len());
            for row in rows.clone() {
                let cell = self.get(row, column);
                match reading.number(cell) {
                    Some(value) => values.push(value),
                    None if *kind == Some(Kind::Numeric) => {
                        let message = format!("{} is no number", shown(cell));
                        return Err(WrongCell { row, column, message });
                    }
                    None => return Ok(None),
                }
            }
            Ok(Some(values))
        };
        kinds.iter().enumerate().map(numbers).collect()
    }
}

impl Reading<'_> {
    fn is_missing(&self, cell: &str) -> bool {
        self.missing.iter().any(|missing| missing == cell)
    }

    /// The finite number that a cell holds, NaN if it is missing, `None` if it is something else.
    fn number(&self, cell: &str) -> Option<f64> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
