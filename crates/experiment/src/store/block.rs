//! A block of a segment: records that were made durable together.
//!
//! ```text
//! longtail block 3 {"records":2,"schema":"<...>","parts":[["ended",812,5120,"<...>"],...]} <checksum>\n
//! <part><part>...\n
//! ```
//!
//! The first line tells what the block is: how the results in it are written ([`Form`]), how many records it has, what a
//! record was made of when it was written ([`super::schema`]), and of each part its name, its bytes as they stand, its bytes
//! when they are unpacked, and the checksum of the former. A part is packed by zstd. Whoever wants one finds it by the lengths
//! of those before it. Checksums are the first 16 hexadecimal digits of BLAKE3; that of the first line is of all that stands
//! before it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use memchr::memmem;
use serde::{Deserialize, Serialize};

/// What every block begins with, in front of its form.
const MARK: &str = "longtail block ";
/// Bytes of a first line at the most.
const LONGEST_LINE: u64 = 1 << 14;
/// Bytes of a part at the most, unpacked: what claims more is damaged.
pub(super) const LARGEST_PART: usize = 1 << 28;
/// How hard zstd tries: of 1 to 22, what packs records as fast as they are written out.
const LEVEL: i32 = 1;

/// How the parts of results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `1`, of old: a line of JSON a record.
    Lines,
    /// `2`, of old: MessagePack with the names of fields, a record behind the number of its bytes (32 bits, the lowest first).
    Packed,
    /// `3`: the same, with the classes of test parts in a part of their own.
    Apart,
}

impl Form {
    fn digit(self) -> &'static str {
        match self {
            Form::Lines => "1",
            Form::Packed => "2",
            Form::Apart => "3",
        }
    }

    /// The parts of a block, in their order.
    pub(super) fn parts(self) -> &'static [Part] {
        match self {
            Form::Lines | Form::Packed => &Part::ALL[..Part::Tested as usize],
            Form::Apart => &Part::ALL,
        }
    }
}

/// The parts of a block, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// How the trials ended: all that is known of them but their results, as JSON.
    Ended,
    /// The kinds of trials that are named there, a line of JSON each.
    Kinds,
    /// What was measured, course, figures, classes of validation and of test parts: a piece a record, nothing of one without
    /// results.
    Measured,
    Course,
    Figures,
    Classes,
    Tested,
}

impl Part {
    const ALL: [Part; 7] = [
        Part::Ended,
        Part::Kinds,
        Part::Measured,
        Part::Course,
        Part::Figures,
        Part::Classes,
        Part::Tested,
    ];

    fn name(self) -> &'static str {
        match self {
            Part::Ended => "ended",
            Part::Kinds => "kinds",
            Part::Measured => "measured",
            Part::Course => "course",
            Part::Figures => "figures",
            Part::Classes => "classes",
            Part::Tested => "tested",
        }
    }
}

/// The first line, as it is written.
#[derive(Serialize, Deserialize)]
struct Header<'a> {
    records: usize,
    #[serde(borrow)]
    schema: Cow<'a, str>,
    #[serde(borrow)]
    parts: Vec<Stored<'a>>,
}

/// Name, bytes, bytes unpacked, checksum.
#[derive(Serialize, Deserialize)]
struct Stored<'a>(#[serde(borrow)] Cow<'a, str>, u64, usize, #[serde(borrow)] Cow<'a, str>);

/// Where a part stands in its segment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    start: u64,
    packed: u64,
    unpacked: usize,
    checksum: String,
}

/// A block, as its first line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Its first byte, and the one behind its last.
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) n_records: usize,
    pub(super) form: Form,
    pub(super) schema: String,
    places: Vec<Place>,
}

/// The block of these parts, in their order.
pub(super) fn written(n_records: usize, schema: &str, parts: &[Vec<u8>; 7]) -> io::Result<Vec<u8>> {
    let mut packer = zstd::bulk::Compressor::new(LEVEL)?;
    let packed = parts.iter().map(|part| packer.compress(part)).collect::<io::Result<Vec<_>>>()?;
    let stored = Part::ALL.iter().zip(parts).zip(&packed).map(|((part, unpacked), packed)| {
        let checksum = checksum(packed).into();
        Stored(part.name().into(), packed.len() as u64, unpacked.len(), checksum)
    });
    let header = Header { records: n_records, schema: schema.into(), parts: stored.collect() };
    let header = serde_json::to_string(&header).expect("headers are plain data");
    let mut bytes = format!("{MARK}{} {header}", Form::Apart.digit()).into_bytes();
    let sum = checksum(&bytes);
    bytes.extend_from_slice(format!(" {sum}\n").as_bytes());
    packed.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes.push(b'\n');
    Ok(bytes)
}

fn checksum(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

impl Block {
    /// The block whose first line this is, with its newline, if it is one.
    fn of(line: &[u8], start: u64) -> Option<Self> {
        let line_end = start + line.len() as u64;
        let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
        let (told, sum) = line.rsplit_once(' ')?;
        if checksum(told.as_bytes()) != sum {
            return None;
        }
        let (form, header) = told.strip_prefix(MARK)?.split_once(' ')?;
        let forms = [Form::Lines, Form::Packed, Form::Apart];
        let form = forms.into_iter().find(|known| known.digit() == form)?;
        let header: Header<'_> = serde_json::from_str(header).ok()?;
        let mut end = line_end;
        let places = header.parts.iter().zip(form.parts()).map(|(stored, part)| {
            let &Stored(ref name, packed, unpacked, ref checksum) = stored;
            let place = Place { start: end, packed, unpacked, checksum: checksum.as_ref().into() };
            end = end.checked_add(packed)?;
            (name == part.name() && unpacked <= LARGEST_PART).then_some(place)
        });
        let places = places.collect::<Option<Vec<_>>>()?;
        let (n_records, schema) = (header.records, header.schema.into_owned());
        let is_whole = header.parts.len() == form.parts().len();
        let end = end.checked_add(1)?;
        is_whole.then_some(Block { start, end, n_records, form, schema, places })
    }
}

/// What is found in a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Block(Block),
    /// Bytes in front of a block, or behind the last, that are none; from where on.
    Damage(u64),
    /// The last block is not there to its end; from where on.
    Cut(u64),
}

/// Goes through a segment from block to block, without reading what is in them.
pub(super) struct Scan {
    file: BufReader<File>,
    at: u64,
    length: u64,
}

impl Scan {
    /// Begins at the byte `from`, at which a block begins.
    pub(super) fn new(mut file: File, from: u64) -> io::Result<Self> {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(from))?;
        Ok(Scan { file: BufReader::new(file), at: from, length })
    }

    /// What is next; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Found>> {
        let start = self.at;
        if self.length <= start {
            return Ok(None);
        }
        let line = self.line()?;
        let block = Block::of(&line, start);
        let is_begun = block.is_some() || is_beginning(&line);
        if let Some(block) = block.filter(|block| block.end <= self.length)
            && self.is_followed_or_whole(&block)?
        {
            self.go_to(block.end)?;
            return Ok(Some(Found::Block(block)));
        }
        // Blocks behind what is damaged are whole.
        if self.find_next(start + 1)? {
            return Ok(Some(Found::Damage(start)));
        }
        self.at = self.length;
        Ok(Some(if is_begun { Found::Cut(start) } else { Found::Damage(start) }))
    }

    /// A block that was cut, and behind which another was put, would reach into that: then none begins where it ends. Where
    /// none does, but for the end of the segment, it has to fit its checksums.
    fn is_followed_or_whole(&mut self, block: &Block) -> io::Result<bool> {
        self.go_to(block.end)?;
        let next = self.file.fill_buf()?;
        let n = next.len().min(MARK.len());
        if next[..n] == MARK.as_bytes()[..n] {
            return Ok(true);
        }
        let mut packed = Vec::new();
        for place in &block.places {
            self.go_to(place.start)?;
            packed.clear();
            self.file.by_ref().take(place.packed).read_to_end(&mut packed)?;
            self.at += packed.len() as u64;
            if checksum(&packed) != place.checksum {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The line that begins here, as far as a first line can be; it is gone past.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        self.at += line.len() as u64;
        Ok(line)
    }

    /// Goes to the first whole block from `from` on, if there is one.
    fn find_next(&mut self, from: u64) -> io::Result<bool> {
        self.go_to(from)?;
        while self.at < self.length {
            let start = self.at;
            let line = self.line()?;
            let Some(mark) = memmem::find(&line, MARK.as_bytes()) else {
                // A mark that two pieces of a long line share begins in the first.
                if line.len() as u64 == LONGEST_LINE {
                    self.go_to(self.at - MARK.len() as u64)?;
                }
                continue;
            };
            let start = start + mark as u64;
            self.go_to(start)?;
            let line = self.line()?;
            if Block::of(&line, start).is_some_and(|block| block.end <= self.length) {
                self.go_to(start)?;
                return Ok(true);
            }
            self.go_to(start + 1)?;
        }
        Ok(false)
    }

    fn go_to(&mut self, place: u64) -> io::Result<()> {
        let step = place.cast_signed() - self.at.cast_signed();
        self.at = place;
        self.file.seek_relative(step)
    }
}

/// What is said of a block with a part that does not fit its checksum.
pub(super) fn damaged(block: &Block) -> String {
    let records = if block.n_records == 1 { "record" } else { "records" };
    format!("the checksum does not fit the block of {} {records} that begins here", block.n_records)
}

/// Whether this is a part of a first line.
fn is_beginning(line: &[u8]) -> bool {
    let mark = MARK.as_bytes();
    !line.ends_with(b"\n") && (mark.starts_with(line) || line.starts_with(mark))
}

/// Reads parts of blocks.
pub(super) struct Reader {
    file: File,
    unpacker: zstd::bulk::Decompressor<'static>,
    packed: Vec<u8>,
}

impl Reader {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let unpacker = zstd::bulk::Decompressor::new()?;
        Ok(Reader { file, unpacker, packed: Vec::new() })
    }

    /// A part, unpacked, if it fits its checksum.
    pub(super) fn part(&mut self, block: &Block, part: Part) -> io::Result<Option<Vec<u8>>> {
        let place = &block.places[part as usize];
        if !self.fits(block, part)? {
            return Ok(None);
        }
        let unpacked = self.unpacker.decompress(&self.packed, place.unpacked).ok();
        Ok(unpacked.filter(|bytes| bytes.len() == place.unpacked))
    }

    /// Whether a part fits its checksum.
    pub(super) fn fits(&mut self, block: &Block, part: Part) -> io::Result<bool> {
        let place = &block.places[part as usize];
        self.file.seek(SeekFrom::Start(place.start))?;
        self.packed.clear();
        self.file.by_ref().take(place.packed).read_to_end(&mut self.packed)?;
        Ok(self.packed.len() as u64 == place.packed && checksum(&self.packed) == place.checksum)
    }
}
