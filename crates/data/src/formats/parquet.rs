//! Parquet: numbers and strings, null where missing, the class in `target`.

use std::io::Cursor;

use polars::prelude::{DataFrame, DataType};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use crate::formats::{TARGET, Table};
use crate::{Column, DataError};

/// Columns that describe a row and are no features.
const NOT_FEATURES: [&str; 10] =
    ["split", "spatial_split", "image_id", "x1", "y1", "x2", "y2", "max_iou", "gt_index", TARGET];

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(file: &str, bytes: &[u8]) -> Result<Table, DataError> {
    let failed = |message: String| DataError::Binary { file: file.to_owned(), message };
    let frame = ParquetReader::new(Cursor::new(bytes))
        .finish()
        .map_err(|error| failed(format!("this is no Parquet table ({error})")))?;
    let labels = texts(&frame, TARGET).map_err(failed)?;
    let labels: Option<Vec<String>> = labels.into_iter().collect();
    let labels = labels.ok_or_else(|| failed(format!("a row has no `{TARGET}`")))?;
    let mut columns = Vec::new();
    for series in frame.columns() {
        let name = series.name().to_string();
        if NOT_FEATURES.contains(&name.as_str()) {
            continue;
        }
        if *series.dtype() == DataType::String {
            let texts = texts(&frame, &name).map_err(failed)?;
            let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
            columns.push(Column::from_texts(name, &texts));
        } else {
            let numbers =
                series.cast(&DataType::Float64).map_err(|error| failed(error.to_string()))?;
            let numbers = numbers.f64().map_err(|error| failed(error.to_string()))?;
            let values = numbers.iter().map(|x| x.unwrap_or(f64::NAN)).collect();
            columns.push(Column::Numeric { name, values });
        }
    }
    Ok(Table { columns, labels })
}

fn texts(frame: &DataFrame, name: &str) -> Result<Vec<Option<String>>, String> {
    let column = frame.column(name).map_err(|_| format!("no column is called `{name}`"))?;
    let strings = column.str().map_err(|_| format!("the column `{name}` holds no strings"))?;
    Ok(strings.iter().map(|text| text.map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_parquet_are_refused() {
        let error = read("t.parquet", b"not a table").unwrap_err().to_string();
        assert!(error.starts_with("t.parquet: this is no Parquet table"), "{error}");
    }
}
