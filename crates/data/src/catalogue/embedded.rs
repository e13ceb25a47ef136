//! The data sets that the program carries.

use std::borrow::Cow;

use crate::catalogue::Catalogue;
use crate::catalogue::entry::Entry;
use crate::catalogue::starter::FILES;
use crate::column::Column;
use crate::dataset::{ClassLabels, Dataset};
use crate::error::DataError;
use crate::formats::bounds::Bound;
use crate::formats::csv::format::CsvFormat;
use crate::formats::kind::Kinds;
use crate::formats::labelled::{LabelledTable, TARGET};
use crate::formats::labels::Unlabelled;
use crate::formats::{csv, images, parquet};

pub(super) fn load(entry: &Entry) -> Result<Dataset, DataError> {
    let file = entry.file.as_deref().unwrap_or_default();
    if let Some(parent) = &entry.parent {
        // A data folder may hide the parent; the task is cut from the one that is carried.
        Ok(cut(entry, Catalogue::embedded().load(parent)?.as_ref()))
    } else if entry.is_image() {
        let read = |name: &str| embedded(&format!("{file}/{name}")).map(Cow::Borrowed);
        let table = images::read(file, read, &images::FASHION)?;
        Ok(entry.dataset(table))
    } else {
        Ok(entry.dataset(table(file)?))
    }
}

fn embedded(file: &str) -> Result<&'static [u8], DataError> {
    let found = FILES.iter().find(|(name, _)| *name == file);
    let missing =
        || DataError::Binary { file: file.to_owned(), message: "it is not embedded".to_owned() };
    found.map(|(_, bytes)| *bytes).ok_or_else(missing)
}

fn table(file: &str) -> Result<LabelledTable, DataError> {
    let bytes = embedded(file)?;
    let (kinds, bound) = (Kinds::new(), Bound::of(bytes.len()));
    let frame = match file.rsplit_once('.') {
        Some((_, "csv")) => csv::read(file, bytes, &CsvFormat::default(), &kinds, bound)?,
        _ => parquet::read(file, bytes, &kinds, bound)?,
    };
    frame.table(file, Some(TARGET), Unlabelled::Refuse)
}

/// A binary task: some classes of the parent against others.
fn cut(entry: &Entry, parent: &Dataset) -> Dataset {
    let is_in = |classes: &[String], row: usize| {
        let class = &parent.classes[parent.targets[row] as usize];
        classes.contains(class)
    };
    let is_positive = |row: &usize| is_in(&entry.positives, *row);
    let is_negative = |row: &usize| entry.negatives.is_empty() || is_in(&entry.negatives, *row);
    let rows: Vec<usize> =
        (0..parent.targets.len()).filter(|row| is_positive(row) || is_negative(row)).collect();
    let columns: Vec<Column> = parent.columns.iter().map(|column| column.keep(&rows)).collect();
    let label = |row: &usize| if is_positive(row) { "positive" } else { "negative" };
    let labels = ClassLabels::of(rows.iter().map(label));
    let image = parent.image;
    entry.dataset(LabelledTable {
        columns,
        labels,
        unlabelled: Vec::new(),
        truths: Vec::new(),
        image,
        part: None,
    })
}
