//! NumPy's `.npz`: a zip archive, stored or deflated, of arrays ([`npy`]) with names.
//!
//! ```text
//! zip of `NAME.npy`, one an array
//! ```
//!
//! One array holds the features, a row an example (of images, say, the later axes are flattened),
//! another the classes. Strings are read as the cells of a text table are, for NumPy makes strings
//! of all columns if one holds some: a column is numeric if every string of it is a number, and the
//! empty string, `nan` and `None` are missing.
//!
//! An array may have at most [`Bound::bytes`]. They are counted as they come out: what the
//! archive says of sizes is not trusted. Other files in the archive are left alone.
//!
//! Source: the documentation of `numpy.savez`.

use std::io::Cursor;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::column::Column;
use crate::error::DataError;
use crate::formats::bounds::{self, Bound};
use crate::formats::cells::number::CellReading;
use crate::formats::cells::texts::Texts;
use crate::formats::frame::Frame;
use crate::formats::kind::Kinds;
use crate::formats::npy::{self, ArrayValues, NpyArray};
use crate::formats::truths;
use crate::image_shape::ImageShape;

/// The arrays of an NPZ file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NpzFormat {
    /// The array of features, one row an example.
    pub features: String,
    /// The array of labels.
    pub labels: String,
}

/// Strings that stand for a missing value.
const MISSING: [&str; 3] = ["", "nan", "None"];

/// The names of the arrays in `bytes`, in the order of the file; `file` is named in errors.
pub(crate) fn names(file: &str, bytes: &[u8]) -> Result<Vec<String>, DataError> {
    names_in(&open(bytes).map_err(failed(file))?).map_err(failed(file))
}

/// The array called `name`.
pub(crate) fn array(
    file: &str,
    bytes: &[u8],
    name: &str,
    bound: Bound,
) -> Result<NpyArray, DataError> {
    let content = content(bytes, name, bound.bytes()).map_err(failed(file))?;
    npy::read(&format!("{file}/{name}.npy"), &content, bound)
}

/// The rows of the array `features` as columns `x1`, `x2`, ... and, last, the array `labels` as the
/// column `label`.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    features: &str,
    labels: &str,
    bound: Bound,
) -> Result<Frame, DataError> {
    let x = array(file, bytes, features, bound)?;
    let y = array(file, bytes, labels, bound)?;
    frame(x, features, &y, labels, bound).map_err(failed(file))
}

fn failed(file: &str) -> impl Fn(String) -> DataError {
    move |message| DataError::Binary { file: file.to_owned(), message }
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn open(bytes: &[u8]) -> Result<Archive<'_>, String> {
    ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| format!("this is no zip archive, which `.npz` is ({error})"))
}

fn names_in(archive: &Archive<'_>) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for name in archive.file_names() {
        let name = name.map_err(|error| format!("a name in the archive is damaged ({error})"))?;
        names.extend(name.strip_suffix(".npy").map(str::to_owned));
    }
    Ok(names)
}

fn content(bytes: &[u8], name: &str, limit: usize) -> Result<Vec<u8>, String> {
    let mut archive = open(bytes)?;
    let names = names_in(&archive)?;
    let entry = match archive.by_name(&format!("{name}.npy")) {
        Ok(entry) => entry,
        Err(ZipError::FileNotFound) if names.is_empty() => {
            return Err(format!("there is no array `{name}`, nor any other"));
        }
        Err(ZipError::FileNotFound) => {
            return Err(format!("there is no array `{name}`; there are `{}`", names.join("`, `")));
        }
        Err(error) => return Err(format!("the array `{name}` cannot be read ({error})")),
    };
    bounds::read_all(entry, limit)
        .map_err(|message| format!("the array `{name}` cannot be read: {message}"))
}

/// The columns of an array of at least two axes; those after the first follow each other.
pub(crate) fn columns(x: NpyArray, features: &str, bound: Bound) -> Result<Vec<Column>, String> {
    if x.shape.len() == 1 {
        let needed = "rows and columns are needed";
        return Err(format!("the features `{features}` have one axis: {needed}"));
    }
    if x.shape.contains(&0) {
        return Err(format!("the features `{features}` have the shape {:?}: no values", x.shape));
    }
    let n_columns = x.shape[1..].iter().product();
    bounds::at_most(n_columns, bounds::MAX_COLUMNS, "columns")
        .map_err(|message| format!("the features `{features}`: {message}"))?;
    match x.values {
        ArrayValues::Numbers(values) => numeric(&values, n_columns, features),
        ArrayValues::Texts(values) => mixed(&values, n_columns, bound),
    }
}

fn frame(
    x: NpyArray,
    features: &str,
    y: &NpyArray,
    labels: &str,
    bound: Bound,
) -> Result<Frame, String> {
    let n_rows = x.shape[0];
    let image = ImageShape::of_item(&x.shape[1..]);
    let mut columns = columns(x, features, bound)?;
    if y.shape[1..].iter().any(|&size| size != 1) {
        return Err(format!("the labels `{labels}` have the shape {:?}, not one axis", y.shape));
    }
    if y.shape[0] != n_rows {
        return Err(format!(
            "the features `{features}` have {n_rows} rows, the labels `{labels}` have {}",
            y.shape[0]
        ));
    }
    columns.push(classes(y, labels)?);
    let target = Some(columns.len() - 1);
    let mut frame = Frame::inferred(columns, &Kinds::new(), None);
    frame.target = target;
    Ok(frame.with_image(image))
}

fn name(column: usize) -> String {
    format!("x{}", column + 1)
}

fn numeric(values: &[f64], n_columns: usize, features: &str) -> Result<Vec<Column>, String> {
    if let Some(at) = values.iter().position(|value| value.is_infinite()) {
        return Err(format!(
            "the features `{features}` hold {} in row {}, column {} (from 0): NaN is missing, other \
             values must be finite",
            values[at],
            at / n_columns,
            at % n_columns
        ));
    }
    let column = |column| Column::Numeric {
        name: name(column),
        values: values.iter().skip(column).step_by(n_columns).copied().collect(),
    };
    Ok((0..n_columns).into_par_iter().map(column).collect())
}

fn mixed(values: &Texts, n_columns: usize, bound: Bound) -> Result<Vec<Column>, String> {
    let names: Vec<String> = (0..n_columns).map(name).collect();
    let missing = MISSING.map(str::to_owned);
    let reading = CellReading { missing: &missing, decimal_comma: false, bound };
    values.columns(&names, &vec![None; n_columns], &reading).map_err(|wrong| wrong.message)
}

/// The class of every row.
fn classes(y: &NpyArray, labels: &str) -> Result<Column, String> {
    let refused = |class: &str, row: usize| {
        Err(format!(
            "the labels `{labels}` hold `{class}` in row {row} (from 0), which is no class"
        ))
    };
    let name = "label".to_owned();
    match &y.values {
        ArrayValues::Numbers(values) if y.is_truths => {
            Ok(Column::from_texts(name, values.iter().map(|x| Some(truths::of(*x)))))
        }
        ArrayValues::Numbers(numbers) => {
            match numbers.iter().position(|number| !number.is_finite()) {
                Some(row) => refused(&numbers[row].to_string(), row),
                // Zero is added because -0 is the same class as 0.
                None => Ok(Column::from_numbers(
                    name,
                    &numbers.iter().map(|x| x + 0.0).collect::<Vec<_>>(),
                )),
            }
        }
        ArrayValues::Texts(texts) => match texts.iter().position(str::is_empty) {
            Some(row) => refused("", row),
            None => Ok(Column::from_texts(name, texts.iter().map(Some))),
        },
    }
}

#[cfg(test)]
mod tests;
