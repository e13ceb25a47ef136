//! One file, from its first byte or from where an earlier try ended.
//!
//! ```text
//! nothing there              GET                                          200: the file
//! n bytes there, and the     GET, Range: bytes=n-, If-Range: validator    206: the rest
//! server's name for them                                                  200: the file, anew
//! ```
//!
//! The rest is only put behind what is there if its `Content-Range` begins at `n`, runs to the end of
//! a file of the same length, and comes with the same `ETag` (a `Last-Modified` may be missing from
//! a 206, but not differ): a server that heeds `Range` and not `If-Range` is caught.
//!
//! Source: RFC 9110, sections 13.1.5 (If-Range), 14.4 (Content-Range) and 15.3.7 (206).

use std::fs::File;
use std::io::{Read, Write};

use ureq::http::Response;
use ureq::{Body, BodyReader};

use crate::client::{Client, Rest};
use crate::error::FetchError;
use crate::pace::{LONGEST_FILE, Pace, longest};
use crate::part::{PartialFile, Record};

/// Downloads the file at `url` to `part`, which is then complete and on the disk, but not verified.
pub(crate) fn download(
    client: &Client,
    url: &str,
    part: &PartialFile,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), FetchError> {
    client.patiently(|| attempt(client, url, part, progress)).inspect_err(|_| {
        // What cannot be gone on with only fills the disk.
        if part.resumable(url).is_none() {
            let _ = part.discard();
        }
    })
}

fn attempt(
    client: &Client,
    url: &str,
    part: &PartialFile,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), FetchError> {
    let there = part.resumable(url);
    if there.as_ref().is_some_and(|(length, record)| record.total == Some(*length)) {
        return Ok(());
    }
    let Opened { mut file, mut body, mut received, total } =
        opened(client, url, part, there.as_ref())?;
    let mut pace = Pace::new(url, received, longest(total), client.window);
    if total.is_some_and(|total| total > LONGEST_FILE) {
        part.discard()?;
        return Err(FetchError::TooLong { url: url.to_owned(), longest: LONGEST_FILE });
    }
    let incomplete =
        |received| FetchError::Incomplete { url: url.to_owned(), received, expected: total };
    let mut buffer = vec![0; 64 << 10];
    progress(received, total);
    loop {
        let n =
            body.read(&mut buffer).map_err(|error| match client.failure(url, error.into()) {
                FetchError::Cut { .. } => incomplete(received),
                failure => failure,
            })?;
        if n == 0 {
            break;
        }
        file.write_all(&buffer[..n]).map_err(|source| part.unwritten(source))?;
        received += n as u64;
        if let Err(error) = pace.came(n) {
            if matches!(error, FetchError::TooLong { .. }) {
                part.discard()?;
            }
            return Err(error);
        }
        progress(received, total);
    }
    if total.is_some_and(|total| received > total) {
        part.discard()?;
        return Err(FetchError::Changed { url: url.to_owned() });
    }
    if total.is_some_and(|total| received < total) {
        return Err(incomplete(received));
    }
    file.sync_all().map_err(|source| part.unwritten(source))
}

/// A file that is being received.
struct Opened {
    file: File,
    body: BodyReader<'static>,
    /// Bytes that were there before.
    received: u64,
    /// Bytes of the whole file, if the server says how many.
    total: Option<u64>,
}

/// Asks for the file at `url`, or for what is missing of it behind what is `there`.
fn opened(
    client: &Client,
    url: &str,
    part: &PartialFile,
    there: Option<&(u64, Record)>,
) -> Result<Opened, FetchError> {
    let rest = there.map(|(from, record)| Rest { from: *from, validator: &record.validator });
    let response = client.get(url, rest.as_ref())?;
    let (file, received, total) = match (response.status().as_u16(), there) {
        (200, _) => {
            let total = response.body().content_length();
            let validator = strong_validator(&response);
            let record =
                validator.map(|validator| Record { url: url.to_owned(), validator, total });
            (part.begin(record.as_ref())?, 0, total)
        }
        (206, Some((from, record))) if continues(&response, *from, record) => {
            (part.append()?, *from, content_range(&response).map(|range| range.total))
        }
        (206 | 416, Some(_)) => {
            part.discard()?;
            return Err(FetchError::Changed { url: url.to_owned() });
        }
        (status, _) => {
            let message = String::new();
            return Err(FetchError::Status { url: url.to_owned(), status, message });
        }
    };
    Ok(Opened { file, body: response.into_body().into_reader(), received, total })
}

/// Whether an answer is the rest, from `from` on, of the file that `record` describes.
fn continues(response: &Response<Body>, from: u64, record: &Record) -> bool {
    let Some(range) = content_range(response) else { return false };
    let same_file = if record.validator.starts_with('"') {
        header(response, "etag") == Some(&record.validator)
    } else {
        header(response, "last-modified").is_none_or(|date| date == record.validator)
    };
    let same_length = record.total.is_none_or(|total| total == range.total);
    let announced = response.body().content_length();
    let fits = announced.is_none_or(|length| range.total.checked_sub(from) == Some(length));
    same_file && same_length && fits && range.first == from && range.last + 1 == range.total
}

/// `bytes {first}-{last}/{total}`.
#[derive(Debug, PartialEq, Eq)]
struct ContentRange {
    first: u64,
    last: u64,
    total: u64,
}

fn content_range(response: &Response<Body>) -> Option<ContentRange> {
    parse_content_range(header(response, "content-range")?)
}

fn parse_content_range(text: &str) -> Option<ContentRange> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let range = ContentRange { first: number(first)?, last: number(last)?, total: number(total)? };
    (range.first <= range.last && range.last < range.total).then_some(range)
}

/// What `If-Range` accepts: an `ETag` that is not weak, or else the date of the last change.
fn strong_validator(response: &Response<Body>) -> Option<String> {
    let etag = header(response, "etag").filter(|etag| etag.starts_with('"'));
    etag.or_else(|| header(response, "last-modified")).map(str::to_owned)
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_lies_within_its_file() {
        let range = ContentRange { first: 5, last: 9, total: 10 };
        assert_eq!(parse_content_range("bytes 5-9/10"), Some(range));
        for text in ["bytes 5-9/*", "bytes */10", "bytes 9-5/10", "bytes 5-10/10", "5-9/10", ""] {
            assert_eq!(parse_content_range(text), None, "{text}");
        }
        assert_eq!(parse_content_range("bytes 0-18446744073709551615/18446744073709551615"), None);
    }
}
