//! Segments as they are read: lines of JSON, and blocks.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::attempt::{Attempt, Place};
use super::between::Between;
use super::block::{Block, Found, Scan, damaged};
use super::contents::Contents;
use super::depth::Depth;
use super::line::Parser;
use super::packed::{Decoded, Decoder, Trouble};
use super::schema::schema;
use crate::cell_id::CellId;

/// Bytes of lines that are parsed at once; in tests so few that a record is longer.
const PIECE: u64 = if cfg!(test) { 1000 } else { 32 << 20 };

/// All attempts, as they are read.
pub(crate) struct Gathered {
    depth: Depth,
    schema: String,
    between: Between,
    attempts: Vec<(CellId, Attempt)>,
    read_to: BTreeMap<PathBuf, u64>,
    pub(crate) warnings: Vec<String>,
}

impl Gathered {
    /// Nothing yet; of each record it will hold what `depth` says.
    pub(crate) fn new(depth: Depth) -> Self {
        Gathered {
            depth,
            schema: schema(),
            between: Between::default(),
            attempts: Vec::new(),
            read_to: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    /// Reads a segment of lines piece by piece, so that one of any size takes the memory of its records alone; the lines of a
    /// piece are parsed in parallel.
    pub(super) fn read_lines(&mut self, path: &Path, mut segment: impl Read) -> io::Result<()> {
        let place: Arc<Path> = path.into();
        let (mut piece, mut n_lines, mut read_to) = (Vec::new(), 0, 0);
        loop {
            let n_read = segment.by_ref().take(PIECE).read_to_end(&mut piece)?;
            let end = memchr::memrchr(b'\n', &piece).map_or(0, |last| last + 1);
            n_lines += self.add_lines(&place, (n_lines, read_to), &piece[..end]);
            read_to += end as u64;
            piece.drain(..end);
            if n_read == 0 {
                break;
            }
        }
        self.read_to.insert(path.to_owned(), read_to);
        if !piece.is_empty() {
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
    ) -> usize {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
        let parser = || Parser::new(self.depth, &self.between);
        let parsed: Vec<_> = lines
            .par_iter()
            .map_init(parser, |parser, line| parser.parse(&line[..line.len() - 1]))
            .collect();
        for (i, (parsed, text)) in parsed.into_iter().zip(&lines).enumerate() {
            let (number, length) = (lines_before + i + 1, text.len() - 1);
            match parsed {
                Ok(record) => {
                    let (segment, place) = (Arc::clone(segment), Place::Line { start, length });
                    let id = record.trial.id;
                    self.attempts.push((id, Attempt { record, segment, number, place }));
                }
                Err(reason) => self.warnings.push(format!(
                    "{}:{number}: {reason}; the line is left out and its cell will be run again",
                    segment.display()
                )),
            }
            start += text.len() as u64;
        }
        lines.len()
    }

    /// Reads a segment of blocks, in parallel.
    pub(super) fn read_blocks(&mut self, path: &Path, segment: File) -> io::Result<()> {
        let (mut scan, mut blocks, mut found) = (Scan::new(segment, 0)?, Vec::new(), Vec::new());
        let mut read_to = 0;
        while let Some(next) = scan.next()? {
            if let Found::Block(block) = &next {
                read_to = block.end;
                blocks.push(block.clone());
            }
            found.push(next);
        }
        self.read_to.insert(path.to_owned(), read_to);
        let decoder = || Decoder::new(path, self.depth, &self.schema, &self.between);
        let decode = |decoder: &mut io::Result<Decoder<'_>>, block: &Block| match decoder {
            Ok(decoder) => decoder.decode(block),
            Err(error) => Err(Trouble::Unreadable(io::Error::new(error.kind(), error.to_string()))),
        };
        let decoded: Vec<_> = blocks.par_iter().map_init(decoder, decode).collect();
        let (place, mut decoded, mut n_before) = (Arc::from(path), decoded.into_iter(), 0);
        for found in found {
            let told = match found {
                Found::Block(block) => match decoded.next().expect("each was decoded") {
                    Ok(records) => {
                        self.add_block(&place, &block, n_before, records);
                        n_before += block.n_records;
                        continue;
                    }
                    Err(Trouble::Damaged) => {
                        let (first, what) = (n_before + 1, damaged(&block));
                        n_before += block.n_records;
                        format!(
                            "{first}: {what}; they are left out and their cells will be run again"
                        )
                    }
                    Err(Trouble::Unreadable(error)) => return Err(error),
                },
                Found::Damage(start) => format!(
                    "{}: what stands here, from byte {start} on, is no block; it is left out, and its cells will be run again",
                    n_before + 1
                ),
                Found::Cut(_) => format!(
                    "{}: the last block is cut off, as after a crash; its cells will be run again",
                    n_before + 1
                ),
            };
            self.warnings.push(format!("{}:{told}", path.display()));
        }
        Ok(())
    }

    fn add_block(
        &mut self,
        segment: &Arc<Path>,
        block: &Block,
        n_before: usize,
        records: Vec<Decoded>,
    ) {
        for (before, decoded) in records.into_iter().enumerate() {
            let number = n_before + before + 1;
            match decoded {
                Ok((record, digest)) => {
                    let place = Place::Block { start: block.start, before, digest };
                    let (id, segment) = (record.trial.id, Arc::clone(segment));
                    self.attempts.push((id, Attempt { record, segment, number, place }));
                }
                Err(reason) => self.warnings.push(format!(
                    "{}:{number}: {reason}; it is left out and its cell will be run again",
                    segment.display()
                )),
            }
        }
    }

    /// Forgets the cells that are not `wanted`.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&CellId) -> bool) {
        self.attempts.retain(|(id, _)| wanted(id));
    }

    /// Settles what can be settled.
    ///
    /// # Errors
    /// If attempts at one cell have to be read once more, and cannot be.
    pub(crate) fn settle(self) -> io::Result<Contents> {
        let Gathered { depth, mut attempts, warnings, read_to, .. } = self;
        let mut contents = Contents { warnings, read_to, ..Contents::default() };
        // Attempts at one cell stay in the order in which they were read.
        attempts.par_sort_by_key(|(id, _)| *id);
        let mut settled = Vec::with_capacity(attempts.len());
        let mut attempts = attempts.into_iter().peekable();
        while let Some((id, first)) = attempts.next() {
            let mut others = Vec::new();
            while let Some((_, other)) = attempts.next_if(|(next, _)| *next == id) {
                others.push(other);
            }
            if others.is_empty() {
                settled.push((id, first));
            } else {
                others.insert(0, first);
                contents.settle(id, others, depth, &mut settled)?;
            }
        }
        // In their order: no place is searched for.
        let digest = |(id, attempt): &(CellId, Attempt)| Some((*id, attempt.digest()?));
        contents.digests = settled.iter().filter_map(digest).collect();
        contents.records = settled.into_iter().map(|(id, attempt)| (id, attempt.record)).collect();
        Ok(contents)
    }
}
