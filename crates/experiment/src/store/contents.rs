//! What the segments of a store hold together, whatever the order in which they are read.
//!
//! ```text
//! no attempt has results                      a failed cell
//! all attempts with results have the same     that result, of the one that measured most; what failed is forgotten
//! two attempts have different results         a disagreement: neither counts, and both are named
//! ```

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::at;
use super::depth::Depth;
use super::line::{Between, Parser, trial_of};
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
    /// Its first byte, and how many there are without the newline.
    start: u64,
    length: usize,
}

impl Attempt {
    /// `segment:line`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.segment.display(), self.line)
    }

    /// The line, read once more.
    fn text(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.length];
        let read = File::open(&self.segment).and_then(|mut segment| {
            segment.seek(SeekFrom::Start(self.start))?;
            segment.read_exact(&mut bytes)
        });
        read.map(|()| bytes).map_err(|error| at(&self.segment, &error))
    }

    /// Which of the two is to be kept, if one tells what the other tells. Of equal ones that decides about timings alone; no
    /// name of a file decides even those. It takes all that was recorded, however little of it was read.
    fn kept(&self, other: &Attempt, depth: Depth) -> io::Result<Option<Kept>> {
        if depth == Depth::Whole {
            return Ok(kept(&self.record, &other.record));
        }
        let (own, others) = (self.text()?, other.text()?);
        if trial_of(&own).is_some_and(|trial| Some(trial) == trial_of(&others)) {
            return Ok(Some(quickest(&self.record.timings, &other.record.timings)));
        }
        let between = Between::default();
        let mut parser = Parser::new(Depth::Whole, &between);
        // What cannot be read whole tells nothing.
        let both = (parser.parse(&own), parser.parse(&others));
        Ok(if let (Ok(own), Ok(others)) = both { kept(&own, &others) } else { None })
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

/// One of two attempts.
enum Kept {
    This,
    Other,
}

fn kept(own: &TrialRecord, others: &TrialRecord) -> Option<Kept> {
    if own.trial == others.trial {
        return Some(quickest(&own.timings, &others.timings));
    }
    let bare = |trial: &Reproducible| Reproducible { results: None, ..trial.clone() };
    let tells_all_of = |one: &TrialRecord, other: &TrialRecord| {
        one.trial.measures_all_of(&other.trial) && bare(&one.trial) == bare(&other.trial)
    };
    if tells_all_of(own, others) {
        Some(Kept::This)
    } else {
        tells_all_of(others, own).then_some(Kept::Other)
    }
}

fn quickest(own: &Timings, others: &Timings) -> Kept {
    if quicker(others, own) { Kept::Other } else { Kept::This }
}

/// The attempts of one cell that differ; mostly one.
struct Attempts {
    first: Attempt,
    others: Vec<Attempt>,
}

/// All attempts that differ, as they are read.
#[derive(Default)]
pub(crate) struct Gathered {
    depth: Depth,
    between: Between,
    attempts: BTreeMap<CellId, Attempts>,
    read_to: BTreeMap<PathBuf, u64>,
    pub(crate) warnings: Vec<String>,
}

impl Gathered {
    /// Nothing yet; of each record it will hold what `depth` says.
    pub(crate) fn new(depth: Depth) -> Self {
        Gathered { depth, ..Gathered::default() }
    }

    /// Reads a segment block by block, so that one of any size takes the memory of its records alone; the lines of a block
    /// are parsed in parallel.
    pub(super) fn read_segment(&mut self, path: &Path, mut segment: impl Read) -> io::Result<()> {
        let place: Arc<Path> = path.into();
        let (mut block, mut n_lines, mut read_to) = (Vec::new(), 0, 0);
        loop {
            let n_read = segment.by_ref().take(BLOCK).read_to_end(&mut block)?;
            let end = block.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
            n_lines += self.add_lines(&place, (n_lines, read_to), &block[..end])?;
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

    /// Adds whole lines, with how many lines and bytes stand above them in the segment; how many they are.
    fn add_lines(
        &mut self,
        segment: &Arc<Path>,
        (lines_before, mut start): (usize, u64),
        bytes: &[u8],
    ) -> io::Result<usize> {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
        let parser = || Parser::new(self.depth, &self.between);
        let parsed: Vec<_> = lines
            .par_iter()
            .map_init(parser, |parser, line| parser.parse(&line[..line.len() - 1]))
            .collect();
        for (i, (parsed, text)) in parsed.into_iter().zip(&lines).enumerate() {
            let (line, length) = (lines_before + i + 1, text.len() - 1);
            match parsed {
                Ok(record) => {
                    let segment = Arc::clone(segment);
                    self.add(Attempt { record, segment, line, start, length })?;
                }
                Err(reason) => self.warnings.push(format!(
                    "{}:{line}: {reason}; the line is left out and its cell will be run again",
                    segment.display()
                )),
            }
            start += text.len() as u64;
        }
        Ok(lines.len())
    }

    fn add(&mut self, attempt: Attempt) -> io::Result<()> {
        match self.attempts.entry(attempt.record.trial.id) {
            Entry::Vacant(cell) => {
                cell.insert(Attempts { first: attempt, others: Vec::new() });
                Ok(())
            }
            Entry::Occupied(cell) => cell.into_mut().add(attempt, self.depth),
        }
    }

    /// Forgets the cells that are not `wanted`.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&CellId) -> bool) {
        self.attempts.retain(|id, _| wanted(id));
    }

    /// Settles what can be settled.
    pub(crate) fn settle(self) -> Contents {
        let Gathered { attempts, warnings, read_to, .. } = self;
        let mut contents = Contents { warnings, read_to, ..Contents::default() };
        let mut records = Vec::with_capacity(attempts.len());
        for (id, Attempts { first, others }) in attempts {
            if others.is_empty() {
                records.push((id, first.record));
                continue;
            }
            let (failed, mut finished): (Vec<_>, Vec<_>) =
                iter::once(first).chain(others).partition(Attempt::failed);
            if finished.len() > 1 {
                contents.warnings.push(disagreement(id, &finished));
                contents.disagreements.insert(id, finished);
            } else if let Some(attempt) = finished.pop().or_else(|| first_by_text(failed)) {
                records.push((id, attempt.record));
            }
        }
        // In their order: no place is searched for.
        contents.records = records.into_iter().collect();
        contents
    }
}

impl Attempts {
    /// Adds an attempt, unless one that is there tells as much; those that tell less are forgotten.
    fn add(&mut self, attempt: Attempt, depth: Depth) -> io::Result<()> {
        let mut told_less = Vec::new();
        for (i, other) in self.all().enumerate() {
            match other.kept(&attempt, depth)? {
                Some(Kept::This) => return Ok(()),
                Some(Kept::Other) => told_less.push(i),
                None => {}
            }
        }
        if told_less.is_empty() {
            self.others.push(attempt);
            return Ok(());
        }
        let others = std::mem::take(&mut self.others);
        let before = iter::once(std::mem::replace(&mut self.first, attempt)).chain(others);
        let left = before.enumerate().filter(|(i, _)| !told_less.contains(i));
        self.others = left.map(|(_, other)| other).collect();
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = &Attempt> {
        iter::once(&self.first).chain(&self.others)
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
