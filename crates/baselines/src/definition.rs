//! What a learner has to say for itself.

use crate::classifier::ClassShares;
use crate::error::Result;
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
use crate::training_set::{CompactLabels, TrainingSet};

/// A learner as an experiment file writes it.
pub(crate) trait Definition {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised when its numbers change, as with another version of its library.
    fn version(&self) -> u32;

    /// Where the same cell gives the same bits.
    fn reproducible(&self) -> Reproducibility;

    /// Whether it reads no feature, so that it is no better than chance by design.
    fn guesses(&self) -> bool {
        false
    }

    /// Why it cannot be fitted to so many rows, if it cannot.
    fn refuses(&self, _n_rows: usize) -> Option<String> {
        None
    }

    /// Fits it to at least one example.
    ///
    /// # Errors
    /// If its library refuses the data.
    fn fit(
        &self,
        examples: &TrainingSet<'_>,
        labels: &CompactLabels,
    ) -> Result<Box<dyn ClassShares>>;

    /// Operations of fitting it to the training rows and of asking it about the others, about.
    fn operations(&self, sizes: &Sizes) -> f64;

    /// Memory that it wants beside the rows, in bytes, about.
    fn bytes(&self, sizes: &Sizes) -> f64;
}
