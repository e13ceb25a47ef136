//! From an experiment file to its cells: which are in, which are out and why, what each will cost.

mod combinations;
mod notes;
mod profiles;
mod refusals;
mod shard;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use data::{Column, Dataset, DatasetSpec, SplitSpec, SplitWarning};
use methods::setting::Setting;

use crate::axes::{AxisRow, ROWS};
use crate::axis::Axis;
use crate::choice::Choice;
use crate::cost::seconds;
use crate::file::condition::Combination;
use crate::file::{Block, Diagnostic, Diagnostics, ExperimentFile, PublishedSpec, ReportSpec};
use crate::identity::{Identities, canonical};
use crate::labels::Labels;
use crate::labels::{from_json, to_json};
use crate::memory::bytes;
use crate::plan::combinations::{Combinations, spec_of};
use crate::plan::notes::Notes;
use crate::plan::refusals::{allowed, refusal, repetition};
use crate::prepare::{DataCache, SplitFacts, trial_streams};
use crate::spec::{LearnerSpec, ProtocolSpec, TrialSpec};
use crate::trial::Cell;

pub use profiles::ReachedProfile;
pub use shard::Shard;

/// Everything an experiment will run, and what it will not.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment's name.
    pub name: String,
    /// The cells, data set by data set, method by method.
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
    /// What the comparison shows.
    pub report: ReportSpec,
    /// What a published table is compared with.
    pub published: Vec<PublishedSpec>,
}

/// What tables have to know of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetFacts {
    /// Its family: siblings are not independent evidence.
    pub family: String,
    /// Of two classes, the one to be found.
    pub positive: Option<String>,
}

/// What the cells of all folds and seeds have in common.
#[derive(Clone, Debug)]
pub struct PlannedCombination {
    /// What stands on each axis that the learner has, as [`TrialSpec::label_among`] writes it.
    pub labels: BTreeMap<Axis, String>,
    /// Whether the bits of the results are promised everywhere.
    pub reproducible: bool,
}

/// One cell that runs.
#[derive(Clone, Debug)]
pub struct PlannedCell {
    /// The cell.
    pub cell: Cell,
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
        let mut planner = Planner {
            file,
            data,
            seen: BTreeSet::new(),
            numbers: BTreeMap::new(),
            facts: BTreeMap::new(),
            losses: BTreeMap::new(),
            datasets: BTreeMap::new(),
            n_folds: BTreeMap::new(),
            small: BTreeMap::new(),
            mistakes: Vec::new(),
            refusals: Vec::new(),
            notes: Notes::default(),
            plan: Plan {
                name: file.header.name.get_ref().clone(),
                cells: Vec::new(),
                combinations: Vec::new(),
                left_out: Vec::new(),
                warnings: Vec::new(),
                notes: Vec::new(),
                profiles: BTreeMap::new(),
                datasets: BTreeMap::new(),
                labels: file.labels.clone(),
                report: file.report.clone(),
                published: file.published.clone(),
            },
        };
        planner.check_conditions();
        for block in &file.blocks {
            planner.block(block);
        }
        planner.finish()
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

    /// What stands on the axes of `planned`.
    pub fn labels_of(&self, planned: &PlannedCell) -> &BTreeMap<Axis, String> {
        &self.combinations[planned.combination].labels
    }
}

struct Planner<'a> {
    file: &'a ExperimentFile,
    data: &'a DataCache,
    /// Combinations that are in, by the hash of their canonical specification without fold and seed.
    seen: BTreeSet<[u8; 32]>,
    /// Splits, samplings and losses, numbered by their canonical text.
    numbers: BTreeMap<String, usize>,
    facts: BTreeMap<(usize, usize, u64), Result<Rc<SplitFacts>, String>>,
    losses: BTreeMap<LossKey, Result<(), Unbuilt>>,
    /// What is looked up once for a data set, not once a cell.
    datasets: BTreeMap<String, Rc<Known>>,
    /// Numbers of test parts that depend on the data set, by it and the split.
    n_folds: BTreeMap<(String, String), Result<usize, String>>,
    /// Classes too small for the protocol, by data set and kind of warning.
    small: BTreeMap<(String, String), (SplitWarning, BTreeSet<usize>)>,
    mistakes: Vec<Diagnostic>,
    /// Why combinations that no condition excludes are out, each once: mistakes only if nothing is left.
    refusals: Vec<Diagnostic>,
    notes: Notes,
    plan: Plan,
}

/// A data set as the plan needs it.
struct Known {
    dataset: Arc<Dataset>,
    digest: String,
    n_inputs: usize,
}

/// What the cells of a combination share, found once.
struct Shared<'c> {
    combination: &'c Combination<'c>,
    spec: TrialSpec,
    identities: Identities,
    known: Rc<Known>,
    /// The numbers of the split, and of the loss and the sampling.
    split: usize,
    loss: usize,
}

/// A loss and a sampling, a split, a fold, a seed.
type LossKey = (usize, usize, usize, u64);

/// Why a loss cannot be built.
#[derive(Clone)]
struct Unbuilt {
    is_out_of_place: bool,
    message: String,
}

impl Planner<'_> {
    fn check_conditions(&mut self) {
        let mut choices: BTreeMap<Axis, Vec<&Choice>> = BTreeMap::new();
        for block in &self.file.blocks {
            for (axis, list) in &block.choices {
                choices.entry(*axis).or_default().extend(list);
            }
        }
        let whens = self.file.whens.iter().flat_map(|when| [&when.condition, &when.only]);
        for condition in self.file.excludes.iter().chain(whens) {
            condition.check(&choices, &mut self.mistakes);
        }
    }

    fn block(&mut self, block: &Block) {
        for combination in Combinations::of(block, self.file.header.design) {
            if let Some(reason) = self.ruled_out(&combination) {
                self.leave_out(&combination, reason);
            } else {
                self.combination(&combination);
            }
        }
    }

    fn ruled_out(&self, combination: &Combination<'_>) -> Option<String> {
        let at = |span: &std::ops::Range<usize>| self.file.source.place(span);
        if let Some(exclude) = self.file.excludes.iter().find(|exclude| exclude.holds(combination))
        {
            return Some(format!("excluded by [[exclude]] at {}", at(&exclude.span)));
        }
        let broken = |when: &&crate::file::When| {
            when.condition.holds(combination) && !when.only.holds(combination)
        };
        let when = self.file.whens.iter().find(broken)?;
        Some(format!("not among what [[when]] allows at {}", at(&when.condition.span)))
    }

    fn leave_out(&mut self, combination: &Combination<'_>, reason: String) {
        let labels =
            combination.iter().map(|(&axis, choice)| (axis, choice.label.clone())).collect();
        let protocol: ProtocolSpec = from_json(&combination[&Axis::Protocol].value);
        let dataset: DatasetSpec = from_json(&combination[&Axis::Dataset].value);
        // What cannot be split so has no cells that could be left out.
        let n_folds = self.n_folds(&protocol.split, &dataset.name).unwrap_or(0);
        let n_cells = n_folds * self.file.header.seeds().len();
        self.plan.left_out.push(LeftOut { labels, n_cells, reason });
    }

    /// Leaves out what cannot be, because of what stands on `axis`.
    fn refuse(&mut self, combination: &Combination<'_>, axis: Axis, reason: String, help: &str) {
        let span = combination[&axis].span.clone();
        let mistake = Diagnostic::new(span, format!("no cell is left: {reason}")).help(help);
        if !self.refusals.iter().any(|earlier| earlier.message == mistake.message) {
            self.refusals.push(mistake);
        }
        self.leave_out(combination, reason);
    }

    /// Number of test parts; the data set is loaded only if it decides.
    fn n_folds(&mut self, split: &SplitSpec, dataset: &str) -> Result<usize, String> {
        if let Some(n_folds) = split.n_folds_of_any() {
            return Ok(n_folds);
        }
        let key = (dataset.to_owned(), canonical(&to_json(split)));
        if let Some(n_folds) = self.n_folds.get(&key) {
            return n_folds.clone();
        }
        let dataset = self.data.dataset(dataset)?;
        let n_folds = split.n_folds(&dataset).map_err(|error| error.sentence());
        self.n_folds.insert(key, n_folds.clone());
        n_folds
    }

    fn combination(&mut self, combination: &Combination<'_>) {
        let spec = spec_of(combination);
        let identities = Identities::of(&spec);
        if !self.seen.insert(identities.combination().into()) {
            let reason = repetition(&spec.learner, &combination[&Axis::Model].label);
            return self.leave_out(combination, reason);
        }
        if let Some((reason, help)) = refusal(&spec.learner) {
            return self.refuse(combination, Axis::Loss, reason, help);
        }
        let dataset = self.data.dataset(&spec.dataset.name).ok();
        let n_classes = dataset.map(|dataset| dataset.classes.len());
        if let Err((axis, message, help)) = allowed(combination, &spec, n_classes) {
            return self.mistake(combination[&axis], message, help.to_owned());
        }
        let known = match self.known(&spec.dataset.name) {
            Ok(known) => known,
            Err(error) => {
                let help = "see `longtail datasets`".to_owned();
                return self.mistake(combination[&Axis::Dataset], error, help);
            }
        };
        let n_folds = match self.n_folds(&spec.protocol.split, &spec.dataset.name) {
            Ok(n_folds) => n_folds,
            Err(error) => return self.cannot_split(&spec, combination, &error),
        };
        let split = self.number(&serde_json::json!([spec.dataset, spec.protocol]));
        let loss = self.number(&serde_json::json!([spec.loss(), spec.sampling]));
        let shared = Shared { combination, spec, identities, known, split, loss };
        let n_before = self.plan.cells.len();
        let cells =
            self.file.header.seeds().into_iter().flat_map(|s| (0..n_folds).map(move |f| (f, s)));
        let mut whole = true;
        for (fold, seed) in cells {
            whole = self.cell(&shared, fold, seed);
            if !whole {
                break;
            }
        }
        if n_before < self.plan.cells.len() {
            self.plan.combinations.push(shared.planned());
            self.notes.add(&shared.spec, &shared.known.dataset, shared.split);
        }
        if whole {
            self.notes.add_without_effect(&shared.spec, combination);
        }
    }

    /// Adds one cell; `false` if there is a mistake that its siblings would only repeat.
    fn cell(&mut self, shared: &Shared<'_>, fold: usize, seed: u64) -> bool {
        let Shared { combination, known, .. } = shared;
        let spec = TrialSpec { fold, seed, ..shared.spec.clone() };
        let facts = match self.facts(shared.split, &spec) {
            Ok(facts) => facts,
            Err(error) => {
                self.cannot_split(&spec, combination, &error);
                return false;
            }
        };
        let n_learnt = spec.sampling.epoch_size(&facts.train_counts);
        if let LearnerSpec::Classical(learner) = &spec.learner
            && let Some(reason) = learner.refuses(n_learnt)
        {
            self.refuse(combination, Axis::Model, reason, "choose another model or data set");
            return false;
        }
        if let Err(error) = self.builds((shared.loss, shared.split, fold, seed), &spec, &facts) {
            if error.is_out_of_place {
                let help = "choose another loss or data set";
                self.refuse(combination, Axis::Loss, error.message, help);
                return false;
            }
            let message = format!("{} (on {})", error.message, spec.dataset);
            let help = "change this loss, or exclude it here".to_owned();
            self.mistake(combination[&Axis::Loss], message, help);
            return false;
        }
        let cost = seconds(&spec, n_learnt, known.n_inputs, &known.dataset);
        let id = shared.identities.cell(fold, seed, &known.digest, &facts.split_digest);
        let split_digest = facts.split_digest.clone();
        let data_digest = known.digest.clone();
        let bytes = bytes(&spec, n_learnt, known.n_inputs, &known.dataset);
        let cell = Cell { id, spec, data_digest, split_digest, bytes };
        let combination = self.plan.combinations.len();
        self.plan.cells.push(PlannedCell { cell, combination, cost });
        true
    }

    /// The mistake is that of the split if it names columns, else that of the data set.
    fn cannot_split(&mut self, spec: &TrialSpec, combination: &Combination<'_>, error: &str) {
        let axis = if spec.protocol.split.reads_columns() { Axis::Protocol } else { Axis::Dataset };
        let help = "choose another data set, or change [protocol]".to_owned();
        self.mistake(combination[&axis], format!("`{}`: {error}", spec.dataset.name), help);
    }

    /// The number of a text that stands for something looked up once.
    fn number(&mut self, value: &serde_json::Value) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(canonical(value)).or_insert(next)
    }

    fn known(&mut self, name: &str) -> Result<Rc<Known>, String> {
        if let Some(known) = self.datasets.get(name) {
            return Ok(known.clone());
        }
        let dataset = self.data.dataset(name)?;
        let (digest, n_inputs) = (dataset.digest(), n_columns(&dataset));
        let known = Rc::new(Known { dataset, digest, n_inputs });
        self.datasets.insert(name.to_owned(), known.clone());
        Ok(known)
    }

    /// Whether the loss, if there is one, can be built for the classes it will meet.
    fn builds(
        &mut self,
        key: LossKey,
        spec: &TrialSpec,
        facts: &SplitFacts,
    ) -> Result<(), Unbuilt> {
        let Some(loss) = spec.loss() else { return Ok(()) };
        let build = || {
            let counts = spec.sampling.expected_counts(&facts.train_counts);
            let setting = Setting { counts: &counts, streams: &trial_streams(spec) };
            loss.build::<f32>(&setting).map(|_| ()).map_err(|error| Unbuilt {
                is_out_of_place: error.is_out_of_place(),
                message: error.to_string(),
            })
        };
        self.losses.entry(key).or_insert_with(build).clone()
    }

    fn facts(&mut self, split: usize, spec: &TrialSpec) -> Result<Rc<SplitFacts>, String> {
        let key = (split, spec.fold, spec.seed);
        if let Some(facts) = self.facts.get(&key) {
            return facts.clone();
        }
        let facts = self.data.split_facts(spec).map(Rc::new);
        if let Ok(facts) = &facts {
            ReachedProfile::note(&mut self.plan.profiles, &spec.dataset, &facts.train_counts);
            for warning in &facts.warnings {
                let kind = (spec.dataset.to_string(), warning.about(""));
                let (_, classes) =
                    self.small.entry(kind).or_insert_with(|| (warning.clone(), BTreeSet::new()));
                classes.insert(warning.class());
            }
        }
        self.facts.insert(key, facts.clone());
        facts
    }

    /// `class a`, `classes a, b, c` or, of many, `12 of 19 classes`.
    fn class_names(&self, dataset: &str, classes: &BTreeSet<usize>) -> String {
        let name = dataset.split(" (").next().unwrap_or(dataset);
        let all = self.data.dataset(name).map_or_else(|_| Vec::new(), |d| d.classes.clone());
        let names: Vec<&str> =
            classes.iter().filter_map(|&class| all.get(class)).map(String::as_str).collect();
        match names.len() {
            1 => format!("class {}", names[0]),
            2..=5 => format!("each of the classes {}", names.join(", ")),
            n => format!("each of {n} of the {} classes", all.len()),
        }
    }

    fn datasets(&self) -> BTreeMap<String, DatasetFacts> {
        let names: BTreeSet<&String> =
            self.plan.cells.iter().map(|planned| &planned.cell.spec.dataset.name).collect();
        let facts = |name: &String| {
            let family = self.data.catalogue().entry(name)?.family.clone();
            let loaded = self.data.dataset(name).ok()?;
            Some((name.clone(), DatasetFacts { family, positive: loaded.positive().cloned() }))
        };
        names.into_iter().filter_map(facts).collect()
    }

    fn mistake(&mut self, choice: &Choice, message: String, help: String) {
        let mistake = Diagnostic::new(choice.span.clone(), message).help(help);
        let known =
            |earlier: &Diagnostic| earlier.span == mistake.span && earlier.help == mistake.help;
        if !self.mistakes.iter().any(known) {
            self.mistakes.push(mistake);
        }
    }

    /// Says why every combination is out: by what it is, or by a condition.
    fn nothing_left(&mut self) {
        let whens = self.file.whens.iter().map(|when| &when.only);
        let culprit = self.file.excludes.iter().chain(whens).next();
        let which = if self.refusals.is_empty() { "every combination" } else { "the rest" };
        self.mistakes.append(&mut self.refusals);
        if culprit.is_some() || self.mistakes.is_empty() {
            let span = culprit.map_or(self.file.blocks[0].span.clone(), |c| c.span.clone());
            let message = format!("no cell is left: {which} is excluded");
            self.mistakes.push(Diagnostic::new(span, message).help("narrow or remove a condition"));
        }
    }

    fn finish(mut self) -> Result<Plan, Diagnostics> {
        if self.plan.cells.is_empty() && self.mistakes.is_empty() {
            self.nothing_left();
        }
        if self.mistakes.is_empty() {
            for ((dataset, _), (warning, classes)) in std::mem::take(&mut self.small) {
                let names = self.class_names(&dataset, &classes);
                self.plan.warnings.push(format!("{dataset}: {}", warning.about(&names)));
            }
            self.warn_of_profiles();
            self.plan.datasets = self.datasets();
            self.notes.tell(&mut self.plan);
            Ok(self.plan)
        } else {
            self.mistakes.sort_by_key(|mistake| mistake.span.start);
            Err(Diagnostics { source: self.file.source.clone(), list: self.mistakes })
        }
    }
}

impl Shared<'_> {
    fn planned(&self) -> PlannedCombination {
        let has = ROWS.iter().filter(|row| (row.get)(&self.spec).is_some());
        let label = |row: &AxisRow| (row.axis, self.combination[&row.axis].label.clone());
        PlannedCombination {
            labels: has.map(label).collect(),
            reproducible: self.spec.reproducible(),
        }
    }
}

/// Columns of the feature matrices.
pub(crate) fn n_columns(dataset: &Dataset) -> usize {
    let width = |column: &Column| match column {
        Column::Numeric { .. } => 1,
        Column::Categorical { levels, .. } => levels.len(),
    };
    dataset.columns.iter().map(width).sum()
}

#[cfg(test)]
mod tests;
