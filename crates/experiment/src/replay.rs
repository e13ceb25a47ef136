//! Replays a recorded cell and says whether every bit is the same.

use std::path::Path;
use std::{fs, io};

use crate::audit::Audit;
use crate::cell_id::CellId;
use crate::memory::{Machine, bytes};
use crate::prepare::{DataCache, n_inputs};
use crate::record::{Outcome, Reproducible, TrialRecord};
use crate::run::run_caught;
use crate::store::{Contents, Depth, Gathered, Store, at};
use crate::trial::TrialCell;

/// A recorded cell and what running it again gave.
#[derive(Clone, Debug)]
pub struct Replay {
    /// What was recorded.
    pub recorded: TrialRecord,
    /// What this run gave.
    pub replayed: TrialRecord,
    /// Each difference in one sentence; empty when every bit is the same.
    pub differences: Vec<String>,
}

/// Finds the recorded cells whose identity begins with `prefix`, in all experiments under `results`
/// or in the one named. Experiments that ran the same cell have to agree on it.
///
/// # Errors
/// If `results` or the store of the experiment named cannot be read; where none is named, stores that cannot be read are
/// among the warnings.
pub fn find(results: &Path, experiment: Option<&str>, prefix: &str) -> io::Result<Contents> {
    let mut gathered = Gathered::new(Depth::Whole);
    for name in experiments(results, experiment)? {
        match Store::new(results, &name).gather(&mut gathered) {
            Err(error) if experiment.is_none() => {
                gathered.warnings.push(format!("{error}; what is recorded there is left out"));
            }
            read => read?,
        }
    }
    gathered.retain(|id| id.to_string().starts_with(prefix));
    gathered.settle()
}

fn experiments(results: &Path, experiment: Option<&str>) -> io::Result<Vec<String>> {
    if let Some(name) = experiment {
        return Ok(vec![name.to_owned()]);
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(results).map_err(|error| at(results, &error))? {
        let entry = entry.map_err(|error| at(results, &error))?;
        if entry.path().join("segments").is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Runs a recorded cell again, and notes in `audit` what it does, if that is asked for.
///
/// # Errors
/// If the data set cannot be loaded or split, or the cell needs more memory than there is.
pub fn replay(
    recorded: TrialRecord,
    data: &DataCache,
    audit: Option<&mut Audit>,
) -> Result<Replay, String> {
    let trial = &recorded.trial;
    let dataset = data.dataset(&trial.spec.dataset.name)?;
    let facts = data.split_facts(&trial.spec)?;
    let mut differences = Vec::new();
    if *dataset.digest() != *trial.data_digest {
        differences.push(format!("the data set {} has other content now", dataset.name));
    }
    if facts.split_digest != trial.split_digest {
        differences.push("the split has other rows now".to_owned());
    }
    let n_learnt = trial.spec.sampling.epoch_size(&facts.learnt_counts);
    let bytes = bytes(&trial.spec, n_learnt, n_inputs(&dataset), &dataset);
    if let Some(reason) = Machine::here().refuses(bytes) {
        return Err(format!("the cell {} cannot be run again here: it {reason}", trial.id.short()));
    }
    let cell = TrialCell {
        id: trial.id,
        spec: trial.spec.clone(),
        data_digest: trial.data_digest.clone(),
        split_digest: trial.split_digest.clone(),
        bytes,
    };
    let replayed = run_caught(&cell, data, audit);
    differences.extend(compare(trial, &replayed.trial));
    Ok(Replay { recorded, replayed, differences })
}

/// Each difference between a recorded cell and the same cell run again, in one sentence.
pub fn compare(recorded: &Reproducible, replayed: &Reproducible) -> Vec<String> {
    let mut differences = Vec::new();
    let mut expect = |what: &str, recorded: Option<String>, replayed: Option<String>| {
        if recorded != replayed {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
            differences.push(format!(
                "{what}: {} was recorded, {} now",
                shown(recorded),
                shown(replayed)
            ));
        }
    };
    let outcome = |trial: &Reproducible| match &trial.outcome {
        Outcome::Completed => "completed".to_owned(),
        Outcome::Diverged { epoch, .. } => format!("diverged in epoch {epoch}"),
        Outcome::Failed { message } => format!("failed: {message}"),
    };
    expect("outcome", Some(outcome(recorded)), Some(outcome(replayed)));
    let parameters =
        |t: &Reproducible| t.results.as_deref().and_then(|r| r.parameters_digest.clone());
    expect("parameters", parameters(recorded), parameters(replayed));
    let predictions = |t: &Reproducible| t.results.as_deref().map(|r| r.predictions_digest.clone());
    expect("predictions", predictions(recorded), predictions(replayed));
    if differences.is_empty() && !replayed.measures_all_of(recorded) {
        let now = CellId::of(&recorded.spec, &recorded.data_digest, &recorded.split_digest);
        let why = if now == recorded.id {
            ""
        } else {
            ": it was recorded by another version of the program, which measured other metrics or in another way"
        };
        differences.push(format!("the digests are equal, but the measured values differ{why}"));
    }
    differences
}
