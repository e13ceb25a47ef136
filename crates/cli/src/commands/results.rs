//! Results that a command line names: an experiment file, or a folder.

use std::collections::BTreeMap;
use std::path::Path;

use data::Catalogue;
use evaluation::Metric;
use experiment::CellId;
use experiment::file::did_you_mean;
use experiment::record::TrialRecord;
use experiment::store::{Depth, Store};
use strum::IntoEnumIterator;

use crate::args::FileArguments;
use crate::commands::Experiment;
use crate::exit::Failure;
use crate::output::Output;

/// What is recorded, and what is known of it.
pub(crate) enum Recorded {
    /// Of the cells of an experiment file.
    Experiment(Box<Experiment>),
    /// Of all cells in a folder, in the order of their identities.
    Folder(BTreeMap<CellId, Box<TrialRecord>>),
}

impl Recorded {
    /// Reads what `path` names: a folder of results, or an experiment file whose results are in the folder that
    /// `arguments` name.
    pub(crate) fn read(
        path: &Path,
        arguments: &FileArguments,
        catalogue: &Catalogue,
        output: Output,
    ) -> Result<Self, Failure> {
        // No course and no curve is compared.
        let depth = Depth::Measures;
        if path.extension().is_some_and(|extension| extension == "jsonl") && path.is_file() {
            return Err(Failure::Usage(format!(
                "{} holds a baseline, and no results: it is for `longtail gate --baseline`",
                path.display()
            )));
        }
        if !path.is_dir() {
            return Experiment::open(arguments, catalogue, depth, output)
                .map(|experiment| Recorded::Experiment(Box::new(experiment)));
        }
        let store = Store::at(path);
        if !store.exists() {
            return Err(Failure::Usage(format!(
                "{} is no folder of results: it has no segments/",
                path.display()
            )));
        }
        let contents = output.during("reading what is recorded", || store.read_to(depth))?;
        contents.warnings.iter().for_each(|warning| output.warning(warning));
        Ok(Recorded::Folder(contents.records))
    }

    /// The records.
    pub(crate) fn records(&self) -> Vec<&TrialRecord> {
        match self {
            Recorded::Experiment(experiment) => experiment.records(),
            Recorded::Folder(records) => records.values().map(AsRef::as_ref).collect(),
        }
    }
}

/// The family of a data set: siblings are not independent evidence. One that nobody knows is its own.
pub(crate) fn family(catalogue: &Catalogue, recorded: &Recorded, dataset: &str) -> String {
    let planned = match recorded {
        Recorded::Experiment(experiment) => experiment.plan.datasets.get(dataset),
        Recorded::Folder(_) => None,
    };
    let known = planned.map(|facts| facts.family.clone());
    let known = known.or_else(|| catalogue.entry(dataset).map(|entry| entry.family.clone()));
    known.unwrap_or_else(|| dataset.to_owned())
}

/// The metrics of these names.
pub(crate) fn metrics(names: &[String]) -> Result<Vec<Metric>, Failure> {
    let of = |name: &String| {
        Metric::named(name).ok_or_else(|| {
            let help = did_you_mean(name, Metric::iter().map(Metric::name));
            let help = help.unwrap_or_else(|| "`longtail methods` lists the metrics".to_owned());
            Failure::Usage(format!("there is no metric `{name}`; {help}"))
        })
    };
    names.iter().map(of).collect()
}
