//! `longtail report FILE`: tables and comparison from what is recorded.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use data::Catalogue;
use evaluation::Metric;
use experiment::file::ReportSpec;
use experiment::record::TrialRecord;
use experiment::spec::LearnerSpec;
use experiment::store::Depth;
use report::{Comparison, PAGE, Published, published, render};
use serde::Serialize;

use crate::args::{ReportArguments, TableFormat};
use crate::commands::tables::{Circumstances, Made, made, n_missing};
use crate::commands::{Experiment, open};
use crate::exit::{Failure, GATE};
use crate::output::Output;
use crate::words::count;

#[derive(Serialize)]
struct ReportOutput<'a> {
    experiment: &'a str,
    cells: usize,
    recorded: usize,
    digest: &'a str,
    folder: String,
    /// What `--set` laid over the experiment file.
    sets: &'a [String],
    comparison: &'a Comparison,
}

/// Refuses to write PNG where this program does not.
pub(crate) fn can_paint(png: bool) -> Result<(), Failure> {
    if png && cfg!(not(feature = "png")) {
        let message = "--png: this longtail writes SVG alone: build one that paints with `cargo install --path crates/cli \
                       --features png`, or open the SVG files in a browser";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(())
}

/// Rebuilds the tables and prints the comparison.
pub(crate) fn report(
    arguments: &ReportArguments,
    catalogue: &Catalogue,
    output: Output,
) -> Result<ExitCode, Failure> {
    can_paint(arguments.png)?;
    let depth = if arguments.tables { Depth::Tables } else { Depth::Report };
    let mut experiment = Experiment::open(&arguments.file, catalogue, depth, output)?;
    if !experiment.has_records() {
        experiment.agrees()?;
        let file = arguments.file.file.display();
        let message = format!("nothing is recorded yet: run `longtail run {file}` first");
        return Err(Failure::Usage(message));
    }
    if let Some(table) = &arguments.against {
        return against(&experiment, table, arguments.tolerance, output);
    }
    selects(arguments.select_by, &experiment.plan.report)?;
    let of = Circumstances {
        shard: None,
        asked: arguments.baseline.as_deref(),
        select_by: arguments.select_by,
        tables_alone: arguments.tables,
    };
    tables(&mut experiment, arguments.format, of, output)?;
    #[cfg(feature = "png")]
    if arguments.png {
        report::paint_figures(experiment.store.folder())?;
    }
    if arguments.open {
        open::page(&experiment.store.folder().join(PAGE))?;
    }
    experiment.agrees()?;
    // The program ends: giving back a million records one by one would keep its user waiting.
    std::mem::forget(experiment);
    Ok(ExitCode::SUCCESS)
}

/// Prints published figures beside ours; the exit code says whether they agree.
fn against(
    experiment: &Experiment,
    table: &Path,
    tolerance: Option<f64>,
    output: Output,
) -> Result<ExitCode, Failure> {
    if experiment.plan.published.is_empty() {
        let message = "the experiment file does not say what to compare: add [[published]] with column = \"...\", \
                       metric = \"balanced_accuracy\", tolerance = 0.0005 and rows = { sampling = \"...\" }";
        return Err(Failure::Usage(message.to_owned()));
    }
    let mut compared =
        published(&experiment.plan, &experiment.records(), table).map_err(Failure::Usage)?;
    for comparison in compared.iter_mut().filter(|_| tolerance.is_some()) {
        comparison.tolerance = tolerance.unwrap_or(comparison.tolerance);
    }
    if output.json {
        output.print_json(&compared)?;
    } else {
        output.print(&render::published(&compared))?;
    }
    if !compared.iter().all(Published::holds) {
        return Ok(ExitCode::from(GATE));
    }
    experiment.agrees()?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses a metric to choose parameters by where none are chosen.
pub(crate) fn selects(select_by: Option<Metric>, report: &ReportSpec) -> Result<(), Failure> {
    if select_by.is_some() && report.select.is_empty() {
        let message = "--select-by: nothing is chosen: name parameters in the experiment file, as in \
                       select = [\"loss.gamma\"] under [report], or search them";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(())
}

/// Writes the tables of an experiment and prints its comparison.
pub(crate) fn tables(
    experiment: &mut Experiment,
    format: TableFormat,
    of: Circumstances<'_>,
    output: Output,
) -> Result<(), Failure> {
    if !experiment.has_records() {
        return Ok(());
    }
    let Made { written, comparison, read_only } = made(experiment, of, output)?;
    let folder = experiment.store.folder();
    if let Some(error) = written.read_only.or(read_only) {
        output.warning(&format!("{error}; the tables are shown here and not kept there"));
    }
    let records = experiment.records();
    if output.json {
        output.print_json(&ReportOutput {
            experiment: &experiment.plan.name,
            cells: experiment.plan.n_cells(),
            recorded: records.len(),
            digest: &written.digest,
            folder: folder.display().to_string(),
            sets: &experiment.provenance.sets,
            comparison: &comparison,
        })?;
        return Ok(());
    }
    output.print(&match format {
        TableFormat::Terminal => render::terminal(&comparison, output.coloured(), output.width()),
        TableFormat::Markdown => render::markdown(&comparison),
        TableFormat::Latex => render::latex(&comparison),
        TableFormat::Typst => render::typst(&comparison),
    })?;
    tell(experiment, &records, &written.digest, of, output);
    Ok(())
}

/// What is to be known of tables that were shown, and where they are.
fn tell(
    experiment: &Experiment,
    records: &[&TrialRecord],
    digest: &str,
    of: Circumstances<'_>,
    output: Output,
) {
    let missing = n_missing(experiment, records.len());
    if missing != 0 {
        let (missing, n_cells) = (count(missing, "cell"), experiment.plan.n_cells());
        output.warning(&format!("{missing} of {n_cells} not run yet; the tables show the others"));
    }
    if let Some(warning) = unconverged(records) {
        output.warning(&warning);
    }
    let id = records[0].trial.id.short();
    let folder = experiment.store.folder().display();
    let page = if of.tables_alone { String::new() } else { format!("page: {folder}/{PAGE}\n") };
    output.note(&format!(
        "\ntables: {folder}\n{page}digest of trials.csv (BLAKE3): {digest}\nany cell again, bit for bit: longtail replay {id}"
    ));
}

/// Which learners stopped before they converged, and in how many cells.
fn unconverged(records: &[&TrialRecord]) -> Option<String> {
    let mut cells: BTreeMap<&str, usize> = BTreeMap::new();
    for record in records.iter().filter(|record| record.trial.unconverged()) {
        if let LearnerSpec::Classical(learner) = &record.trial.spec.learner {
            *cells.entry(learner.name()).or_default() += 1;
        }
    }
    let learners = cells.iter().map(|(name, &n)| format!("{name} in {}", count(n, "cell")));
    let learners: Vec<String> = learners.collect();
    let (name, _) = cells.first_key_value()?;
    Some(format!(
        "stopped before the solver converged: {}; the tables hold what it had by then. What ends it is among the \
         parameters of `longtail methods {name}`",
        learners.join(", ")
    ))
}
