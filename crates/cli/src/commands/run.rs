//! `longtail run FILE`: run what is missing, keep it, compare.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Instant;

use data::Catalogue;
use experiment::record::{Outcome, TrialRecord};
use experiment::run::{Summary, run as run_cells};
use experiment::trial::Cell;

use crate::args::{Format, RunArguments};
use crate::commands::{Experiment, count, duration, report, sources};
use crate::exit::{FAILED, Failure, INTERRUPTED};
use crate::output::Output;
use crate::progress::Progress;
use crate::signals::Stop;

/// Runs the missing cells of the experiment, then prints its comparison.
pub(crate) fn run(
    arguments: &RunArguments,
    catalogue: &Catalogue,
    stop: &Stop,
    output: Output,
) -> Result<ExitCode, Failure> {
    let mut experiment = Experiment::open(&arguments.file, catalogue, output)?;
    experiment.plan.warnings.iter().for_each(|warning| output.note(&format!("note: {warning}")));
    sources::note(experiment.store.folder(), &experiment.described)?;
    let missing = missing(&experiment, arguments);
    let summary = run_missing(&experiment, &missing, arguments, stop, output)?;
    stop.tables();
    experiment.read_again(output)?;

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
        let done = experiment.contents.records.get(&cell.id).is_some_and(|record| {
            !(arguments.retry_failed && matches!(record.trial.outcome, Outcome::Failed { .. }))
        });
        in_shard && !done
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
    let mut listen = |record: &TrialRecord| progress.finished(record, costs[&record.trial.id]);
    stop.cells();
    let summary =
        run_cells(&cells, &experiment.data, &experiment.store, threads, &stop.asked, &mut listen);
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
    text
}
