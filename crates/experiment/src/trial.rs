//! One trial: a cell in, a record out.

use std::time::Instant;

use crate::audit::Audit;
use crate::boost::boost;
use crate::classical::fit;
use crate::identity::CellId;
use crate::prepare::DataCache;
use crate::record::{Outcome, Reproducible, Results, Timings, TrialRecord};
use crate::spec::{LearnerSpec, TrialSpec};
use crate::train::train;

/// A cell to run: its specification and what its identity was made from.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The identity.
    pub id: CellId,
    /// The specification.
    pub spec: TrialSpec,
    /// BLAKE3 of the data set's content.
    pub data_digest: String,
    /// BLAKE3 of the rows of each part.
    pub split_digest: String,
    /// Estimated memory; it decides whether the cell is begun, and nothing of its result.
    pub bytes: u64,
}

/// Runs one cell. Same cell, same [`Reproducible`]: the clock is read for [`Timings`] alone. What it does is noted in
/// `audit`, if that is asked for.
pub fn run_trial(cell: &Cell, data: &DataCache, audit: Option<&mut Audit>) -> TrialRecord {
    let start = Instant::now();
    let prepared = data.prepared(&cell.spec);
    let prepare_seconds = start.elapsed().as_secs_f64();
    let ran = prepared.and_then(|parts| match &cell.spec.learner {
        LearnerSpec::Network(learner) => train(learner, &cell.spec, &parts, audit),
        LearnerSpec::Classical(learner) => fit(learner, &cell.spec, &parts, audit),
        LearnerSpec::Boosted(learner) => boost(learner, &cell.spec, &parts, audit),
    });
    let (outcome, results) = match ran {
        Ok((outcome, results)) => (outcome, Some(results)),
        Err(message) => (Outcome::Failed { message }, None),
    };
    let wall_seconds = start.elapsed().as_secs_f64();
    record(cell, outcome, results, Timings { wall_seconds, prepare_seconds, ..host() })
}

/// The record of a cell that ended with `outcome`.
pub(crate) fn record(
    cell: &Cell,
    outcome: Outcome,
    results: Option<Results>,
    timings: Timings,
) -> TrialRecord {
    let trial = Reproducible {
        id: cell.id,
        spec: cell.spec.clone(),
        data_digest: cell.data_digest.clone(),
        split_digest: cell.split_digest.clone(),
        outcome,
        results,
    };
    TrialRecord { trial, timings }
}

pub(crate) fn host() -> Timings {
    Timings {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        ..Timings::default()
    }
}
