//! What a trial did, noted while it is replayed, so that anyone can recompute its numbers with other tools.

use std::sync::Arc;

use evaluation::detection::Detection;
use methods::sampling::Resampled;

/// The notes of one trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    /// The rows that were learnt from, where these are others than the training rows.
    pub resampled: Option<Arc<Resampled>>,
    /// Every batch, in the order of the steps. A round of boosted trees, and the whole training of a classical
    /// learner, is one batch.
    pub batches: Vec<AuditedBatch>,
    /// What a network of weights made of losses after each epoch; empty of other methods.
    pub weight_functions: Vec<WeightFunction>,
    /// Of the network before its first step; empty for learners without such parameters.
    pub initial_parameters: Vec<f32>,
    /// Of the network of the best epoch.
    pub best_parameters: Vec<f32>,
    /// Of the network after its last step.
    pub last_parameters: Vec<f32>,
    /// What no gradient moves in the network of the best epoch: running statistics; empty for networks without any.
    pub best_buffers: Vec<f32>,
    /// The same after the last step.
    pub last_buffers: Vec<f32>,
    /// Of the best epoch on the validation part, `[n_validation, n_classes]`: probabilities; or embeddings of length 1,
    /// `[n_validation, dimension]`.
    pub validation: Vec<f64>,
    /// The same on the test part.
    pub test: Vec<f64>,
    /// What was found on the validation and the test part, the surest first, where the task is to find objects.
    pub found: [Vec<Detection>; 2],
    /// Numbers in an embedding; `None` where probabilities were said.
    pub embedding: Option<usize>,
    /// The classes decided for on the validation and the test part, where these are others than the most probable.
    pub decided: [Option<Vec<u32>>; 2],
}

/// What a network of weights makes of the losses that are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightFunction {
    /// Its weight for an example of each class at each of [`losses`], `[n_classes][n_losses]`.
    pub values: Vec<Vec<f32>>,
}

/// Losses that a network of weights is asked for: from 0 to 6, as that of an example that has a probability of 1/400.
pub fn losses() -> Vec<f32> {
    (0..=60).map(|i| i as f32 / 10.0).collect()
}

impl Audit {
    pub(crate) fn note_batch(&mut self, epoch: usize, examples: &[u32], weights: Vec<f32>) {
        self.batches.push(AuditedBatch { epoch, examples: examples.to_vec(), weights });
    }
}

/// The examples of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditedBatch {
    /// The epoch or round, from 0.
    pub epoch: usize,
    /// `[n_examples]`, positions among the rows that were learnt from.
    pub examples: Vec<u32>,
    /// `[n_examples]`: what the loss of each is multiplied by before they are added up.
    pub weights: Vec<f32>,
}
