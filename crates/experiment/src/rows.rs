//! The rows of a trial: its parts, what a sampling has made of the training part, and how hard each row is.

use std::sync::Arc;

use methods::sampling::{Resampled, Sampling};
use methods::setting::counts_of;
use nn::Streams;

use crate::prepare::{DataCache, Examples, Prepared};
use crate::spec::TrialSpec;
use crate::teacher;

/// The rows of a trial. What takes time is shared with other trials.
pub(crate) struct TrialRows {
    pub(crate) parts: Arc<Prepared>,
    /// What is learnt from in place of the training part.
    pub(crate) resampled: Option<Arc<Resampled>>,
    /// How hard each row is that is learnt from, if the miner asks for it: a made row as hard as the one it is made from.
    pub(crate) scores: Option<Vec<f32>>,
}

impl TrialRows {
    /// `streams`: those of the trial.
    pub(crate) fn of(
        spec: &TrialSpec,
        data: &DataCache,
        streams: &Streams,
    ) -> Result<Self, String> {
        let parts = data.prepared(spec)?;
        let resampled = data.resampled(spec, &parts, streams)?;
        let of_training_rows = teacher::scores(spec, &parts, data, streams)?;
        let scores = of_training_rows.map(|scores| match &resampled {
            None => scores.to_vec(),
            Some(made) => made.origins.iter().map(|&origin| scores[origin as usize]).collect(),
        });
        Ok(TrialRows { parts, resampled, scores })
    }

    /// What is learnt from.
    pub(crate) fn train(&self) -> &Examples {
        self.resampled.as_ref().map_or(&self.parts.train, |made| &made.examples)
    }

    /// How they are sampled.
    pub(crate) fn sampling(&self, spec: &TrialSpec, streams: &Streams) -> Box<dyn Sampling> {
        let (targets, n_classes) = (&self.train().targets, self.parts.n_classes);
        match &self.parts.placed {
            Some(placed) => {
                let images = &placed.train.images;
                spec.sampling.build_in_images(images, targets, n_classes, streams)
            }
            None => spec.sampling.build(targets, n_classes, streams),
        }
    }

    /// Which labels of what is learnt from are wrong, under label noise: that of a made row if that of its origin is.
    pub(crate) fn flipped(&self) -> Option<Vec<bool>> {
        let flipped = &self.parts.flipped.as_ref()?.rows;
        Some(match &self.resampled {
            None => flipped.clone(),
            Some(made) => made.origins.iter().map(|&origin| flipped[origin as usize]).collect(),
        })
    }

    /// Rows of each class that are learnt from, where these are others than the training rows.
    pub(crate) fn resampled_counts(&self) -> Option<Vec<u32>> {
        let made = self.resampled.as_ref()?;
        Some(counts_of(&made.examples.targets, self.parts.n_classes))
    }
}
