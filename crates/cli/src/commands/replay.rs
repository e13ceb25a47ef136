//! `longtail replay ID`: run a recorded cell again and compare every bit.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use data::Catalogue;
use evaluation::TaskKind;
use experiment::audit::Audit;
use experiment::prepare::DataCache;
use experiment::record::{AfterTraining, Measured, Outcome, Reproducible, Results, TrialRecord};
use experiment::replay::{compare, find, replay as run_again};
use experiment::spec::TrialSpec;
use experiment::store::Attempt;
use experiment::{Axis, CellId};
use report::{Audited, AuditedPart, write_audit};
use serde::Serialize;
use strum::IntoEnumIterator;

use crate::args::ReplayArguments;
use crate::commands::report::can_paint;
use crate::commands::{detected, embedded, results_folder, sources};
use crate::exit::{FAILED, Failure};
use crate::output::Output;

#[derive(Serialize)]
struct Report<'a> {
    id: CellId,
    identical: bool,
    differences: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    written: &'a [PathBuf],
    /// Where results disagree: the places of those that this run confirms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identical_to: Vec<String>,
}

/// Replays the cell whose identity begins with the text given.
pub(crate) fn replay(
    arguments: &ReplayArguments,
    catalogue: Catalogue,
    output: Output,
) -> Result<ExitCode, Failure> {
    can_paint(arguments.png)?;
    results_folder(&arguments.results)?;
    let (recorded, disagreeing) = only(arguments, output)?;
    if arguments.figures.is_some() {
        can_draw(&recorded.trial.spec)?;
    }
    let catalogue = output.during("looking for the data set of the cell", || {
        sources::with_recorded(catalogue, &arguments.results, &recorded)
    })?;
    let data = DataCache::new(catalogue);
    let is_audited = arguments.write.is_some() || arguments.figures.is_some();
    let mut audit = is_audited.then(Audit::default);
    let mut replayed = output
        .during("running the cell again", || run_again(recorded, &data, audit.as_mut()))
        .map_err(Failure::Run)?;
    let mut written = match (&arguments.write, &audit) {
        (Some(folder), Some(audit)) => output.during("writing what the trial did", || {
            write(folder, &replayed.replayed.trial, audit, &data)
        })?,
        _ => Vec::new(),
    };
    if let (Some(folder), Some(audit)) = (&arguments.figures, &audit) {
        let (png, trial) = (arguments.png, &replayed.replayed.trial);
        let draw = || match audit.embedding {
            Some(width) => embedded::draw(folder, png, trial, (audit, width), &data),
            None => detected::draw(folder, png, trial, audit, &data),
        };
        written.extend(output.during("drawing what the trial did", draw)?);
    }
    let trial = &replayed.recorded.trial;
    let mut identical_to = Vec::new();
    if !disagreeing.is_empty() {
        replayed.differences.clear();
    }
    for attempt in &disagreeing {
        let differences = compare(&attempt.record.trial, &replayed.replayed.trial);
        if differences.is_empty() {
            identical_to.push(attempt.place());
        }
        let at_place = |difference| format!("from {}: {difference}", attempt.place());
        replayed.differences.extend(differences.into_iter().map(at_place));
    }
    let identical = replayed.differences.is_empty();
    if output.json {
        output.print_json(&Report {
            id: trial.id,
            identical,
            differences: &replayed.differences,
            written: &written,
            identical_to,
        })?;
    } else {
        output.print(&description(&replayed.recorded))?;
        if identical {
            output.print("identical: every digest and every measured value is the same\n")?;
        }
        for place in identical_to {
            output.print(&format!("identical to {place}\n"))?;
        }
        for difference in &replayed.differences {
            output.print(&format!("DIFFERENT {difference}\n"))?;
        }
        for path in &written {
            output.print(&format!("wrote {}\n", path.display()))?;
        }
    }
    Ok(if identical { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// Refuses a trial that neither finds objects nor embeds.
fn can_draw(spec: &TrialSpec) -> Result<(), Failure> {
    if spec.protocol.task.measures() != TaskKind::Classification {
        return Ok(());
    }
    let message = "--figures: this cell says classes, and the figures of a trial are of task = \"detection\" or \"retrieval\"; \
                   those of an experiment are written by `longtail report`";
    Err(Failure::Usage(message.to_owned()))
}

/// Writes down what the trial did; the files.
fn write(
    folder: &Path,
    trial: &Reproducible,
    audit: &Audit,
    data: &DataCache,
) -> Result<Vec<PathBuf>, Failure> {
    let dataset = data.dataset(&trial.spec.dataset.name).map_err(Failure::Run)?;
    let rows = data.parts(&trial.spec).map_err(Failure::Run)?;
    let prepared = data.prepared(&trial.spec).map_err(Failure::Run)?;
    let part = |name, rows, examples| AuditedPart {
        name,
        rows,
        examples,
        probabilities: &[],
        decided: None,
    };
    let [validation, test] = audit.decided.each_ref().map(Option::as_deref);
    let mut parts = vec![
        part("train", &rows.train, &prepared.train),
        part("meta", &rows.meta, &prepared.meta),
        AuditedPart {
            probabilities: &audit.validation,
            decided: validation,
            ..part("validation", &rows.validation, &prepared.validation)
        },
        AuditedPart {
            probabilities: &audit.test,
            decided: test,
            ..part("test", &rows.test, &prepared.test)
        },
    ];
    let made_from: Vec<u32>;
    if let Some(made) = &audit.resampled {
        made_from = made.origins.iter().map(|&origin| rows.train[origin as usize]).collect();
        parts.insert(0, part("resampled", &made_from, &made.examples));
    }
    let audited = Audited { trial, classes: &dataset.classes, parts: &parts, audit };
    let names = write_audit(folder, &audited)?;
    Ok(names.map(|name| folder.join(name)).to_vec())
}

/// The recorded cell, and all its results where they disagree.
fn only(
    arguments: &ReplayArguments,
    output: Output,
) -> Result<(TrialRecord, Vec<Attempt>), Failure> {
    let prefix = arguments.id.to_lowercase();
    let shown = arguments.results.display();
    if prefix.is_empty() || !prefix.chars().all(|c| c.is_ascii_hexdigit()) {
        let message =
            format!("`{}` is no cell's identity: it is hexadecimal, as in 3f9a52", arguments.id);
        return Err(Failure::Usage(message));
    }
    if !arguments.results.exists() {
        let message = format!(
            "there is no folder {shown}: nothing is recorded yet, or --results names another"
        );
        return Err(Failure::Usage(message));
    }
    let mut found = output.during("reading what is recorded", || {
        find(&arguments.results, arguments.experiment.as_deref(), &prefix)
    })?;
    let ids: Vec<CellId> =
        found.records.keys().chain(found.disagreements.keys()).copied().collect();
    match ids[..] {
        [id] => {
            let attempts = found.disagreements.remove(&id).unwrap_or_default();
            let recorded = found.records.remove(&id);
            let recorded = recorded.unwrap_or_else(|| attempts[0].record.clone());
            Ok((*recorded, attempts))
        }
        [] => {
            // What was looked for may be in what could not be read.
            found.warnings.iter().for_each(|warning| output.warning(warning));
            Err(Failure::Usage(format!(
                "no cell recorded under {shown} begins with `{prefix}`; `longtail plan FILE --cells` lists identities"
            )))
        }
        _ => {
            let shown: Vec<String> = ids.iter().take(5).map(CellId::short).collect();
            Err(Failure::Usage(format!(
                "{} cells begin with `{prefix}`: {}; type more of it",
                ids.len(),
                shown.join(", ")
            )))
        }
    }
}

fn description(record: &TrialRecord) -> String {
    let trial = &record.trial;
    let mut text = format!("cell {}\n", trial.id);
    for axis in Axis::iter() {
        if let Some(label) = trial.spec.label(axis) {
            text += &format!("  {axis:<12} {label}\n");
        }
    }
    text +=
        &format!("  {:<12} {}\n  {:<12} {}\n", "fold", trial.spec.fold, "seed", trial.spec.seed);
    text += &format!("  {:<12} {}\n", "outcome", trial.outcome.name());
    if let Outcome::Failed { message } = &trial.outcome {
        let place = record.timings.panicked_at.as_ref().map(|place| format!(" ({place})"));
        text += &format!("  {:<12} {message}{}\n", "reason", place.unwrap_or_default());
    }
    if let Some(Results { best: Measured { after_training: Some(fitted), .. }, .. }) =
        trial.results.as_deref()
    {
        text += &fitted_text(fitted);
    }
    if let Some(Results { parameters_digest, predictions_digest, .. }) = trial.results.as_deref() {
        let parameters = parameters_digest.as_deref().unwrap_or("none: a classical learner");
        text += &format!(
            "  {:<12} {parameters}\n  {:<12} {predictions_digest}\n",
            "parameters", "predictions"
        );
    }
    text
}

/// What was fitted after the best epoch, a line each.
fn fitted_text(fitted: &AfterTraining) -> String {
    let line = |what: &str, of: &str| format!("  {what:<12} {of}\n");
    let mut text = String::new();
    if let Some(temperature) = fitted.temperature() {
        text +=
            &line("fitted", &format!("a temperature of {temperature:.4}, on the validation part"));
    }
    if let Some(threshold) = fitted.threshold() {
        text += &line("fitted", &format!("a threshold of {threshold:.4}, on the validation part"));
    }
    if let Some(weights) = fitted.weights() {
        let weights: Vec<String> = weights.iter().map(|weight| format!("{weight:.4}")).collect();
        text += &line("weights", &weights.join(", "));
    }
    text += &fitted.not_fitted.as_ref().map(|why| line("not fitted", why)).unwrap_or_default();
    text
}
