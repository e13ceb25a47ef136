//! One trial: a cell in, a record out.

use std::time::Instant;

use methods::setting::Setting;
use nn::Streams;

use crate::audit::Audit;
use crate::cell_id::CellId;
use crate::course::Course;
use crate::learner::{Learner, Learnt};
use crate::prepare::{DataCache, trial_streams};
use crate::record::{Outcome, Reproducible, Results, Timings, TrialRecord};
use crate::rows::TrialRows;
use crate::spec::TrialSpec;
use crate::task::Task;

/// A cell to run: its specification and what its identity was made from.
#[derive(Clone, Debug)]
pub struct TrialCell {
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
pub fn run_trial(cell: &TrialCell, data: &DataCache, audit: Option<&mut Audit>) -> TrialRecord {
    let start = Instant::now();
    let streams = trial_streams(&cell.spec);
    let rows = TrialRows::of(&cell.spec, data, &streams);
    let prepare_seconds = start.elapsed().as_secs_f64();
    let ran = rows.and_then(|rows| learn(&cell.spec, &rows, &streams, audit));
    let (outcome, results) = match ran {
        Ok((outcome, results)) => (outcome, Some(results)),
        Err(message) => (Outcome::Failed { message }, None),
    };
    let wall_seconds = start.elapsed().as_secs_f64();
    record(cell, outcome, results, Timings { wall_seconds, prepare_seconds, ..host() })
}

/// The story of a trial on its rows: classes, a task, a learner, its rounds, its results.
pub(crate) fn learn(
    spec: &TrialSpec,
    rows: &TrialRows,
    streams: &Streams,
    mut audit: Option<&mut Audit>,
) -> Result<(Outcome, Results), String> {
    let (train, parts) = (rows.train(), &rows.parts);
    let counts = spec.sampling.counts(&train.targets, parts.n_classes);
    let setting = Setting { counts: &counts, streams };
    let mut task = spec.build_task(parts, &counts)?;
    let sampling = spec.sampling.build(&train.targets, parts.n_classes, streams);
    let learnt = Learnt { train, sampling, parts, scores: rows.scores.as_deref() };
    let mut learner = spec.build_learner(learnt, &setting, audit.as_deref_mut())?;
    if let Some(audit) = &mut audit {
        audit.resampled.clone_from(&rows.resampled);
        audit.initial_parameters = learner.parameters().to_vec();
    }
    let acts_from = spec.loss().map_or(0.0, |loss| loss.traits().acts_from);
    let higher_is_better = spec.protocol.select_by.higher_is_better();
    let course = Course::new(learner.n_rounds(), acts_from, higher_is_better);
    follow(course, learner.as_mut(), task.as_mut(), rows, audit)
}

/// Round after round: learn, validate, keep the best. The test part is read when nothing is decided any more.
fn follow(
    mut course: Course,
    learner: &mut dyn Learner,
    task: &mut dyn Task,
    rows: &TrialRows,
    mut audit: Option<&mut Audit>,
) -> Result<(Outcome, Results), String> {
    for round in 0..learner.n_rounds() {
        let loss = learner.round(&course.epoch(round), audit.as_deref_mut());
        if course.diverged(round, loss, learner) {
            break;
        }
        course.offer(round, task.score(learner)?, learner);
    }
    results(course, learner, task, rows, audit)
}

/// What was learnt, measured after the last round and after the best.
fn results(
    course: Course,
    learner: &mut dyn Learner,
    task: &mut dyn Task,
    rows: &TrialRows,
    audit: Option<&mut Audit>,
) -> Result<(Outcome, Results), String> {
    let (last_round, best_round) = (course.last_round(), course.best_round());
    let last = task.measure(learner, last_round)?;
    let last_parameters = audit.is_some().then(|| learner.parameters().to_vec());
    let mut best = last.clone();
    if best_round != last_round {
        learner.back_to_kept();
        best = task.measure(learner, best_round)?;
    }
    if let Some(audit) = audit {
        audit.last_parameters = last_parameters.unwrap_or_default();
        audit.best_parameters = learner.parameters().to_vec();
        task.note(audit);
    }
    let (outcome, history) = course.finish();
    let results = Results {
        sizes: rows.parts.sizes(),
        train_counts: rows.parts.train_counts.clone(),
        resampled_counts: rows.resampled_counts(),
        last,
        best,
        history,
        weights: learner.weights(),
        converged: learner.converged(),
        parameters_digest: learner.digest(),
        predictions_digest: task.digest(),
    };
    Ok((outcome, results))
}

/// The record of a cell that ended with `outcome`.
pub(crate) fn record(
    cell: &TrialCell,
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

#[cfg(test)]
mod tests;
