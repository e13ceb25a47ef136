//! Tables of Polars: Parquet and Arrow IPC. Numbers are numeric, and so are truth values until they are named; strings and
//! categories are categorical, null is missing; dates and times are refused unless they are ignored.

mod claims;

use std::cell::Cell;
use std::fmt::Display;
use std::io::Cursor;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use polars::prelude::{ArrowDataType, ArrowSchema, Column as Series, DataFrame, DataType};
use polars_io::SerReader;
use polars_io::ipc::IpcReader;
use polars_io::parquet::read::ParquetReader;

use crate::column::Column;
use crate::error::DataError;
use crate::formats::bounds::Bound;
use crate::formats::frame::Frame;
use crate::formats::kind::{Kind, Kinds};
use crate::formats::lines::{Line, no_such_name};

/// Reads `bytes` as Parquet; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    kinds: &Kinds,
    bound: Bound,
) -> Result<Frame, DataError> {
    answer(file, "Parquet", || claims::check_parquet_footer(bytes))?;
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let schema = answer(file, "Parquet", || reader.schema())?;
    let wanted = wanted(file, &schema, kinds)?;
    answer(file, "Parquet", || claims::check_parquet(bytes, &wanted, bound))?;
    let reader = reader.with_columns(Some(wanted));
    columns(file, kinds, &answer(file, "Parquet", || reader.finish())?)
}

/// Reads `bytes` as Arrow IPC (a Feather file of version 2).
pub(crate) fn read_ipc(
    file: &str,
    bytes: &[u8],
    kinds: &Kinds,
    bound: Bound,
) -> Result<Frame, DataError> {
    answer(file, "Arrow", || claims::check_ipc(bytes, bound))?;
    let mut reader = IpcReader::new(Cursor::new(bytes));
    let schema = answer(file, "Arrow", || reader.schema())?;
    let wanted = wanted(file, &schema, kinds)?;
    let reader = reader.with_columns(Some(wanted));
    columns(file, kinds, &answer(file, "Arrow", || reader.finish())?)
}

/// What is read, by Polars or before it.
fn answer<T, E: Display>(
    file: &str,
    format: &str,
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T, DataError> {
    let reason = match quietly(read) {
        Ok(Ok(read)) => return Ok(read),
        Ok(Err(error)) => error.to_string(),
        Err(()) => "its content contradicts itself".to_owned(),
    };
    let message = format!("this is no {format} table ({reason})");
    Err(DataError::Binary { file: file.to_owned(), message })
}

/// The columns that are not ignored, all of which can be read.
fn wanted(file: &str, schema: &ArrowSchema, kinds: &Kinds) -> Result<Vec<String>, DataError> {
    let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    if let Some(unknown) = kinds.keys().find(|name| !names.contains(name)) {
        return Err(Line::first(file).wrong(0, no_such_name(unknown, &names)));
    }
    let is_wanted = |name: &String| kinds.get(name) != Some(&Kind::Ignored);
    for (name, field) in names.iter().zip(schema.iter_values()) {
        if is_wanted(name) && !is_readable(field.dtype()) {
            let message = format!(
                "the column `{name}` holds {:?}; numbers, truth values, strings and categories are read: convert \
                 it, or pin it as ignored",
                field.dtype()
            );
            return Err(DataError::Binary { file: file.to_owned(), message });
        }
    }
    Ok(names.into_iter().filter(is_wanted).collect())
}

fn is_readable(dtype: &ArrowDataType) -> bool {
    use ArrowDataType::{
        Boolean, Dictionary, Float32, Float64, Int8, Int16, Int32, Int64, LargeUtf8, Null, UInt8,
        UInt16, UInt32, UInt64, Utf8, Utf8View,
    };
    match dtype {
        Dictionary(_, values, _) => is_readable(values),
        Null | Boolean | Utf8 | LargeUtf8 | Utf8View | Float32 | Float64 | Int8 | Int16 | Int32
        | Int64 | UInt8 | UInt16 | UInt32 | UInt64 => true,
        _ => false,
    }
}

fn columns(file: &str, kinds: &Kinds, frame: &DataFrame) -> Result<Frame, DataError> {
    let failed = |message: String| DataError::Binary { file: file.to_owned(), message };
    if frame.height() == 0 {
        return Err(failed("the table has no rows".to_owned()));
    }
    let mut columns = Vec::new();
    for series in frame.columns() {
        let name = series.name().to_string();
        let column = column(series, name.clone(), kinds.get(&name).copied())
            .map_err(|reason| failed(format!("the column `{name}`: {reason}")))?;
        columns.push(column);
    }
    let truths = frame.columns().iter().filter(|series| *series.dtype() == DataType::Boolean);
    let truths = truths.map(|series| series.name().to_string()).collect();
    Ok(Frame::new(columns, None).with_truths(truths))
}

/// How many threads are inside [`quietly`].
static READERS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread is one of them.
    static READS: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread is a reader's: its own, or that of Polars' threads while something is read.
fn is_a_readers() -> bool {
    let is_of_polars = || thread::current().name().is_some_and(|name| name.starts_with("polars-"));
    READS.get() || (0 < READERS.load(Ordering::SeqCst) && is_of_polars())
}

/// Polars' readers take some damaged files for granted and panic; here that is their answer, and nothing is
/// printed of it.
fn quietly<T>(read: impl FnOnce() -> T) -> Result<T, ()> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !is_a_readers() {
                others(info);
            }
        }));
    });
    READERS.fetch_add(1, Ordering::SeqCst);
    READS.set(true);
    // A reader that has panicked is not used again.
    let answer = panic::catch_unwind(AssertUnwindSafe(read)).map_err(|_| ());
    READS.set(false);
    READERS.fetch_sub(1, Ordering::SeqCst);
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
    let texts = series.cast(&DataType::String).map_err(wrong)?;
    let texts = texts.str().map_err(wrong)?;
    Ok(Column::from_texts(name, texts.iter()))
}

#[cfg(test)]
mod tests;
