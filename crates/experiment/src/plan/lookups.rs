//! What a plan asks of data sets, splits and losses, each thing once however many cells ask it.

use std::collections::BTreeMap;
use std::sync::Arc;

use data::{Dataset, SplitSpec};
use methods::setting::Setting;
use rayon::prelude::*;

use crate::canonical::canonical;
use crate::labels::to_json;
use crate::prepare::{DataCache, SplitFacts, n_inputs, trial_streams};
use crate::spec::TrialSpec;

/// A data set as the plan needs it.
pub(super) struct Known {
    pub(super) dataset: Arc<Dataset>,
    pub(super) digest: Arc<str>,
    pub(super) n_inputs: usize,
}

/// A loss and a sampling, and the counts of the classes that it meets.
type LossKey = (usize, usize);

/// The rows of one fold and seed, or why there are none.
struct Split {
    facts: Result<Arc<SplitFacts>, String>,
    /// The number of the counts that are learnt from.
    counts: usize,
    /// Whether some cell has asked for them.
    is_known: bool,
}

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
    facts: BTreeMap<(usize, usize, u64), Split>,
    /// Counts of classes that are learnt from, numbered: most splits of a data set have those of others.
    counts: BTreeMap<Vec<u32>, usize>,
    losses: BTreeMap<LossKey, Result<(), Unbuilt>>,
    datasets: BTreeMap<String, Arc<Known>>,
    /// Numbers of test parts that depend on the data set, by it and the split.
    n_folds: BTreeMap<(String, String), Result<usize, String>>,
}

impl<'a> Lookups<'a> {
    pub(super) fn new(data: &'a DataCache) -> Self {
        Lookups {
            data,
            numbers: BTreeMap::new(),
            facts: BTreeMap::new(),
            counts: BTreeMap::new(),
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

    pub(super) fn dataset(&mut self, name: &str) -> Result<Arc<Known>, String> {
        if let Some(known) = self.datasets.get(name) {
            return Ok(known.clone());
        }
        let dataset = self.data.dataset(name)?;
        let (digest, n_inputs) = (dataset.digest().into(), n_inputs(&dataset));
        let known = Arc::new(Known { dataset, digest, n_inputs });
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

    /// Finds the rows of all folds of these `seeds` that are not known yet, of several seeds at once.
    pub(super) fn find_splits(
        &mut self,
        split: usize,
        spec: &TrialSpec,
        n_folds: usize,
        seeds: &[u64],
    ) {
        let missing = seeds.iter().filter(|seed| !self.facts.contains_key(&(split, 0, **seed)));
        let missing: Vec<u64> = missing.copied().collect();
        let of_seed = |&seed: &u64| {
            self.data.facts_of_folds(&TrialSpec { fold: 0, seed, ..spec.clone() }, n_folds)
        };
        let found: Vec<Vec<_>> = missing.par_iter().map(of_seed).collect();
        for (&seed, folds) in missing.iter().zip(found) {
            for (fold, facts) in folds.into_iter().enumerate() {
                let found = self.found(facts);
                self.facts.insert((split, fold, seed), found);
            }
        }
    }

    /// Rows that nobody has asked for yet.
    fn found(&mut self, facts: Result<SplitFacts, String>) -> Split {
        let next = self.counts.len();
        let counts = facts
            .as_ref()
            .map_or(next, |facts| *self.counts.entry(facts.learnt_counts.clone()).or_insert(next));
        Split { facts: facts.map(Arc::new), counts, is_known: false }
    }

    /// The rows of one fold and seed, of those that were found, and the number of the counts that are learnt from; `new` is
    /// told of rows that nobody asked for before.
    pub(super) fn split(
        &mut self,
        split: usize,
        (fold, seed): (usize, u64),
        new: impl FnOnce(&SplitFacts),
    ) -> Result<(Arc<SplitFacts>, usize), String> {
        let split = self.facts.get_mut(&(split, fold, seed)).expect("all folds were found");
        if let Ok(facts) = &split.facts
            && !std::mem::replace(&mut split.is_known, true)
        {
            new(facts);
        }
        split.facts.clone().map(|facts| (facts, split.counts))
    }

    /// Whether the loss, if there is one, can be built for the classes it will meet.
    pub(super) fn builds(
        &mut self,
        key: LossKey,
        spec: &TrialSpec,
        learnt_counts: &[u32],
    ) -> Result<(), Unbuilt> {
        let Some(loss) = spec.loss() else { return Ok(()) };
        let build = || {
            let counts = spec.sampling.expected_counts(learnt_counts);
            let setting = Setting { counts: &counts, streams: &trial_streams(spec) };
            loss.build::<f32>(&setting).map(|_| ()).map_err(|error| Unbuilt {
                is_out_of_place: error.is_out_of_place(),
                message: error.to_string(),
            })
        };
        self.losses.entry(key).or_insert_with(build).clone()
    }
}
