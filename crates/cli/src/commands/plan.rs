//! `longtail plan FILE`: every cell, in or out and why, done or not, and what it will cost.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::thread::available_parallelism;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use data::Catalogue;
use experiment::plan::{LeftOut, PlannedCell};
use experiment::{Axis, CellId};
use serde::Serialize;
use strum::IntoEnumIterator;

use crate::args::PlanArguments;
use crate::commands::{Experiment, count, duration};
use crate::exit::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct JsonPlan<'a> {
    experiment: &'a str,
    cells: Vec<JsonCell>,
    left_out: Vec<JsonLeftOut<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct JsonCell {
    id: CellId,
    outcome: Option<&'static str>,
    axes: BTreeMap<Axis, String>,
    fold: usize,
    seed: u64,
    seconds: f64,
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
    let experiment = Experiment::open(&arguments.file, catalogue, output)?;
    if output.json {
        output.print_json(&json(&experiment))?;
    } else {
        output.print(&summary(&experiment))?;
        if arguments.cells {
            output.print(&cells(&experiment))?;
        }
        experiment.plan.warnings.iter().for_each(|warning| output.warning(warning));
    }
    Ok(ExitCode::SUCCESS)
}

fn outcome(experiment: &Experiment, planned: &PlannedCell) -> Option<&'static str> {
    experiment.contents.records.get(&planned.cell.id).map(|record| record.trial.outcome.name())
}

fn labels(planned: &PlannedCell) -> BTreeMap<Axis, String> {
    Axis::iter().filter_map(|axis| Some((axis, planned.cell.spec.label(axis)?))).collect()
}

fn json(experiment: &Experiment) -> JsonPlan<'_> {
    let plan = &experiment.plan;
    let cell = |planned: &PlannedCell| JsonCell {
        id: planned.cell.id,
        outcome: outcome(experiment, planned),
        axes: labels(planned),
        fold: planned.cell.spec.fold,
        seed: planned.cell.spec.seed,
        seconds: planned.cost,
        reproducible: planned.cell.spec.reproducible(),
    };
    JsonPlan {
        experiment: &plan.name,
        cells: plan.cells.iter().map(cell).collect(),
        left_out: plan.left_out.iter().map(JsonLeftOut::of).collect(),
        warnings: &plan.warnings,
    }
}

/// A row for each method, a paragraph for what is left out.
fn summary(experiment: &Experiment) -> String {
    let plan = &experiment.plan;
    let done = plan.cells.iter().filter(|planned| outcome(experiment, planned).is_some()).count();
    let n_left_out: usize = plan.left_out.iter().map(|out| out.n_cells).sum();
    let todo = plan.cells.iter().filter(|planned| outcome(experiment, planned).is_none());
    let seconds: f64 = todo.map(|planned| planned.cost).sum();
    let threads = available_parallelism().map_or(1, usize::from);
    let mut text = format!(
        "{}: {}, {done} done, {} to run; {n_left_out} left out\n\
         about {} of processor time, {} on {}\n\n",
        plan.name,
        count(plan.cells.len(), "cell"),
        plan.cells.len() - done,
        duration(seconds),
        duration(seconds / threads as f64),
        count(threads, "thread"),
    );
    text += &methods(experiment).to_string();
    text.push('\n');
    let combinations = plan.cells.iter().map(labels);
    let combinations = combinations.chain(plan.left_out.iter().map(|out| out.labels.clone()));
    let axes = varying(&combinations.collect::<Vec<_>>());
    for (reason, outs) in reasons(&plan.left_out) {
        let n_cells: usize = outs.iter().map(|out| out.n_cells).sum();
        text += &format!("\nleft out, {}: {reason}\n", count(n_cells, "cell"));
        for out in distinct(&outs, &axes) {
            text += &format!("  {out}\n");
        }
    }
    text
}

/// Axes on which the cells differ, apart from the data set. A learner that has no such thing, as a
/// classical one has no loss, does not differ.
fn varying(cells: &[BTreeMap<Axis, String>]) -> Vec<Axis> {
    let differs = |axis: &Axis| {
        let mut labels = cells.iter().filter_map(|cell| cell.get(axis));
        let first = labels.next();
        labels.any(|label| Some(label) != first)
    };
    Axis::iter().filter(|&axis| axis != Axis::Dataset).filter(differs).collect()
}

/// What varies, and whether bits are promised everywhere if some are not; how many cells, and what they cost.
fn methods(experiment: &Experiment) -> Table {
    let plan = &experiment.plan;
    let cells: Vec<_> = plan.cells.iter().map(labels).collect();
    let mut axes = varying(&cells);
    if axes.is_empty() {
        axes = vec![Axis::Model, Axis::Loss];
    }
    let some_bound = plan.cells.iter().any(|planned| !planned.cell.spec.reproducible());
    let mut rows: Vec<(Vec<String>, [usize; 3], f64)> = Vec::new();
    for (planned, labels) in plan.cells.iter().zip(&cells) {
        let mut method: Vec<String> = axes
            .iter()
            .map(|axis| labels.get(axis).map_or("—", String::as_str).to_owned())
            .collect();
        method.extend(some_bound.then(|| planned.cell.spec.reproducible().to_string()));
        let position = rows.iter().position(|(known, ..)| *known == method).unwrap_or_else(|| {
            rows.push((method, [0; 3], 0.0));
            rows.len() - 1
        });
        let (_, counts, cost) = &mut rows[position];
        counts[0] += 1;
        match outcome(experiment, planned) {
            None => *cost += planned.cost,
            Some("completed") => counts[1] += 1,
            Some(_) => counts[2] += 1,
        }
    }
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    let counted = ["cells", "done", "diverged or failed", "time left"];
    let names = axes.iter().map(|axis| axis.name()).chain(some_bound.then_some("reproducible"));
    table.set_header(names.chain(counted));
    for (method, counts, cost) in rows {
        let time =
            if counts[1] + counts[2] == counts[0] { "—".to_owned() } else { duration(cost) };
        table.add_row(method.into_iter().chain(counts.map(|n| n.to_string())).chain([time]));
    }
    let n_labels = axes.len() + usize::from(some_bound);
    table.column_iter_mut().skip(n_labels).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

fn reasons(left_out: &[LeftOut]) -> Vec<(&str, Vec<&LeftOut>)> {
    let mut reasons: Vec<(&str, Vec<&LeftOut>)> = Vec::new();
    for out in left_out {
        match reasons.iter_mut().find(|(reason, _)| *reason == out.reason) {
            Some((_, outs)) => outs.push(out),
            None => reasons.push((&out.reason, vec![out])),
        }
    }
    reasons
}

/// Data sets that are named one by one.
const NAMED: usize = 4;

/// What is left out, each combination of `axes` once with the data sets it concerns.
fn distinct(outs: &[&LeftOut], axes: &[Axis]) -> Vec<String> {
    let mut seen: Vec<(String, Vec<&str>)> = Vec::new();
    for out in outs {
        let text: Vec<&str> =
            axes.iter().filter_map(|axis| out.labels.get(axis)).map(String::as_str).collect();
        let text = text.join(" · ");
        let dataset = out.labels[&Axis::Dataset].as_str();
        match seen.iter_mut().find(|(known, _)| *known == text) {
            Some((_, datasets)) if datasets.contains(&dataset) => {}
            Some((_, datasets)) => datasets.push(dataset),
            None => seen.push((text, vec![dataset])),
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
    let all: Vec<_> = plan.cells.iter().map(labels).collect();
    let axes = varying(&all);
    let mut text = "\n".to_owned();
    for (planned, labels) in plan.cells.iter().zip(&all) {
        let spec = &planned.cell.spec;
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
