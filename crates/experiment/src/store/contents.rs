//! What the segments of a store hold together, whatever the order in which they are read.
//!
//! ```text
//! no attempt has results                      a failed cell
//! all attempts with results have the same     that result, of the one that measured most; what failed is forgotten
//! two attempts have different results         a disagreement: neither counts, and both are named
//! ```

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::parse;
use crate::cell_id::CellId;
use crate::provenance::Provenance;
use crate::record::{Outcome, Reproducible, Timings, TrialRecord};

/// What the segments hold together.
#[derive(Debug, Default)]
pub struct Contents {
    /// One record a cell, of the cells whose attempts agree.
    pub records: BTreeMap<CellId, TrialRecord>,
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
    pub record: TrialRecord,
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
    pub(super) fn add_segment(&mut self, path: &Path, bytes: &[u8]) {
        let shown = path.display();
        let segment: Arc<Path> = path.into();
        let mut rest = bytes;
        let mut line = 0;
        let ends = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        self.read_to.insert(path.to_owned(), ends as u64);
        while !rest.is_empty() {
            line += 1;
            let Some(length) = rest.iter().position(|&byte| byte == b'\n') else {
                self.warnings.push(format!(
                    "{shown}:{line}: the last line is cut off, as after a crash; its cell will be run again"
                ));
                return;
            };
            match parse(&rest[..length]) {
                Ok(record) => self.add(Attempt { record, segment: Arc::clone(&segment), line }),
                Err(reason) => self.warnings.push(format!(
                    "{shown}:{line}: {reason}; the line is left out and its cell will be run again"
                )),
            }
            rest = &rest[length + 1..];
        }
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
