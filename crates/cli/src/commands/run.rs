//! `longtail run FILE`: run what is missing, keep it, compare.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Instant;

use data::Catalogue;
use experiment::record::Outcome;
use experiment::run::{Event, Summary, run as run_cells};
use experiment::trial::Cell;

use crate::args::{Format, RunArguments};
use crate::commands::{Experiment, count, duration, report, sources};
use crate::exit::{FAILED, Failure, INTERRUPTED};
use crate::output::Output;
use crate::progress::Progress;
use crate::signals::Stop;

const ANOTHER_RUN: &str =
    "another run is at work on the same cells; each leaves to the other what that has begun";

/// Runs the missing cells of the experiment, then prints its comparison.
pub(crate) fn run(
    arguments: &RunArguments,
    catalogue: &Catalogue,
    stop: &Stop,
    output: Output,
) -> Result<ExitCode, Failure> {
    let mut experiment = Experiment::open(&arguments.file, catalogue, output)?;
    experiment.plan.warnings.iter().for_each(|warning| output.note(&format!("note: {warning}")));
    sources::note(experiment.store.folder(), &experiment.described, output);
    let missing = missing(&experiment, arguments);
    let summary = run_missing(&experiment, &missing, arguments, stop, output)?;
    stop.tables();
    experiment.read_again(output)?;
    let kept = missing.iter().filter(|(cell, _)| experiment.contents.holds(&cell.id)).count();
    let lost = (missing.len() - summary.left).saturating_sub(kept);
    if lost != 0 {
        return Err(Failure::Run(format!(
            "{} no longer in the store {}: run the same command again",
            if lost == 1 {
                "1 finished cell is".to_owned()
            } else {
                format!("{lost} finished cells are")
            },
            experiment.store.folder().display()
        )));
    }

    report::tables(&experiment, Format::Terminal, output)?;
    // Who asks when every cell is done, has what was to be had.
    if summary.left != 0 {
        output.warning(&format!(
            "interrupted: {} left; run the same command again",
            count(summary.left, "cell")
        ));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    experiment.agrees()?;
    if summary.failed != 0 {
        return Ok(ExitCode::from(FAILED));
    }
    Ok(ExitCode::SUCCESS)
}

/// The cells of this shard that have no record yet, longest first.
fn missing(experiment: &Experiment, arguments: &RunArguments) -> Vec<(Cell, f64)> {
    let wanted = |cell: &Cell| {
        let in_shard = arguments.shard.is_none_or(|shard| shard.contains(cell.id));
        let contents = &experiment.contents;
        let done = contents.records.get(&cell.id).is_some_and(|record| {
            !(arguments.retry_failed && matches!(record.trial.outcome, Outcome::Failed { .. }))
        });
        // A third opinion settles nothing between two that disagree.
        in_shard && !done && !contents.disagreements.contains_key(&cell.id)
    };
    let order = experiment.plan.run_order().into_iter();
    order.filter(|planned| wanted(&planned.cell)).map(|p| (p.cell.clone(), p.cost)).collect()
}

fn run_missing(
    experiment: &Experiment,
    missing: &[(Cell, f64)],
    arguments: &RunArguments,
    stop: &Stop,
    output: Output,
) -> Result<Summary, Failure> {
    let n_cells = experiment.plan.cells.len();
    if missing.is_empty() {
        output.note(&format!("{}: nothing to run", count(n_cells, "cell")));
        return Ok(Summary::default());
    }
    let threads =
        arguments.threads.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let costs: BTreeMap<_, _> = missing.iter().map(|(cell, cost)| (cell.id, *cost)).collect();
    let cells: Vec<Cell> = missing.iter().map(|(cell, _)| cell.clone()).collect();
    let start = Instant::now();
    output.note(&format!(
        "{} of {n_cells} to run on {}",
        count(cells.len(), "cell"),
        count(threads, "thread")
    ));
    let mut progress = Progress::new(cells.len(), costs.values().sum(), output);
    let mut listen = |event: Event<'_>| match event {
        Event::Finished(record) => progress.finished(record, costs[&record.trial.id]),
        Event::Elsewhere(id) => progress.finished_elsewhere(costs[&id]),
        Event::AnotherRun => progress.note(ANOTHER_RUN),
        Event::Waiting(cells) => {
            let cells = count(cells, "cell");
            progress.note(&format!("{cells} left, under way in the other run: waiting for it"));
        }
    };
    stop.cells();
    let Experiment { data, store, contents, .. } = experiment;
    let summary = run_cells(&cells, data, store, contents, threads, &stop.asked, &mut listen);
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
