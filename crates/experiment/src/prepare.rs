//! From a data set's name to matrices: load, split, preprocess. Shared by all cells that need the same.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use data::{
    Catalogue, ChannelOrder, Column, DataError, Dataset, ImageShape, Parts, PartsSpec, Permutation,
    Preprocessor, SplitWarning,
};
use methods::mixing::Pixels;
use methods::sampling::Resampled;
use methods::setting::counts_of;
use nn::{Matrix, Shape, Streams};
use serde_json::{Value, json};

use crate::canonical::canonical;
use crate::networks::NetworkSpec;
use crate::noise::Flipped;
use crate::placed::Placed;
use crate::record::PartSizes;
use crate::slots::Slots;
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
    /// Those of each categorical feature, 1 in that of a row's level and 0 in the others.
    pub one_hot: Vec<Range<usize>>,
    /// Learnt from.
    pub train: Examples,
    /// Clean and balanced, for methods that need it.
    pub meta: Examples,
    /// Picks the epoch.
    pub validation: Examples,
    /// Measured.
    pub test: Examples,
    /// Training rows of each class, before any label was flipped.
    pub train_counts: Vec<u32>,
    /// Which labels of `train` are wrong, under label noise.
    pub flipped: Option<Flipped>,
    /// Where the pixels of a row are, if it is an image. Of one that a network convolves, the channels of a pixel follow each
    /// other.
    pub pixels: Option<Pixels>,
    /// Where the rows lie, if they are the proposals of a detector.
    pub placed: Option<Placed>,
    /// What every feature is where an image has nothing, `[n_features]`; empty of rows that are no images.
    pub blank: Vec<f32>,
}

impl Prepared {
    /// Columns that a network says beside the logits of classes.
    pub(crate) fn n_beside(&self) -> usize {
        self.placed.as_ref().map_or(0, Placed::n_columns)
    }

    /// The shape of a row.
    pub(crate) fn shape(&self) -> Shape {
        shape_of(self.pixels, self.n_features)
    }

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
    pub split_digest: Arc<str>,
    /// Classes too small for the protocol.
    pub warnings: Vec<SplitWarning>,
    /// Training rows of each class, before any label was flipped.
    pub train_counts: Vec<u32>,
    /// The same as it is learnt from.
    pub learnt_counts: Vec<u32>,
}

/// Data sets, prepared parts and resampled rows, made once and shared between threads.
pub struct DataCache {
    catalogue: Catalogue,
    datasets: Slots<Arc<Dataset>>,
    prepared: Slots<Arc<Prepared>>,
    resampled: Slots<Option<Arc<Resampled>>>,
    scores: Slots<Arc<[f32]>>,
}

/// Prepared parts kept for cells to come, and resampled rows. Cells are run in an order that keeps neighbours together.
const KEPT: usize = 8;
/// Scores kept: they take long to find, and little room.
const SCORES_KEPT: usize = 1024;

impl DataCache {
    /// An empty cache over `catalogue`.
    pub fn new(catalogue: Catalogue) -> Self {
        DataCache {
            catalogue,
            datasets: Slots::keeping(usize::MAX),
            prepared: Slots::keeping(KEPT),
            resampled: Slots::keeping(KEPT),
            scores: Slots::keeping(SCORES_KEPT),
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
        let load = || self.catalogue.load(name).map_err(|error| error.sentence());
        self.datasets.get(name.to_owned(), load)
    }

    /// The parts that `spec` asks for, as matrices.
    ///
    /// # Errors
    /// If the data set cannot be loaded or split.
    pub fn prepared(&self, spec: &TrialSpec) -> Result<Arc<Prepared>, String> {
        self.prepared.get(canonical(&self.parts_key(spec)), || self.prepare(spec).map(Arc::new))
    }

    /// The rows that `spec` learns from in place of the training rows of `parts`; `None` where it learns from those.
    ///
    /// # Errors
    /// If a class has too few rows.
    pub fn resampled(
        &self,
        spec: &TrialSpec,
        parts: &Prepared,
        streams: &Streams,
    ) -> Result<Option<Arc<Resampled>>, String> {
        if !spec.sampling.resamples() {
            return Ok(None);
        }
        let key = canonical(&json!([self.parts_key(spec), spec.sampling]));
        self.resampled.get(key, || {
            let (train, one_hot) = (&parts.train, &parts.one_hot);
            let made = spec.sampling.resample(train, one_hot, parts.n_classes, streams);
            made.map(|made| made.map(Arc::new)).map_err(|error| error.to_string())
        })
    }

    /// How hard each training row is that the parts of `spec` have, in the sense of `key`; found by `find` if it is not
    /// known.
    pub(crate) fn scores(
        &self,
        spec: &TrialSpec,
        key: &Value,
        find: impl FnOnce() -> Result<Vec<f32>, String>,
    ) -> Result<Arc<[f32]>, String> {
        let key = canonical(&json!([self.parts_key(spec), key]));
        self.scores.get(key, || find().map(Arc::from))
    }

    /// The rows of each part that `spec` asks for.
    ///
    /// # Errors
    /// If the data set cannot be loaded or split.
    pub fn parts(&self, spec: &TrialSpec) -> Result<Parts, String> {
        let dataset = self.dataset(&spec.dataset.name)?;
        Ok(split(spec, &dataset, &mut drawn(spec)).map_err(|error| error.to_string())?.0)
    }

    /// The digests and warnings of the split that `spec` asks for.
    ///
    /// # Errors
    /// If the data set cannot be loaded or split.
    pub fn split_facts(&self, spec: &TrialSpec) -> Result<SplitFacts, String> {
        self.facts(spec, &mut drawn(spec))
    }

    /// The same of all of `n_folds` folds of its seed, which have draws in common.
    ///
    /// # Errors
    /// As above, fold by fold.
    pub(crate) fn facts_of_folds(
        &self,
        spec: &TrialSpec,
        n_folds: usize,
    ) -> Vec<Result<SplitFacts, String>> {
        let (mut draw, mut known) = (drawn(spec), BTreeMap::<String, Vec<u32>>::new());
        let mut draw_once = |name: &str, n: usize| match known.get(name) {
            Some(order) if order.len() == n => order.clone(),
            _ => {
                let order = draw(name, n);
                known.insert(name.to_owned(), order.clone());
                order
            }
        };
        let of_fold = |fold| self.facts(&TrialSpec { fold, ..spec.clone() }, &mut draw_once);
        (0..n_folds).map(of_fold).collect()
    }

    fn facts(&self, spec: &TrialSpec, draw: Permutation<'_>) -> Result<SplitFacts, String> {
        let dataset = self.dataset(&spec.dataset.name)?;
        let (parts, warnings) = split(spec, &dataset, draw).map_err(|error| error.to_string())?;
        let n_classes = dataset.classes.len();
        let mut learnt = targets(&parts.train, &dataset);
        let train_counts = counts_of(&learnt, n_classes);
        spec.protocol.noise.flip(&mut learnt, n_classes, &trial_streams(spec));
        Ok(SplitFacts {
            split_digest: digest_of(&parts),
            warnings,
            train_counts,
            learnt_counts: counts_of(&learnt, n_classes),
        })
    }

    /// What the parts of a trial depend on.
    fn parts_key(&self, spec: &TrialSpec) -> Value {
        let dataset = self.dataset(&spec.dataset.name);
        let interleaved = dataset.is_ok_and(|dataset| interleaves(spec, &dataset));
        json!([spec.dataset, spec.protocol, spec.images, spec.fold, spec.seed, interleaved])
    }

    fn prepare(&self, spec: &TrialSpec) -> Result<Prepared, String> {
        let dataset = self.dataset(&spec.dataset.name)?;
        let draw = &mut drawn(spec);
        let (parts, _) = split(spec, &dataset, draw).map_err(|error| error.to_string())?;
        let not_features = spec.protocol.split.columns();
        let preprocess = &spec.protocol.preprocess;
        let preprocessor =
            Preprocessor::fit(&dataset, &parts.train, &not_features, preprocess, spec.images);
        let mut pixels = pixels(spec, &dataset);
        let apart = pixels.filter(|_| interleaves(spec, &dataset));
        let mut blank = if pixels.is_some() { preprocessor.blank() } else { Vec::new() };
        if let Some(apart) = apart {
            apart.interleave(&mut blank);
        }
        let examples = |rows: &[u32]| {
            let features = preprocessor.transform(&dataset, rows);
            let mut features = Matrix::from_values(features.n_columns, features.values);
            if let Some(apart) = apart {
                features.rows_mut().for_each(|row| apart.interleave(row));
            }
            Examples { features, targets: targets(rows, &dataset) }
        };
        pixels = apart.map(Pixels::interleaved).or(pixels);
        let mut train = examples(&parts.train);
        let n_classes = dataset.classes.len();
        let train_counts = counts_of(&train.targets, n_classes);
        let noise = &spec.protocol.noise;
        let flipped = noise.flip(&mut train.targets, n_classes, &trial_streams(spec));
        Ok(Prepared {
            n_classes,
            n_features: train.features.n_columns(),
            one_hot: preprocessor.one_hot(),
            train_counts,
            flipped,
            placed: placed(spec, &dataset, &parts),
            pixels,
            blank,
            train,
            meta: examples(&parts.meta),
            validation: examples(&parts.validation),
            test: examples(&parts.test),
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

/// The permutations that the split of `spec` draws.
fn drawn(spec: &TrialSpec) -> impl FnMut(&str, usize) -> Vec<u32> + use<> {
    let streams = split_streams(spec);
    move |name, n| streams.stream(name).permutation(n)
}

fn split(
    spec: &TrialSpec,
    dataset: &Dataset,
    draw: Permutation<'_>,
) -> Result<(Parts, Vec<SplitWarning>), DataError> {
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
    let (mut parts, warnings) = parts.parts(&dataset.rows(), spec.fold, draw)?;
    if let (Some(proposed), None) = (&dataset.proposed, protocol.task.boxes()) {
        // What is no example is nothing to tell the class of.
        for part in [&mut parts.validation, &mut parts.test] {
            part.retain(|&row| !proposed.ignored[row as usize]);
        }
    }
    Ok((parts, warnings))
}

/// Where the rows of `parts` lie, if the task is to find boxes and they are proposals.
fn placed(spec: &TrialSpec, dataset: &Dataset, parts: &Parts) -> Option<Placed> {
    let (columns, proposed) = (spec.protocol.task.boxes()?, dataset.proposed.as_ref()?);
    Some(Placed::of(dataset, proposed, parts, columns))
}

fn targets(rows: &[u32], dataset: &Dataset) -> Vec<u32> {
    rows.iter().map(|&row| dataset.targets[row as usize]).collect()
}

/// Where the pixels of a row are, if the rows are images and the split takes no column of them.
pub(crate) fn pixels(spec: &TrialSpec, dataset: &Dataset) -> Option<Pixels> {
    let taken = spec.protocol.split.columns();
    let is_whole = dataset.columns.iter().all(|column| !taken.contains(&column.name()));
    let ImageShape { height, width, channels, order } = dataset.image.filter(|_| is_whole)?;
    let (planes, depth) = match order {
        ChannelOrder::First => (channels, 1),
        ChannelOrder::Last => (1, channels),
    };
    Some(Pixels { planes, height, width, depth })
}

/// Whether the network convolves images, and the channels of a pixel do not follow each other in the data set.
fn interleaves(spec: &TrialSpec, dataset: &Dataset) -> bool {
    spec.network_model().is_some_and(NetworkSpec::needs_images)
        && pixels(spec, dataset).is_some_and(|pixels| 1 < pixels.planes)
}

/// The shape of an example of `n_inputs` features.
pub(crate) fn shape(spec: &TrialSpec, n_inputs: usize, dataset: &Dataset) -> Shape {
    shape_of(pixels(spec, dataset), n_inputs)
}

fn shape_of(pixels: Option<Pixels>, n_inputs: usize) -> Shape {
    pixels.map_or(Shape::flat(n_inputs), |Pixels { planes, height, width, depth }| Shape {
        height,
        width,
        channels: planes * depth,
    })
}

/// Columns of the feature matrices.
pub(crate) fn n_inputs(dataset: &Dataset) -> usize {
    let width = |column: &Column| match column {
        Column::Numeric { .. } => 1,
        Column::Categorical { levels, .. } => levels.len(),
    };
    dataset.columns.iter().map(width).sum()
}

fn digest_of(parts: &Parts) -> Arc<str> {
    let mut hasher = blake3::Hasher::new_derive_key("longtail parts v1");
    for rows in [&parts.train, &parts.meta, &parts.validation, &parts.test] {
        hasher.update(&(rows.len() as u64).to_le_bytes());
        // In one piece: a hasher takes long over many small ones.
        let bytes: Vec<u8> = rows.iter().flat_map(|row| row.to_le_bytes()).collect();
        hasher.update(&bytes);
    }
    hasher.finalize().to_hex()[..32].into()
}
