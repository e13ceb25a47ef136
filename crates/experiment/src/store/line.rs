//! A line of a segment: written, checked, parsed.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::cell_id::CellId;
use crate::record::{Outcome, Reproducible, Results, Timings, TrialRecord};
use crate::store::between::{Between, Met};
use crate::store::block::Part;
use crate::store::depth::{Depth, Ended, ForTables, MeasuresAlone, Shown};

/// A line as it is read: the record is checked before it is parsed.
#[derive(Deserialize)]
struct Line<'a> {
    blake3: String,
    #[serde(borrow)]
    record: &'a RawValue,
}

#[derive(Serialize)]
struct NewLine<'a> {
    blake3: String,
    record: &'a RawValue,
}

/// A record whose specification is still a text, with what is read of its results.
#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct Parts<'a, R> {
    #[serde(borrow)]
    trial: TrialParts<'a, R>,
    #[serde(borrow)]
    timings: TimingParts<'a>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct TrialParts<'a, R> {
    id: CellId,
    #[serde(borrow)]
    spec: &'a RawValue,
    #[serde(borrow)]
    data_digest: Cow<'a, str>,
    #[serde(borrow)]
    split_digest: Cow<'a, str>,
    outcome: Outcome,
    results: Option<R>,
}

#[derive(Deserialize)]
struct TimingParts<'a> {
    wall_seconds: f64,
    prepare_seconds: f64,
    #[serde(default)]
    shared_seconds: f64,
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow)]
    host: Cow<'a, str>,
    panicked_at: Option<String>,
}

/// Parses lines as deeply as it is asked to.
pub(super) struct Parser<'b> {
    depth: Depth,
    met: Met<'b>,
}

impl<'b> Parser<'b> {
    pub(super) fn new(depth: Depth, between: &'b Between) -> Self {
        Parser { depth, met: Met::new(between) }
    }

    /// The record of a line, which is given without its newline.
    pub(super) fn parse(&mut self, line: &[u8]) -> Result<Box<TrialRecord>, String> {
        // What was written here is known by its beginning, and is not scanned twice.
        if let Some(record) = std::str::from_utf8(line).ok().and_then(as_written) {
            return self.record(record);
        }
        let line: Line<'_> =
            serde_json::from_slice(line).map_err(|error| format!("this is no record ({error})"))?;
        if checksum(line.record.get()) != line.blake3 {
            return Err("the checksum does not fit the record".to_owned());
        }
        self.record(line.record.get())
    }

    fn record(&mut self, json: &str) -> Result<Box<TrialRecord>, String> {
        let record = match self.depth {
            Depth::End => self.put_together::<Ended>(json),
            Depth::Measures => self.put_together::<MeasuresAlone>(json),
            Depth::Tables | Depth::Files => self.put_together::<ForTables>(json),
            Depth::Report => self.put_together::<Shown>(json),
            Depth::Whole => self.put_together::<Results>(json),
        };
        record
            .map_err(|error| format!("this record is of another version of the program ({error})"))
    }

    fn as_deep(&self, mut results: Results) -> Results {
        if !self.depth.reads(Part::Tested) {
            results.make_brief();
        }
        results
    }

    /// `R`: what is read of the results, in the same pass as the rest.
    fn put_together<'a, R: Deserialize<'a> + Into<Option<Results>>>(
        &mut self,
        json: &'a str,
    ) -> serde_json::Result<Box<TrialRecord>> {
        let Parts { trial, timings } = serde_json::from_str::<Parts<'a, R>>(json)?;
        let TrialParts { id, spec, data_digest, split_digest, outcome, results } = trial;
        let trial = Reproducible {
            id,
            spec: self.met.spec(spec.get())?,
            data_digest: self.met.text(&data_digest),
            split_digest: self.met.text(&split_digest),
            outcome,
            results: results.and_then(R::into).map(|results| Box::new(self.as_deep(results))),
        };
        let TimingParts {
            wall_seconds,
            prepare_seconds,
            shared_seconds,
            version,
            host,
            panicked_at,
        } = timings;
        let (version, host) = (self.met.text(&version), self.met.text(&host));
        let timings =
            Timings { wall_seconds, prepare_seconds, shared_seconds, version, host, panicked_at };
        Ok(Box::new(TrialRecord { trial, timings }))
    }
}

/// The text of what is reproducible of the record in a line, however its line is written.
pub(super) fn trial_of(line: &[u8]) -> Option<&str> {
    #[derive(Deserialize)]
    struct Record<'a> {
        #[serde(borrow)]
        trial: &'a RawValue,
    }
    #[derive(Deserialize)]
    struct Line<'a> {
        #[serde(borrow)]
        record: Record<'a>,
    }
    serde_json::from_slice::<Line<'_>>(line).ok().map(|line| line.record.trial.get())
}

/// The record of a line that is as [`line`] writes it, if its checksum fits.
fn as_written(line: &str) -> Option<&str> {
    let (sum, rest) = line.strip_prefix("{\"blake3\":\"")?.split_once("\",\"record\":")?;
    let record = rest.strip_suffix('}')?;
    (checksum(record) == sum).then_some(record)
}

fn checksum(record: &str) -> String {
    blake3::hash(record.as_bytes()).to_hex()[..16].to_owned()
}

/// One record as a line of a segment, with its newline.
pub(crate) fn line(record: &TrialRecord) -> String {
    let json = serde_json::to_string(record).expect("records are plain data");
    sealed(&RawValue::from_string(json).expect("serde_json writes JSON"))
}

/// A line with its checksum.
pub(super) fn sealed(record: &RawValue) -> String {
    let line = NewLine { blake3: checksum(record.get()), record };
    serde_json::to_string(&line).expect("lines are plain data") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::completed;

    fn parse(line: &[u8]) -> Result<TrialRecord, String> {
        Parser::new(Depth::Whole, &Between::default()).parse(line).map(|record| *record)
    }

    #[test]
    fn a_line_is_read_whatever_stands_around_its_record() {
        let record = completed();
        let written = line(&record);
        let (start, end) = (written.find("\"record\":").unwrap() + 9, written.len() - 2);
        let (sum, raw) = (&written[11..27], &written[start..end]);
        assert_eq!(parse(written.trim_end().as_bytes()).as_ref(), Ok(&record));
        for other in [
            format!("{{ \"blake3\": \"{sum}\", \"record\": {raw} }}"),
            format!("{{\"record\":{raw},\"blake3\":\"{sum}\"}}"),
        ] {
            assert_eq!(parse(other.as_bytes()).as_ref(), Ok(&record));
        }
        let wrong = written.replace(sum, "0123456789abcdef");
        assert_eq!(
            parse(wrong.trim_end().as_bytes()),
            Err("the checksum does not fit the record".to_owned())
        );
    }
}
