//! The data sets that the program carries.

use std::borrow::Cow;
use std::io::Cursor;
use std::path::Path;

use crate::catalogue::Catalogue;
use crate::catalogue::entry::Entry;
use crate::catalogue::starter::FILES;
use crate::column::Column;
use crate::dataset::{ClassLabels, Dataset};
use crate::error::DataError;
use crate::formats::bounds::Bound;
use crate::formats::content::has_extension;
use crate::formats::csv::format::CsvFormat;
use crate::formats::image_folder::decoded;
use crate::formats::kind::Kinds;
use crate::formats::labelled::{LabelledTable, TARGET};
use crate::formats::labels::Unlabelled;
use crate::formats::picture::Picture;
use crate::formats::windows::WindowsFormat;
use crate::formats::{boxes, csv, images, parquet};

pub(super) fn load(entry: &Entry) -> Result<Dataset, DataError> {
    let file = entry.file.as_deref().unwrap_or_default();
    if let Some(windows) = &entry.windows {
        regions(entry, windows)
    } else if let Some(parent) = &entry.parent {
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

/// `entry` with the roles of the columns that windows have.
pub(super) fn with_roles(entry: Entry) -> Entry {
    match &entry.windows {
        Some(windows) => Entry { roles: windows.regions().beside(&entry.roles), ..entry },
        None => entry,
    }
}

/// The pictures in the folder of an entry.
pub(super) fn pictures(entry: &Entry) -> Result<Vec<Picture>, DataError> {
    let folder = entry.file.as_deref().unwrap_or_default();
    let of_folder = |(file, bytes): &(&'static str, &'static [u8])| {
        let name = file.strip_prefix(folder)?.strip_prefix('/')?;
        has_extension(Path::new(name), "png").then_some((*file, name, *bytes))
    };
    let read = |(file, name, bytes): (&str, &str, &[u8])| {
        let image = decoded(Cursor::new(bytes), None, usize::MAX)
            .map_err(|message| DataError::Binary { file: file.to_owned(), message })?;
        Ok(Picture { name: name.to_owned(), image })
    };
    FILES.iter().filter_map(of_folder).map(read).collect()
}

/// Windows over the pictures of an entry.
fn regions(entry: &Entry, windows: &WindowsFormat) -> Result<Dataset, DataError> {
    let folder = entry.file.as_deref().unwrap_or_default();
    let mut truth = Vec::new();
    for name in windows.boxes.iter() {
        let file = format!("{folder}/{name}");
        let bytes = embedded(&file)?;
        truth.extend(boxes::csv::read(&file, bytes, Bound::of(bytes.len()))?);
    }
    let failed = |message| DataError::Binary { file: folder.to_owned(), message };
    let frame = windows.cut_frame(&pictures(entry)?, truth.clone()).map_err(failed)?;
    let mut table = frame.table(folder, None, Unlabelled::Refuse)?;
    let keys = windows.regions();
    let (labels, ignored) = keys.labels(&table.labels)?;
    table.labels = labels;
    keys.placed(entry.dataset(table), ignored, &truth)
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
        objects: None,
    })
}
