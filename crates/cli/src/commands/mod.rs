//! One file per command.

pub(crate) mod check;
pub(crate) mod columns;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod datasets;
pub(crate) mod describe;
pub(crate) mod detected;
pub(crate) mod embedded;
pub(crate) mod explain;
pub(crate) mod failures;
pub(crate) mod fetch;
pub(crate) mod gate;
pub(crate) mod images;
pub(crate) mod in_order;
pub(crate) mod init;
pub(crate) mod keys;
pub(crate) mod methods;
pub(crate) mod names;
pub(crate) mod obstacles;
pub(crate) mod open;
pub(crate) mod plan;
pub(crate) mod plot;
pub(crate) mod positive;
pub(crate) mod published;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod segments;
pub(crate) mod sources;
pub(crate) mod spellings;
pub(crate) mod status;
pub(crate) mod tables;
pub(crate) mod template;

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use data::Catalogue;
use experiment::file::ExperimentFile;
use experiment::memory::Machine;
use experiment::pace::Pace;
use experiment::plan::{Plan, PlannedCell};
use experiment::prepare::DataCache;
use experiment::provenance::Provenance;
use experiment::record::{Outcome, TrialRecord};
use experiment::store::{Contents, Depth, Store};
use experiment::{Axis, CellId};
use rayon::prelude::*;

use crate::args::{FileArguments, RESULTS};
use crate::commands::in_order::InOrder;
use crate::exit::Failure;
use crate::output::Output;
use crate::words::{count, path_word, word};

/// An experiment: its plan, its data, and what is recorded of it.
pub(crate) struct Experiment {
    pub(crate) plan: Plan,
    pub(crate) data: DataCache,
    pub(crate) store: Store,
    pub(crate) contents: Contents,
    /// How much of each record is there.
    depth: Depth,
    /// The `dataset.toml` files that the experiment names.
    pub(crate) described: Vec<PathBuf>,
    /// What is to be noted of a run: the file as it stands, with the `--set` of the command line.
    pub(crate) provenance: Provenance,
    /// The file and what stands over it, as words of a command line.
    pub(crate) words: String,
    /// Options of `longtail replay` that find its cells.
    pub(crate) found_by: String,
}

impl Experiment {
    /// Reads the file, plans it, and reads its store, of each record as much as `depth` says; warnings are printed.
    pub(crate) fn open(
        arguments: &FileArguments,
        catalogue: &Catalogue,
        depth: Depth,
        output: Output,
    ) -> Result<Self, Failure> {
        results_folder(&arguments.results)?;
        let file = ExperimentFile::read(&arguments.file, &arguments.sets, catalogue)?;
        let data = DataCache::new(file.catalogue.clone());
        let store = Store::new(&arguments.results, file.header.name.get_ref());
        // What was measured decides which settings of a search go on.
        let decides = file.search.as_ref().is_some_and(|search| search.method.halves());
        let decides = if decides { Depth::Measures } else { Depth::End };
        let depth = depth.max(decides);
        // What folds give together is computed from their classes.
        let is_pooled = file.report.pooled && depth == Depth::Tables;
        let depth = if is_pooled { Depth::Files } else { depth };
        let what = "loading the data sets, planning the cells and reading what is recorded";
        let (plan, contents) = output.during(what, || {
            thread::scope(|scope| {
                let contents = scope.spawn(|| store.read_to(depth));
                let plan = Plan::new(&file, &data);
                (plan, contents.join().unwrap_or_else(|panic| resume_unwind(panic)))
            })
        });
        let (mut plan, contents) = (plan?, contents?);
        contents.warnings.iter().for_each(|warning| output.warning(warning));
        plan.go_on(&contents.records);
        Ok(Experiment {
            depth,
            provenance: Provenance::of(&file, &arguments.sets, &plan),
            words: words_of(arguments),
            found_by: format!("--experiment {}{}", word(&plan.name), results_of(arguments)),
            plan,
            data,
            store,
            contents,
            described: file.described,
        })
    }

    /// Prints what is to be known of the plan: with `--quiet` what cannot be as asked, and otherwise what follows from it
    /// too.
    pub(crate) fn tell_of_plan(&self, output: Output) {
        self.plan.warnings.iter().for_each(|warning| output.warning(warning));
        self.plan.notes.iter().for_each(|note| output.note(&format!("note: {note}")));
    }

    /// Reads the store again, which may decide what else runs; warnings that are new are printed.
    pub(crate) fn read_again(&mut self, output: Output) -> Result<(), Failure> {
        let read = || self.store.read_to(self.depth);
        let contents = output.during("reading what is recorded", read)?;
        let known: BTreeSet<&String> = self.contents.warnings.iter().collect();
        let new = contents.warnings.iter().filter(|warning| !known.contains(warning));
        new.for_each(|warning| output.warning(warning));
        self.plan.go_on(&contents.records);
        self.contents = contents;
        Ok(())
    }

    /// Reads as much of each record as `depth` says, if less was read.
    pub(crate) fn deepen(&mut self, depth: Depth, output: Output) -> Result<(), Failure> {
        if self.depth < depth {
            self.depth = depth;
            // A million records are not held twice.
            self.contents.records.clear();
            self.read_again(output)?;
        }
        Ok(())
    }

    /// The plan's cells on which records contradict each other.
    pub(crate) fn contradictory(&self) -> Vec<CellId> {
        let ids = self.plan.cells.iter().map(|planned| planned.cell.id);
        ids.filter(|id| self.contents.disagreements.contains_key(id)).collect()
    }

    /// Refuses to call results good on which two records contradict each other.
    pub(crate) fn agrees(&self) -> Result<(), Failure> {
        let ids = self.contradictory();
        let Some(first) = ids.first() else { return Ok(()) };
        let first = first.short();
        Err(Failure::Run(format!(
            "records contradict each other on {}, so that no table has it: \
             `longtail replay {first}` tells which result this machine gives",
            if ids.len() == 1 { format!("the cell {first}") } else { count(ids.len(), "cell") },
        )))
    }

    /// How long cells take, as far as some ran to their end.
    pub(crate) fn pace(&self) -> Pace {
        let mut pace = Pace::default();
        for planned in &self.plan.cells {
            if let Some(record) = self.contents.records.get(&planned.cell.id)
                && record.trial.outcome == Outcome::Completed
            {
                pace.learn(planned, record.timings.wall_seconds);
            }
        }
        pace
    }

    /// Whether nothing is recorded of a cell.
    pub(crate) fn is_missing(&self, planned: &PlannedCell) -> bool {
        !self.contents.records.contains_key(&planned.cell.id)
    }

    /// What is said of the cells that are `wanted` and need more memory than `machine` has, each combination once.
    pub(crate) fn too_large(
        &self,
        machine: Machine,
        wanted: impl Fn(&PlannedCell) -> bool,
    ) -> Option<String> {
        let mut refused: InOrder<usize, Vec<&PlannedCell>> = InOrder::new();
        for planned in &self.plan.cells {
            if machine.refuses(planned.cell.bytes).is_some() && wanted(planned) {
                refused.of(planned.combination).push(planned);
            }
        }
        let mut n_cells = 0;
        let mut lines = String::new();
        for (combination, cells) in refused {
            n_cells += cells.len();
            let labels = &self.plan.combinations[combination].labels;
            let bytes = cells.iter().map(|planned| planned.cell.bytes).max().unwrap_or(0);
            let reason = machine.refuses(bytes).unwrap_or_default();
            lines +=
                &format!("\n  {} on {} {reason}", labels[&Axis::Model], labels[&Axis::Dataset]);
        }
        (n_cells != 0)
            .then(|| format!("too large for this machine, {}:{lines}", count(n_cells, "cell")))
    }

    /// Whether anything is recorded of the plan's cells.
    pub(crate) fn has_records(&self) -> bool {
        !self.plan.cells.iter().all(|planned| self.is_missing(planned))
    }

    /// The records of the plan's cells, in the plan's order.
    pub(crate) fn records(&self) -> Vec<&TrialRecord> {
        let cells = self.plan.cells.par_iter();
        cells
            .filter_map(|planned| self.contents.records.get(&planned.cell.id))
            .map(AsRef::as_ref)
            .collect()
    }
}

/// `experiments/quickstart.toml --set training.epochs=5`.
fn words_of(arguments: &FileArguments) -> String {
    let file = path_word(&arguments.file);
    let sets = arguments.sets.iter().map(|set| format!(" --set {}", word(set)));
    format!("{file}{}{}", sets.collect::<String>(), results_of(arguments))
}

/// ` --results FOLDER`, unless it is the usual one.
fn results_of(arguments: &FileArguments) -> String {
    if arguments.results == Path::new(RESULTS) {
        return String::new();
    }
    format!(" --results {}", path_word(&arguments.results))
}

/// Refuses a folder of results that is none.
pub(crate) fn results_folder(path: &Path) -> Result<(), Failure> {
    // Of what is not there yet, what it is to be made in.
    let there = path.ancestors().find(|path| path.exists() && !path.as_os_str().is_empty());
    match there {
        Some(file) if !file.is_dir() => Err(Failure::Usage(format!(
            "--results {}: {} is a file, and results are kept in a folder",
            path.display(),
            file.display()
        ))),
        _ => Ok(()),
    }
}

/// The data sets that can be named: those that the program carries, those of a data folder, and those that were
/// fetched. What is damaged of the latter is left out with a warning.
pub(crate) fn catalogue(
    folder: Option<&Path>,
    cache: Option<&Path>,
    output: Output,
) -> Result<Catalogue, Failure> {
    let mut catalogue = Catalogue::embedded();
    if let Some(folder) = folder.map(Path::to_owned).or(variable("LONGTAIL_DATA")) {
        catalogue = catalogue.with_folder(&folder)?;
    }
    if let Some(cache) = cache {
        let (extended, skipped) = catalogue.with_cache(cache);
        catalogue = extended;
        for error in skipped {
            output.warning(&format!("left out of the cache: {}", error.sentence()));
        }
    }
    Ok(catalogue)
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
