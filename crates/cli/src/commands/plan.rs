//! `longtail plan FILE`: every cell, in or out and why, done or not, and what it will cost.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::thread::available_parallelism;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use data::Catalogue;
use experiment::memory::{Machine, shown};
use experiment::plan::{LeftOut, Plan, PlannedCell, PlannedCombination, ReachedProfile};
use experiment::store::Depth;
use experiment::{Axis, CellId};
use serde::Serialize;
use strum::IntoEnumIterator;

use crate::args::PlanArguments;
use crate::commands::Experiment;
use crate::commands::in_order::InOrder;
use crate::exit::Failure;
use crate::output::Output;
use crate::words::{count, duration};

#[derive(Serialize)]
struct JsonPlan<'a> {
    experiment: &'a str,
    /// What is searched and how.
    search: Option<&'a str>,
    cells: Vec<JsonCell<'a>>,
    /// Cells that are still to be chosen by the results of others.
    to_come: usize,
    left_out: Vec<JsonLeftOut<'a>>,
    /// What the profile of each data set that has one reaches.
    profiles: &'a BTreeMap<String, ReachedProfile>,
    warnings: &'a [String],
    notes: &'a [String],
}

#[derive(Serialize)]
struct JsonCell<'a> {
    id: CellId,
    outcome: Option<&'static str>,
    axes: &'a BTreeMap<Axis, String>,
    fold: usize,
    seed: u64,
    seconds: f64,
    /// Estimated memory.
    bytes: u64,
    /// Whether that is more than this machine has.
    too_large: bool,
    /// Whether the bits of its result are promised everywhere.
    reproducible: bool,
}

#[derive(Serialize)]
struct JsonLeftOut<'a> {
    axes: &'a BTreeMap<Axis, String>,
    cells: usize,
    reason: &'a str,
}

impl<'a> JsonLeftOut<'a> {
    fn of(out: &'a LeftOut) -> Self {
        JsonLeftOut { axes: &out.labels, cells: out.n_cells, reason: &out.reason }
    }
}

/// Prints the plan.
pub(crate) fn plan(
    arguments: &PlanArguments,
    catalogue: &Catalogue,
    output: Output,
) -> Result<ExitCode, Failure> {
    let experiment = Experiment::open(&arguments.file, catalogue, Depth::End, output)?;
    if output.json {
        output.print_json(&json(&experiment))?;
    } else {
        output.print(&summary(&experiment))?;
        if arguments.cells {
            output.print(&cells(&experiment))?;
        }
        experiment.tell_of_plan(output);
    }
    Ok(ExitCode::SUCCESS)
}

fn outcome(experiment: &Experiment, planned: &PlannedCell) -> Option<&'static str> {
    experiment.contents.records.get(&planned.cell.id).map(|record| record.trial.outcome.name())
}

fn json(experiment: &Experiment) -> JsonPlan<'_> {
    let plan = &experiment.plan;
    let (machine, pace) = (Machine::here(), experiment.pace());
    let cell = |planned: &PlannedCell| JsonCell {
        id: planned.cell.id,
        outcome: outcome(experiment, planned),
        axes: plan.labels_of(planned),
        fold: planned.cell.spec.fold,
        seed: planned.cell.spec.seed,
        seconds: pace.seconds(planned),
        bytes: planned.cell.bytes,
        too_large: machine.refuses(planned.cell.bytes).is_some(),
        reproducible: plan.combinations[planned.combination].reproducible,
    };
    JsonPlan {
        experiment: &plan.name,
        search: plan.search.as_deref(),
        to_come: plan.to_come().len(),
        cells: plan.cells.iter().map(cell).collect(),
        left_out: plan.left_out.iter().map(JsonLeftOut::of).collect(),
        profiles: &plan.profiles,
        warnings: &plan.warnings,
        notes: &plan.notes,
    }
}

/// A row for each method, a paragraph for what is left out.
fn summary(experiment: &Experiment) -> String {
    let plan = &experiment.plan;
    let done = plan.cells.iter().filter(|planned| outcome(experiment, planned).is_some()).count();
    let n_left_out: usize = plan.left_out.iter().map(|out| out.n_cells).sum();
    let (machine, pace) = (Machine::here(), experiment.pace());
    let fits = |planned: &&PlannedCell| machine.refuses(planned.cell.bytes).is_none();
    let missing = plan.cells.iter().filter(|planned| outcome(experiment, planned).is_none());
    let todo: Vec<&PlannedCell> = missing.chain(plan.to_come()).filter(fits).collect();
    let seconds: f64 = todo.iter().map(|planned| pace.seconds(planned)).sum();
    let too_large = match plan.n_cells() - done - todo.len() {
        0 => String::new(),
        n => format!(", {n} too large"),
    };
    let threads = available_parallelism().map_or(1, usize::from);
    let mut text = format!(
        "{}: {}, {done} done, {} to run{too_large}; {n_left_out} left out\n\
         about {} of processor time, {} on {}\n\n",
        plan.name,
        count(plan.n_cells(), "cell"),
        todo.len(),
        duration(seconds),
        duration(seconds / threads as f64),
        count(threads, "thread"),
    );
    text += &methods(experiment).to_string();
    text.push('\n');
    if let Some(search) = &plan.search {
        text += &format!("{search}\n");
    }
    if plan.halving.is_some() {
        let all = plan.cells.iter().chain(plan.to_come());
        let trainings = all.filter_map(|planned| planned.cell.spec.steps());
        let epochs: usize = trainings.map(|training| training.epochs.get()).sum();
        let to_come = match plan.to_come().len() {
            1 => "1 cell is".to_owned(),
            n => format!("{n} cells are"),
        };
        text += &format!(
            "{to_come} still to be chosen by the results of others; {} in all\n",
            count(epochs, "epoch")
        );
    }
    for (dataset, profile) in &plan.profiles {
        text += &format!("{dataset}: imbalance ratio {} in training parts\n", profile.reached());
    }
    if let Some(which) = experiment.too_large(machine, |planned| experiment.is_missing(planned)) {
        text += &format!("\n{which}\n");
    }
    let mut combinations = running(plan);
    combinations.extend(plan.left_out.iter().map(|out| &out.labels));
    let axes = varying(&combinations);
    for (reason, outs) in reasons(&plan.left_out) {
        let n_cells: usize = outs.iter().map(|out| out.n_cells).sum();
        text += &format!("\nleft out, {}: {reason}\n", count(n_cells, "cell"));
        for out in distinct(&outs, &axes) {
            text += &format!("  {out}\n");
        }
    }
    text
}

/// Axes on which the combinations differ, apart from the data set. A learner that has no such thing, as a
/// classical one has no loss, does not differ.
fn varying(combinations: &[&BTreeMap<Axis, String>]) -> Vec<Axis> {
    let differs = |axis: &Axis| {
        let mut labels = combinations.iter().filter_map(|labels| labels.get(axis));
        let first = labels.next();
        labels.any(|label| Some(label) != first)
    };
    Axis::iter().filter(|&axis| axis != Axis::Dataset).filter(differs).collect()
}

/// The axes that tell methods apart.
pub(crate) fn method_axes(plan: &Plan) -> Vec<Axis> {
    let axes = varying(&running(plan));
    if axes.is_empty() { vec![Axis::Model, Axis::Loss] } else { axes }
}

/// What stands on the axes of what runs, all settings of a search as one.
fn running(plan: &Plan) -> Vec<&BTreeMap<Axis, String>> {
    plan.combinations.iter().map(|combination| &combination.family).collect()
}

/// The cells of a method.
#[derive(Default)]
struct Tally {
    cells: usize,
    completed: usize,
    /// Diverged or failed.
    others: usize,
    /// Estimated, of those to run.
    seconds: f64,
    /// Estimated, of the largest.
    bytes: u64,
}

/// What varies, and whether bits are promised everywhere if some are not; how many cells, and what they cost.
fn methods(experiment: &Experiment) -> Table {
    let (plan, pace) = (&experiment.plan, experiment.pace());
    let axes = method_axes(plan);
    let some_bound = plan.combinations.iter().any(|combination| !combination.reproducible);
    let method = |combination: &PlannedCombination| -> Vec<String> {
        let of = |axis: &Axis| combination.family.get(axis).map_or("—", String::as_str).to_owned();
        let bound = some_bound.then(|| combination.reproducible.to_string());
        axes.iter().map(of).chain(bound).collect()
    };
    let mut tallies: Vec<Tally> = plan.combinations.iter().map(|_| Tally::default()).collect();
    for planned in &plan.cells {
        let tally = &mut tallies[planned.combination];
        tally.cells += 1;
        tally.bytes = tally.bytes.max(planned.cell.bytes);
        match outcome(experiment, planned) {
            None => tally.seconds += pace.seconds(planned),
            Some("completed") => tally.completed += 1,
            Some(_) => tally.others += 1,
        }
    }
    for planned in plan.to_come() {
        let tally = &mut tallies[planned.combination];
        tally.cells += 1;
        tally.seconds += pace.seconds(planned);
    }
    let mut rows: InOrder<Vec<String>, Tally> = InOrder::new();
    for (combination, tally) in plan.combinations.iter().zip(tallies) {
        let row = rows.of(method(combination));
        row.cells += tally.cells;
        row.completed += tally.completed;
        row.others += tally.others;
        row.seconds += tally.seconds;
        row.bytes = row.bytes.max(tally.bytes);
    }
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    let counted = ["cells", "done", "diverged or failed", "time left", "memory"];
    let names = axes.iter().map(|axis| axis.name()).chain(some_bound.then_some("reproducible"));
    table.set_header(names.chain(counted));
    for (method, tally) in rows {
        let Tally { cells, completed, others, seconds, bytes } = tally;
        let time = if completed + others == cells { "—".to_owned() } else { duration(seconds) };
        let counts = [cells, completed, others].map(|n| n.to_string());
        table.add_row(method.into_iter().chain(counts).chain([time, shown(bytes)]));
    }
    let n_labels = axes.len() + usize::from(some_bound);
    table.column_iter_mut().skip(n_labels).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

fn reasons(left_out: &[LeftOut]) -> InOrder<&str, Vec<&LeftOut>> {
    let mut reasons: InOrder<&str, Vec<&LeftOut>> = InOrder::new();
    left_out.iter().for_each(|out| reasons.of(&out.reason).push(out));
    reasons
}

/// Data sets that are named one by one.
const NAMED: usize = 4;

/// What is left out, each combination of `axes` once with the data sets it concerns.
fn distinct(outs: &[&LeftOut], axes: &[Axis]) -> Vec<String> {
    let mut seen: InOrder<String, Vec<&str>> = InOrder::new();
    for out in outs {
        let text: Vec<&str> =
            axes.iter().filter_map(|axis| out.labels.get(axis)).map(String::as_str).collect();
        let dataset = out.labels[&Axis::Dataset].as_str();
        let datasets = seen.of(text.join(" · "));
        if !datasets.contains(&dataset) {
            datasets.push(dataset);
        }
    }
    let line = |(text, datasets): (String, Vec<&str>)| {
        let on = match datasets.len() {
            ..=NAMED => datasets.join(", "),
            n => count(n, "data set"),
        };
        if text.is_empty() { on } else { format!("{text}  ({on})") }
    };
    seen.into_iter().map(line).collect()
}

fn cells(experiment: &Experiment) -> String {
    let plan = &experiment.plan;
    let labels: Vec<_> = plan.combinations.iter().map(|combination| &combination.labels).collect();
    let axes = varying(&labels);
    let mut text = "\n".to_owned();
    for planned in &plan.cells {
        let (spec, labels) = (&planned.cell.spec, plan.labels_of(planned));
        let method: Vec<&str> =
            axes.iter().filter_map(|axis| labels.get(axis)).map(String::as_str).collect();
        text += &format!(
            "{}  {:<9}  {}  fold {}  seed {}  {}\n",
            planned.cell.id.short(),
            outcome(experiment, planned).unwrap_or("to run"),
            spec.dataset,
            spec.fold,
            spec.seed,
            method.join(" · "),
        );
    }
    text
}
