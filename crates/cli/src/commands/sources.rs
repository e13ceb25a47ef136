//! Where the data sets of an experiment were found that the program does not carry, so that a replay finds them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use data::{Catalogue, DataError, DatasetFile};
use experiment::record::TrialRecord;
use experiment::replay::find;
use serde::{Deserialize, Serialize};

use crate::exit::Failure;

/// The file beside the results.
const NAME: &str = "sources.toml";

#[derive(Serialize, Deserialize)]
struct Sources {
    /// `dataset.toml` files.
    sets: Vec<PathBuf>,
}

/// Notes `described` in the experiment's folder, beside what earlier runs noted there.
pub(crate) fn note(folder: &Path, described: &[PathBuf]) -> Result<(), Failure> {
    if described.is_empty() {
        return Ok(());
    }
    let path = folder.join(NAME);
    let mut sets = read(&path)?;
    for set in described {
        let set = fs::canonicalize(set)?;
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    let text = toml::to_string(&Sources { sets }).map_err(|error| {
        Failure::Usage(format!("a path of a data set cannot be noted for replays: {error}"))
    })?;
    fs::create_dir_all(folder)?;
    Ok(fs::write(path, text)?)
}

/// The sets that a file names, none if there is no such file.
fn read(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(Vec::new());
        }
        Err(error) => {
            return Err(Failure::Usage(format!("cannot read {}: {error}", path.display())));
        }
    };
    let sources: Sources = toml::from_str(&text)
        .map_err(|error| Failure::Usage(format!("{}: {}", path.display(), error.message())))?;
    Ok(sources.sets)
}

/// The catalogue in which the data set of `record` has the content that was recorded. Its name is not enough: another
/// experiment, or the program itself, may have another set of that name.
pub(crate) fn with_recorded(
    catalogue: Catalogue,
    results: &Path,
    record: &TrialRecord,
) -> Result<Catalogue, Failure> {
    let name = &record.trial.spec.dataset.name;
    let is_recorded = |catalogue: &Catalogue| -> Result<bool, DataError> {
        Ok(catalogue.load(name)?.digest() == record.trial.data_digest)
    };
    let mut others = Vec::new();
    for set in noted(results, record)? {
        if DatasetFile::read(&set).is_ok_and(|file| file.name == *name) {
            let with_set = || catalogue.clone().with_file(&set);
            match with_set().and_then(|extended| Ok((is_recorded(&extended)?, extended))) {
                Ok((true, extended)) => return Ok(extended),
                Ok((false, _)) => others.push(format!("not that of {}", set.display())),
                Err(error) => others.push(error.sentence()),
            }
        }
    }
    if let Some(entry) = catalogue.entry(name) {
        match is_recorded(&catalogue) {
            Ok(true) => return Ok(catalogue),
            Ok(false) => others.push(format!("not that of the set here ({})", entry.place())),
            Err(error) => others.push(error.sentence()),
        }
    }
    if others.is_empty() {
        let message = format!(
            "the data set `{name}` of this cell is not found: name its folder with --data-dir"
        );
        return Err(Failure::Usage(message));
    }
    Err(Failure::Run(format!(
        "the content of the data set `{name}` that was recorded is not found: {}",
        others.join("; ")
    )))
}

/// All that was noted under `results`, first by the experiment that has the cell of `record`.
fn noted(results: &Path, record: &TrialRecord) -> Result<Vec<PathBuf>, Failure> {
    let id = record.trial.id.to_string();
    let mut all = Vec::new();
    for entry in fs::read_dir(results)? {
        let entry = entry?;
        let sets = read(&entry.path().join(NAME))?;
        if sets.is_empty() {
            continue;
        }
        let experiment = entry.file_name().to_string_lossy().into_owned();
        let has_it = !find(results, Some(&experiment), &id)?.is_empty();
        all.push((!has_it, experiment, sets));
    }
    all.sort();
    Ok(all.into_iter().flat_map(|(_, _, sets)| sets).collect())
}
