//! Tables of Polars: Parquet and Arrow IPC. Numbers and truth values are numeric, strings categorical, null
//! is missing.

use std::cell::Cell;
use std::io::Cursor;
use std::panic::{self, UnwindSafe};
use std::sync::Once;

use polars::prelude::{Column as Series, DataFrame, DataType, PolarsResult};
use polars_io::SerReader;
use polars_io::ipc::IpcReader;
use polars_io::parquet::read::ParquetReader;

use crate::formats::lines::{Line, no_such_name};
use crate::formats::{Frame, Kind, Kinds};
use crate::{Column, DataError};

/// Reads `bytes` as Parquet; `file` is named in errors.
pub(crate) fn read(file: &str, bytes: &[u8], kinds: &Kinds) -> Result<Frame, DataError> {
    columns(file, "Parquet", kinds, || ParquetReader::new(Cursor::new(bytes)).finish())
}

/// Reads `bytes` as Arrow IPC (a Feather file of version 2).
pub(crate) fn read_ipc(file: &str, bytes: &[u8], kinds: &Kinds) -> Result<Frame, DataError> {
    columns(file, "Arrow", kinds, || IpcReader::new(Cursor::new(bytes)).finish())
}

fn columns(
    file: &str,
    format: &str,
    kinds: &Kinds,
    read: impl FnOnce() -> PolarsResult<DataFrame> + UnwindSafe,
) -> Result<Frame, DataError> {
    let failed = |message: String| DataError::Binary { file: file.to_owned(), message };
    let no_table = |reason: String| failed(format!("this is no {format} table ({reason})"));
    let frame = quietly(read)
        .map_err(|()| no_table("its content contradicts itself".to_owned()))?
        .map_err(|error| no_table(error.to_string()))?;
    let names: Vec<String> = frame.columns().iter().map(|c| c.name().to_string()).collect();
    if let Some(unknown) = kinds.keys().find(|name| !names.contains(name)) {
        return Err(Line::first(file).wrong(0, no_such_name(unknown, &names)));
    }
    if frame.height() == 0 {
        return Err(failed("the table has no rows".to_owned()));
    }
    let mut columns = Vec::new();
    for (series, name) in frame.columns().iter().zip(names) {
        let kind = kinds.get(&name).copied();
        if kind != Some(Kind::Ignored) {
            let column = column(series, name.clone(), kind)
                .map_err(|reason| failed(format!("the column `{name}`: {reason}")))?;
            columns.push(column);
        }
    }
    Ok(Frame { columns, target: None })
}

thread_local! {
    /// Whether this thread is inside [`quietly`].
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Polars' readers take some damaged files for granted and panic; here that is their answer, and nothing is
/// printed of it.
fn quietly<T>(read: impl FnOnce() -> T + UnwindSafe) -> Result<T, ()> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                others(info);
            }
        }));
    });
    QUIET.set(true);
    let answer = panic::catch_unwind(read).map_err(|_| ());
    QUIET.set(false);
    answer
}

fn column(series: &Series, name: String, kind: Option<Kind>) -> Result<Column, String> {
    let dtype = series.dtype();
    let is_number = dtype.is_primitive_numeric() || *dtype == DataType::Boolean;
    let wrong = |error: polars::error::PolarsError| error.to_string();
    let as_numbers = match kind {
        Some(Kind::Categorical) => false,
        Some(_) => true,
        None => is_number,
    };
    if as_numbers {
        if !is_number {
            return Err(format!("it is said to be numeric and holds {dtype}"));
        }
        let numbers = series.cast(&DataType::Float64).map_err(wrong)?;
        let numbers = numbers.f64().map_err(wrong)?;
        let values: Vec<f64> = numbers.iter().map(|x| x.unwrap_or(f64::NAN)).collect();
        if let Some(row) = values.iter().position(|x| x.is_infinite()) {
            return Err(format!("row {row} (from 0) is infinite"));
        }
        return Ok(Column::Numeric { name, values });
    }
    if *dtype != DataType::String && !is_number {
        return Err(format!(
            "it holds {dtype}; numbers, truth values and strings are read: convert it, or pin it as ignored"
        ));
    }
    let texts = series.cast(&DataType::String).map_err(wrong)?;
    let texts = texts.str().map_err(wrong)?;
    Ok(Column::from_texts(name, &texts.iter().collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoColumn, NamedFrom, Series};
    use polars_io::SerWriter;
    use polars_io::ipc::IpcWriter;
    use polars_io::parquet::write::ParquetWriter;
    use proptest::prelude::*;

    use super::*;
    use crate::formats::testing::{cases, damaged, names, numbers};

    fn frame() -> DataFrame {
        let columns = vec![
            Series::new("x".into(), [Some(1.5), None, Some(3.0)]).into_column(),
            Series::new("n".into(), [1_i32, 2, 3]).into_column(),
            Series::new("b".into(), [true, false, true]).into_column(),
            Series::new("s".into(), [Some("u"), Some("v"), None]).into_column(),
        ];
        DataFrame::new(3, columns).unwrap()
    }

    fn parquet() -> Vec<u8> {
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame()).unwrap();
        bytes
    }

    fn ipc() -> Vec<u8> {
        let mut bytes = Vec::new();
        IpcWriter::new(&mut bytes).finish(&mut frame()).unwrap();
        bytes
    }

    #[test]
    fn numbers_truth_values_and_strings_are_read_from_both() {
        for read in [read("t", &parquet(), &Kinds::new()), read_ipc("t", &ipc(), &Kinds::new())] {
            let read = read.unwrap();
            assert_eq!(names(&read), ["[x]", "[n]", "[b]", "s"]);
            assert!(numbers(&read.columns[0])[1].is_nan());
            assert_eq!(numbers(&read.columns[2]), [1.0, 0.0, 1.0]);
            assert_eq!(read.columns[3].n_missing(), 1);
        }
    }

    #[test]
    fn kinds_are_pinned_and_contradictions_named() {
        let kinds = |name: &str, kind| Kinds::from([(name.to_owned(), kind)]);
        let categorical = read("t", &parquet(), &kinds("n", Kind::Categorical)).unwrap();
        assert!(matches!(categorical.columns[1], Column::Categorical { .. }));
        assert_eq!(read("t", &parquet(), &kinds("s", Kind::Ignored)).unwrap().columns.len(), 3);
        let error = read("t", &parquet(), &kinds("s", Kind::Numeric)).unwrap_err().to_string();
        assert_eq!(error, "t: the column `s`: it is said to be numeric and holds str");
    }

    #[test]
    fn bytes_that_are_no_table_are_refused() {
        let error = read("t.parquet", b"not a table", &Kinds::new()).unwrap_err().to_string();
        assert!(error.starts_with("t.parquet: this is no Parquet table"), "{error}");
        assert!(read_ipc("t", b"not a table", &Kinds::new()).is_err());
    }

    proptest! {
        #![proptest_config(cases(100))]

        #[test]
        fn damaged_tables_are_read_or_refused(
            parquet in damaged(&parquet()),
            ipc in damaged(&ipc()),
        ) {
            let _ = read("t", &parquet, &Kinds::new());
            let _ = read_ipc("t", &ipc, &Kinds::new());
        }
    }
}
