//! Records to blocks, and blocks to as much of the records as is wanted.

use std::fs::File;
use std::io;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::between::{Between, Met};
use super::block::{self, Block, LARGEST_PART, Part, Reader};
use super::depth::Depth;
use super::ended::{self, Ended};
use super::pieces::{self, MeasuredPiece};
use crate::record::{Results, TrialRecord};

/// Records of a block at the most: what one flipped byte may cost, and what a thread unpacks at a time.
const MOST_RECORDS: usize = if cfg!(test) { 3 } else { 512 };

/// The blocks of records that are committed together.
pub(super) fn blocks(records: &[TrialRecord], schema: &str) -> io::Result<Vec<u8>> {
    if records.len() <= MOST_RECORDS {
        return one_block(records, schema);
    }
    let blocks = records.par_chunks(MOST_RECORDS).map(|records| one_block(records, schema));
    Ok(blocks.collect::<io::Result<Vec<_>>>()?.concat())
}

fn one_block(records: &[TrialRecord], schema: &str) -> io::Result<Vec<u8>> {
    let parts = parts(records);
    if parts.iter().any(|part| LARGEST_PART < part.len()) {
        // Whoever reads refuses what is so large.
        return match records.split_at(records.len() / 2) {
            ([], _) => Err(io::Error::other("a record is too large to be kept")),
            (one, other) => Ok([one_block(one, schema)?, one_block(other, schema)?].concat()),
        };
    }
    block::written(records.len(), schema, &parts)
}

/// The parts of a block of these records.
pub(super) fn parts(records: &[TrialRecord]) -> [Vec<u8>; 6] {
    let mut first = ended::Writer::default();
    let mut lines: [Vec<u8>; 4] = Default::default();
    records.iter().for_each(|record| add(record, &mut first, &mut lines));
    let [ended, kinds] = first.finish();
    let [measured, course, figures, classes] = lines;
    [ended, kinds, measured, course, figures, classes]
}

/// Adds a record to all parts.
fn add<'r>(record: &'r TrialRecord, first: &mut ended::Writer<'r>, lines: &mut [Vec<u8>; 4]) {
    let starts = lines.each_ref().map(Vec::len);
    match record.trial.results.as_deref().map(pieces::cut) {
        Some((measured, course, figures, classes)) => {
            put(&measured, &mut lines[0]);
            put(&course, &mut lines[1]);
            put(&figures, &mut lines[2]);
            put(&classes, &mut lines[3]);
        }
        None => lines.iter_mut().for_each(|lines| put(&(), lines)),
    }
    let pieces = lines.iter().zip(starts).map(|(lines, start)| &lines[start..]);
    first.add(record, &pieces.collect::<Vec<_>>());
}

/// The digest that a block has of a record.
pub(super) fn digest(record: &TrialRecord) -> u128 {
    let mut first = ended::Writer::default();
    add(record, &mut first, &mut Default::default());
    first.last_digest()
}

fn put(piece: &impl Serialize, lines: &mut Vec<u8>) {
    serde_json::to_writer(&mut *lines, piece).expect("records are plain data");
    lines.push(b'\n');
}

/// A record of a block, and a digest that equal trials alone have; or why it cannot be had.
pub(super) type Decoded = Result<(Box<TrialRecord>, u128), String>;

/// Why nothing of a block can be had.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What was read of it does not fit its checksum, or is no block's.
    Damaged,
    /// The file cannot be read.
    Unreadable(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Unreadable(error)
    }
}

/// What is read of a record's results: the lines of its pieces, `None` of those that are not wanted.
type Lines<'l> = [Option<&'l str>; 4];

/// The parts in which the pieces of results stand.
const PIECES: [Part; 4] = [Part::Measured, Part::Course, Part::Figures, Part::Classes];

/// Reads blocks of one segment.
pub(super) struct Decoder<'b> {
    depth: Depth,
    /// What records of this program are made of.
    schema: &'b str,
    met: Met<'b>,
    reader: Reader,
}

impl<'b> Decoder<'b> {
    pub(super) fn new(
        segment: &Path,
        depth: Depth,
        schema: &'b str,
        between: &'b Between,
    ) -> io::Result<Self> {
        let reader = Reader::new(File::open(segment)?)?;
        Ok(Decoder { depth, schema, met: Met::new(between), reader })
    }

    /// The records of a block. From the depth of a report on, no part of it may be damaged, whether it is read or not.
    pub(super) fn decode(&mut self, block: &Block) -> Result<Vec<Decoded>, Trouble> {
        let json = self.part(block, Part::Ended)?;
        let ended: Ended<'_> = serde_json::from_str(&json).map_err(|_| Trouble::Damaged)?;
        if ended.rows.len() != block.n_records {
            return Err(Trouble::Damaged);
        }
        let unknown = self.learn_kinds(block, &ended)?;
        // What another version wrote is finished for a reader that can read it.
        let is_tried = self.depth == Depth::End && block.schema != self.schema;
        let depth = if is_tried { Depth::Report } else { self.depth };
        let pieces = self.pieces(block, depth)?;
        let mut lines = pieces.each_ref().map(|json| json.as_deref().map(str::lines));
        let decoded = ended.rows.iter().map(|row| {
            let lines = lines.each_mut().map(|lines| lines.as_mut().and_then(Iterator::next));
            let record = ended.record(row, &mut self.met).and_then(|mut record| {
                let results = results(lines).map_err(|error| error.to_string())?;
                record.trial.results = results.filter(|_| !is_tried);
                Ok((Box::new(record), row.digest()?))
            });
            record.map_err(|error| {
                let error = unknown.as_ref().unwrap_or(&error);
                format!("this record is of another version of the program ({error})")
            })
        });
        Ok(decoded.collect())
    }

    /// Reads the kinds of trials that nobody has met yet; why one of them cannot be read.
    fn learn_kinds(&mut self, block: &Block, ended: &Ended<'_>) -> Result<Option<String>, Trouble> {
        if ended.kinds.iter().all(|digest| self.met.kind_of(digest).is_some()) {
            return self.check(block, Part::Kinds, self.depth).map(|()| None);
        }
        let kinds = self.part(block, Part::Kinds)?;
        let learnt =
            ended.kinds.iter().zip(kinds.lines()).map(|(digest, json)| {
                self.met.learn(digest, json).map_err(|error| error.to_string())
            });
        // All of them, whichever cannot be read.
        Ok(learnt.collect::<Vec<_>>().into_iter().find_map(Result::err))
    }

    /// The parts that `depth` reads of results; those that it does not read from that of a report on are checked.
    fn pieces(&mut self, block: &Block, depth: Depth) -> Result<[Option<String>; 4], Trouble> {
        let mut pieces: [Option<String>; 4] = Default::default();
        for (part, piece) in PIECES.into_iter().zip(&mut pieces) {
            if depth.reads(part) {
                let json = self.part(block, part)?;
                if memchr::memchr_iter(b'\n', json.as_bytes()).count() != block.n_records {
                    return Err(Trouble::Damaged);
                }
                *piece = Some(json);
            } else {
                self.check(block, part, depth)?;
            }
        }
        Ok(pieces)
    }

    /// Checks a part that is not read, from the depth of a report on.
    fn check(&mut self, block: &Block, part: Part, depth: Depth) -> Result<(), Trouble> {
        if Depth::Report <= depth && !self.reader.fits(block, part)? {
            return Err(Trouble::Damaged);
        }
        Ok(())
    }

    fn part(&mut self, block: &Block, part: Part) -> Result<String, Trouble> {
        self.reader.part(block, part)?.ok_or(Trouble::Damaged)
    }
}

/// The results that these lines tell.
fn results(
    [measured, course, figures, classes]: Lines<'_>,
) -> serde_json::Result<Option<Box<Results>>> {
    let Some(measured) = piece::<Option<MeasuredPiece<'_>>>(measured)? else { return Ok(None) };
    let pieces = (measured, piece(course)?, piece(figures)?, piece(classes)?);
    Ok(Some(Box::new(pieces::together(pieces))))
}

/// A piece as a line tells it; empty where none is read.
fn piece<'l, P: Default + Deserialize<'l>>(line: Option<&'l str>) -> serde_json::Result<P> {
    line.map_or_else(|| Ok(P::default()), serde_json::from_str)
}
