//! One trial: a cell in, a record out.

use std::sync::Arc;
use std::time::Instant;

use methods::setting::Setting;
use nn::Streams;

use crate::audit::Audit;
use crate::cell_id::CellId;
use crate::course::Course;
use crate::learner::second_stage::SecondStage;
use crate::learner::{Learner, Learnt};
use crate::prepare::{DataCache, Prepared, trial_streams};
use crate::record::{Outcome, Reproducible, Results, Timings, TrialRecord};
use crate::rows::TrialRows;
use crate::spec::TrialSpec;
use crate::task::Task;
use crate::trained::{State, Trained, Trainings, Wanted, training_key};

/// A cell to run: its specification and what its identity was made from.
#[derive(Clone, Debug)]
pub struct TrialCell {
    /// The identity.
    pub id: CellId,
    /// The specification.
    pub spec: TrialSpec,
    /// BLAKE3 of the data set's content.
    pub data_digest: Arc<str>,
    /// BLAKE3 of the rows of each part.
    pub split_digest: Arc<str>,
    /// Estimated memory; it decides whether the cell is begun, and nothing of its result.
    pub bytes: u64,
}

/// Runs one cell. Same cell, same [`Reproducible`]: the clock is read for [`Timings`] alone. What it does is noted in
/// `audit`, if that is asked for.
pub fn run_trial(cell: &TrialCell, data: &DataCache, audit: Option<&mut Audit>) -> TrialRecord {
    run_among(cell, data, None, audit)
}

/// The same, with what cells that share a training have trained.
pub(crate) fn run_among(
    cell: &TrialCell,
    data: &DataCache,
    trainings: Option<&Trainings>,
    audit: Option<&mut Audit>,
) -> TrialRecord {
    let start = Instant::now();
    let streams = trial_streams(&cell.spec);
    let rows = TrialRows::of(&cell.spec, data, &streams);
    let prepare_seconds = start.elapsed().as_secs_f64();
    let ran = rows.and_then(|rows| learn(&cell.spec, &rows, &streams, trainings, audit));
    let (outcome, results, shared_seconds) = match ran {
        Ok(told) => (told.outcome, Some(told.results), told.shared_seconds),
        Err(message) => (Outcome::Failed { message }, None, 0.0),
    };
    let wall_seconds = start.elapsed().as_secs_f64();
    let timings = Timings { wall_seconds, prepare_seconds, shared_seconds, ..host() };
    record(cell, outcome, results, timings)
}

/// How a trial ended, and what it gave.
pub(crate) struct Told {
    pub(crate) outcome: Outcome,
    pub(crate) results: Results,
    /// What trainings took that other cells of the run have made.
    shared_seconds: f64,
}

/// The story of a trial on its rows: classes, a task, a training, its results.
pub(crate) fn learn(
    spec: &TrialSpec,
    rows: &TrialRows,
    streams: &Streams,
    trainings: Option<&Trainings>,
    mut audit: Option<&mut Audit>,
) -> Result<Told, String> {
    let counts = spec.sampling.counts(&rows.train().targets, rows.parts.n_classes);
    let setting = Setting { counts: &counts, streams };
    let mut task = spec.build_task(&rows.parts, &counts)?;
    let first = spec.first_stage();
    let whole = trainings.is_some() || spec.has_second_stage();
    let (first, is_own) = shared(trainings, &first, || {
        train(&first, rows, &setting, task.as_mut(), whole, audit.as_deref_mut()).map(Arc::new)
    })?;
    // The same where there is no second stage.
    let (trained, goes_on) = shared(trainings, spec, || {
        go_on(spec, &first, rows, &setting, task.as_mut(), audit.as_deref_mut())
    })?;
    let mut shared_seconds = if is_own { 0.0 } else { first.seconds };
    if !goes_on && !Arc::ptr_eq(&trained, &first) {
        shared_seconds += trained.seconds;
    }
    let results = results(&trained, task.as_mut(), rows);
    if let Some(audit) = audit {
        task.note(audit);
    }
    Ok(Told { outcome: trained.outcome.clone(), results, shared_seconds })
}

/// What `train` gives for `spec`, made once for the cells that share it; whether it was made here.
fn shared(
    trainings: Option<&Trainings>,
    spec: &TrialSpec,
    train: impl FnOnce() -> Result<Arc<Trained>, String>,
) -> Result<(Arc<Trained>, bool), String> {
    let mut is_own = false;
    let own = || {
        is_own = true;
        train()
    };
    let trained = match trainings {
        Some(trainings) => trainings.get(training_key(spec), own),
        None => own(),
    };
    trained.map(|trained| (trained, is_own))
}

/// A training: a learner, its rounds, and what it says of the parts that are measured; with the networks if `whole`.
fn train(
    spec: &TrialSpec,
    rows: &TrialRows,
    setting: &Setting<'_>,
    task: &mut dyn Task,
    whole: bool,
    mut audit: Option<&mut Audit>,
) -> Result<Trained, String> {
    let (train, parts) = (rows.train(), &rows.parts);
    let sampling = rows.sampling(spec, setting.streams);
    let (scores, flipped) = (rows.scores.as_deref(), rows.flipped());
    let learnt = Learnt { train, sampling, parts, scores, flipped };
    let mut learner = spec.build_learner(learnt, setting, audit.as_deref_mut())?;
    if let Some(audit) = &mut audit {
        audit.resampled.clone_from(&rows.resampled);
        let network = learner.network();
        audit.initial_parameters = network.map(|n| n.parameters().to_vec()).unwrap_or_default();
    }
    let of_loss = spec.loss().map_or(0.0, |loss| loss.traits().acts_from);
    let of_reweighting = spec.network().map_or(0.0, |network| network.reweighting.acts_from());
    let acts_from = of_loss.max(of_reweighting);
    let higher_is_better = spec.protocol.select_by.higher_is_better();
    let course = Course::new(learner.n_rounds(), acts_from, higher_is_better);
    follow(course, learner.as_mut(), task, parts, whole, audit)
}

/// The second stage after `first`; that itself, if none follows.
fn go_on(
    spec: &TrialSpec,
    first: &Arc<Trained>,
    rows: &TrialRows,
    setting: &Setting<'_>,
    task: &mut dyn Task,
    audit: Option<&mut Audit>,
) -> Result<Arc<Trained>, String> {
    let second =
        spec.network().map(|network| SecondStage::of(network, first, rows.train(), setting));
    let Some(mut learner) = second.transpose()?.flatten() else { return Ok(Arc::clone(first)) };
    let higher_is_better = spec.protocol.select_by.higher_is_better();
    let course = Course::after(first.history.clone(), learner.n_rounds(), higher_is_better);
    follow(course, &mut learner, task, &rows.parts, false, audit).map(Arc::new)
}

/// Round after round: learn, validate, keep the best. The test part is read when every round is done. What is the best is
/// said by the probabilities as the loss reads them, before anything is decided about them.
fn follow(
    mut course: Course,
    learner: &mut dyn Learner,
    task: &mut dyn Task,
    parts: &Prepared,
    whole: bool,
    mut audit: Option<&mut Audit>,
) -> Result<Trained, String> {
    let start = Instant::now();
    for round in 0..learner.n_rounds() {
        let loss = learner.round(&course.epoch(round), audit.as_deref_mut());
        if course.diverged(round, loss, learner) {
            break;
        }
        let scored = task.score(learner)?;
        if course.collapsed(round, &scored) {
            break;
        }
        course.offer(round, scored, learner);
    }
    let (last_round, best_round) = (course.last_round(), course.best_round());
    let network = whole || audit.is_some();
    let wanted = Wanted { network, training: task.reads_training() };
    let last = State::of(learner, parts, last_round, wanted)?;
    let mut best = None;
    if best_round != last_round {
        learner.back_to_kept();
        best = Some(State::of(learner, parts, best_round, wanted)?);
    }
    let (outcome, history) = course.finish();
    let trained = Trained {
        outcome,
        history,
        last,
        best,
        weights: learner.weights(),
        selection: learner.selection(),
        gradients: learner.gradients(),
        converged: learner.converged(),
        digest: learner.digest(),
        seconds: start.elapsed().as_secs_f64(),
    };
    if let Some(audit) = audit {
        audit.last_parameters = trained.last.parameters();
        audit.best_parameters = trained.best().parameters();
        audit.last_buffers = trained.last.buffers();
        audit.best_buffers = trained.best().buffers();
    }
    Ok(trained)
}

/// What was learnt, measured after the last round and after the best.
fn results(trained: &Trained, task: &mut dyn Task, rows: &TrialRows) -> Results {
    let last = task.measure(&trained.last);
    let best = trained.best.as_ref().map(|best| task.measure(best));
    Results {
        sizes: rows.parts.sizes(),
        train_counts: rows.parts.train_counts.clone(),
        flipped_counts: rows.parts.flipped.as_ref().map(|flipped| flipped.counts.clone()),
        resampled_counts: rows.resampled_counts(),
        best: best.unwrap_or_else(|| last.clone()),
        last,
        history: trained.history.clone(),
        weights: trained.weights,
        selection: trained.selection.clone().map(Box::new),
        gradients: trained.gradients.clone().map(Box::new),
        converged: trained.converged,
        parameters_digest: trained.digest.clone(),
        predictions_digest: task.digest(),
        curves: task.curves(),
    }
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
        results: results.map(Box::new),
    };
    TrialRecord { trial, timings }
}

pub(crate) fn host() -> Timings {
    Timings {
        version: env!("CARGO_PKG_VERSION").into(),
        host: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS).into(),
        ..Timings::default()
    }
}

#[cfg(test)]
mod tests;
