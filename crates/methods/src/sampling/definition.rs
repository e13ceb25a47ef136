//! What a sampler has to say for itself.

use nn::Streams;

use crate::MethodError;
use crate::examples::Examples;
use crate::sampling::Sampling;
use crate::sampling::by_class::class_probabilities;
use crate::setting::ClassCounts;

/// A sampler as an experiment file writes it. Rows are made or left out once, before anything learns; after that, each
/// epoch shows some of them.
pub(crate) trait Definition {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever the rows it makes, or the orders it shows them in, change.
    fn version(&self) -> u32;

    /// The sampling of rows with classes `targets`, each below `n_classes`, as they are after [`Definition::resampling`].
    fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling>;

    /// How rows are made or left out before anything learns; `None` where the training rows are learnt from.
    fn resampling(&self) -> Option<&dyn Resampling> {
        None
    }

    /// Rows that an epoch shows, from the rows of each class that there are.
    fn epoch_size(&self, counts: &[u32]) -> usize {
        counts.iter().map(|&n| n as usize).sum()
    }

    /// What a class's size is raised to in the probability that a row of an epoch is of it: 1 shows every row alike, 0
    /// every class.
    fn exponent(&self) -> f64;

    /// Rows of each class as an epoch is expected to show them, from the rows of each class that there are.
    fn shown(&self, counts: &[u32]) -> ClassCounts {
        let probabilities = class_probabilities(counts, self.exponent());
        ClassCounts::expected(self.epoch_size(counts), &probabilities)
    }
}

/// A sampler that makes rows or leaves some out.
pub(crate) trait Resampling {
    /// The rows that are learnt from.
    ///
    /// # Errors
    /// If a class has too few rows.
    fn resample(
        &self,
        train: &Examples<f32>,
        n_classes: usize,
        streams: &Streams,
    ) -> Result<Resampled, MethodError>;

    /// Rows of each class after [`Resampling::resample`], as expected of those before.
    fn counts(&self, counts: &[u32]) -> Vec<u32>;
}

/// The rows that are learnt from in place of the training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Resampled {
    /// The rows.
    pub examples: Examples<f32>,
    /// The training row that each of them is, or was made from, `[n_examples]`.
    pub origins: Vec<u32>,
}
