//! What a plan asks of data sets, splits and losses, each thing once however many cells ask it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use data::{Dataset, SplitSpec};
use methods::setting::Setting;

use crate::canonical::canonical;
use crate::labels::to_json;
use crate::prepare::{DataCache, SplitFacts, n_inputs, trial_streams};
use crate::spec::TrialSpec;

/// A data set as the plan needs it.
pub(super) struct Known {
    pub(super) dataset: Arc<Dataset>,
    pub(super) digest: String,
    pub(super) n_inputs: usize,
}

/// A loss and a sampling, a split, a fold, a seed.
type LossKey = (usize, usize, usize, u64);

/// Why a loss cannot be built.
#[derive(Clone)]
pub(super) struct Unbuilt {
    pub(super) is_out_of_place: bool,
    pub(super) message: String,
}

/// What was asked so far.
pub(super) struct Lookups<'a> {
    data: &'a DataCache,
    /// Splits, samplings and losses, numbered by their canonical text.
    numbers: BTreeMap<String, usize>,
    facts: BTreeMap<(usize, usize, u64), Result<Rc<SplitFacts>, String>>,
    losses: BTreeMap<LossKey, Result<(), Unbuilt>>,
    datasets: BTreeMap<String, Rc<Known>>,
    /// Numbers of test parts that depend on the data set, by it and the split.
    n_folds: BTreeMap<(String, String), Result<usize, String>>,
}

impl<'a> Lookups<'a> {
    pub(super) fn new(data: &'a DataCache) -> Self {
        Lookups {
            data,
            numbers: BTreeMap::new(),
            facts: BTreeMap::new(),
            losses: BTreeMap::new(),
            datasets: BTreeMap::new(),
            n_folds: BTreeMap::new(),
        }
    }

    /// The number of a text that stands for something looked up once.
    pub(super) fn number(&mut self, value: &serde_json::Value) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(canonical(value)).or_insert(next)
    }

    pub(super) fn dataset(&mut self, name: &str) -> Result<Rc<Known>, String> {
        if let Some(known) = self.datasets.get(name) {
            return Ok(known.clone());
        }
        let dataset = self.data.dataset(name)?;
        let (digest, n_inputs) = (dataset.digest(), n_inputs(&dataset));
        let known = Rc::new(Known { dataset, digest, n_inputs });
        self.datasets.insert(name.to_owned(), known.clone());
        Ok(known)
    }

    /// Number of test parts; the data set is loaded only if it decides.
    pub(super) fn n_folds(&mut self, split: &SplitSpec, dataset: &str) -> Result<usize, String> {
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

    /// The rows of one fold and seed; `new` is told of those that nobody asked for before.
    pub(super) fn split(
        &mut self,
        split: usize,
        spec: &TrialSpec,
        new: impl FnOnce(&SplitFacts),
    ) -> Result<Rc<SplitFacts>, String> {
        let key = (split, spec.fold, spec.seed);
        if let Some(facts) = self.facts.get(&key) {
            return facts.clone();
        }
        let facts = self.data.split_facts(spec).map(Rc::new);
        if let Ok(facts) = &facts {
            new(facts);
        }
        self.facts.insert(key, facts.clone());
        facts
    }

    /// Whether the loss, if there is one, can be built for the classes it will meet.
    pub(super) fn builds(
        &mut self,
        key: LossKey,
        spec: &TrialSpec,
        facts: &SplitFacts,
    ) -> Result<(), Unbuilt> {
        let Some(loss) = spec.loss() else { return Ok(()) };
        let build = || {
            let counts = spec.sampling.expected_counts(&facts.learnt_counts);
            let setting = Setting { counts: &counts, streams: &trial_streams(spec) };
            loss.build::<f32>(&setting).map(|_| ()).map_err(|error| Unbuilt {
                is_out_of_place: error.is_out_of_place(),
                message: error.to_string(),
            })
        };
        self.losses.entry(key).or_insert_with(build).clone()
    }
}
