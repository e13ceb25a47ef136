//! Samples of files for tests, whole and damaged, and what is in the columns read from them.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::column::Column;
use crate::formats::format::Format;
use crate::formats::frame::Frame;
use crate::formats::kind::{Kind, Kinds};

/// Bytes that mean something in one format or another.
const TELLING: &[u8] = b"'\"{}[]%#?,:;\\@ \t\r\n+-.eE09ax<>\x00\xc3\xff";

/// So many cases, or as many as the environment variable `PROPTEST_CASES` asks for: `just fuzz` sets it.
pub(crate) fn cases(n: u32) -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(n),
    }
}

/// The table of a file called `t` in which `column` is pinned as numeric, all rows of it.
pub(crate) fn typed(content: &str, format: &Format, column: &str) -> Result<Frame, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    std::fs::write(&path, content).unwrap();
    let kinds = Kinds::from([(column.to_owned(), Kind::Numeric)]);
    let frame = format.read(&path, &kinds).and_then(|frame| frame.typed("t", None));
    frame.map_err(|error| error.to_string())
}

/// A file of `tests/samples`.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    std::fs::read(folder.join(name)).unwrap()
}

/// `bytes` after a few changes: bytes overwritten, deleted, inserted, repeated, the end cut off.
pub(crate) fn damaged(bytes: &[u8]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let byte = prop_oneof![select(TELLING), any::<u8>()];
    let change = (0..5, any::<prop::sample::Index>(), 0..60_usize, byte);
    let whole = bytes.to_vec();
    vec(change, 1..8).prop_map(move |changes| {
        let mut bytes = whole.clone();
        for (change, position, length, byte) in changes {
            let start = position.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            match change {
                0 => bytes.splice(start..end.min(start + 1), [byte]).for_each(drop),
                1 => bytes.drain(start..end).for_each(drop),
                2 => bytes.insert(start, byte),
                3 => {
                    let again = bytes[start..end].to_vec();
                    bytes.splice(start..start, again).for_each(drop);
                }
                _ => bytes.truncate(start),
            }
        }
        bytes
    })
}

/// The levels of a column and how often each occurs.
pub(crate) fn counts(column: &Column) -> Vec<(&str, usize)> {
    let Column::Categorical { levels, codes, .. } = column else { panic!("{column:?}") };
    let count = |code: u32| codes.iter().filter(|found| **found == Some(code)).count();
    levels.iter().zip(0..).map(|(level, code)| (level.as_str(), count(code))).collect()
}

/// The values of a column of numbers.
pub(crate) fn numbers(column: &Column) -> &[f64] {
    let Column::Numeric { values, .. } = column else { panic!("{column:?}") };
    values
}

/// The name of every column, those of numbers in brackets.
pub(crate) fn names(frame: &Frame) -> Vec<String> {
    let name = |column: &Column| match column {
        Column::Numeric { name, .. } => format!("[{name}]"),
        Column::Categorical { name, .. } => name.clone(),
    };
    frame.columns.iter().map(name).collect()
}

/// Rows and columns; every column has as many rows.
pub(crate) fn shape(frame: &Frame) -> (usize, usize) {
    let n_rows = |column: &Column| match column {
        Column::Numeric { values, .. } => values.len(),
        Column::Categorical { codes, .. } => codes.len(),
    };
    let rows: Vec<usize> = frame.columns.iter().map(n_rows).collect();
    assert!(rows.iter().all(|n| *n == rows[0]), "{rows:?}");
    (rows.first().copied().unwrap_or(0), rows.len())
}

/// Missing values of all columns.
pub(crate) fn n_missing(frame: &Frame) -> usize {
    frame.columns.iter().map(Column::n_missing).sum()
}

/// The counts of the class that the format names.
pub(crate) fn class_counts(frame: &Frame) -> Vec<(&str, usize)> {
    counts(&frame.columns[frame.target.unwrap()])
}
