//! From an experiment file to its cells: which are in, which are out and why, what each will cost.

mod checks;
mod conditions;
mod design;
mod detected;
mod embedded;
mod expansion;
mod halving;
mod lookups;
mod mined;
mod notes;
mod planner;
mod profiles;
mod searched;
mod shard;
mod small_classes;

use std::collections::BTreeMap;

use crate::axis::Axis;
use crate::file::{Diagnostics, ExperimentFile, PublishedSpec, ReportSpec};
use crate::labels::Labels;
use crate::plan::planner::Planner;
use crate::prepare::DataCache;
use crate::search::space::Space;
use crate::selection::Parameter;
use crate::trial::TrialCell;

pub use halving::Halving;
pub use profiles::ReachedProfile;
pub use shard::Shard;

/// Everything an experiment will run, and what it will not.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment's name.
    pub name: String,
    /// What the experiment asks, as its file has it.
    pub question: Option<String>,
    /// The cells, data set by data set, method by method. Where settings of a search go on or not, those that are known to
    /// run: see [`Plan::go_on`].
    pub cells: Vec<PlannedCell>,
    /// What stands on the axes of the cells.
    pub combinations: Vec<PlannedCombination>,
    /// Combinations that do not run.
    pub left_out: Vec<LeftOut>,
    /// What cannot be as asked, or makes results other than they seem, each in one sentence.
    pub warnings: Vec<String>,
    /// What follows from what is asked and is worth knowing, each in one sentence.
    pub notes: Vec<String>,
    /// What the profile of each data set that has one reaches.
    pub profiles: BTreeMap<String, ReachedProfile>,
    /// What tables have to know of each data set, by its name.
    pub datasets: BTreeMap<String, DatasetFacts>,
    /// How what stands on an axis is written in tables.
    pub labels: Labels,
    /// What is searched and how, in one sentence.
    pub search: Option<String>,
    /// What each parameter of the search is drawn from.
    pub drawn: BTreeMap<Parameter, Space>,
    /// Where settings of a search go on or not: what else may run.
    pub halving: Option<Halving>,
    /// What the comparison shows.
    pub report: ReportSpec,
    /// What a published table is compared with.
    pub published: Vec<PublishedSpec>,
}

/// What tables have to know of a data set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetFacts {
    /// Its family: siblings are not independent evidence.
    pub family: String,
    /// Of two classes, the one to be found.
    pub positive: Option<String>,
    /// Features that are numbers.
    pub n_numeric: usize,
    /// Features that are one of several levels.
    pub n_categorical: usize,
    /// The classes, and how many rows each has.
    pub classes: Vec<(String, u32)>,
}

/// What the cells of all folds and seeds have in common.
#[derive(Clone, Debug)]
pub struct PlannedCombination {
    /// What stands on each axis that the learner has, as [`crate::spec::TrialSpec::label_among`] writes it.
    pub labels: BTreeMap<Axis, String>,
    /// The same with `tuned` in place of what a search draws: all settings have it in common.
    pub family: BTreeMap<Axis, String>,
    /// Epochs, where a search trains for fewer than all: such cells decide which settings go on, and are in no table.
    pub epochs: Option<usize>,
    /// Whether the bits of the results are promised everywhere.
    pub reproducible: bool,
}

/// One cell that runs.
#[derive(Clone, Debug)]
pub struct PlannedCell {
    /// The cell.
    pub cell: TrialCell,
    /// Its place in [`Plan::combinations`].
    pub combination: usize,
    /// Estimated processor time, in seconds.
    pub cost: f64,
}

/// A combination that does not run.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// What stands on each axis.
    pub labels: BTreeMap<Axis, String>,
    /// Cells it would have had: folds times seeds.
    pub n_cells: usize,
    /// Why not.
    pub reason: String,
}

impl Plan {
    /// Plans the experiment. Loads the data sets it names, and trains nothing.
    ///
    /// # Errors
    /// If the file asks for something that does not exist or cannot be.
    pub fn new(file: &ExperimentFile, data: &DataCache) -> Result<Plan, Diagnostics> {
        let mut planner = Planner::new(file, data);
        for block in &file.blocks {
            planner.block(block);
        }
        planner.finish()
    }

    /// A plan of `file` without a cell.
    fn empty(file: &ExperimentFile) -> Self {
        Plan {
            name: file.header.name.get_ref().clone(),
            question: file.header.question.clone(),
            cells: Vec::new(),
            combinations: Vec::new(),
            left_out: Vec::new(),
            warnings: Vec::new(),
            notes: Vec::new(),
            profiles: BTreeMap::new(),
            datasets: BTreeMap::new(),
            labels: file.labels.clone(),
            search: file.search.as_ref().map(|search| search.sentence.clone()),
            drawn: file.search.iter().flat_map(|search| search.parameters.clone()).collect(),
            halving: None,
            report: file.report.clone(),
            published: file.published.clone(),
        }
    }

    /// The cells to run, longest first; cells on the same data and fold stay together.
    pub fn run_order(&self) -> Vec<&PlannedCell> {
        let mut order: Vec<&PlannedCell> = self.cells.iter().collect();
        let key = |planned: &&PlannedCell| {
            let spec = &planned.cell.spec;
            (self.labels_of(planned).get(&Axis::Dataset), spec.seed, spec.fold)
        };
        order.sort_by(|a, b| b.cost.total_cmp(&a.cost).then_with(|| key(a).cmp(&key(b))));
        order
    }

    /// The cells that are compared in tables: all but those that a search trains for fewer epochs than all.
    pub fn compared(&self) -> impl Iterator<Item = &PlannedCell> {
        let is_whole = |planned: &&PlannedCell| {
            let combination = self.combinations.get(planned.combination);
            combination.is_none_or(|combination| combination.epochs.is_none())
        };
        self.cells.iter().filter(is_whole)
    }

    /// What stands on the axes of `planned`.
    pub fn labels_of(&self, planned: &PlannedCell) -> &BTreeMap<Axis, String> {
        &self.combinations[planned.combination].labels
    }
}

#[cfg(test)]
mod tests;
