//! The tables of an experiment as files. Those that are there already are not made again.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use experiment::atomic::Replacement;
use experiment::labels::Labels;
use experiment::record::TrialRecord;
use polars_io::parquet::write::{BatchedWriter, ParquetCompression, ParquetWriter};
use rayon::prelude::*;

use crate::atomic;
use crate::columns::{Column, append, csv_header, csv_rows, frame};
use crate::error::ReportError;
use crate::frames::Rows;
use crate::kept::Kept;

/// The table of which the digest is shown.
pub(crate) const CSV: &str = "trials.csv";
/// Records of which there are columns at a time: a million of them in other form would not fit beside the records.
const CHUNK: usize = 1 << 17;
/// Records that a thread makes rows of at a time: few enough to stay in its cache while each column looks at them.
const BLOCK: usize = 1 << 8;
/// Blocks whose rows wait to be written.
const WAITING: usize = 64;

/// What [`write_tables`] wrote.
#[derive(Debug)]
pub struct Written {
    /// Rows of each table.
    pub n_trials: usize,
    /// The BLAKE3 hash of `trials.csv`, 64 hexadecimal digits: equal for equal results.
    pub digest: String,
    /// Why the files are not what they should be, in a folder that may only be read. Files that hold the tables already
    /// need no writing.
    pub read_only: Option<ReportError>,
}

/// Writes `trials.parquet`, `trials.csv` (reproducible columns only: see [`crate::trials`]) and
/// `timings.parquet` into `folder`, which is created if it is not there. Each file is replaced as a
/// whole.
///
/// `recorded` is a digest of all that was recorded of the `records`. Where it is given, `tables.json` notes what the files were
/// made of and what they hold, and files that hold the tables of the same records are left alone.
///
/// In the CSV, missing values are empty and numbers have the fewest digits that give them back.
///
/// # Errors
/// If the folder or a file cannot be written, but for a folder that may only be read.
pub fn write_tables(
    folder: &Path,
    records: &[&TrialRecord],
    labels: &Labels,
    recorded: Option<&str>,
) -> Result<Written, ReportError> {
    let rows = Rows::of(records, labels);
    let made_of = recorded.map(|recorded| made_of(&rows, labels, recorded));
    if let Some(written) = made_of.as_deref().and_then(|made_of| kept(folder, &rows, made_of)) {
        return Ok(written);
    }
    let mut failures = Vec::from_iter(atomic::create_folder(folder).err());
    let mut csv = Sheet::of(folder, CSV);
    let mut parquet = ["trials.parquet", "timings.parquet"].map(|name| Sheet::of(folder, name));
    let [trials, timings] = &mut parquet;
    csv.take(&csv_header(&rows.trial_columns(0..0)));
    let mut trials = Parquet::new(trials, &rows.trial_columns(0..0))?;
    let mut timings = Parquet::new(timings, &rows.timing_columns(0..0))?;
    for chunk in cut(0..records.len(), CHUNK) {
        let (mut of_trials, mut of_timings) = (rows.trial_columns(0..0), rows.timing_columns(0..0));
        for waiting in cut(chunk.clone(), BLOCK * WAITING) {
            let blocks: Vec<Range<usize>> = cut(waiting, BLOCK).collect();
            let made = blocks.into_par_iter().map(|block| {
                let columns = rows.trial_columns(block.clone());
                (csv_rows(block.len(), &columns), columns, rows.timing_columns(block))
            });
            for (lines, trials, timings) in made.collect::<Vec<_>>() {
                csv.take(&lines);
                append(&mut of_trials, trials);
                append(&mut of_timings, timings);
            }
        }
        trials.add(chunk.len(), &of_trials)?;
        timings.add(chunk.len(), &of_timings)?;
    }
    trials.finish()?;
    timings.finish()?;
    let sheets: Vec<Sheet> = parquet.into_iter().chain([csv]).collect();
    let files: BTreeMap<String, String> = sheets.iter().map(Sheet::noted).collect();
    let digest = files[CSV].clone();
    failures.extend(sheets.into_iter().filter_map(|sheet| sheet.finish().err()));
    if let (Some(made_of), true) = (made_of, failures.is_empty()) {
        failures.extend(Kept { made_of, files }.keep(folder).err());
    }
    let read_only = match failures.into_iter().next() {
        Some(error) if !error.is_read_only() => return Err(error),
        read_only => read_only,
    };
    Ok(Written { n_trials: records.len(), digest, read_only })
}

/// What [`write_tables`] would say if the files are there already; of the `records`, no classes need have been read.
pub fn tables_there(
    folder: &Path,
    records: &[&TrialRecord],
    labels: &Labels,
    recorded: &str,
) -> Option<Written> {
    let rows = Rows::of(records, labels);
    kept(folder, &rows, &made_of(&rows, labels, recorded))
}

fn kept(folder: &Path, rows: &Rows<'_>, made_of: &str) -> Option<Written> {
    let digest = Kept::digest(folder, made_of)?;
    Some(Written { n_trials: rows.records.len(), digest, read_only: None })
}

/// A digest of what the files of these rows are made of: the records, what is written on the axes, and how this program
/// writes: the names of the columns, and the first rows, but for the classes of test parts, which may not have been read.
fn made_of(rows: &Rows<'_>, labels: &Labels, recorded: &str) -> String {
    let first: Vec<TrialRecord> = rows.records.iter().take(BLOCK).copied().map(brief).collect();
    let first = Rows::of(&first.iter().collect::<Vec<_>>(), labels);
    let mut hasher = blake3::Hasher::new_derive_key("longtail tables v1");
    hasher.update(recorded.as_bytes());
    for label in rows.written.iter().flatten() {
        hasher.update(label.as_deref().unwrap_or_default().as_bytes());
        hasher.update(b"\n");
    }
    let n_first = first.records.len();
    hasher.update(&csv_header(&rows.trial_columns(0..0)));
    hasher.update(&csv_rows(n_first, &first.trial_columns(0..n_first)));
    hasher.update(&csv_header(&rows.timing_columns(0..0)));
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// The record without the classes of its test parts.
fn brief(record: &TrialRecord) -> TrialRecord {
    let mut record = record.clone();
    record.trial.results.iter_mut().for_each(|results| results.make_brief());
    record
}

/// `all`, cut into pieces of `size`; the last may be shorter.
fn cut(all: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let end = all.end;
    all.step_by(size).map(move |start| start..end.min(start + size))
}

/// A file of a table on its way. Where it cannot be written, the rest of it is made all the same: what it would hold is
/// what its digest is of.
struct Sheet {
    path: PathBuf,
    hasher: blake3::Hasher,
    file: io::Result<Replacement>,
}

impl Sheet {
    fn of(folder: &Path, name: &str) -> Self {
        let path = folder.join(name);
        let file = Ok(Replacement::of(&path));
        Sheet { path, hasher: blake3::Hasher::new(), file }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        if let Ok(file) = &mut self.file
            && let Err(error) = file.write_all(bytes)
        {
            self.file = Err(error);
        }
    }

    /// Its name, and the digest of what it holds.
    fn noted(&self) -> (String, String) {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name, self.hasher.finalize().to_hex().to_string())
    }

    fn finish(self) -> Result<(), ReportError> {
        let finished = self.file.and_then(Replacement::finish);
        finished.map_err(|source| ReportError::Write { path: self.path, source })
    }
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A Parquet file, which is written one chunk of rows after the other.
struct Parquet<'s> {
    path: PathBuf,
    writer: BatchedWriter<BufWriter<&'s mut Sheet>>,
}

impl<'s> Parquet<'s> {
    /// With the columns of `none`, which have no rows.
    fn new(sheet: &'s mut Sheet, none: &[Column<'_>]) -> Result<Self, ReportError> {
        let path = sheet.path.clone();
        let begun = frame(0, none).and_then(|frame| {
            ParquetWriter::new(BufWriter::new(sheet))
                .with_compression(ParquetCompression::Snappy)
                .batched(frame.schema())
        });
        let writer = begun.map_err(|source| ReportError::Table { path: path.clone(), source })?;
        Ok(Parquet { path, writer })
    }

    fn add(&mut self, n_rows: usize, columns: &[Column<'_>]) -> Result<(), ReportError> {
        let written = frame(n_rows, columns).and_then(|frame| self.writer.write_batch(&frame));
        written.map_err(|source| ReportError::Table { path: self.path.clone(), source })
    }

    fn finish(self) -> Result<(), ReportError> {
        let finished = self.writer.finish();
        finished.map(|_| ()).map_err(|source| ReportError::Table { path: self.path, source })
    }
}
