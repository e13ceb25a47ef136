//! One file per command.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod datasets;
pub(crate) mod describe;
pub(crate) mod fetch;
pub(crate) mod init;
pub(crate) mod methods;
pub(crate) mod plan;
pub(crate) mod plot;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod sources;
pub(crate) mod status;

use std::path::{Path, PathBuf};

use data::Catalogue;
use experiment::file::ExperimentFile;
use experiment::plan::Plan;
use experiment::prepare::DataCache;
use experiment::record::TrialRecord;
use experiment::store::{Contents, Store};

use crate::args::FileArguments;
use crate::exit::Failure;
use crate::output::Output;

/// An experiment: its plan, its data, and what is recorded of it.
pub(crate) struct Experiment {
    pub(crate) plan: Plan,
    pub(crate) data: DataCache,
    pub(crate) store: Store,
    pub(crate) contents: Contents,
    /// The `dataset.toml` files that the experiment names.
    pub(crate) described: Vec<PathBuf>,
}

impl Experiment {
    /// Reads the file, plans it, and reads its store; warnings are printed.
    pub(crate) fn open(
        arguments: &FileArguments,
        catalogue: &Catalogue,
        output: Output,
    ) -> Result<Self, Failure> {
        let file = ExperimentFile::read(&arguments.file, &arguments.sets, catalogue)?;
        let data = DataCache::new(file.catalogue.clone());
        let plan = Plan::new(&file, &data)?;
        let store = Store::new(&arguments.results, &plan.name);
        let contents = store.read()?;
        contents.warnings.iter().for_each(|warning| output.warning(warning));
        Ok(Experiment { plan, data, store, contents, described: file.described })
    }

    /// The records of the plan's cells, in the plan's order.
    pub(crate) fn records(&self) -> Vec<&TrialRecord> {
        let ids = self.plan.cells.iter().map(|planned| planned.cell.id);
        ids.filter_map(|id| self.contents.records.get(&id)).collect()
    }
}

/// The data sets that can be named: those that the program carries, those of a data folder, and those that were
/// fetched.
pub(crate) fn catalogue(folder: Option<&Path>, cache: Option<&Path>) -> Result<Catalogue, Failure> {
    let mut catalogue = Catalogue::embedded();
    if let Some(folder) = folder.map(Path::to_owned).or(variable("LONGTAIL_DATA")) {
        catalogue = catalogue.with_folder(&folder)?;
    }
    match cache {
        Some(cache) => Ok(catalogue.with_cache(cache)?),
        None => Ok(catalogue),
    }
}

/// The folder of fetched data sets; `None` if none was named and the user has no home.
pub(crate) fn cache(folder: Option<&Path>) -> Option<PathBuf> {
    let of_user = || {
        let home = || std::env::home_dir().map(|home| home.join(".cache"));
        variable("XDG_CACHE_HOME").or_else(home).map(|caches| caches.join("longtail"))
    };
    folder.map(Path::to_owned).or(variable("LONGTAIL_CACHE")).or_else(of_user)
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// `1 cell`, `2 cells`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// `42 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0 => "less than a second".to_owned(),
        1..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}
