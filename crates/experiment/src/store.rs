//! The durable store: `results/<experiment>/segments/*.jsonl`.
//!
//! Every attempt to run an experiment writes one segment of its own, created exclusively and never
//! reopened, one checksummed JSON line for each finished cell:
//!
//! ```text
//! {"blake3":"<16 hexadecimal digits of the record's bytes>","record":{...}}
//! ```
//!
//! There is no lock and no server. Any number of processes and machines may write at once; readers
//! take the union of all segments, leave out what is torn, merge what is doubled, and report cells
//! on which two attempts disagree.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::identity::CellId;
use crate::record::TrialRecord;

/// The store of one experiment.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// What the segments hold together.
#[derive(Debug, Default)]
pub struct Contents {
    /// One record a cell.
    pub records: BTreeMap<CellId, TrialRecord>,
    /// What was left out, merged or contradictory, each in one sentence.
    pub warnings: Vec<String>,
    /// Cells for which two attempts have different results.
    pub disagreements: Vec<CellId>,
}

/// A line as it is read: the record is checked before it is parsed.
#[derive(Deserialize)]
struct Line<'a> {
    blake3: String,
    #[serde(borrow)]
    record: &'a RawValue,
}

#[derive(Serialize)]
struct NewLine<'a> {
    blake3: String,
    record: &'a RawValue,
}

impl Store {
    /// The store of the experiment `name` under `results`. Nothing is created yet.
    pub fn new(results: &Path, name: &str) -> Self {
        Store { folder: results.join(name) }
    }

    /// The experiment's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn segments(&self) -> PathBuf {
        self.folder.join("segments")
    }

    /// Reads all segments.
    ///
    /// # Errors
    /// If the folder or a file in it cannot be read. A store that does not exist yet is empty.
    pub fn read(&self) -> io::Result<Contents> {
        let folder = self.segments();
        let mut paths = match fs::read_dir(&folder) {
            Ok(entries) => entries.map(|e| e.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contents::default()),
            Err(error) => return Err(at(&folder, &error)),
        };
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        paths.sort();
        let mut contents = Contents::default();
        for path in &paths {
            let bytes = fs::read(path).map_err(|error| at(path, &error))?;
            contents.add_segment(path, &bytes);
        }
        Ok(contents)
    }

    /// A writer with a segment of its own.
    ///
    /// # Errors
    /// If the segment cannot be created.
    pub fn writer(&self) -> io::Result<SegmentWriter> {
        let folder = self.segments();
        fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
        loop {
            let path = folder.join(format!("{:016x}.jsonl", random_name()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    // The entry in the folder has to survive a crash as well as the file's content.
                    File::open(&folder)?.sync_all()?;
                    return Ok(SegmentWriter { path, file, written: false });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(at(&path, &error)),
            }
        }
    }
}

/// A name that no other attempt has; it is never part of a result.
pub(crate) fn random_name() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}

/// The same error with the path it is about.
pub(crate) fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

impl Contents {
    fn add_segment(&mut self, path: &Path, bytes: &[u8]) {
        let shown = path.display();
        let mut rest = bytes;
        let mut number = 0;
        while !rest.is_empty() {
            number += 1;
            let Some(length) = rest.iter().position(|&byte| byte == b'\n') else {
                self.warnings.push(format!(
                    "{shown}:{number}: the last line is cut off, as after a crash; its cell will be run again"
                ));
                return;
            };
            match parse(&rest[..length]) {
                Ok(record) => self.add(record, &format!("{shown}:{number}")),
                Err(reason) => self.warnings.push(format!(
                    "{shown}:{number}: {reason}; the line is left out and its cell will be run again"
                )),
            }
            rest = &rest[length + 1..];
        }
    }

    fn add(&mut self, record: TrialRecord, place: &str) {
        let id = record.trial.id;
        match self.records.get(&id) {
            None => {
                self.records.insert(id, record);
            }
            Some(earlier) if earlier.trial == record.trial => {}
            Some(earlier) => {
                self.warnings.push(format!(
                    "{place}: the cell {} has another result than in an earlier segment ({} there, {} here); \
                     `longtail replay {}` tells which one this machine gives",
                    id.short(),
                    earlier.trial.outcome.name(),
                    record.trial.outcome.name(),
                    id.short(),
                ));
                if !self.disagreements.contains(&id) {
                    self.disagreements.push(id);
                }
            }
        }
    }
}

fn parse(line: &[u8]) -> Result<TrialRecord, String> {
    let line: Line<'_> =
        serde_json::from_slice(line).map_err(|error| format!("this is no record ({error})"))?;
    if checksum(line.record.get()) != line.blake3 {
        return Err("the checksum does not fit the record".to_owned());
    }
    serde_json::from_str(line.record.get())
        .map_err(|error| format!("this record is of another version of the program ({error})"))
}

fn checksum(record: &str) -> String {
    blake3::hash(record.as_bytes()).to_hex()[..16].to_owned()
}

/// One record as a line of a segment, with its newline.
pub(crate) fn line(record: &TrialRecord) -> String {
    let json = serde_json::to_string(record).expect("records are plain data");
    let raw = RawValue::from_string(json).expect("serde_json writes JSON");
    let line = NewLine { blake3: checksum(raw.get()), record: &raw };
    serde_json::to_string(&line).expect("lines are plain data") + "\n"
}

/// Appends to one segment.
#[derive(Debug)]
pub struct SegmentWriter {
    path: PathBuf,
    file: File,
    written: bool,
}

impl SegmentWriter {
    /// Appends the records and makes them durable together: one write, one sync.
    ///
    /// # Errors
    /// If the disk is full or gone. What was committed before stays.
    pub fn commit(&mut self, records: &[TrialRecord]) -> io::Result<()> {
        let lines: String = records.iter().map(line).collect();
        self.file.write_all(lines.as_bytes()).map_err(|error| at(&self.path, &error))?;
        self.written = true;
        self.file.sync_data().map_err(|error| at(&self.path, &error))
    }
}

impl Drop for SegmentWriter {
    /// An attempt that finished nothing leaves no file behind.
    fn drop(&mut self) {
        if !self.written {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// How long records may wait for others before they are made durable together.
pub(crate) const GROUP_WINDOW: Duration = Duration::from_millis(20);
