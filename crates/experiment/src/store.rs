//! The durable store: `results/<experiment>/segments/*.blocks`.
//!
//! Every attempt to run an experiment writes one segment of its own, created exclusively and never reopened: a block for
//! each group of records that are made durable together (`block.rs`), packed and checksummed, in parts of which a
//! command reads those that it needs. A segment of old, `*.jsonl`, has a checksummed line of JSON for each record, which is
//! also how segments are printed:
//!
//! ```text
//! {"blake3":"<16 hexadecimal digits of the record's bytes>","record":{...}}
//! ```
//!
//! Beside them, `runs/*.json` tell what each run was ([`crate::provenance`]).
//!
//! There is no server, and no lock that a result depends on. Any number of processes and machines may
//! write at once; readers take the union of all segments, leave out what is torn, merge what is doubled,
//! and report cells on which two attempts disagree.

mod attempt;
mod between;
mod block;
mod contents;
mod depth;
mod ended;
mod gathered;
mod line;
mod packed;
mod pieces;
mod printed;
mod runs;
mod schema;
#[cfg(test)]
pub(crate) mod tests;
mod watch;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::atomic::random_name;
use crate::claims::at_work;
use crate::record::TrialRecord;
use crate::store::schema::schema;

pub use attempt::Attempt;
pub use contents::Contents;
pub use depth::Depth;
pub(crate) use gathered::Gathered;
pub use printed::print;
pub(crate) use watch::Watch;

/// What the names of segments of blocks end with.
const BLOCKS: &str = "blocks";
/// What those of segments of lines end with.
const LINES: &str = "jsonl";

/// Whether a segment is one of blocks.
fn is_blocks(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == BLOCKS)
}

/// The store of one experiment.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store of the experiment `name` under `results`. Nothing is created yet.
    pub fn new(results: &Path, name: &str) -> Self {
        Store { folder: results.join(name) }
    }

    /// The store in a folder of results that is there already.
    pub fn at(folder: &Path) -> Self {
        Store { folder: folder.to_owned() }
    }

    /// Whether there are segments.
    pub fn exists(&self) -> bool {
        self.segments().is_dir()
    }

    /// The experiment's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn segments(&self) -> PathBuf {
        self.folder.join("segments")
    }

    /// The segments, in the order of their names.
    ///
    /// # Errors
    /// If the folder cannot be read. One that is not there has none.
    pub fn segment_files(&self) -> io::Result<Vec<PathBuf>> {
        let mut paths = files(&self.segments(), BLOCKS)?;
        paths.extend(files(&self.segments(), LINES)?);
        paths.sort();
        Ok(paths)
    }

    /// Reads all segments, and what runs were noted.
    ///
    /// # Errors
    /// If the folder or a file in it cannot be read. A store that does not exist yet is empty.
    pub fn read(&self) -> io::Result<Contents> {
        self.read_to(Depth::Whole)
    }

    /// The same, of each record as much as `depth` says. Which attempts agree is found out from all that was recorded.
    ///
    /// # Errors
    /// As above.
    pub fn read_to(&self, depth: Depth) -> io::Result<Contents> {
        let mut gathered = Gathered::new(depth);
        self.gather(&mut gathered)?;
        let mut contents = gathered.settle()?;
        self.read_runs(&mut contents)?;
        Ok(contents)
    }

    /// Adds all segments to what was gathered before.
    pub(crate) fn gather(&self, gathered: &mut Gathered) -> io::Result<()> {
        for path in self.segment_files()? {
            // Whatever else has such a name, a pipe above all, might never be read to its end.
            if fs::metadata(&path).map_err(|error| at(&path, &error))?.is_file() {
                let segment = File::open(&path).map_err(|error| at(&path, &error))?;
                let read = if is_blocks(&path) {
                    gathered.read_blocks(&path, segment)
                } else {
                    gathered.read_lines(&path, segment)
                };
                read.map_err(|error| at(&path, &error))?;
            } else {
                let shown = path.display();
                gathered
                    .warnings
                    .push(format!("{shown}: this is no ordinary file; it is left out"));
            }
        }
        Ok(())
    }

    /// How many runs are at work in this store, as far as the locks of its file system tell.
    pub fn runs_at_work(&self) -> usize {
        at_work(&self.folder)
    }

    /// A writer with a segment of its own.
    ///
    /// # Errors
    /// If the segment cannot be created.
    pub fn writer(&self) -> io::Result<SegmentWriter> {
        let folder = self.segments();
        fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
        loop {
            let path = folder.join(format!("{:016x}.{BLOCKS}", random_name()));
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Ok(file) => {
                    // The entry in the folder has to survive a crash as well as the file's content.
                    File::open(&folder)
                        .and_then(|opened| opened.sync_all())
                        .map_err(|error| at(&folder, &error))?;
                    return Ok(SegmentWriter { path, file, schema: schema(), cells: 0, bytes: 0 });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(at(&path, &error)),
            }
        }
    }
}

/// The files of `folder` with this extension, in the order of their names.
fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let listed = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
    let mut paths: Vec<PathBuf> = match listed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        listed => listed.map_err(|error| at(folder, &error))?,
    };
    paths.retain(|path| path.extension().is_some_and(|known| known == extension));
    paths.sort();
    Ok(paths)
}

/// The same error with the path it is about.
pub(crate) fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Appends to one segment.
#[derive(Debug)]
pub struct SegmentWriter {
    path: PathBuf,
    file: File,
    schema: String,
    cells: usize,
    bytes: u64,
}

impl SegmentWriter {
    /// Appends the records and makes them durable together: one write, one sync.
    ///
    /// # Errors
    /// If the disk is full or gone; what was committed before stays. If the segment is no longer there.
    pub fn commit(&mut self, records: &[TrialRecord]) -> io::Result<()> {
        let written = packed::blocks(records, &self.schema);
        let blocks = written.map_err(|error| at(&self.path, &error))?;
        self.file.write_all(&blocks).map_err(|error| at(&self.path, &error))?;
        self.cells += records.len();
        self.bytes += blocks.len() as u64;
        self.file.sync_data().map_err(|error| at(&self.path, &error))?;
        self.check()
    }

    /// Whether what was written can be found: an open file takes records after it was deleted.
    ///
    /// # Errors
    /// If the segment is no longer there, or was cut.
    pub fn check(&self) -> io::Result<()> {
        let there = fs::metadata(&self.path).map(|metadata| metadata.len());
        let what = match there {
            Ok(length) if length == self.bytes => return Ok(()),
            Ok(_) => "was changed".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => "was removed".to_owned(),
            Err(error) => format!("cannot be found ({error})"),
        };
        Err(io::Error::other(format!(
            "{} {what} while the run was at work: {} finished cell{} no longer in the store; \
             run the same command again",
            self.path.display(),
            self.cells,
            if self.cells == 1 { " is" } else { "s are" },
        )))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SegmentWriter {
    /// An attempt that finished nothing leaves no file behind.
    fn drop(&mut self) {
        if self.bytes == 0 {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// How long records may wait for others before they are made durable together.
pub(crate) const GROUP_WINDOW: Duration = Duration::from_millis(20);
