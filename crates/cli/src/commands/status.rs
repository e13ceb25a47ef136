//! `longtail status FILE`: how much of an experiment is done.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::process::ExitCode;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use data::Catalogue;
use experiment::Axis;
use experiment::memory::Machine;
use experiment::pace::Pace;
use experiment::plan::PlannedCell;
use experiment::record::Outcome;
use experiment::store::{Contents, Depth};
use rayon::prelude::*;
use serde::Serialize;

use crate::args::StatusArguments;
use crate::commands::{Experiment, failures};
use crate::exit::Failure;
use crate::output::Output;
use crate::words::{count, duration};

#[derive(Clone, Copy, Default, Serialize)]
struct Tally {
    planned: usize,
    completed: usize,
    diverged: usize,
    failed: usize,
    /// Have two results, so that none counts.
    contradictory: usize,
    missing: usize,
    /// Of the missing, those that are still to be chosen by the results of others.
    to_come: usize,
}

/// What became of a cell.
#[derive(Clone, Copy)]
enum End {
    Completed,
    Diverged,
    Failed,
    Contradictory,
    Missing,
}

impl End {
    fn of(contents: &Contents, planned: &PlannedCell) -> Self {
        let id = &planned.cell.id;
        match contents.records.get(id).map(|record| &record.trial.outcome) {
            Some(Outcome::Completed) => End::Completed,
            Some(Outcome::Diverged { .. }) => End::Diverged,
            Some(Outcome::Failed { .. }) => End::Failed,
            None if contents.disagreements.contains_key(id) => End::Contradictory,
            None => End::Missing,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.planned += more.planned;
        self.completed += more.completed;
        self.diverged += more.diverged;
        self.failed += more.failed;
        self.contradictory += more.contradictory;
        self.missing += more.missing;
        self.to_come += more.to_come;
    }
}

#[derive(Serialize)]
struct Status<'a> {
    experiment: &'a str,
    total: Tally,
    datasets: BTreeMap<String, Tally>,
    disagreements: usize,
    missing_seconds: f64,
    runs_at_work: usize,
}

/// Prints a tally for each data set and for the whole, or the cells that failed.
pub(crate) fn status(
    arguments: &StatusArguments,
    catalogue: &Catalogue,
    output: Output,
) -> Result<ExitCode, Failure> {
    let StatusArguments { file, failed } = arguments;
    let experiment = Experiment::open(file, catalogue, Depth::End, output)?;
    if *failed {
        let cells = failures::failed(&experiment, &file.results, |_| true);
        if output.json {
            output.print_json(&cells)?;
        } else {
            output.print(&failures::text(&experiment, &cells))?;
        }
    } else {
        let status = Status::of(&experiment);
        if output.json {
            output.print_json(&status)?;
        } else {
            output.print(&status.text(&experiment))?;
        }
    }
    experiment.agrees()?;
    // The program ends: giving back a million records one by one would keep its user waiting.
    std::mem::forget(experiment);
    Ok(ExitCode::SUCCESS)
}

impl<'a> Status<'a> {
    fn of(experiment: &'a Experiment) -> Self {
        let (plan, contents) = (&experiment.plan, &experiment.contents);
        let (mut tallies, mut missing) = (vec![Tally::default(); plan.combinations.len()], vec![]);
        let ends = plan.cells.par_iter().map(|planned| End::of(contents, planned));
        for (planned, end) in plan.cells.iter().zip(ends.collect::<Vec<_>>()) {
            let tally = &mut tallies[planned.combination];
            tally.planned += 1;
            match end {
                End::Completed => tally.completed += 1,
                End::Diverged => tally.diverged += 1,
                End::Failed => tally.failed += 1,
                End::Contradictory => tally.contradictory += 1,
                End::Missing => {
                    tally.missing += 1;
                    missing.push(planned);
                }
            }
        }
        for planned in plan.to_come() {
            let tally = &mut tallies[planned.combination];
            tally.planned += 1;
            tally.missing += 1;
            tally.to_come += 1;
            missing.push(planned);
        }
        let pace = if missing.is_empty() { Pace::default() } else { experiment.pace() };
        let missing_seconds = missing.into_iter().map(|planned| pace.seconds(planned)).sum();
        let mut datasets: BTreeMap<String, Tally> = BTreeMap::new();
        let mut total = Tally::default();
        for (combination, tally) in plan.combinations.iter().zip(tallies) {
            let dataset = combination.labels[&Axis::Dataset].clone();
            *datasets.entry(dataset).or_default() += tally;
            total += tally;
        }
        Status {
            experiment: &experiment.plan.name,
            total,
            datasets,
            disagreements: experiment.contradictory().len(),
            missing_seconds,
            runs_at_work: experiment.store.runs_at_work(),
        }
    }

    fn text(&self, experiment: &Experiment) -> String {
        let mut text = format!("{}\n{}\n", self.experiment, table(&self.datasets, self.total));
        if self.total.missing != 0 {
            let time = duration(self.missing_seconds);
            text += &format!("about {time} of processor time is left\n");
        }
        if self.total.to_come != 0 {
            let missing = count(self.total.missing, "missing cell");
            text += &format!(
                "of {missing}, {} still to be chosen by the results of others\n",
                self.total.to_come
            );
        }
        let is_missing = |planned: &PlannedCell| experiment.is_missing(planned);
        if let Some(which) = experiment.too_large(Machine::here(), is_missing) {
            text += &format!("{which}\n");
        }
        if self.runs_at_work != 0 {
            text += &format!("{} at work\n", count(self.runs_at_work, "run"));
        }
        text
    }
}

fn table(datasets: &BTreeMap<String, Tally>, total: Tally) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    let mut header = vec!["data set", "cells", "completed", "diverged", "failed", "missing"];
    if total.contradictory != 0 {
        header.push("contradictory");
    }
    let row = |name: &str, t: &Tally| {
        let counts = [t.planned, t.completed, t.diverged, t.failed, t.missing, t.contradictory];
        let cells = [name.to_owned()].into_iter().chain(counts.map(|n| n.to_string()));
        cells.take(header.len()).collect::<Vec<_>>()
    };
    table.set_header(&header);
    for (name, tally) in datasets {
        table.add_row(row(name, tally));
    }
    if datasets.len() != 1 {
        table.add_row(row("all", &total));
    }
    table
        .column_iter_mut()
        .skip(1)
        .for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}
