//! What other runs finish in a store while this one is at work.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::between::Between;
use super::block::{Found, Scan};
use super::depth::Depth;
use super::line::Parser;
use super::packed::Decoder;
use super::schema::schema;
use super::{Contents, Store, is_blocks};
use crate::cell_id::CellId;

/// The cells that were recorded since the store was read.
#[derive(Debug)]
pub(crate) struct Watch {
    store: Store,
    /// How far each segment was read.
    read_to: BTreeMap<PathBuf, u64>,
    finished: BTreeSet<CellId>,
}

impl Watch {
    /// Watches for what is not in `known`, but for the segment `own`.
    pub(crate) fn new(store: &Store, known: &Contents, own: &Path) -> Self {
        let mut read_to = known.read_to.clone();
        read_to.insert(own.to_owned(), u64::MAX);
        Watch { store: store.clone(), read_to, finished: BTreeSet::new() }
    }

    /// Reads what is new. What cannot be read may be run twice.
    pub(crate) fn look(&mut self) {
        for path in self.store.segment_files().unwrap_or_default() {
            let read_to = self.read_to.entry(path.clone()).or_default();
            if is_blocks(&path) {
                drop(new_blocks(&path, read_to, &mut self.finished));
            } else if let Ok(bytes) = new_bytes(&path, *read_to) {
                // What stands behind the last end of a line is still being written.
                let between = Between::default();
                let mut parser = Parser::new(Depth::End, &between);
                let lines = bytes.split_inclusive(|&byte| byte == b'\n');
                for line in lines.filter(|line| line.ends_with(b"\n")) {
                    *read_to += line.len() as u64;
                    self.finished.extend(parser.parse(line).map(|record| record.trial.id));
                }
            }
        }
    }

    pub(crate) fn is_finished(&self, cell: CellId) -> bool {
        self.finished.contains(&cell)
    }
}

fn new_bytes(path: &Path, from: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let metadata = path.metadata()?;
    if metadata.is_file() && metadata.len() > from {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        file.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Adds the cells of whole blocks behind the byte `read_to`, which goes on with them; a block that is none yet is still
/// being written.
fn new_blocks(path: &Path, read_to: &mut u64, finished: &mut BTreeSet<CellId>) -> io::Result<()> {
    let metadata = path.metadata()?;
    if !metadata.is_file() || metadata.len() <= *read_to {
        return Ok(());
    }
    let (between, schema) = (Between::default(), schema());
    let mut decoder = Decoder::new(path, Depth::End, &schema, &between)?;
    let mut scan = Scan::new(File::open(path)?, *read_to)?;
    while let Some(found) = scan.next()? {
        if let Found::Block(block) = found {
            let records = decoder.decode(&block).unwrap_or_default().into_iter();
            finished.extend(records.filter_map(|decoded| Some(decoded.ok()?.0.trial.id)));
            *read_to = block.end;
        }
    }
    Ok(())
}
