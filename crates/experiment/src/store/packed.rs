//! Records to blocks, and blocks to as much of the records as is wanted.

use std::fs::File;
use std::io;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::between::{Between, Met};
use super::block::{self, Block, Form, LARGEST_PART, Part, Reader};
use super::depth::Depth;
use super::ended::{self, Ended};
use super::pieces::{self, BriefPiece, MeasuredPiece, Pieces};
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
pub(super) fn parts(records: &[TrialRecord]) -> [Vec<u8>; 7] {
    let mut first = ended::Writer::default();
    let mut pieces: [Vec<u8>; N_PIECES] = Default::default();
    records.iter().for_each(|record| add(record, Form::Apart, &mut first, &mut pieces));
    let [ended, kinds] = first.finish();
    let [measured, course, figures, classes, tested] = pieces;
    [ended, kinds, measured, course, figures, classes, tested]
}

/// Adds a record to all parts.
fn add<'r>(
    record: &'r TrialRecord,
    form: Form,
    first: &mut ended::Writer<'r>,
    parts: &mut [Vec<u8>; N_PIECES],
) {
    let starts = parts.each_ref().map(Vec::len);
    if let Some(results) = record.trial.results.as_deref() {
        let Pieces { measured, course, figures, classes, tested } = pieces::cut(results, form);
        put(&measured, form, &mut parts[0]);
        put(&course, form, &mut parts[1]);
        put(&figures, form, &mut parts[2]);
        put(&classes, form, &mut parts[3]);
        tested.iter().for_each(|tested| put(tested, form, &mut parts[4]));
    } else {
        let there = form.parts().iter().filter(|part| PIECES.contains(part));
        parts.iter_mut().zip(there).for_each(|(part, _)| put(&(), form, part));
    }
    let pieces = parts.iter().zip(starts).map(|(part, start)| &part[start..]);
    first.add(record, &pieces.collect::<Vec<_>>());
}

/// The digest that a block of this form has of a record.
pub(super) fn digest(record: &TrialRecord, form: Form) -> u128 {
    let mut first = ended::Writer::default();
    add(record, form, &mut first, &mut Default::default());
    first.last_digest()
}

fn put(piece: &impl Serialize, form: Form, part: &mut Vec<u8>) {
    if form == Form::Lines {
        serde_json::to_writer(&mut *part, piece).expect("records are plain data");
        part.push(b'\n');
        return;
    }
    let start = part.len();
    part.extend([0; LENGTH]);
    rmp_serde::encode::write_named(part, piece).expect("records are plain data");
    let length = u32::try_from(part.len() - start - LENGTH).unwrap_or(u32::MAX);
    part[start..start + LENGTH].copy_from_slice(&length.to_le_bytes());
}

/// Bytes of the number that stands in front of a piece.
const LENGTH: usize = size_of::<u32>();

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

/// The parts in which the pieces of results stand; of the forms of old, all but the last.
const PIECES: [Part; N_PIECES] =
    [Part::Measured, Part::Course, Part::Figures, Part::Classes, Part::Tested];
const N_PIECES: usize = 5;

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
        let json = self.text(block, Part::Ended)?;
        let ended: Ended<'_> = serde_json::from_str(&json).map_err(|_| Trouble::Damaged)?;
        if ended.rows.len() != block.n_records {
            return Err(Trouble::Damaged);
        }
        let unknown = self.learn_kinds(block, &ended)?;
        // What another version wrote is finished for a reader that can read it.
        let is_tried = self.depth == Depth::End && block.schema != self.schema;
        let depth = if is_tried { Depth::Report } else { self.depth };
        let parts = self.parts_of_results(block, depth)?;
        let mut pieces: [Option<_>; N_PIECES] = Default::default();
        for (part, pieces) in parts.iter().zip(&mut pieces) {
            let Some(part) = part else { continue };
            let cut = cut(part, block.form).filter(|pieces| pieces.len() == block.n_records);
            *pieces = Some(cut.ok_or(Trouble::Damaged)?.into_iter());
        }
        let decoded = ended.rows.iter().map(|row| {
            let pieces = pieces.each_mut().map(|pieces| pieces.as_mut().and_then(Iterator::next));
            let record = ended.record(row, &mut self.met).and_then(|mut record| {
                let results = results(pieces, block.form, depth)?;
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
        let kinds = self.text(block, Part::Kinds)?;
        let learnt =
            ended.kinds.iter().zip(kinds.lines()).map(|(digest, json)| {
                self.met.learn(digest, json).map_err(|error| error.to_string())
            });
        // All of them, whichever cannot be read.
        Ok(learnt.collect::<Vec<_>>().into_iter().find_map(Result::err))
    }

    /// The parts that `depth` reads of results; those that it does not read from that of a report on are checked.
    fn parts_of_results(
        &mut self,
        block: &Block,
        depth: Depth,
    ) -> Result<[Option<Vec<u8>>; N_PIECES], Trouble> {
        let mut parts: [Option<Vec<u8>>; N_PIECES] = Default::default();
        for (part, bytes) in PIECES.into_iter().zip(&mut parts) {
            if !block.form.parts().contains(&part) {
                continue;
            }
            if depth.reads(part) {
                *bytes = Some(self.part(block, part)?);
            } else {
                self.check(block, part, depth)?;
            }
        }
        Ok(parts)
    }

    /// Checks a part that is not read, from the depth of a report on.
    fn check(&mut self, block: &Block, part: Part, depth: Depth) -> Result<(), Trouble> {
        if Depth::Report <= depth && !self.reader.fits(block, part)? {
            return Err(Trouble::Damaged);
        }
        Ok(())
    }

    fn part(&mut self, block: &Block, part: Part) -> Result<Vec<u8>, Trouble> {
        self.reader.part(block, part)?.ok_or(Trouble::Damaged)
    }

    fn text(&mut self, block: &Block, part: Part) -> Result<String, Trouble> {
        String::from_utf8(self.part(block, part)?).map_err(|_| Trouble::Damaged)
    }
}

/// The pieces of a part; `None` if it is not made of pieces to its end.
fn cut(part: &[u8], form: Form) -> Option<Vec<&[u8]>> {
    if form == Form::Lines {
        let lines = part.strip_suffix(b"\n")?;
        return Some(lines.split(|&byte| byte == b'\n').collect());
    }
    let (mut rest, mut pieces) = (part, Vec::new());
    while let Some((length, behind)) = rest.split_first_chunk::<LENGTH>() {
        let piece;
        (piece, rest) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        pieces.push(piece);
    }
    rest.is_empty().then_some(pieces)
}

/// The results that these pieces tell, `None` of those that were not read; `Err` says why they tell none.
fn results(
    [measured, course, figures, classes, tested]: [Option<&[u8]>; N_PIECES],
    form: Form,
    depth: Depth,
) -> Result<Option<Box<Results>>, String> {
    let Some(measured) = piece::<Option<MeasuredPiece<'_>>>(measured, form)? else {
        return Ok(None);
    };
    let course = match depth {
        Depth::Tables | Depth::Files => piece::<BriefPiece>(course, form)?.into(),
        _ => piece(course, form)?,
    };
    let pieces = Pieces {
        measured,
        course,
        figures: piece(figures, form)?,
        classes: piece(classes, form)?,
        tested: piece(tested, form)?,
    };
    let mut results = pieces::together(pieces);
    if !depth.reads(Part::Tested) {
        results.make_brief();
    }
    Ok(Some(Box::new(results)))
}

/// A piece; empty where none is read.
fn piece<'p, P: Default + Deserialize<'p>>(
    piece: Option<&'p [u8]>,
    form: Form,
) -> Result<P, String> {
    let Some(bytes) = piece else { return Ok(P::default()) };
    match form {
        Form::Lines => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        Form::Packed | Form::Apart => {
            rmp_serde::from_slice(bytes).map_err(|error| error.to_string())
        }
    }
}
