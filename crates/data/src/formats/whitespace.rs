//! Cells between runs of blanks, as in old files of the UCI repository.
//!
//! ```text
//! line = cell {blank cell}
//! ```
//!
//! There is no header: the columns are called `x1`, `x2` and so on. Blanks are spaces and tabs; those
//! around a line and blank lines do not count. Cells that stand for a missing value are given by the
//! caller; what a column holds is inferred ([`Cells`]). The format does not say which is the class.

use crate::DataError;
use crate::formats::cells::{Cells, Reading};
use crate::formats::lines::{Line, lines, pinned, shown, words, wrong_at_the_end};
use crate::formats::{Frame, Kinds};

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    kinds: &Kinds,
    missing: &[String],
) -> Result<Frame, DataError> {
    let Some(first) = lines(file, bytes, None).next().transpose()? else {
        return Err(wrong_at_the_end(file, bytes, "the file has no rows"));
    };
    let n_columns = words(first.text).count();
    let mut cells = Cells::new(n_columns);
    for line in lines(file, bytes, None) {
        push_row(&mut cells, &line?, n_columns)?;
    }
    let names: Vec<String> = (1..=n_columns).map(|i| format!("x{i}")).collect();
    let kinds = pinned(&Line::first(file), &names, kinds)?;
    let columns = cells.columns(&names, &kinds, &Reading { missing, decimal_comma: false });
    let columns = columns.map_err(|wrong| {
        let line = lines(file, bytes, None).nth(wrong.row).and_then(Result::ok);
        let line = line.unwrap_or_else(|| Line::first(file));
        let at = words(line.text).nth(wrong.column).map_or(0, |(at, _)| at);
        line.wrong(at, wrong.message)
    })?;
    Ok(Frame { columns, target: None })
}

fn push_row(cells: &mut Cells, line: &Line<'_>, n_columns: usize) -> Result<(), DataError> {
    let mut words = words(line.text);
    for n_before in 0..n_columns {
        let Some((_, word)) = words.next() else {
            let message = format!("the row ends after {n_before} of {n_columns} cells");
            return Err(line.wrong(line.text.len(), message));
        };
        cells.push(word);
    }
    match words.next() {
        Some((at, word)) => {
            let message = format!("{} comes after all {n_columns} cells of the row", shown(word));
            Err(line.wrong(at, message))
        }
        None => Ok(()),
    }
}
