//! From a data set's name to matrices: load, split, preprocess. Shared by all cells that need the same.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

use data::{Catalogue, Column, DataError, Dataset, Parts, PartsSpec, Preprocessor, SplitWarning};
use nn::{Matrix, Streams};
use serde_json::json;

use crate::identity::canonical;
use crate::record::PartSizes;
use crate::spec::TrialSpec;

/// A part of a data set, in the precision that trains.
pub type Examples = methods::examples::Examples<f32>;

/// All parts of a data set for one (protocol, fold, seed).
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Number of classes of the whole data set.
    pub n_classes: usize,
    /// Columns of the feature matrices.
    pub n_features: usize,
    /// Learnt from.
    pub train: Examples,
    /// Clean and balanced, for methods that need it.
    pub meta: Examples,
    /// Picks the epoch.
    pub validation: Examples,
    /// Measured.
    pub test: Examples,
    /// Training rows of each class.
    pub train_counts: Vec<u32>,
}

impl Prepared {
    /// Rows in each part.
    pub(crate) fn sizes(&self) -> PartSizes {
        PartSizes {
            train: self.train.targets.len(),
            meta: self.meta.targets.len(),
            validation: self.validation.targets.len(),
            test: self.test.targets.len(),
        }
    }
}

/// What a plan needs to know of a split, without the matrices.
#[derive(Clone, Debug)]
pub struct SplitFacts {
    /// BLAKE3 of the rows of each part.
    pub split_digest: String,
    /// Classes too small for the protocol.
    pub warnings: Vec<SplitWarning>,
    /// Training rows of each class.
    pub train_counts: Vec<u32>,
}

/// Data sets and prepared parts, loaded once and shared between threads.
pub struct DataCache {
    catalogue: Catalogue,
    datasets: Mutex<Vec<(String, Slot<Arc<Dataset>>)>>,
    prepared: Mutex<VecDeque<(String, Slot<Arc<Prepared>>)>>,
}

/// Filled once; others who need the same wait for it.
type Slot<T> = Arc<OnceLock<Result<T, String>>>;

/// Prepared parts kept for cells to come. Cells are run in an order that keeps neighbours together.
const KEPT: usize = 8;

impl DataCache {
    /// An empty cache over `catalogue`.
    pub fn new(catalogue: Catalogue) -> Self {
        DataCache {
            catalogue,
            datasets: Mutex::new(Vec::new()),
            prepared: Mutex::new(VecDeque::new()),
        }
    }

    /// The catalogue the data sets come from.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The data set `name`.
    ///
    /// # Errors
    /// If it is unknown or damaged.
    pub fn dataset(&self, name: &str) -> Result<Arc<Dataset>, String> {
        let slot = {
            let mut datasets = self.datasets.lock().expect("no thread panics while it holds this");
            if let Some((_, slot)) = datasets.iter().find(|(known, _)| known == name) {
                slot.clone()
            } else {
                datasets.push((name.to_owned(), Slot::default()));
                datasets[datasets.len() - 1].1.clone()
            }
        };
        let load = || self.catalogue.load(name).map_err(|error| error.sentence());
        slot.get_or_init(load).clone()
    }

    /// The parts that `spec` asks for, as matrices.
    ///
    /// # Errors
    /// If the data set cannot be loaded or split.
    pub fn prepared(&self, spec: &TrialSpec) -> Result<Arc<Prepared>, String> {
        let key = canonical(&json!([spec.dataset, spec.protocol, spec.fold, spec.seed]));
        let slot = {
            let mut prepared = self.prepared.lock().expect("no thread panics while it holds this");
            if let Some((_, slot)) = prepared.iter().find(|(known, _)| *known == key) {
                slot.clone()
            } else {
                if prepared.len() == KEPT {
                    prepared.pop_front();
                }
                prepared.push_back((key, Slot::default()));
                prepared[prepared.len() - 1].1.clone()
            }
        };
        slot.get_or_init(|| self.prepare(spec).map(Arc::new)).clone()
    }

    /// The rows of each part that `spec` asks for.
    ///
    /// # Errors
    /// If the data set cannot be loaded or split.
    pub fn parts(&self, spec: &TrialSpec) -> Result<Parts, String> {
        let dataset = self.dataset(&spec.dataset.name)?;
        Ok(split(spec, &dataset).map_err(|error| error.to_string())?.0)
    }

    /// The digests and warnings of the split that `spec` asks for.
    ///
    /// # Errors
    /// If the data set cannot be loaded or split.
    pub fn split_facts(&self, spec: &TrialSpec) -> Result<SplitFacts, String> {
        let dataset = self.dataset(&spec.dataset.name)?;
        let (parts, warnings) = split(spec, &dataset).map_err(|error| error.to_string())?;
        Ok(SplitFacts {
            split_digest: digest_of(&parts),
            warnings,
            train_counts: counts(&parts.train, &dataset),
        })
    }

    fn prepare(&self, spec: &TrialSpec) -> Result<Prepared, String> {
        let dataset = self.dataset(&spec.dataset.name)?;
        let (parts, _) = split(spec, &dataset).map_err(|error| error.to_string())?;
        let not_features = spec.protocol.split.columns();
        let preprocessor =
            Preprocessor::fit(&dataset, &parts.train, &not_features, &spec.protocol.preprocess);
        let examples = |rows: &[u32]| {
            let features = preprocessor.transform(&dataset, rows);
            Examples {
                features: Matrix::from_values(features.n_columns, features.values),
                targets: rows.iter().map(|&row| dataset.targets[row as usize]).collect(),
            }
        };
        let train = examples(&parts.train);
        Ok(Prepared {
            n_classes: dataset.classes.len(),
            n_features: train.features.n_columns(),
            train,
            meta: examples(&parts.meta),
            validation: examples(&parts.validation),
            test: examples(&parts.test),
            train_counts: counts(&parts.train, &dataset),
        })
    }
}

/// The random streams of a trial. They depend on the data set, the fold and the seed and on nothing
/// of the method, so that all methods see the same initial weights and the same batches.
pub fn trial_streams(spec: &TrialSpec) -> Streams {
    let key = format!("{} fold {} seed {}", spec.dataset.name, spec.fold, spec.seed);
    Streams::new(blake3::derive_key("longtail trial v1", key.as_bytes()))
}

/// The random streams of a split: one partition into folds for each data set and seed.
fn split_streams(spec: &TrialSpec) -> Streams {
    let key = format!("{} seed {}", spec.dataset.name, spec.seed);
    Streams::new(blake3::derive_key("longtail split v1", key.as_bytes()))
}

fn split(spec: &TrialSpec, dataset: &Dataset) -> Result<(Parts, Vec<SplitWarning>), DataError> {
    let streams = split_streams(spec);
    let protocol = &spec.protocol;
    let not_features = protocol.split.columns();
    if dataset.columns.iter().all(|column| not_features.contains(&column.name())) {
        let message = "no column is left to learn from: the split takes all there are";
        return Err(DataError::Split(message.to_owned()));
    }
    let parts = PartsSpec {
        split: protocol.split.clone(),
        profile: spec.dataset.profile.clone(),
        meta: protocol.meta.clone(),
        validation: protocol.validation.get(),
    };
    let mut permutation = |name: &str, n: usize| streams.stream(name).permutation(n);
    parts.parts(&dataset.rows(), spec.fold, &mut permutation)
}

fn counts(rows: &[u32], dataset: &Dataset) -> Vec<u32> {
    let mut counts = vec![0; dataset.classes.len()];
    for &row in rows {
        counts[dataset.targets[row as usize] as usize] += 1;
    }
    counts
}

/// Columns of the feature matrices.
pub(crate) fn n_inputs(dataset: &Dataset) -> usize {
    let width = |column: &Column| match column {
        Column::Numeric { .. } => 1,
        Column::Categorical { levels, .. } => levels.len(),
    };
    dataset.columns.iter().map(width).sum()
}

fn digest_of(parts: &Parts) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("longtail parts v1");
    for rows in [&parts.train, &parts.meta, &parts.validation, &parts.test] {
        hasher.update(&(rows.len() as u64).to_le_bytes());
        for row in rows {
            hasher.update(&row.to_le_bytes());
        }
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
