//! Combination by combination, fold by fold: what runs, and what does not and why.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use data::{Column, Dataset, DatasetSpec};
use rayon::prelude::*;

use crate::axes::{AxisRow, ROWS};
use crate::axis::Axis;
use crate::cost::{seconds, without_training};
use crate::file::condition::Combination;
use crate::file::{Block, Diagnostic, Diagnostics, ExperimentFile};
use crate::identity::{FoldIdentities, Identities};
use crate::labels::from_json;
use crate::memory::bytes;
use crate::plan::checks::{self, Objection};
use crate::plan::conditions;
use crate::plan::detected;
use crate::plan::expansion::{Combinations, n_settings};
use crate::plan::halving::Contest;
use crate::plan::lookups::{Known, Lookups};
use crate::plan::notes::Notes;
use crate::plan::small_classes::SmallClasses;
use crate::plan::{
    DatasetFacts, LeftOut, Plan, PlannedCell, PlannedCombination, ReachedProfile, profiles,
};
use crate::plan::{embedded, mined};
use crate::prepare::{DataCache, SplitFacts};
use crate::spec::{ProtocolSpec, TrialSpec};
use crate::trial::TrialCell;

/// A plan on its way.
pub(super) struct Planner<'a> {
    pub(super) file: &'a ExperimentFile,
    data: &'a DataCache,
    /// Combinations that are in, by the hash of their canonical specification without fold and seed.
    seen: BTreeSet<[u8; 32]>,
    /// What those that are in train, in the same way: cells that differ after training share one.
    trained: BTreeSet<[u8; 32]>,
    lookups: Lookups<'a>,
    pub(super) mistakes: Vec<Diagnostic>,
    /// Why combinations that no condition excludes are out, each once: mistakes only if nothing is left.
    refusals: Vec<Diagnostic>,
    small: SmallClasses,
    notes: Notes,
    /// Settings of a search that go on or not.
    pub(super) contests: Vec<Contest>,
    pub(super) plan: Plan,
}

/// A combination that is to be in.
pub(super) struct Wanted<'c> {
    pub(super) combination: &'c Combination<'c>,
    /// The same as the file has it, before anything was drawn.
    pub(super) base: &'c Combination<'c>,
    pub(super) spec: TrialSpec,
    pub(super) identities: Identities,
    /// Epochs, where a search trains for fewer than all.
    pub(super) epochs: Option<usize>,
}

/// A cell that can be: its fold, its seed, its rows and what it takes.
struct Checked {
    fold: usize,
    seed: u64,
    rows: Arc<SplitFacts>,
    needs: Needs,
}

/// What a cell is estimated to take: the same for all cells of a combination that learn from as many rows of each class.
#[derive(Clone, Copy)]
struct Needs {
    /// Processor time, in seconds.
    seconds: f64,
    /// Memory.
    bytes: u64,
}

/// What the cells of a combination share, found once.
struct Shared<'c> {
    wanted: Wanted<'c>,
    known: Arc<Known>,
    /// Whether no combination before trains alike.
    trains: bool,
    /// The numbers of the split, and of the loss and the sampling.
    split: usize,
    loss: usize,
    /// What cells take that can be, by the number of the counts that they learn from.
    needs: BTreeMap<usize, Needs>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(file: &'a ExperimentFile, data: &'a DataCache) -> Self {
        Planner {
            file,
            data,
            seen: BTreeSet::new(),
            trained: BTreeSet::new(),
            lookups: Lookups::new(data),
            mistakes: conditions::mistakes(file),
            refusals: Vec::new(),
            small: SmallClasses::default(),
            notes: Notes::default(),
            contests: Vec::new(),
            plan: Plan::empty(file),
        }
    }

    pub(super) fn block(&mut self, block: &Block) {
        for combination in Combinations::of(block, self.file.header.design) {
            if let Some(reason) = conditions::ruled_out(self.file, &combination) {
                self.leave_out(&combination, reason);
            } else if let Err(objection) = self.settings(&combination) {
                self.object(&combination, objection);
            }
        }
    }

    /// Adds the cells of all folds and seeds, up to the first that cannot be; where they are in the plan.
    pub(super) fn combination(
        &mut self,
        mut wanted: Wanted<'_>,
    ) -> Result<Range<usize>, Objection> {
        let known = self.lookups.dataset(&wanted.spec.dataset.name);
        if known.as_ref().is_ok_and(|known| known.dataset.image.is_some()) {
            wanted.spec.images = wanted.spec.protocol.preprocess.scales_pixels();
            wanted.identities = Identities::of(&wanted.spec);
        }
        let Wanted { combination, spec, .. } = &wanted;
        embedded::check(spec, combination)?;
        if !self.seen.insert(wanted.identities.combination().into()) {
            return Err(checks::repetition(&spec.learner, combination));
        }
        checks::methods(&spec.learner)?;
        let n_classes = known.as_ref().ok().map(|known| known.dataset.classes.len());
        checks::protocol(spec, combination, n_classes)?;
        let known = known.map_err(checks::unknown_dataset)?;
        detected::check(spec, &known.dataset)?;
        checks::images(spec, known.n_inputs, &known.dataset)?;
        let n_folds = self.lookups.n_folds(&spec.protocol.split, &spec.dataset.name);
        let n_folds = n_folds.map_err(|error| checks::cannot_split(spec, &error))?;
        let split = self.lookups.number(&serde_json::json!([spec.dataset, spec.protocol]));
        let loss = self.lookups.number(&serde_json::json!([spec.loss(), spec.sampling]));
        let trains = self.trains(spec, &wanted.identities);
        let mut shared = Shared { wanted, known, trains, split, loss, needs: BTreeMap::new() };
        let n_before = self.plan.cells.len();
        let seeds = self.file.header.seeds();
        self.lookups.find_splits(split, &shared.wanted.spec, n_folds, &seeds);
        let mut runs =
            seeds.into_iter().flat_map(|seed| (0..n_folds).map(move |fold| (fold, seed)));
        let mut checked = Vec::new();
        let whole = runs.try_for_each(|(fold, seed)| {
            checked.push(self.check(&mut shared, fold, seed)?);
            Ok(())
        });
        let combination = self.plan.combinations.len();
        let Shared { wanted, known, .. } = &shared;
        let fold = |fold: usize| wanted.identities.fold(fold, &known.digest);
        let folds: Vec<FoldIdentities<'_>> = (0..n_folds).map(fold).collect();
        let planned = |checked: &Checked| shared.planned(checked, &folds, combination);
        self.plan.cells.par_extend(checked.par_iter().map(planned));
        if n_before < self.plan.cells.len() {
            self.plan.combinations.push(wanted.planned());
            self.notes.add(&wanted.spec, &known.dataset, split);
        }
        whole?;
        self.notes.add_without_effect(&wanted.spec, wanted.combination);
        Ok(n_before..self.plan.cells.len())
    }

    /// Whether no combination before trains as `spec` does.
    fn trains(&mut self, spec: &TrialSpec, identities: &Identities) -> bool {
        let training = if spec.acts_after_training() {
            Identities::of(&spec.training()).combination()
        } else {
            identities.combination()
        };
        self.trained.insert(training.into())
    }

    /// Whether the cell of a fold and a seed can be.
    fn check(
        &mut self,
        shared: &mut Shared<'_>,
        fold: usize,
        seed: u64,
    ) -> Result<Checked, Objection> {
        let spec = TrialSpec { fold, seed, ..shared.wanted.spec.clone() };
        let (plan, small) = (&mut self.plan, &mut self.small);
        let found = self.lookups.split(shared.split, (fold, seed), |facts| {
            ReachedProfile::note(&mut plan.profiles, &spec.dataset, &facts.train_counts);
            small.add(&spec, facts);
        });
        let (rows, counts) = found.map_err(|error| checks::cannot_split(&spec, &error))?;
        if let Some(&needs) = shared.needs.get(&counts) {
            return Ok(Checked { fold, seed, rows, needs });
        }
        let needs = self.needs(shared, &spec, (counts, &rows.learnt_counts))?;
        shared.needs.insert(counts, needs);
        Ok(Checked { fold, seed, rows, needs })
    }

    /// What a cell takes that learns from so many rows of each class, if it can be; `counts`: their number, and they.
    fn needs(
        &mut self,
        shared: &Shared<'_>,
        spec: &TrialSpec,
        counts: (usize, &[u32]),
    ) -> Result<Needs, Objection> {
        let (number, learnt_counts) = counts;
        let n_learnt = spec.sampling.epoch_size(learnt_counts);
        checks::rows(&spec.learner, n_learnt)?;
        mined::check(spec, learnt_counts)?;
        embedded::acts(spec, n_learnt)?;
        self.notes.add_of_pairs(spec, learnt_counts);
        let built = self.lookups.builds((shared.loss, number), spec, learnt_counts);
        built.map_err(|why| checks::unbuilt(spec, why))?;
        let known = &shared.known;
        let seconds = if shared.trains {
            seconds(spec, n_learnt, known.n_inputs, &known.dataset)
        } else {
            without_training(known.n_inputs, &known.dataset)
        };
        Ok(Needs { seconds, bytes: bytes(spec, n_learnt, known.n_inputs, &known.dataset) })
    }

    fn leave_out(&mut self, combination: &Combination<'_>, reason: String) {
        let labels =
            combination.iter().map(|(&axis, choice)| (axis, choice.label.clone())).collect();
        let protocol: ProtocolSpec = from_json(&combination[&Axis::Protocol].value);
        let dataset: DatasetSpec = from_json(&combination[&Axis::Dataset].value);
        // What cannot be split so has no cells that could be left out.
        let n_folds = self.lookups.n_folds(&protocol.split, &dataset.name).unwrap_or(0);
        let n_cells = n_folds * self.file.header.seeds().len() * n_settings(combination);
        self.plan.left_out.push(LeftOut { labels, n_cells, reason });
    }

    fn object(&mut self, combination: &Combination<'_>, objection: Objection) {
        match objection {
            Objection::Repeated(reason) => self.leave_out(combination, reason),
            Objection::Impossible { axis, reason, help } => {
                let span = combination[&axis].span.clone();
                let mistake =
                    Diagnostic::new(span, format!("no cell is left: {reason}")).help(help);
                if !self.refusals.iter().any(|earlier| earlier.message == mistake.message) {
                    self.refusals.push(mistake);
                }
                self.leave_out(combination, reason);
            }
            Objection::Mistake { axis, message, help } => {
                let span = combination[&axis].span.clone();
                let mistake = Diagnostic::new(span, message).help(help);
                let known = |earlier: &Diagnostic| {
                    earlier.span == mistake.span && earlier.help == mistake.help
                };
                if !self.mistakes.iter().any(known) {
                    self.mistakes.push(mistake);
                }
            }
        }
    }

    /// The plan, if the file has no mistakes.
    pub(super) fn finish(mut self) -> Result<Plan, Diagnostics> {
        if self.plan.cells.is_empty() && self.mistakes.is_empty() {
            self.nothing_left();
        }
        if self.mistakes.is_empty() {
            self.plan.warnings.extend(self.small.warnings(&mut self.lookups));
            self.plan.warnings.extend(profiles::missed(&self.plan.profiles));
            self.plan.datasets = self.datasets();
            self.notes.tell(&mut self.plan);
            self.plan.halve(self.contests);
            Ok(self.plan)
        } else {
            self.mistakes.sort_by_key(|mistake| mistake.span.start);
            Err(Diagnostics { source: self.file.source.clone(), list: self.mistakes })
        }
    }

    /// Says why every combination is out: by what it is, or by a condition.
    fn nothing_left(&mut self) {
        let culprit = conditions::first(self.file);
        let which = if self.refusals.is_empty() { "every combination" } else { "the rest" };
        self.mistakes.append(&mut self.refusals);
        if culprit.is_some() || self.mistakes.is_empty() {
            let span = culprit.map_or(self.file.blocks[0].span.clone(), |c| c.span.clone());
            let message = format!("no cell is left: {which} is excluded");
            self.mistakes.push(Diagnostic::new(span, message).help("narrow or remove a condition"));
        }
    }

    fn datasets(&self) -> BTreeMap<String, DatasetFacts> {
        let names: BTreeSet<&String> =
            self.plan.cells.iter().map(|planned| &planned.cell.spec.dataset.name).collect();
        let of = |name: &String| {
            let family = self.data.catalogue().entry(name)?.family.clone();
            let loaded = self.data.dataset(name).ok()?;
            Some((name.clone(), facts(family, &loaded)))
        };
        names.into_iter().filter_map(of).collect()
    }
}

fn facts(family: String, dataset: &Dataset) -> DatasetFacts {
    let numeric = dataset.columns.iter().filter(|column| matches!(column, Column::Numeric { .. }));
    let n_numeric = numeric.count();
    let counts = dataset.class_counts();
    DatasetFacts {
        family,
        positive: dataset.positive().cloned(),
        n_numeric,
        n_categorical: dataset.columns.len() - n_numeric,
        classes: dataset.classes.iter().cloned().zip(counts).collect(),
    }
}

impl Shared<'_> {
    /// What is planned of a cell that can be.
    fn planned(
        &self,
        checked: &Checked,
        folds: &[FoldIdentities<'_>],
        combination: usize,
    ) -> PlannedCell {
        let Shared { wanted, known, .. } = self;
        let &Checked { fold, seed, ref rows, needs } = checked;
        let spec = TrialSpec { fold, seed, ..wanted.spec.clone() };
        let id = folds[fold].cell(seed, &rows.split_digest);
        let (split_digest, data_digest) = (rows.split_digest.clone(), known.digest.clone());
        let cell = TrialCell { id, spec, data_digest, split_digest, bytes: needs.bytes };
        PlannedCell { cell, combination, cost: needs.seconds }
    }
}

impl Wanted<'_> {
    fn planned(&self) -> PlannedCombination {
        let has = ROWS.iter().filter(|row| (row.has)(&self.spec));
        let labels = |of: &Combination<'_>| {
            let label = |row: &AxisRow| (row.axis, of[&row.axis].label.clone());
            has.clone().map(label).collect()
        };
        PlannedCombination {
            labels: labels(self.combination),
            family: labels(self.base),
            epochs: self.epochs,
            reproducible: self.spec.reproducible(),
        }
    }
}
