//! `longtail explain FILE ROW DATASET METRIC`: from a number of a table to its cells.

use std::process::ExitCode;

use data::Catalogue;
use evaluation::Metric;
use experiment::file::{ReportSpec, did_you_mean};
use experiment::store::Depth;
use report::{Explained, Explainer, render};
use serde::Serialize;

use crate::args::ExplainArguments;
use crate::commands::Experiment;
use crate::commands::failures::replay;
use crate::commands::report::selects;
use crate::exit::Failure;
use crate::output::Output;
use crate::words::{path_word, visible, word};

#[derive(Serialize)]
struct Names<'a> {
    rows: &'a [String],
    datasets: &'a [String],
    metrics: Vec<&'static str>,
}

/// Prints the numbers of a row, or the cells of one of them.
pub(crate) fn explain(
    arguments: &ExplainArguments,
    catalogue: &Catalogue,
    output: Output,
) -> Result<ExitCode, Failure> {
    let experiment = Experiment::open(&arguments.file, catalogue, Depth::Report, output)?;
    let plan = &experiment.plan;
    let cells: Vec<_> = plan.compared().map(|planned| &planned.cell).collect();
    let records = experiment.records();
    selects(arguments.select_by, &plan.report)?;
    let select_by = arguments.select_by.or(plan.report.select_by);
    let baseline = arguments.baseline.clone().or_else(|| plan.report.baseline.clone());
    let spec = ReportSpec { select_by, baseline, ..plan.report.clone() };
    let explainer = Explainer::new(&cells, &records, &plan.datasets, &plan.labels, &spec);
    let (rows, datasets) = (explainer.rows(), explainer.datasets());
    if let Some(asked) = &arguments.baseline {
        find("row", asked, &rows)?;
    }
    let first = plan.report.metrics.first().copied();
    let metric = arguments.metric.or(first).unwrap_or(Metric::AveragePrecision);
    let decimals = plan.report.decimals;
    let place = |what, given: &Option<String>, known: &[String]| {
        given.as_ref().map(|given| find(what, given, known)).transpose()
    };
    let dataset = place("data set", &arguments.dataset, &datasets)?;
    match (place("row", &arguments.row, &rows)?, dataset) {
        (None, _) => names(
            arguments,
            &Names { rows: &rows, datasets: &datasets, metrics: shown(plan) },
            output,
        )?,
        (Some(row), None) => {
            let entries = 0..datasets.len();
            let entries: Vec<Explained> =
                entries.map(|dataset| explainer.explained(row, dataset, metric)).collect();
            if output.json {
                output.print_json(&entries)?;
            } else {
                output.print(&render::explained_row(&entries, decimals))?;
            }
        }
        (Some(row), Some(dataset)) => {
            let explained = explainer.explained(row, dataset, metric);
            if output.json {
                output.print_json(&explained)?;
            } else {
                output.print(&render::explained(&explained, decimals))?;
                output.print(&ends(&explained))?;
                let mut cells = explained.runs.iter().flat_map(|run| &run.cells);
                if let Some(cell) = cells.find(|cell| cell.seconds.is_some()) {
                    let command = replay(cell.id, &arguments.file.results);
                    output.print(&format!("\nany of them again, bit for bit: {command}\n"))?;
                }
            }
        }
    }
    experiment.agrees()?;
    Ok(ExitCode::SUCCESS)
}

/// The metrics of the tables.
fn shown(plan: &experiment::plan::Plan) -> Vec<&'static str> {
    plan.report.metrics.iter().map(|metric| metric.name()).collect()
}

/// What there is to be explained.
fn names(arguments: &ExplainArguments, names: &Names<'_>, output: Output) -> Result<(), Failure> {
    if output.json {
        return output.print_json(names);
    }
    let list = |what: &str, names: &[String]| {
        format!("{what}:\n{}", names.iter().map(|name| format!("  {name}\n")).collect::<String>())
    };
    let metrics: Vec<String> = names.metrics.iter().map(ToString::to_string).collect();
    let row = names.rows.first().map_or_else(String::new, |row| word(row));
    let dataset = names.datasets.first().map_or_else(String::new, |name| word(name));
    output.print(&format!(
        "{}{}{}\nlongtail explain {} {row} {dataset}\n",
        list("rows", names.rows),
        list("data sets", names.datasets),
        list("metrics (and any other of `longtail methods`)", &metrics),
        path_word(&arguments.file.file),
    ))
}

/// Why cells ended before their time, a line a reason with the cells that it is of.
fn ends(explained: &Explained) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for run in &explained.runs {
        for cell in &run.cells {
            let Some(reason) = &cell.ended else { continue };
            let cell = format!("fold {} of seed {}", cell.fold, run.seed);
            match reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, cells)) => cells.push(cell),
                None => reasons.push((reason, vec![cell])),
            }
        }
    }
    let line = |(reason, cells): (&str, Vec<String>)| {
        format!("{}: {}\n", cells.join(", "), visible(reason))
    };
    let lines: String = reasons.into_iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn find(what: &str, given: &str, known: &[String]) -> Result<usize, Failure> {
    known.iter().position(|name| name == given).ok_or_else(|| {
        let help = did_you_mean(given, known.iter().map(String::as_str));
        let help = help.unwrap_or_else(|| format!("they are: {}", known.join(", ")));
        Failure::Usage(format!("no {what} of the tables is called `{given}`: {help}"))
    })
}
