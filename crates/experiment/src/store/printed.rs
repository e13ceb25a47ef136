//! Segments as lines of JSON, whatever they are made of.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::between::Between;
use super::block::{Found, Scan, damaged};
use super::depth::Depth;
use super::line::{Parser, line};
use super::packed::{Decoder, Trouble, digest};
use super::schema::schema;
use super::{at, is_blocks};

/// Of what was recorded beyond what this version knows, a line would lose it.
const RECORDED_MORE: &str = "this record is of another version of the program, which recorded more than this one can print; \
                             it is left out";

/// Shows each record of a segment to `show`, as a line with its newline, until that says that it wants no more. What is
/// left out is told, each in one sentence.
///
/// # Errors
/// If the segment cannot be read.
pub fn print(segment: &Path, show: &mut dyn FnMut(&str) -> bool) -> io::Result<Vec<String>> {
    if !fs::metadata(segment).map_err(|error| at(segment, &error))?.is_file() {
        return Err(io::Error::other(format!("{}: this is no ordinary file", segment.display())));
    }
    if is_blocks(segment) { print_blocks(segment, show) } else { print_lines(segment, show) }
}

fn print_blocks(segment: &Path, show: &mut dyn FnMut(&str) -> bool) -> io::Result<Vec<String>> {
    let unreadable = |error| at(segment, &error);
    let (between, schema) = (Between::default(), schema());
    let mut decoder = Decoder::new(segment, Depth::Whole, &schema, &between).map_err(unreadable)?;
    let mut scan = File::open(segment).and_then(|file| Scan::new(file, 0)).map_err(unreadable)?;
    let (mut warnings, mut number) = (Vec::new(), 0);
    let told = |number: usize, what: &str| format!("{}:{number}: {what}", segment.display());
    while let Some(found) = scan.next().map_err(unreadable)? {
        let Found::Block(block) = found else {
            let what = "what stands here is no block, or not all of one; it is left out";
            warnings.push(told(number + 1, what));
            continue;
        };
        match decoder.decode(&block) {
            Ok(records) => {
                for decoded in records {
                    number += 1;
                    match decoded {
                        // What another version recorded beyond what this one knows would be lost.
                        Ok((record, own)) if digest(&record, block.form) == own => {
                            if !show(&line(&record)) {
                                return Ok(warnings);
                            }
                        }
                        Ok(_) => warnings.push(told(number, RECORDED_MORE)),
                        Err(reason) => {
                            warnings.push(told(number, &format!("{reason}; it is left out")));
                        }
                    }
                }
            }
            Err(Trouble::Damaged) => {
                let what = format!("{}; they are left out", damaged(&block));
                warnings.push(told(number + 1, &what));
                number += block.n_records;
            }
            Err(Trouble::Unreadable(error)) => return Err(unreadable(error)),
        }
    }
    Ok(warnings)
}

fn print_lines(segment: &Path, show: &mut dyn FnMut(&str) -> bool) -> io::Result<Vec<String>> {
    let mut lines = BufReader::new(File::open(segment).map_err(|error| at(segment, &error))?);
    let between = Between::default();
    let mut parser = Parser::new(Depth::End, &between);
    let (mut warnings, mut line) = (Vec::new(), Vec::new());
    for number in 1.. {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(|error| at(segment, &error))? == 0 {
            break;
        }
        let whole = line.strip_suffix(b"\n").ok_or_else(|| "the line is cut off".to_owned());
        match whole.and_then(|whole| parser.parse(whole)) {
            Ok(_) if show(&String::from_utf8_lossy(&line)) => {}
            Ok(_) => break,
            Err(reason) => {
                warnings.push(format!("{}:{number}: {reason}; it is left out", segment.display()));
            }
        }
    }
    Ok(warnings)
}
