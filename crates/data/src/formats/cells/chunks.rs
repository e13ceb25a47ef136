//! Columns from cells that are read chunk by chunk, in parallel.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::column::{Column, Levels};
use crate::formats::bounds::Bound;
use crate::formats::cells::number::CellReading;
use crate::formats::cells::texts::Texts;
use crate::formats::kind::Kind;

/// What is wrong with a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The byte at which it is; `None` for all of it.
    pub(crate) at: Option<usize>,
    /// What was found and what was expected.
    pub(crate) message: String,
}

/// Rows that are parsed together: their cells stay in the processor's cache.
const CHUNK: usize = 2048;

impl Texts {
    /// The columns that they make row by row, named `names`; `kinds` pins some of them.
    pub(crate) fn columns(
        &self,
        names: &[String],
        kinds: &[Option<Kind>],
        reading: &CellReading<'_>,
    ) -> Result<Vec<Column>, Wrong> {
        let n_rows = self.len().checked_div(names.len()).unwrap_or(0);
        let starts: Vec<usize> = (0..n_rows).step_by(CHUNK).collect();
        columns(names, kinds, &starts, reading.bound, |&start, kinds| {
            let rows = start..n_rows.min(start + CHUNK);
            Ok(parts(|row, column| self.get(row * names.len() + column), rows, kinds, reading))
        })
    }
}

/// What the columns hold in `rows`; `cell` gives the text in a row and a column.
pub(crate) fn parts<'t>(
    cell: impl Fn(usize, usize) -> &'t str,
    rows: Range<usize>,
    kinds: &[Option<Kind>],
    reading: &CellReading<'_>,
) -> Vec<ColumnPart> {
    let texts = |column| {
        let mut levels = Levels::default();
        let code = |row| {
            let text = cell(row, column);
            (!reading.is_missing(text)).then(|| levels.code(text))
        };
        let codes = rows.clone().map(code).collect();
        ColumnPart::Texts { levels: levels.into_names(), codes }
    };
    let part = |(column, kind): (usize, &Option<Kind>)| match kind {
        Some(Kind::Ignored) => ColumnPart::Nothing,
        Some(Kind::Categorical) => texts(column),
        // Whether all cells have to be numbers is known when rows may have been left out.
        None | Some(Kind::Numeric) => {
            let number = |row| reading.number(cell(row, column));
            let mut values = Vec::with_capacity(rows.len());
            values.extend(rows.clone().map_while(number));
            if values.len() == rows.len() { ColumnPart::Numbers(values) } else { texts(column) }
        }
    };
    kinds.iter().enumerate().map(part).collect()
}

/// What a column holds in rows that follow each other.
#[derive(Debug)]
pub(crate) enum ColumnPart {
    /// Nothing that is wanted.
    Nothing,
    /// Numbers, NaN where missing.
    Numbers(Vec<f64>),
    /// Indices into levels, in the order in which these were met; `None` where missing.
    Texts { levels: Vec<String>, codes: Vec<Option<u32>> },
}

impl ColumnPart {
    fn n_cells(&self) -> usize {
        match self {
            ColumnPart::Nothing => 0,
            ColumnPart::Numbers(values) => values.len(),
            ColumnPart::Texts { codes, .. } => codes.len(),
        }
    }

    fn n_texts(&self) -> usize {
        match self {
            ColumnPart::Texts { levels, .. } => levels.len(),
            ColumnPart::Nothing | ColumnPart::Numbers(_) => 0,
        }
    }
}

/// The columns of a table that is read chunk by chunk, in parallel. `read` gives the parts of a chunk; a column that
/// is numeric in some chunks only is read again there.
///
/// # Errors
/// Those of `read`: that of the first chunk which has one. If there are more cells or texts than `bound` allows.
pub(crate) fn columns<C: Sync>(
    names: &[String],
    kinds: &[Option<Kind>],
    chunks: &[C],
    bound: Bound,
    read: impl Fn(&C, &[Option<Kind>]) -> Result<Vec<ColumnPart>, Wrong> + Sync,
) -> Result<Vec<Column>, Wrong> {
    let (n_cells, n_texts) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let is_in_bound = || {
        bound.check(n_cells.load(Ordering::Relaxed), names.len())?;
        bound.check_texts(n_texts.load(Ordering::Relaxed))
    };
    // What is too much is not kept, nor is anything after it read.
    let read = |chunk: &C, kinds: &[Option<Kind>], n_cells: &AtomicUsize| {
        let too_much = |message| Wrong { at: None, message };
        is_in_bound().map_err(too_much)?;
        let parts = read(chunk, kinds)?;
        n_cells.fetch_add(parts.iter().map(ColumnPart::n_cells).sum(), Ordering::Relaxed);
        n_texts.fetch_add(parts.iter().map(ColumnPart::n_texts).sum(), Ordering::Relaxed);
        is_in_bound().map_err(too_much)?;
        Ok(parts)
    };
    let read_all: Vec<Result<Vec<ColumnPart>, Wrong>> =
        chunks.par_iter().map(|chunk| read(chunk, kinds, &n_cells)).collect();
    let mut parts = read_all.into_iter().collect::<Result<Vec<Vec<ColumnPart>>, Wrong>>()?;
    let has_text = |column: usize| {
        parts
            .iter()
            .any(|parts: &Vec<ColumnPart>| matches!(parts[column], ColumnPart::Texts { .. }))
    };
    let again: Vec<Option<Kind>> = (0..names.len())
        .map(|column| Some(if has_text(column) { Kind::Categorical } else { Kind::Ignored }))
        .collect();
    let is_mixed = |column: usize, part: &ColumnPart| {
        again[column] == Some(Kind::Categorical) && matches!(part, ColumnPart::Numbers(_))
    };
    let mend = |(chunk, parts): (&C, &mut Vec<ColumnPart>)| -> Result<(), Wrong> {
        if parts.iter().enumerate().any(|(column, part)| is_mixed(column, part)) {
            *parts = std::mem::take(parts)
                .into_iter()
                .zip(read(chunk, &again, &AtomicUsize::new(0))?)
                .map(
                    |(part, texts)| if matches!(texts, ColumnPart::Nothing) { part } else { texts },
                )
                .collect();
        }
        Ok(())
    };
    let mended: Vec<Result<(), Wrong>> =
        chunks.par_iter().zip(parts.par_iter_mut()).map(mend).collect();
    mended.into_iter().collect::<Result<(), Wrong>>()?;

    let mut by_column: Vec<Vec<ColumnPart>> = names.iter().map(|_| Vec::new()).collect();
    for chunk in parts {
        by_column.iter_mut().zip(chunk).for_each(|(column, part)| column.push(part));
    }
    let column = |(name, parts): (&String, Vec<ColumnPart>)| joined(name, parts);
    Ok(names.par_iter().zip(by_column).filter_map(column).collect())
}

/// The column that its parts make, if there is anything in it.
fn joined(name: &str, parts: Vec<ColumnPart>) -> Option<Column> {
    let mut numbers = Vec::new();
    let (mut levels, mut codes) = (Levels::default(), Vec::new());
    let mut is_text = false;
    for part in parts {
        match part {
            ColumnPart::Nothing => return None,
            ColumnPart::Numbers(values) => numbers.push(values),
            ColumnPart::Texts { levels: own, codes: of_own } => {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(
        cells: &[&str],
        kinds: &[Option<Kind>],
        decimal_comma: bool,
    ) -> Result<Vec<Column>, Wrong> {
        let mut table = Texts::default();
        cells.iter().for_each(|cell| table.push(cell));
        let names: Vec<String> = (0..kinds.len()).map(|i| format!("x{i}")).collect();
        let missing = ["?".to_owned()];
        let reading = CellReading { missing: &missing, decimal_comma, bound: Bound::of(0) };
        table.columns(&names, kinds, &reading)
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
        // Which rows stay is not known yet.
        let read = columns(&["1", "7", "2", "1", "7", "two"], &kinds, false).unwrap();
        assert!(matches!(read[1], Column::Categorical { .. }));
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
    fn no_more_cells_and_texts_are_kept_than_the_bound_allows() {
        let read = |n_chunks: usize, part: fn() -> ColumnPart| {
            let chunks: Vec<usize> = (0..n_chunks).collect();
            let (names, bound) = (["x".to_owned()], Bound::of_cells(80));
            super::columns(&names, &[None], &chunks, bound, |_, _| Ok(vec![part()]))
        };
        let numbers = || ColumnPart::Numbers(vec![1.0; 10]);
        assert_eq!(read(8, numbers).unwrap()[0].n_rows(), 80);
        assert!(read(9, numbers).unwrap_err().message.starts_with("more than the 80 cells"));
        let texts = || ColumnPart::Texts {
            levels: ["a", "b"].map(str::to_owned).into(),
            codes: Vec::new(),
        };
        assert!(read(5, texts).is_ok());
        assert!(
            read(6, texts).unwrap_err().message.starts_with("more than the 10 different texts")
        );
    }
}
