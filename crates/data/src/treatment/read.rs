//! A file, read and treated.

use std::path::Path;

use crate::column::Column;
use crate::error::DataError;
use crate::formats::csv::format::CsvFormat;
use crate::formats::format::Format;
use crate::formats::frame::Frame;
use crate::formats::kind::{Kind, Kinds};
use crate::treatment::column::Fault;
use crate::treatment::keys::{Treatment, Treatments};

/// Reads the file or folder at `path` as `format`, with some columns pinned by `kinds`, and treats it.
///
/// # Errors
/// Those of the format; and if there is no column that is to be treated, or a cell is not what is said of it.
pub(crate) fn read_treated(
    format: &Format,
    path: &Path,
    kinds: &Kinds,
    treatments: &Treatments,
    target: Option<&str>,
) -> Result<Frame, DataError> {
    if treatments.is_empty() {
        return format.read(path, kinds);
    }
    if let Some(name) = treatments.keys().find(|&name| kinds.get(name) == Some(&Kind::Ignored)) {
        let message = format!(
            "`{name}` is ignored in [columns], and is to be treated: remove one of the two"
        );
        return Err(mistake(name, None, message));
    }
    let mut as_texts = kinds.clone();
    as_texts.extend(treatments.keys().map(|name| (name.clone(), Kind::Categorical)));
    let mut frame = format.read(path, &as_texts)?;
    let file = path.display().to_string();
    let class = frame.columns.iter().position(|column| Some(column.name()) == target);
    if let Some(class) = class.or(frame.target) {
        // A line of totals has no class: it is left out, or refused for that, whatever its other cells are.
        let treatment = treatments.get(frame.columns[class].name());
        let empty = without_class(&frame.columns[class], treatment, has_decimal_comma(format));
        let others = frame.columns.iter_mut().enumerate().filter(|(i, _)| *i != class);
        others.for_each(|(_, column)| column.forget(&empty));
    }
    let frame = treated(frame, &file, kinds, treatments, has_decimal_comma(format))?;
    Ok(frame.pinned_as(kinds))
}

/// The rows that have no class; a treatment that cannot be is found where the column is treated.
fn without_class(class: &Column, treatment: Option<&Treatment>, decimal_comma: bool) -> Vec<usize> {
    let treat = |treatment: &Treatment| treatment.column(class.clone(), None, decimal_comma).ok();
    match treatment.and_then(treat) {
        Some(columns) => columns.first().map_or_else(Vec::new, Column::missing),
        None => class.missing(),
    }
}

fn has_decimal_comma(format: &Format) -> bool {
    matches!(format, Format::Csv(CsvFormat { decimal_comma: true, .. }))
}

fn treated(
    mut frame: Frame,
    file: &str,
    kinds: &Kinds,
    treatments: &Treatments,
    decimal_comma: bool,
) -> Result<Frame, DataError> {
    let target = frame.target.map(|index| frame.columns[index].name().to_owned());
    // A treatment may make more columns of one.
    if !treatments.is_empty() {
        frame = frame.with_image(None);
    }
    let mut columns = Vec::with_capacity(frame.columns.len());
    for column in std::mem::take(&mut frame.columns) {
        let name = column.name().to_owned();
        let Some(treatment) = treatments.get(&name) else {
            columns.push(column);
            continue;
        };
        let made = treatment.column(column, kinds.get(&name).copied(), decimal_comma);
        columns.extend(made.map_err(|fault| match fault {
            Fault::Cell { row, message } => frame.wrong_row(file, row, message),
            Fault::Key { key, message } => mistake(&name, key, message),
        })?);
    }
    for (name, treatment) in treatments {
        let twice = |part: &&Column| {
            treatment.makes(name, part.name())
                && 1 < columns.iter().filter(|other| other.name() == part.name()).count()
        };
        if let Some(part) = columns.iter().find(twice) {
            let message = format!("there is a column `{}` already", part.name());
            return Err(mistake(name, Some("parts"), message));
        }
    }
    frame.target = target.and_then(|name| columns.iter().position(|c| c.name() == name));
    frame.columns = columns;
    Ok(frame)
}

/// What is wrong with a treatment, to be located in the `dataset.toml`.
fn mistake(column: &str, key: Option<&str>, message: String) -> DataError {
    let keys = ["treat", column].into_iter().chain(key).map(str::to_owned).collect();
    DataError::Described { keys, message }
}
