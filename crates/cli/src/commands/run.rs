//! `longtail run FILE`: run what is missing, keep it, compare.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Instant;

use data::Catalogue;
use experiment::CellId;
use experiment::memory::Machine;
use experiment::plan::PlannedCell;
use experiment::record::Outcome;
use experiment::run::{Event, Means, Summary, run as run_cells};
use experiment::trial::TrialCell;

use crate::args::{RunArguments, TableFormat};
use crate::commands::report::Circumstances;
use crate::commands::{Experiment, failures, report, sources};
use crate::exit::{FAILED, Failure, INTERRUPTED};
use crate::output::Output;
use crate::progress::Progress;
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
    let mut experiment = Experiment::open(&arguments.file, catalogue, output)?;
    experiment.tell_of_plan(output);
    sources::note(experiment.store.folder(), &experiment.described, output);
    let machine = Machine::here();
    let in_shard = |id: CellId| arguments.shard.is_none_or(|shard| shard.contains(id));
    let is_failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed { .. });
    let contents = &experiment.contents;
    let wanted = |planned: &PlannedCell| {
        let id = planned.cell.id;
        let done = contents
            .records
            .get(&id)
            .is_some_and(|record| !(arguments.retry_failed && is_failed(&record.trial.outcome)));
        // A third opinion settles nothing between two that disagree.
        in_shard(id) && !done && !contents.disagreements.contains_key(&id)
    };
    let too_large = experiment.too_large(machine, wanted);
    if let Some(which) = &too_large {
        output.warning(&format!("{which}\n  not run"));
    }
    let mut missing = experiment.plan.run_order();
    missing.retain(|planned| wanted(planned) && machine.refuses(planned.cell.bytes).is_none());
    let asked: Vec<CellId> = missing.iter().map(|planned| planned.cell.id).collect();
    let summary = run_missing(&experiment, &missing, machine, arguments, stop, output)?;
    stop.tables();
    experiment.read_again(output)?;
    check_kept(&experiment, &asked, summary.left)?;

    let of = Circumstances { shard: arguments.shard, ..Circumstances::default() };
    report::tables(&experiment, TableFormat::Terminal, of, output)?;
    // Who asks when every cell is done, has what was to be had.
    if summary.left != 0 {
        output.warning(&format!(
            "interrupted: {} left; run the same command again",
            count(summary.left, "cell")
        ));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    experiment.agrees()?;
    let some_failed = tell_of_failed(&experiment, arguments, in_shard, output);
    let is_done = !some_failed && too_large.is_none();
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
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
fn tell_of_failed(
    experiment: &Experiment,
    arguments: &RunArguments,
    in_shard: impl Fn(CellId) -> bool,
    output: Output,
) -> bool {
    let failed = failures::failed(experiment, &arguments.file.results, in_shard);
    if !failed.is_empty() {
        let file = path_word(&arguments.file.file);
        let cells = count(failed.len(), "cell");
        output.warning(&format!(
            "{cells} failed: `longtail status {file} --failed` tells why, --retry-failed runs them again"
        ));
    }
    !failed.is_empty()
}

fn run_missing(
    experiment: &Experiment,
    missing: &[&PlannedCell],
    machine: Machine,
    arguments: &RunArguments,
    stop: &Stop,
    output: Output,
) -> Result<Summary, Failure> {
    let n_cells = experiment.plan.cells.len();
    if missing.is_empty() {
        output.note(&format!("{}: nothing to run", count(n_cells, "cell")));
        return Ok(Summary::default());
    }
    let threads = arguments.threads.or_else(|| available_parallelism().ok());
    let threads = threads.map_or(1, NonZeroUsize::get).min(missing.len());
    let cells: Vec<TrialCell> = missing.iter().map(|planned| planned.cell.clone()).collect();
    let start = Instant::now();
    output.note(&format!(
        "{} of {n_cells} to run on {}",
        count(cells.len(), "cell"),
        count(threads, "thread")
    ));
    let mut progress = Progress::new(missing, experiment.pace(), threads, output);
    let mut listen = |event: Event<'_>| match event {
        Event::Finished(record) => progress.finished(record),
        Event::Elsewhere(id) => progress.finished_elsewhere(id),
        Event::AnotherRun => progress.note(ANOTHER_RUN),
        Event::Waiting(cells) => {
            let cells = count(cells, "cell");
            progress.note(&format!("{cells} left, under way in the other run: waiting for it"));
        }
    };
    experiment.store.note_run(&experiment.provenance.begun(threads, COMMIT))?;
    stop.cells();
    let Experiment { data, store, contents, .. } = experiment;
    let means = Means { threads, room: machine.room() };
    let summary = run_cells(&cells, data, store, contents, &means, &stop.asked, &mut listen);
    progress.clear();
    let summary = summary?;
    output.note(&format!("{} in {}", described(&summary), duration(start.elapsed().as_secs_f64())));
    Ok(summary)
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
