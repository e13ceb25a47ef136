//! Where the data sets of an experiment were found that the program does not carry, so that a replay finds them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use data::{Catalogue, DatasetFile};
use experiment::record::TrialRecord;
use serde::{Deserialize, Serialize};

use crate::exit::Failure;

/// The file beside the results.
const NAME: &str = "sources.toml";

#[derive(Serialize, Deserialize)]
struct Sources {
    /// `dataset.toml` files.
    sets: Vec<PathBuf>,
}

/// Notes `described` in the experiment's folder.
pub(crate) fn note(folder: &Path, described: &[PathBuf]) -> Result<(), Failure> {
    if described.is_empty() {
        return Ok(());
    }
    let sets = described.iter().map(fs::canonicalize).collect::<std::io::Result<Vec<_>>>()?;
    let text = toml::to_string(&Sources { sets }).expect("paths of text are plain data");
    fs::create_dir_all(folder)?;
    Ok(fs::write(folder.join(NAME), text)?)
}

/// The catalogue with the data set of `record`, if it is not in it and was noted by some experiment.
pub(crate) fn with_noted(
    catalogue: Catalogue,
    results: &Path,
    record: &TrialRecord,
) -> Result<Catalogue, Failure> {
    let name = &record.trial.spec.dataset.name;
    if catalogue.entry(name).is_some() {
        return Ok(catalogue);
    }
    for entry in fs::read_dir(results)? {
        let path = entry?.path().join(NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error)
                if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) =>
            {
                continue;
            }
            Err(error) => {
                return Err(Failure::Usage(format!("cannot read {}: {error}", path.display())));
            }
        };
        let sources: Sources = toml::from_str(&text)
            .map_err(|error| Failure::Usage(format!("{}: {}", path.display(), error.message())))?;
        for set in sources.sets {
            if DatasetFile::read(&set).is_ok_and(|file| file.name == *name) {
                return Ok(catalogue.with_file(&set)?);
            }
        }
    }
    Err(Failure::Usage(format!(
        "the data set `{name}` of this cell is not found: name its folder with --data-dir"
    )))
}
