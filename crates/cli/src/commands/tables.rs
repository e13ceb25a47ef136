//! The tables of an experiment and its page, made of what is recorded.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::thread;

use evaluation::Metric;
use experiment::file::{ReportSpec, did_you_mean};
use experiment::plan::Shard;
use experiment::record::TrialRecord;
use experiment::store::Depth;
use report::{Comparison, Groups, MetricTable, ReportError, Subject, Written};

use crate::commands::Experiment;
use crate::exit::Failure;
use crate::output::Output;
use crate::words::{count, visible, word};

/// Of what tables are made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Circumstances<'a> {
    /// What was run just now, if not all was.
    pub(crate) shard: Option<Shard>,
    /// The row that the command line asks to be the baseline.
    pub(crate) asked: Option<&'a str>,
    /// The metric that it asks to choose tuned parameters by.
    pub(crate) select_by: Option<Metric>,
    /// Whether no page is made, and no figure.
    pub(crate) tables_alone: bool,
}

const MAKING: &str = "making the tables";

/// What was made.
pub(crate) struct Made {
    pub(crate) written: Written,
    pub(crate) comparison: Comparison,
    /// Why the report could not be written, in a folder that may only be read.
    pub(crate) read_only: Option<ReportError>,
}

/// Makes the tables of an experiment, and the page if one is asked for.
pub(crate) fn made(
    experiment: &mut Experiment,
    of: Circumstances<'_>,
    output: Output,
) -> Result<Made, Failure> {
    if of.tables_alone {
        tables_alone(experiment, of, output)
    } else {
        output.during(MAKING, || with_page(experiment, of))
    }
}

/// The tables without a page. No more is read of classes than a comparison asks, unless there are files to be made.
fn tables_alone(
    experiment: &mut Experiment,
    of: Circumstances<'_>,
    output: Output,
) -> Result<Made, Failure> {
    let spec = asked(experiment, of);
    let (there, comparison) = output.during(MAKING, || {
        let records = experiment.records();
        let (folder, labels) = (experiment.store.folder(), &experiment.plan.labels);
        let find = || {
            let recorded = experiment.contents.digest_of(&records)?;
            report::tables_there(folder, &records, labels, &recorded)
        };
        let (there, (_, comparison)) = beside(find, || compared(experiment, &records, &spec, of));
        comparison.map(|comparison| (there, comparison))
    })?;
    if there.is_none() {
        experiment.deepen(Depth::Files, output)?;
    }
    output.during(MAKING, || {
        let written = match there {
            Some(written) => written,
            None => write(experiment, &experiment.records())?,
        };
        let written_report = report::write_report(experiment.store.folder(), &comparison);
        Ok(Made { written, comparison, read_only: unless_read_only(written_report)? })
    })
}

/// The tables and the page.
fn with_page(experiment: &Experiment, of: Circumstances<'_>) -> Result<Made, Failure> {
    let (records, spec) = (experiment.records(), asked(experiment, of));
    let (written, (groups, comparison)) =
        beside(|| write(experiment, &records), || compared(experiment, &records, &spec, of));
    let (written, comparison) = (written?, comparison?);
    let page = Subject {
        plan: &experiment.plan,
        spec: &spec,
        file: &experiment.provenance.text,
        runs: &experiment.contents.runs,
        words: &experiment.words,
        store: &experiment.found_by,
        records: &records,
        groups: &groups,
        comparison: &comparison,
        digest: &written.digest,
    };
    let folder = experiment.store.folder();
    let kept =
        report::write_report(folder, &comparison).and_then(|()| report::write_page(folder, page));
    Ok(Made { written, read_only: unless_read_only(kept)?, comparison })
}

/// Does both at once. The files and the comparison have nothing in common but the records.
fn beside<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().unwrap_or_else(|panic| resume_unwind(panic)), other)
    })
}

/// `[report]` with what the command line asks for.
fn asked(experiment: &Experiment, of: Circumstances<'_>) -> ReportSpec {
    let mut spec = experiment.plan.report.clone();
    spec.select_by = of.select_by.or(spec.select_by);
    spec.baseline = of.asked.map(str::to_owned).or(spec.baseline);
    spec
}

/// Writes the files of trials.
fn write(experiment: &Experiment, records: &[&TrialRecord]) -> Result<Written, ReportError> {
    let recorded = experiment.contents.digest_of(records);
    let (folder, labels) = (experiment.store.folder(), &experiment.plan.labels);
    report::write_tables(folder, records, labels, recorded.as_deref())
}

/// The records in groups, and their comparison, unless it is asked to be with a row that is none.
fn compared<'r>(
    experiment: &'r Experiment,
    records: &[&'r TrialRecord],
    spec: &ReportSpec,
    of: Circumstances<'_>,
) -> (Groups<'r>, Result<Comparison, Failure>) {
    let plan = &experiment.plan;
    let cells: Vec<_> = plan.compared().map(|planned| &planned.cell).collect();
    let groups = Groups::new(&cells, records, &plan.datasets, &plan.labels, spec);
    let mut comparison = Comparison::of(&groups, &plan.datasets, spec);
    if let Some(question) = &plan.question {
        comparison.question.clone_from(question);
    }
    comparison.notes.extend(plan.search.clone());
    let n_missing = n_missing(experiment, records.len());
    comparison.notes.extend(circumstances(experiment, n_missing, of.shard));
    let known = of.asked.map_or(Ok(()), |asked| is_a_row(asked, &comparison));
    (groups, known.map(|()| comparison))
}

/// The error of a folder that may only be read, if it is one.
fn unless_read_only(kept: Result<(), ReportError>) -> Result<Option<ReportError>, Failure> {
    match kept {
        Err(error) if error.is_read_only() => Ok(Some(error)),
        kept => Ok(kept.map(|()| None)?),
    }
}

/// Refuses a baseline that is no row.
fn is_a_row(asked: &str, comparison: &Comparison) -> Result<(), Failure> {
    let names =
        || comparison.tables.iter().flat_map(|table| &table.rows).map(|row| row.name.as_str());
    let is_baseline =
        |table: &MetricTable| table.rows.iter().any(|row| row.is_baseline() && row.name == asked);
    if comparison.tables.iter().all(is_baseline) {
        return Ok(());
    }
    let known: BTreeSet<&str> = names().collect();
    let shown: Vec<&str> = known.into_iter().collect();
    let help = did_you_mean(asked, shown.iter().copied());
    let help = help.map_or_else(String::new, |help| format!("; {help}"));
    Err(Failure::Usage(format!(
        "--baseline: no row is called `{asked}`{help}; the rows are: {}",
        shown.join(", ")
    )))
}

/// Cells that nothing is recorded of, where `n_recorded` are, and those that are still to be chosen.
pub(crate) fn n_missing(experiment: &Experiment, n_recorded: usize) -> usize {
    experiment.plan.n_cells() - n_recorded - experiment.contradictory().len()
}

/// What the tables of this command are not of the experiment file as it stands, in sentences.
fn circumstances(
    experiment: &Experiment,
    n_missing: usize,
    shard: Option<Shard>,
) -> impl Iterator<Item = String> {
    let sets: Vec<String> = experiment
        .provenance
        .sets
        .iter()
        .map(|set| format!("--set {}", visible(&word(set))))
        .collect();
    let sets = (!sets.is_empty()).then(|| format!("The experiment file with {}.", sets.join(" ")));
    let partial = (n_missing != 0).then(|| {
        let shard = shard.map_or_else(String::new, |shard| format!("; this is shard {shard}"));
        let cells = count(experiment.plan.n_cells(), "cell");
        format!("Of {cells}, {n_missing} are not run yet{shard}.")
    });
    sets.into_iter().chain(partial)
}
