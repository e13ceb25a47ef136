//! Where the data sets of an experiment were found that the program does not carry, so that a replay finds them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use data::{Catalogue, DataError, DatasetFile};
use experiment::atomic::replace;
use experiment::record::TrialRecord;
use experiment::replay::find;
use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::output::Output;

/// The file beside the results.
const NAME: &str = "sources.toml";

#[derive(Serialize, Deserialize)]
struct Sources {
    /// `dataset.toml` files.
    sets: Vec<PathBuf>,
}

/// Notes `described` in the experiment's folder, beside what earlier runs noted there. Only replays need it: where it
/// cannot be noted, that is said, and the run goes on.
pub(crate) fn note(folder: &Path, described: &[PathBuf], output: Output) {
    if let Err(reason) = try_to_note(folder, described, output) {
        output.warning(&format!(
            "{reason}; replays will not find the data sets of this experiment by themselves"
        ));
    }
}

fn try_to_note(folder: &Path, described: &[PathBuf], output: Output) -> Result<(), String> {
    let path = folder.join(NAME);
    let whole = |set: &PathBuf| fs::canonicalize(set).map_err(|error| cannot("find", set, &error));
    let described = described.iter().map(whole).collect::<Result<Vec<_>, _>>()?;
    let new = |noted: &[PathBuf]| -> Vec<PathBuf> {
        described.iter().filter(|set| !noted.contains(set)).cloned().collect()
    };
    if described.is_empty() || read(&path).is_ok_and(|noted| new(&noted).is_empty()) {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|error| cannot("create", folder, &error))?;
    // Of two runs that note at once, the second reads what the first wrote. Where a folder cannot be locked, the later
    // one wins, and the other notes its sets again when it is run the next time.
    let lock = || {
        let folder = File::open(folder)?;
        folder.lock()?;
        io::Result::Ok(folder)
    };
    let _locked = lock();
    let mut sets = read(&path).unwrap_or_else(|damage| {
        output.warning(&format!("{damage}; it is written anew"));
        Vec::new()
    });
    sets.extend(new(&sets));
    let text = toml::to_string(&Sources { sets })
        .map_err(|error| format!("a path of a data set cannot be noted ({error})"))?;
    replace(&path, text.as_bytes()).map_err(|error| cannot("write", &path, &error))
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {what} {}: {error}", path.display())
}

/// The sets that a file names, none if there is no such file; the error is a sentence.
fn read(path: &Path) -> Result<Vec<PathBuf>, String> {
    let is_absent = |error: &io::Error| {
        matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
    };
    let text = match fs::metadata(path) {
        // A pipe might never be read to its end.
        Ok(metadata) if !metadata.is_file() => {
            return Err(format!("{} is no ordinary file", path.display()));
        }
        Ok(_) => fs::read_to_string(path),
        Err(error) => Err(error),
    };
    let text = match text {
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        text => text.map_err(|error| cannot("read", path, &error))?,
    };
    let sources: Sources = toml::from_str(&text).map_err(|error| {
        format!("{} does not say where data sets are ({})", path.display(), error.message())
    })?;
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
        Ok(*catalogue.load(name)?.digest() == *record.trial.data_digest)
    };
    let mut others = Vec::new();
    let (noted, unread) = noted(results, record);
    for set in noted {
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
    let nothing_found = others.is_empty();
    others.extend(unread);
    let reasons = others.join("; ");
    if nothing_found {
        let reasons = if reasons.is_empty() { reasons } else { format!(" ({reasons})") };
        return Err(Failure::Usage(format!(
            "the data set `{name}` of this cell is not found{reasons}: name its folder with --data-dir"
        )));
    }
    Err(Failure::Run(format!(
        "the content of the data set `{name}` that was recorded is not found: {reasons}"
    )))
}

/// All that was noted under `results`, first by the experiment that has the cell of `record`; and what could not be
/// read of it, which need not have to do with this cell.
fn noted(results: &Path, record: &TrialRecord) -> (Vec<PathBuf>, Vec<String>) {
    let id = record.trial.id.to_string();
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    let entries = fs::read_dir(results).into_iter().flatten().filter_map(Result::ok);
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    for folder in folders {
        match read(&folder.join(NAME)) {
            Ok(sets) if sets.is_empty() => {}
            Ok(sets) => {
                let experiment = folder.file_name().unwrap_or_default().to_string_lossy();
                let found = find(results, Some(&experiment), &id);
                let has_it = found.is_ok_and(|found| found.holds(&record.trial.id));
                all.push((!has_it, sets));
            }
            Err(reason) => unread.push(reason),
        }
    }
    all.sort_by_key(|(is_other, _)| *is_other);
    (all.into_iter().flat_map(|(_, sets)| sets).collect(), unread)
}
