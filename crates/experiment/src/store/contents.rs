//! What the segments of a store hold together, whatever the order in which they are read.
//!
//! ```text
//! no attempt has results                      a failed cell
//! all attempts with results have the same     that result, of the one that measured most; what failed is forgotten
//! two attempts have different results         a disagreement: neither counts, and both are named
//! ```

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::line::Parser;
use crate::cell_id::CellId;
use crate::provenance::Provenance;
use crate::record::{Outcome, Reproducible, Timings, TrialRecord};

/// Bytes of a segment that are parsed at once; in tests so few that a record is longer.
const BLOCK: u64 = if cfg!(test) { 1000 } else { 32 << 20 };

/// What the segments hold together.
#[derive(Debug, Default)]
pub struct Contents {
    /// One record a cell, of the cells whose attempts agree. They are large, and stay where they were parsed.
    pub records: BTreeMap<CellId, Box<TrialRecord>>,
    /// What was left out or is contradictory, each in one sentence.
    pub warnings: Vec<String>,
    /// Cells whose attempts have different results, with one attempt of each.
    pub disagreements: BTreeMap<CellId, Vec<Attempt>>,
    /// The runs that were noted, the first begun first.
    pub runs: Vec<Provenance>,
    /// How far each segment was read.
    pub(super) read_to: BTreeMap<PathBuf, u64>,
}

impl Contents {
    /// Whether the cell was finished, with one result or with several.
    pub fn holds(&self, id: &CellId) -> bool {
        self.records.contains_key(id) || self.disagreements.contains_key(id)
    }
}

/// A record and where it stands.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The record.
    pub record: Box<TrialRecord>,
    segment: Arc<Path>,
    line: usize,
}

impl Attempt {
    /// `segment:line`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.segment.display(), self.line)
    }

    /// Whether it tells what `other` tells, and is the one of the two to be kept. Of equal ones that decides about timings
    /// alone; no name of a file decides even those.
    fn goes_before(&self, other: &Attempt) -> bool {
        let (own, others) = (&self.record.trial, &other.record.trial);
        if own == others {
            return !quicker(&other.record.timings, &self.record.timings);
        }
        let bare = |trial: &Reproducible| Reproducible { results: None, ..trial.clone() };
        own.measures_all_of(others) && bare(own) == bare(others)
    }

    fn failed(&self) -> bool {
        matches!(self.record.trial.outcome, Outcome::Failed { .. })
    }

    fn described(&self) -> String {
        let Timings { version, host, .. } = &self.record.timings;
        let outcome = self.record.trial.outcome.name();
        format!("{outcome} in {} (version {version}, {host})", self.place())
    }
}

/// All attempts that differ, as they are read.
#[derive(Default)]
pub(crate) struct Gathered {
    attempts: BTreeMap<CellId, Vec<Attempt>>,
    read_to: BTreeMap<PathBuf, u64>,
    pub(crate) warnings: Vec<String>,
}

impl Gathered {
    /// Reads a segment block by block, so that one of any size takes the memory of its records alone; the lines of a block
    /// are parsed in parallel.
    pub(super) fn read_segment(&mut self, path: &Path, mut segment: impl Read) -> io::Result<()> {
        let place: Arc<Path> = path.into();
        let (mut block, mut n_lines, mut read_to) = (Vec::new(), 0, 0);
        loop {
            let n_read = segment.by_ref().take(BLOCK).read_to_end(&mut block)?;
            let end = block.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
            n_lines += self.add_lines(&place, n_lines, &block[..end]);
            read_to += end as u64;
            block.drain(..end);
            if n_read == 0 {
                break;
            }
        }
        self.read_to.insert(path.to_owned(), read_to);
        if !block.is_empty() {
            self.warnings.push(format!(
                "{}:{}: the last line is cut off, as after a crash; its cell will be run again",
                path.display(),
                n_lines + 1
            ));
        }
        Ok(())
    }

    /// Adds whole lines, of which `before` stand above them in the segment; how many they are.
    fn add_lines(&mut self, segment: &Arc<Path>, before: usize, bytes: &[u8]) -> usize {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
        let parsed: Vec<_> = lines
            .par_iter()
            .map_init(Parser::default, |parser, line| parser.parse(&line[..line.len() - 1]))
            .collect();
        for (i, parsed) in parsed.into_iter().enumerate() {
            let line = before + i + 1;
            match parsed {
                Ok(record) => self.add(Attempt { record, segment: Arc::clone(segment), line }),
                Err(reason) => self.warnings.push(format!(
                    "{}:{line}: {reason}; the line is left out and its cell will be run again",
                    segment.display()
                )),
            }
        }
        lines.len()
    }

    fn add(&mut self, attempt: Attempt) {
        let attempts = self.attempts.entry(attempt.record.trial.id).or_default();
        if !attempts.iter().any(|other| other.goes_before(&attempt)) {
            attempts.retain(|other| !attempt.goes_before(other));
            attempts.push(attempt);
        }
    }

    /// Forgets the cells that are not `wanted`.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&CellId) -> bool) {
        self.attempts.retain(|id, _| wanted(id));
    }

    /// Settles what can be settled.
    pub(crate) fn settle(self) -> Contents {
        let Gathered { attempts, warnings, read_to } = self;
        let mut contents = Contents { warnings, read_to, ..Contents::default() };
        for (id, attempts) in attempts {
            let (failed, mut finished): (Vec<_>, Vec<_>) =
                attempts.into_iter().partition(Attempt::failed);
            if finished.len() > 1 {
                contents.warnings.push(disagreement(id, &finished));
                contents.disagreements.insert(id, finished);
            } else if let Some(attempt) = finished.pop().or_else(|| first_by_text(failed)) {
                contents.records.insert(id, attempt.record);
            }
        }
        contents
    }
}

fn quicker(one: &Timings, other: &Timings) -> bool {
    let seconds = one.wall_seconds.total_cmp(&other.wall_seconds);
    let prepared = one.prepare_seconds.total_cmp(&other.prepare_seconds);
    let texts = (&one.version, &one.host).cmp(&(&other.version, &other.host));
    seconds.then(prepared).then(texts) == Ordering::Less
}

/// Of failures alone any will do, as long as it is the same one every time.
fn first_by_text(failed: Vec<Attempt>) -> Option<Attempt> {
    let text = |attempt: &Attempt| match &attempt.record.trial.outcome {
        Outcome::Failed { message } => message.clone(),
        _ => String::new(),
    };
    failed.into_iter().min_by_key(text)
}

fn disagreement(id: CellId, attempts: &[Attempt]) -> String {
    let id = id.short();
    let described: Vec<String> = attempts.iter().map(Attempt::described).collect();
    format!(
        "the cell {id} has {} different results: {}; no table has it. Delete all but one of these lines: \
         `longtail replay {id}` tells which one this machine gives",
        attempts.len(),
        described.join(", ")
    )
}
