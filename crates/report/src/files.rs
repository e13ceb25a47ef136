//! The tables of an experiment as files.

use std::path::{Path, PathBuf};

use experiment::labels::Labels;
use experiment::record::TrialRecord;
use polars::prelude::{DataFrame, PolarsResult};
use polars_io::SerWriter;
use polars_io::csv::write::CsvWriter;
use polars_io::parquet::write::{ParquetCompression, ParquetWriter};

use crate::atomic;
use crate::error::ReportError;
use crate::frames::{timings, trials};

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

/// Writes `trials.parquet`, `trials.csv` (reproducible columns only: see [`trials`]) and
/// `timings.parquet` into `folder`, which is created if it is not there. Each file is replaced as a
/// whole.
///
/// In the CSV, missing values are empty and numbers have the fewest digits that give them back.
///
/// # Errors
/// If the folder or a file cannot be written, but for a folder that may only be read.
pub fn write_tables(
    folder: &Path,
    records: &[&TrialRecord],
    labels: &Labels,
) -> Result<Written, ReportError> {
    let mut trials = table(folder, "trials.parquet", trials(records, labels))?;
    let mut timings = table(folder, "timings.parquet", timings(records))?;
    let csv = table(folder, "trials.csv", csv(&mut trials))?;
    let files = [
        ("trials.parquet", table(folder, "trials.parquet", parquet(&mut trials))?),
        ("timings.parquet", table(folder, "timings.parquet", parquet(&mut timings))?),
        ("trials.csv", csv),
    ];
    let write = || {
        atomic::create_folder(folder)?;
        files.iter().try_for_each(|(name, bytes)| atomic::write(folder, name, bytes))
    };
    let read_only = match write() {
        Err(error) if error.is_read_only() => Some(error),
        written => written.map(|()| None)?,
    };
    let digest = blake3::hash(&files[2].1).to_hex().to_string();
    Ok(Written { n_trials: trials.height(), digest, read_only })
}

fn table<T>(folder: &Path, name: &str, made: PolarsResult<T>) -> Result<T, ReportError> {
    let path = || -> PathBuf { folder.join(name) };
    made.map_err(|source| ReportError::Table { path: path(), source })
}

fn csv(frame: &mut DataFrame) -> PolarsResult<Vec<u8>> {
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes).include_header(true).finish(frame)?;
    Ok(bytes)
}

fn parquet(frame: &mut DataFrame) -> PolarsResult<Vec<u8>> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .finish(frame)?;
    Ok(bytes)
}
