//! From an experiment file to its cells: which are in, which are out and why, what each will cost.

use std::collections::{BTreeMap, BTreeSet};

use data::{Column, Dataset, SplitSpec, SplitWarning};
use methods::losses::{LossSpec, Setting};
use nn::Head;

use crate::axis::{Axis, AxisValue, Choice, to_json};
use crate::cost::seconds;
use crate::file::condition::Combination;
use crate::file::{
    Block, Design, Diagnostic, Diagnostics, ExperimentFile, PublishedSpec, ReportSpec,
};
use crate::identity::{CellId, canonical};
use crate::prepare::{DataCache, SplitFacts, trial_streams};
use crate::spec::{BoostedLearner, Learner, ModelKind, NetworkLearner, TrialSpec};
use crate::train::sampled_counts;
use crate::trial::Cell;

mod notes;

/// Everything an experiment will run, and what it will not.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment's name.
    pub name: String,
    /// The cells, data set by data set, method by method.
    pub cells: Vec<PlannedCell>,
    /// Combinations that do not run.
    pub left_out: Vec<LeftOut>,
    /// What the reader should know, each in one sentence.
    pub warnings: Vec<String>,
    /// What tables have to know of each data set, by its name.
    pub datasets: BTreeMap<String, DatasetFacts>,
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

/// One cell that runs.
#[derive(Clone, Debug)]
pub struct PlannedCell {
    /// The cell.
    pub cell: Cell,
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

/// A part of the cells, for one of several machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((index, count)) if 1 <= index && index <= count => Ok(Shard { index, count }),
            _ => Err(format!("`{text}` is no shard: write i/n with 1 <= i <= n, as in 2/3")),
        }
    }
}

impl Shard {
    /// Whether the cell is in this shard. It depends on the identity alone: any machine can tell.
    pub fn contains(&self, id: CellId) -> bool {
        let digits = &id.to_string()[16..];
        let number = u64::from_str_radix(digits, 16).expect("an identity is hexadecimal");
        number % self.count == self.index - 1
    }
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
            facts: BTreeMap::new(),
            digests: BTreeMap::new(),
            small: BTreeMap::new(),
            mistakes: Vec::new(),
            refusals: Vec::new(),
            without_effect: BTreeSet::new(),
            plan: Plan {
                name: file.header.name.get_ref().clone(),
                cells: Vec::new(),
                left_out: Vec::new(),
                warnings: Vec::new(),
                datasets: BTreeMap::new(),
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
            (spec.dataset.to_string(), spec.seed, spec.fold)
        };
        order.sort_by(|a, b| b.cost.total_cmp(&a.cost).then_with(|| key(a).cmp(&key(b))));
        order
    }
}

struct Planner<'a> {
    file: &'a ExperimentFile,
    data: &'a DataCache,
    /// Combinations that are in, by their canonical specification without fold and seed.
    seen: BTreeSet<String>,
    facts: BTreeMap<String, Result<SplitFacts, String>>,
    /// Digests of the data sets: hashed once each, not once a cell.
    digests: BTreeMap<String, String>,
    /// Classes too small for the protocol, by data set and kind of warning.
    small: BTreeMap<(String, String), (SplitWarning, BTreeSet<usize>)>,
    mistakes: Vec<Diagnostic>,
    /// Why combinations that no condition excludes are out, each once: mistakes only if nothing is left.
    refusals: Vec<Diagnostic>,
    /// What is chosen for learners that do not take it, in sentences.
    without_effect: BTreeSet<String>,
    plan: Plan,
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
        for combination in combinations(block, self.file.header.design) {
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
        let (AxisValue::Protocol(protocol), AxisValue::Dataset(dataset)) =
            (&combination[&Axis::Protocol].value, &combination[&Axis::Dataset].value)
        else {
            unreachable!("each axis holds its own values")
        };
        let n_folds = self.n_folds(&protocol.split, &dataset.name);
        let n_cells = n_folds * self.file.header.seeds().len();
        self.plan.left_out.push(LeftOut { labels, n_cells, reason });
    }

    /// Leaves out what cannot be, because of what stands on `axis`.
    fn refuse(&mut self, combination: &Combination<'_>, axis: Axis, reason: String, help: &str) {
        let span = combination[&axis].span.clone();
        let refusal = Diagnostic::new(span, format!("no cell is left: {reason}")).help(help);
        if !self.refusals.iter().any(|earlier| earlier.message == refusal.message) {
            self.refusals.push(refusal);
        }
        self.leave_out(combination, reason);
    }

    fn n_folds(&self, split: &SplitSpec, dataset: &str) -> usize {
        let entry = self.data.catalogue().entry(dataset);
        split.n_folds(entry.map_or(0, |entry| entry.n_official_folds))
    }

    fn combination(&mut self, combination: &Combination<'_>) {
        let spec = spec_of(combination);
        if !self.seen.insert(canonical(&to_json(&spec))) {
            let reason = match &spec.learner {
                Learner::Classical(_) => format!(
                    "{} fits its own loss by its own algorithm: it takes sampling, not losses, mining or \
                     reweighting, and runs once",
                    combination[&Axis::Model].label
                ),
                Learner::Boosted(_) => format!(
                    "{} takes losses and sampling, not mining or reweighting, and runs once for each loss",
                    combination[&Axis::Model].label
                ),
                Learner::Network(_) => "the same combination is in another block".to_owned(),
            };
            return self.leave_out(combination, reason);
        }
        let select_by = spec.protocol.select_by;
        if !select_by.selects() {
            let message =
                format!("`{}` needs training counts and cannot pick an epoch", select_by.name());
            let help = "choose another select_by, as in select_by = \"balanced_accuracy\"";
            return self.mistake(combination[&Axis::Protocol], message, help.to_owned());
        }
        if let Some(network) = spec.network()
            && network.reweighting.needs_meta()
            && spec.protocol.meta.is_none()
        {
            let choice = combination[&Axis::Reweighting];
            let message =
                format!("`{}` learns its weights from a meta set, and there is none", choice.label);
            let help = "add meta = { per_class = 10 } to [protocol]";
            return self.mistake(choice, message, help.to_owned());
        }
        let refusal = match &spec.learner {
            Learner::Network(network) => meaningless(network).map(|reason| {
                (reason, "choose another loss, or \"none\" for mining and reweighting")
            }),
            Learner::Boosted(boosted) => {
                no_curvature(&boosted.loss).map(|reason| (reason, "choose another loss or model"))
            }
            Learner::Classical(_) => None,
        };
        if let Some((reason, help)) = refusal {
            return self.refuse(combination, Axis::Loss, reason, help);
        }
        if let Some(loss) = spec.loss()
            && loss.traits().reads_recalls
            && spec.protocol.validation.get() == 0.0
        {
            let choice = combination[&Axis::Loss];
            let message = format!(
                "`{}` weighs classes by how well they are recognised on the validation part, and there is none",
                choice.label
            );
            return self.mistake(choice, message, "set protocol.validation above 0".to_owned());
        }
        let n_folds = self.n_folds(&spec.protocol.split, &spec.dataset.name);
        if n_folds == 0 {
            let message = format!("`{}` has no official folds", spec.dataset.name);
            let help =
                "sets of a data folder may have them (--data-dir); `longtail datasets NAME` tells";
            return self.mistake(combination[&Axis::Dataset], message, help.to_owned());
        }
        for seed in self.file.header.seeds() {
            for fold in 0..n_folds {
                if !self.cell(TrialSpec { fold, seed, ..spec.clone() }, combination) {
                    return;
                }
            }
        }
        self.without_effect.extend(notes::without_effect(&spec.learner, combination));
    }

    /// Adds one cell; `false` if there is a mistake that its siblings would only repeat.
    fn cell(&mut self, spec: TrialSpec, combination: &Combination<'_>) -> bool {
        let dataset = match self.data.dataset(&spec.dataset.name) {
            Ok(dataset) => dataset,
            Err(error) => {
                self.mistake(
                    combination[&Axis::Dataset],
                    error,
                    "see `longtail datasets`".to_owned(),
                );
                return false;
            }
        };
        let facts = match self.facts(&spec) {
            Ok(facts) => facts,
            Err(error) => {
                let help = "choose another data set, or change [protocol]".to_owned();
                self.mistake(combination[&Axis::Dataset], error, help);
                return false;
            }
        };
        let counts = sampled_counts(&spec.sampling, &facts.train_counts);
        let n_learnt = spec.sampling.epoch_size(&facts.train_counts);
        if let Learner::Classical(learner) = &spec.learner
            && let Some(reason) = learner.refuses(n_learnt)
        {
            self.refuse(combination, Axis::Model, reason, "choose another model or data set");
            return false;
        }
        let setting = Setting { counts: &counts, streams: &trial_streams(&spec) };
        if let Some(loss) = spec.loss()
            && let Err(error) = loss.build::<f32>(&setting)
        {
            if error.is_out_of_place() {
                let help = "choose another loss or data set";
                self.refuse(combination, Axis::Loss, error.to_string(), help);
                return false;
            }
            let message = format!("{error} (on {})", spec.dataset);
            self.mistake(
                combination[&Axis::Loss],
                message,
                "change this loss, or exclude it here".to_owned(),
            );
            return false;
        }
        let cost = seconds(&spec, n_learnt, n_columns(&dataset), &dataset);
        let digest = self.digests.entry(dataset.name.clone()).or_insert_with(|| dataset.digest());
        let data_digest = digest.clone();
        let id = CellId::of(&spec, &data_digest, &facts.split_digest);
        let cell = Cell { id, spec, data_digest, split_digest: facts.split_digest };
        self.plan.cells.push(PlannedCell { cell, cost });
        true
    }

    fn facts(&mut self, spec: &TrialSpec) -> Result<SplitFacts, String> {
        let key =
            canonical(&serde_json::json!([spec.dataset, spec.protocol, spec.fold, spec.seed]));
        if let Some(facts) = self.facts.get(&key) {
            return facts.clone();
        }
        let facts = self.data.split_facts(spec);
        if let Ok(facts) = &facts {
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
            self.plan.datasets = self.datasets();
            self.plan.warnings.extend(std::mem::take(&mut self.without_effect));
            self.plan.note();
            Ok(self.plan)
        } else {
            self.mistakes.sort_by_key(|mistake| mistake.span.start);
            Err(Diagnostics { source: self.file.source.clone(), list: self.mistakes })
        }
    }
}

/// Why these methods cannot be combined.
fn meaningless(network: &NetworkLearner) -> Option<String> {
    let loss = network.loss.name();
    let no_examples = |method: &str| {
        format!(
            "`{loss}` is a loss of whole batches: it has no losses of single examples, by which {method} \
             could choose or weigh"
        )
    };
    if network.loss.is_batch_level() {
        if network.mining.name() != "none" {
            return Some(no_examples(network.mining.name()));
        }
        if network.reweighting.name() != "none" {
            return Some(no_examples(network.reweighting.name()));
        }
    }
    None
}

/// Why no trees can be grown to this loss.
fn no_curvature(loss: &LossSpec) -> Option<String> {
    let name = loss.name();
    if loss.traits().head != Head::Affine {
        return Some(format!(
            "`{name}` is made for logits between -1 and 1, as a cosine head gives them, and trees have no head"
        ));
    }
    (!loss.is_pointwise()).then(|| {
        format!(
            "`{name}` reads more than an example's logits and label: boosted trees need its curvature, example \
             by example"
        )
    })
}

fn n_columns(dataset: &Dataset) -> usize {
    let width = |column: &Column| match column {
        Column::Numeric { .. } => 1,
        Column::Categorical { levels, .. } => levels.len(),
    };
    dataset.columns.iter().map(width).sum()
}

/// The combination's specification, for fold 0 and seed 0.
fn spec_of(combination: &Combination<'_>) -> TrialSpec {
    macro_rules! take {
        ($axis:ident) => {
            match &combination[&Axis::$axis].value {
                AxisValue::$axis(value) => value.clone(),
                other => unreachable!("{other:?} stands on the axis {}", Axis::$axis),
            }
        };
    }
    let learner = match take!(Model).kind() {
        ModelKind::Network(model) => Learner::Network(Box::new(NetworkLearner {
            model,
            loss: take!(Loss),
            mining: take!(Mining),
            reweighting: take!(Reweighting),
            training: take!(Training),
        })),
        ModelKind::Classical(learner) => Learner::Classical(learner),
        ModelKind::Boosted(model) => {
            Learner::Boosted(Box::new(BoostedLearner { model, loss: take!(Loss) }))
        }
    };
    TrialSpec {
        dataset: take!(Dataset),
        protocol: take!(Protocol),
        sampling: take!(Sampling),
        learner,
        fold: 0,
        seed: 0,
    }
}

/// Axes that move together, and how many positions they have.
struct Dimension {
    axes: Vec<Axis>,
    length: usize,
}

/// The combinations of a block, the first axis slowest.
fn combinations(block: &Block, design: Design) -> Vec<Combination<'_>> {
    let mut dimensions: Vec<Dimension> = Vec::new();
    for (&axis, choices) in &block.choices {
        if dimensions.iter().any(|dimension| dimension.axes.contains(&axis)) {
            continue;
        }
        let zip = block.zips.iter().find(|zip| zip.contains(&axis));
        let axes = zip.cloned().unwrap_or_else(|| vec![axis]);
        dimensions.push(Dimension { axes, length: choices.len() });
    }
    let mut positions: Vec<Vec<usize>> = vec![Vec::new()];
    for dimension in &dimensions {
        positions = positions
            .into_iter()
            .flat_map(|position| (0..dimension.length).map(move |i| [&position[..], &[i]].concat()))
            .collect();
    }
    if design == Design::Ablation {
        let crossed =
            |d: &Dimension| d.axes.contains(&Axis::Dataset) || d.axes.contains(&Axis::Protocol);
        let departures = |position: &[usize]| {
            position.iter().zip(&dimensions).filter(|(i, d)| **i != 0 && !crossed(d)).count()
        };
        positions.retain(|position| departures(position) <= 1);
    }
    let at = |position: &Vec<usize>| {
        let axes = dimensions.iter().zip(position);
        axes.flat_map(|(d, &i)| d.axes.iter().map(move |axis| (*axis, &block.choices[axis][i])))
            .collect()
    };
    positions.iter().map(at).collect()
}
