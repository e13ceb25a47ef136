//! ARFF: a header of attributes, then dense or sparse rows.
//!
//! ```text
//! file    = header {row}
//! header  = {"@relation" ... | "@attribute" name type} "@data"
//! type    = "numeric" | "real" | "integer" | "string" | "date" [format] | "{" level {"," level} "}"
//! row     = cell {("," | tab) cell} | "{" [index cell {"," index cell}] "}"
//! missing = "?"
//! ```
//!
//! A sparse row has the cells whose indices, from 0 and ascending, it names; elsewhere are 0, the
//! first level, a missing string. Strings and dates become categories. The class is the nominal
//! attribute called `class` or else `target`, in any case, or else the last attribute if it is
//! nominal. Keywords and types are in any case. `%` begins a comment except within a word. Words may
//! be between quotation marks of either kind, in which a backslash escapes the next character;
//! without them a level may contain blanks and operators.
//!
//! Source: *Attribute-Relation File Format*, University of Waikato (waikato.github.io/weka-wiki).

use crate::DataError;
use crate::formats::attributes::{Attribute, header};
use crate::formats::declared::Columns;
use crate::formats::lines::{Line, MOST_VALUES, lines, shown, wrong_at_the_end};
use crate::formats::{Frame, Kinds};

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(file: &str, bytes: &[u8], kinds: &Kinds) -> Result<Frame, DataError> {
    let mut lines = lines(file, bytes, Some(b'%'));
    let header = header(&mut lines, |keyword, line| {
        Err(line.wrong(0, format!("{} is no keyword of ARFF", shown(keyword))))
    })?;
    let Some((attributes, data)) = header else {
        return Err(wrong_at_the_end(file, bytes, "the file ends without `@data`"));
    };
    let mut columns = Columns::new(&attributes, kinds, &data)?;
    for line in lines {
        let mut line = line?;
        if line.skip('{') {
            push_sparse(&mut columns, &mut line)?;
        } else {
            columns.push_row(&mut line, is_missing)?;
        }
    }
    if columns.n_rows == 0 {
        return Err(wrong_at_the_end(file, bytes, "no row comes after `@data`"));
    }
    Ok(columns.into_frame(target(&attributes)))
}

fn is_missing(cell: &str) -> bool {
    cell == "?"
}

fn target(attributes: &[Attribute]) -> Option<usize> {
    let called = |name: &str| {
        let is_it = |each: &Attribute| each.is_nominal() && each.name.eq_ignore_ascii_case(name);
        attributes.iter().position(is_it)
    };
    let last = || attributes.len().checked_sub(1).filter(|&last| attributes[last].is_nominal());
    called("class").or_else(|| called("target")).or_else(last)
}

/// Reads a sparse row from behind its `{`.
fn push_sparse(columns: &mut Columns, line: &mut Line<'_>) -> Result<(), DataError> {
    let n_columns = columns.n_columns();
    if (columns.n_rows + 1).saturating_mul(n_columns) > MOST_VALUES {
        let message = format!("more than {MOST_VALUES} values; sparse rows are spread out in memory");
        return Err(line.wrong(0, message));
    }
    let mut next = 0;
    let mut is_last = line.skip('}');
    while !is_last {
        let word = line.word(&[' ', '\t', ',', '}'])?;
        let index = word.text.parse().ok().filter(|index| (next..n_columns).contains(index));
        let index = index.ok_or_else(|| {
            let expected = match next {
                0 => format!("an index below {n_columns}"),
                _ => format!("an index above {} and below {n_columns}", next - 1),
            };
            line.wrong(word.at, format!("{}; expected {expected}", shown(&word.text)))
        })?;
        push_defaults(columns, line, next..index)?;
        let cell = line.word(&[',', '}'])?;
        columns.push(index, &cell, is_missing).map_err(|message| line.wrong(cell.at, message))?;
        next = index + 1;
        is_last = line.skip('}');
        if !is_last && !line.skip(',') {
            return Err(line.wrong(line.at, "expected `,` or the `}` that ends the row"));
        }
    }
    push_defaults(columns, line, next..n_columns)?;
    columns.n_rows += 1;
    if line.has_ended() {
        return Ok(());
    }
    let rest = shown(line.rest());
    let message = if line.skip(',') && line.skip('{') {
        format!("{rest} is a weight of the row: weights are not supported")
    } else {
        format!("{rest}; expected the end of the line")
    };
    Err(line.wrong(line.at, message))
}

fn push_defaults(
    columns: &mut Columns,
    line: &Line<'_>,
    absent: std::ops::Range<usize>,
) -> Result<(), DataError> {
    absent
        .map(|column| columns.push_default(column))
        .collect::<Result<(), _>>()
        .map_err(|message| line.wrong(line.at, message))
}
