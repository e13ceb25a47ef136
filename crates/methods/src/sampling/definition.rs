//! What a sampler has to say for itself.

use std::num::NonZeroUsize;
use std::ops::{Range, RangeInclusive};

use nn::Streams;

use crate::MethodError;
use crate::examples::Examples;
use crate::sampling::Sampling;
use crate::sampling::shuffled::Shuffled;
use crate::setting::ClassCounts;

/// A sampler as an experiment file writes it. Rows are made or left out once, before anything learns; after that, each
/// epoch shows some of them: every one once, in random order, unless the sampler says otherwise.
pub(crate) trait Definition {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever the rows it makes, or the orders it shows them in, change.
    fn version(&self) -> u32;

    /// How rows are made or left out before anything learns; `None` where the training rows are learnt from.
    fn resampling(&self) -> Option<&dyn Resampling> {
        None
    }

    /// The sampling of rows with classes `targets`, each below `n_classes`, as they are after [`Definition::resampling`].
    fn build(&self, targets: &[u32], _n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(Shuffled::new(targets.len(), streams))
    }

    /// The same of rows that are regions, each of one of `images`.
    fn build_in_images(
        &self,
        _images: &[u32],
        targets: &[u32],
        n_classes: usize,
        streams: &Streams,
    ) -> Box<dyn Sampling> {
        self.build(targets, n_classes, streams)
    }

    /// Whether it asks which image a row is a region of.
    fn needs_images(&self) -> bool {
        false
    }

    /// Rows of a batch, at most; `None` where `training.batch_size` says it.
    fn batch_rows(&self) -> Option<usize> {
        None
    }

    /// Rows that an epoch shows, from the rows of each class that there are.
    fn epoch_size(&self, counts: &[u32]) -> usize {
        counts.iter().map(|&n| n as usize).sum()
    }

    /// The probability that a row of an epoch is of each class, from the rows of each class that there are; `None` where
    /// no class is drawn and every row is shown once.
    fn probabilities(&self, _counts: &[u32]) -> Option<Vec<f64>> {
        None
    }

    /// Examples that a class shows in a row, where classes come in turns.
    fn turn(&self) -> Option<NonZeroUsize> {
        None
    }

    /// Meta examples that it learns from in each step of a network; `None` of one that learns nothing.
    fn meta_batch_size(&self) -> Option<NonZeroUsize> {
        None
    }

    /// Rows of each class as an epoch is expected to show them, from the rows of each class that there are.
    fn shown(&self, counts: &[u32]) -> ClassCounts {
        match self.probabilities(counts) {
            // To the row, not as shares of all.
            None => ClassCounts::new(counts.to_vec()),
            Some(probabilities) => ClassCounts::expected(self.epoch_size(counts), &probabilities),
        }
    }
}

/// A sampler that makes rows or leaves some out.
pub(crate) trait Resampling {
    /// The rows that are learnt from; of the columns `one_hot[g]`, category `g` of a row is the one that is 1.
    ///
    /// # Errors
    /// If a class has too few rows.
    fn resample(
        &self,
        train: &Examples<f32>,
        one_hot: &[Range<usize>],
        n_classes: usize,
        streams: &Streams,
    ) -> Result<Resampled, MethodError>;

    /// Rows of each class after [`Resampling::resample`], from those before: the least and the most that there can be.
    /// They are one number where the rows' places decide nothing.
    fn bounds(&self, counts: &[u32]) -> Vec<RangeInclusive<u32>>;
}

/// The rows that are learnt from in place of the training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Resampled {
    /// The rows.
    pub examples: Examples<f32>,
    /// The training row that each of them is, or was made from, `[n_examples]`.
    pub origins: Vec<u32>,
}

impl Resampled {
    /// The rows `origins` of `train` and no others.
    pub(crate) fn kept(train: &Examples<f32>, origins: Vec<u32>) -> Self {
        let mut examples = Examples::default();
        examples.gather(train, &origins);
        Resampled { examples, origins }
    }
}
