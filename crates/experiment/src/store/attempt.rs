//! A record and where it stands in its segment; which of two attempts at a cell is to be kept.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::at;
use super::between::Between;
use super::block::{Found, Scan};
use super::depth::Depth;
use super::line::{Parser, trial_of};
use super::packed::{Decoder, Trouble};
use crate::record::{Outcome, Reproducible, Timings, TrialRecord};

/// A record and where it stands.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The record.
    pub record: Box<TrialRecord>,
    pub(super) segment: Arc<Path>,
    /// Which of its segment's it is, from 1.
    pub(super) number: usize,
    pub(super) place: Place,
}

/// Where in its segment a record stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In a line: its first byte, and how many there are without the newline.
    Line { start: u64, length: usize },
    /// In the block that begins at this byte, so many records before it; with the digest of what it gave.
    Block { start: u64, before: usize, digest: u128 },
}

/// One of two attempts.
pub(super) enum Kept {
    This,
    Other,
}

impl Attempt {
    /// `segment:line`, or of a block the line that it would be.
    pub fn place(&self) -> String {
        format!("{}:{}", self.segment.display(), self.number)
    }

    pub(super) fn is_packed(&self) -> bool {
        self.digest().is_some()
    }

    /// That of what it gave, where it stands in a block.
    pub(super) fn digest(&self) -> Option<u128> {
        match self.place {
            Place::Line { .. } => None,
            Place::Block { digest, .. } => Some(digest),
        }
    }

    pub(super) fn failed(&self) -> bool {
        matches!(self.record.trial.outcome, Outcome::Failed { .. })
    }

    pub(super) fn described(&self) -> String {
        let Timings { version, host, .. } = &self.record.timings;
        let outcome = self.record.trial.outcome.name();
        format!("{outcome} in {} (version {version}, {host})", self.place())
    }

    /// Which of the two is to be kept, if one tells what the other tells. Of equal ones that decides about timings alone; no
    /// name of a file decides even those. It takes all that was recorded, however little of it was read.
    pub(super) fn kept(&self, other: &Attempt, depth: Depth) -> io::Result<Option<Kept>> {
        let quickest = Some(quickest(&self.record.timings, &other.record.timings));
        match (&self.place, &other.place) {
            (Place::Block { digest: own, .. }, Place::Block { digest: others, .. })
                if own == others =>
            {
                return Ok(quickest);
            }
            _ if depth == Depth::Whole => return Ok(kept(&self.record, &other.record)),
            (Place::Line { .. }, Place::Line { .. }) => {
                let (own, others) = (self.line()?, other.line()?);
                if trial_of(&own).is_some_and(|trial| Some(trial) == trial_of(&others)) {
                    return Ok(quickest);
                }
            }
            _ => {}
        }
        // What cannot be read whole tells nothing.
        let both = (self.whole()?, other.whole()?);
        Ok(if let (Some(own), Some(others)) = both { kept(&own, &others) } else { None })
    }

    /// All of the record, read once more.
    fn whole(&self) -> io::Result<Option<Box<TrialRecord>>> {
        let between = Between::default();
        match self.place {
            Place::Line { .. } => Ok(Parser::new(Depth::Whole, &between).parse(&self.line()?).ok()),
            Place::Block { start, before, .. } => {
                let unreadable = |error| at(&self.segment, &error);
                let segment = File::open(&self.segment).map_err(unreadable)?;
                let found = Scan::new(segment, start).and_then(|mut scan| scan.next());
                let Some(Found::Block(block)) = found.map_err(unreadable)? else { return Ok(None) };
                let decoder = Decoder::new(&self.segment, Depth::Whole, &block.schema, &between);
                match decoder.map_err(unreadable)?.decode(&block) {
                    Ok(mut records) if before < records.len() => {
                        Ok(records.swap_remove(before).ok().map(|(record, _)| record))
                    }
                    Ok(_) | Err(Trouble::Damaged) => Ok(None),
                    Err(Trouble::Unreadable(error)) => Err(unreadable(error)),
                }
            }
        }
    }

    /// The line in which it stands; nothing of a block.
    fn line(&self) -> io::Result<Vec<u8>> {
        let Place::Line { start, length } = self.place else { return Ok(Vec::new()) };
        let mut bytes = vec![0; length];
        let read = File::open(&self.segment).and_then(|mut segment| {
            segment.seek(SeekFrom::Start(start))?;
            segment.read_exact(&mut bytes)
        });
        read.map(|()| bytes).map_err(|error| at(&self.segment, &error))
    }
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

fn quicker(one: &Timings, other: &Timings) -> bool {
    let seconds = one.wall_seconds.total_cmp(&other.wall_seconds);
    let prepared = one.prepare_seconds.total_cmp(&other.prepare_seconds);
    let shared = one.shared_seconds.total_cmp(&other.shared_seconds);
    let texts = (&one.version, &one.host).cmp(&(&other.version, &other.host));
    seconds.then(prepared).then(shared).then(texts) == Ordering::Less
}
