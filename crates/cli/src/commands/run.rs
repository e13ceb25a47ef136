//! `longtail run FILE`: run what is missing, keep it, compare.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::thread::available_parallelism;
use std::time::Instant;

use data::Catalogue;
use experiment::CellId;
use experiment::memory::Machine;
use experiment::plan::PlannedCell;
use experiment::record::Outcome;
use experiment::run::{Event, Means, Summary, run as run_cells};
use experiment::store::Depth;
use experiment::trial::TrialCell;

use crate::args::{FileArguments, RunArguments, TableFormat};
use crate::commands::tables::Circumstances;
use crate::commands::{Experiment, failures, report, sources};
use crate::exit::{FAILED, Failure, INTERRUPTED};
use crate::output::Output;
use crate::progress::{Progress, SoFar};
use crate::signals::Stop;
use crate::words::{count, duration, path_word};

const ANOTHER_RUN: &str =
    "another run is at work on the same cells; each leaves to the other what that has begun";

/// The commit at which this program was built, if it was built from a repository.
const COMMIT: Option<&str> = option_env!("LONGTAIL_COMMIT");

/// Runs the missing cells of the experiment, then prints its comparison.
pub(crate) fn run(
    arguments: &RunArguments,
    catalogue: &Catalogue,
    stop: &Stop,
    output: Output,
) -> Result<ExitCode, Failure> {
    let mut experiment = Experiment::open(&arguments.file, catalogue, Depth::Report, output)?;
    experiment.tell_of_plan(output);
    sources::note(experiment.store.folder(), &experiment.described, output);
    let mut cells = Cells { arguments, machine: Machine::here(), asked: BTreeSet::new() };
    if let Some(which) = cells.too_large(&experiment) {
        output.warning(&format!("{which}\n  not run"));
    }
    run_all(&mut experiment, &mut cells, stop, output)?;
    stop.tables();

    let of = Circumstances { shard: arguments.shard, ..Circumstances::default() };
    report::tables(&mut experiment, TableFormat::Terminal, of, output)?;
    if stop.asked.load(Ordering::SeqCst) {
        let left = cells.missing(&experiment).len() + cells.to_come(&experiment);
        // Who asks when every cell is done, has what was to be had.
        if left != 0 {
            output.warning(&format!(
                "interrupted: {} left; run the same command again",
                count(left, "cell")
            ));
            return Ok(ExitCode::from(INTERRUPTED));
        }
    }
    experiment.agrees()?;
    let some_failed = tell_of_failed(&experiment, &cells, output);
    let is_done = !some_failed && cells.too_large(&experiment).is_none();
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// Which cells a command runs.
struct Cells<'a> {
    arguments: &'a RunArguments,
    machine: Machine,
    /// Those that it has begun.
    asked: BTreeSet<CellId>,
}

impl Cells<'_> {
    fn in_shard(&self, experiment: &Experiment, planned: &PlannedCell) -> bool {
        self.arguments.shard.is_none_or(|shard| experiment.plan.is_in(shard, &planned.cell))
    }

    fn wants(&self, experiment: &Experiment, planned: &PlannedCell) -> bool {
        let (id, contents) = (planned.cell.id, &experiment.contents);
        let is_done = contents.records.get(&id).is_some_and(|record| {
            let is_failed = matches!(record.trial.outcome, Outcome::Failed { .. });
            !(self.arguments.retry_failed && is_failed) || self.asked.contains(&id)
        });
        // A third opinion settles nothing between two that disagree.
        let is_open = !is_done && !contents.disagreements.contains_key(&id);
        is_open && self.in_shard(experiment, planned)
    }

    /// The cells to run, in the order in which they are begun.
    fn missing<'e>(&self, experiment: &'e Experiment) -> Vec<&'e PlannedCell> {
        let fits = |planned: &PlannedCell| self.machine.refuses(planned.cell.bytes).is_none();
        let mut missing = experiment.plan.run_order();
        missing.retain(|planned| self.wants(experiment, planned) && fits(planned));
        missing
    }

    /// How many cells are still to be chosen by the results of others.
    fn to_come(&self, experiment: &Experiment) -> usize {
        let to_come = experiment.plan.to_come().iter();
        to_come.filter(|planned| self.in_shard(experiment, planned)).count()
    }

    fn too_large(&self, experiment: &Experiment) -> Option<String> {
        experiment.too_large(self.machine, |planned| self.wants(experiment, planned))
    }
}

/// Runs what is missing, and then what follows from its results, until nothing does.
fn run_all(
    experiment: &mut Experiment,
    cells: &mut Cells<'_>,
    stop: &Stop,
    output: Output,
) -> Result<(), Failure> {
    let (start, mut all) = (Instant::now(), Summary::default());
    let mut so_far = None;
    loop {
        let missing = cells.missing(experiment);
        if missing.is_empty() || (so_far.is_some() && stop.asked.load(Ordering::SeqCst)) {
            break;
        }
        let asked: Vec<CellId> = missing.iter().map(|planned| planned.cell.id).collect();
        let (summary, now) = run_missing(experiment, &missing, cells, so_far, stop, output)?;
        so_far = Some(now);
        all.add(&summary);
        cells.asked.extend(&asked);
        experiment.read_again(output)?;
        check_kept(experiment, &asked, summary.left)?;
    }
    if so_far.is_none() {
        output.note(&format!("{}: nothing to run", count(experiment.plan.n_cells(), "cell")));
        return experiment.read_again(output);
    }
    output.note(&format!("{} in {}", described(&all), duration(start.elapsed().as_secs_f64())));
    Ok(())
}

/// Refuses a store from which cells are gone that were `asked` for and run.
fn check_kept(experiment: &Experiment, asked: &[CellId], n_left: usize) -> Result<(), Failure> {
    let kept = asked.iter().filter(|id| experiment.contents.holds(id)).count();
    let lost = (asked.len() - n_left).saturating_sub(kept);
    if lost == 0 {
        return Ok(());
    }
    let are = match lost {
        1 => "1 finished cell is".to_owned(),
        n => format!("{n} finished cells are"),
    };
    Err(Failure::Run(format!(
        "{are} no longer in the store {}: run the same command again",
        experiment.store.folder().display()
    )))
}

/// Warns of cells that failed; whether there are any.
fn tell_of_failed(experiment: &Experiment, cells: &Cells<'_>, output: Output) -> bool {
    let FileArguments { file, results, .. } = &cells.arguments.file;
    let failed =
        failures::failed(experiment, results, |planned| cells.in_shard(experiment, planned));
    if !failed.is_empty() {
        let file = path_word(file);
        let cells = count(failed.len(), "cell");
        output.warning(&format!(
            "{cells} failed: `longtail status {file} --failed` tells why, --retry-failed runs them again"
        ));
    }
    !failed.is_empty()
}

/// Runs cells that are known to be missing; the first ones are announced.
fn run_missing(
    experiment: &Experiment,
    missing: &[&PlannedCell],
    of: &Cells<'_>,
    so_far: Option<SoFar>,
    stop: &Stop,
    output: Output,
) -> Result<(Summary, SoFar), Failure> {
    let threads = of.arguments.threads.or_else(|| available_parallelism().ok());
    let threads = threads.map_or(1, NonZeroUsize::get).min(missing.len());
    let cells: Vec<TrialCell> = missing.iter().map(|planned| planned.cell.clone()).collect();
    if so_far.is_none() {
        let n_cells = experiment.plan.n_cells();
        let more = match of.to_come(experiment) {
            0 => String::new(),
            n => format!(", {n} more as these decide"),
        };
        output.note(&format!(
            "{} of {n_cells} to run on {}{more}",
            count(cells.len(), "cell"),
            count(threads, "thread")
        ));
        experiment.store.note_run(&experiment.provenance.begun(threads, COMMIT))?;
    }
    let to_come = experiment.plan.to_come().iter();
    let to_come: Vec<&PlannedCell> =
        to_come.filter(|planned| of.in_shard(experiment, planned)).collect();
    let so_far = so_far.unwrap_or_default();
    let mut progress = Progress::new(missing, &to_come, so_far, experiment.pace(), threads, output);
    let mut listen = |event: Event<'_>| match event {
        Event::Finished(record) => progress.finished(record),
        Event::Elsewhere(id) => progress.finished_elsewhere(id),
        Event::AnotherRun => progress.note(ANOTHER_RUN),
        Event::Waiting(cells) => {
            let cells = count(cells, "cell");
            progress.note(&format!("{cells} left, under way in the other run: waiting for it"));
        }
    };
    stop.cells();
    let Experiment { data, store, contents, .. } = experiment;
    let means = Means { threads, room: of.machine.room() };
    let summary = run_cells(&cells, data, store, contents, &means, &stop.asked, &mut listen);
    let so_far = progress.clear();
    Ok((summary?, so_far))
}

fn described(summary: &Summary) -> String {
    let mut text = format!("{} completed", count(summary.completed, "cell"));
    if summary.diverged != 0 {
        text += &format!(", {} diverged", summary.diverged);
    }
    if summary.failed != 0 {
        text += &format!(", {} failed", summary.failed);
    }
    if summary.elsewhere != 0 {
        text += &format!(", {} finished by another run", summary.elsewhere);
    }
    text
}
