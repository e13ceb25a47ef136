//! What the segments of a store hold together, whatever the order in which they are read.
//!
//! ```text
//! no attempt has results                      a failed cell
//! all attempts with results have the same     that result, of the one that measured most; what failed is forgotten
//! two attempts have different results         a disagreement: neither counts, and both are named
//! ```

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use rayon::prelude::*;

use super::attempt::{Attempt, Kept};
use super::depth::Depth;
use crate::cell_id::CellId;
use crate::provenance::Provenance;
use crate::record::{Outcome, Timings, TrialRecord};

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
    /// What the blocks say of what each record gave, in the order of the cells; nothing of records of old segments.
    pub(super) digests: Vec<(CellId, u128)>,
    /// How far each segment was read.
    pub(super) read_to: BTreeMap<PathBuf, u64>,
}

impl Contents {
    /// Whether the cell was finished, with one result or with several.
    pub fn holds(&self, id: &CellId) -> bool {
        self.records.contains_key(id) || self.disagreements.contains_key(id)
    }

    /// A digest of all that was recorded of these cells, in whatever order they are given, however little of it was read: what
    /// they gave, how long it took, and what ran them. `None` where a segment of old has one of them, which keeps no digests.
    pub fn digest_of(&self, records: &[&TrialRecord]) -> Option<String> {
        let mut records = records.to_vec();
        records.par_sort_by_cached_key(|record| record.trial.id);
        let mut hasher = blake3::Hasher::new_derive_key("longtail records v1");
        let mut digests = self.digests.iter();
        for TrialRecord { trial, timings } in records {
            let Timings {
                wall_seconds,
                prepare_seconds,
                shared_seconds,
                version,
                host,
                panicked_at,
            } = timings;
            let (_, digest) = digests.find(|(id, _)| *id == trial.id)?;
            hasher.update(&digest.to_le_bytes());
            for seconds in [wall_seconds, prepare_seconds, shared_seconds] {
                hasher.update(&seconds.to_le_bytes());
            }
            for text in [&**version, &**host, panicked_at.as_deref().unwrap_or_default()] {
                hasher.update(text.as_bytes());
                hasher.update(b"\n");
            }
        }
        Some(hasher.finalize().to_hex().to_string())
    }
}

impl Contents {
    /// Settles what can be settled between the attempts at one cell, in the order in which they were read: adds the one
    /// that is kept to `settled`, or all to what is contradictory.
    pub(super) fn settle(
        &mut self,
        id: CellId,
        attempts: Vec<Attempt>,
        depth: Depth,
        settled: &mut Vec<(CellId, Attempt)>,
    ) -> io::Result<()> {
        let differing = differing(attempts, depth)?;
        let (failed, mut finished): (Vec<_>, Vec<_>) =
            differing.into_iter().partition(Attempt::failed);
        if finished.len() > 1 {
            self.warnings.push(disagreement(id, &finished));
            self.disagreements.insert(id, finished);
        } else if let Some(attempt) = finished.pop().or_else(|| first_by_text(failed)) {
            settled.push((id, attempt));
        }
        Ok(())
    }
}

/// The attempts of which none tells all that another tells.
fn differing(attempts: Vec<Attempt>, depth: Depth) -> io::Result<Vec<Attempt>> {
    let mut differing: Vec<Attempt> = Vec::new();
    'attempts: for attempt in attempts {
        let mut told_less = Vec::new();
        for (i, other) in differing.iter().enumerate() {
            match other.kept(&attempt, depth)? {
                Some(Kept::This) => continue 'attempts,
                Some(Kept::Other) => told_less.push(i),
                None => {}
            }
        }
        let mut place = 0..;
        differing.retain(|_| !told_less.contains(&place.next().expect("there is no last number")));
        differing.push(attempt);
    }
    Ok(differing)
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
    let packed = attempts.iter().find(|attempt| attempt.is_packed());
    let unpacked = packed.map_or_else(String::new, |attempt| {
        let (segment, lines) = (attempt.segment.display(), attempt.segment.with_extension("jsonl"));
        format!(
            "; to make lines of {segment}, `longtail segments cat {segment} > {}` and delete it",
            lines.display()
        )
    });
    format!(
        "the cell {id} has {} different results: {}; no table has it. Delete all but one of these lines: \
         `longtail replay {id}` tells which one this machine gives{unpacked}",
        attempts.len(),
        described.join(", ")
    )
}
