//! `[training]`: how a network is optimised.

use std::num::NonZeroUsize;

use methods::augmentation::AugmentationSpec;
use methods::named;
use nn::{OptimizerSpec, ScheduleSpec};
use serde::{Deserialize, Serialize};

/// `[training]`: how a network is optimised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingSpec {
    /// Passes over the training part; default 60.
    pub epochs: NonZeroUsize,
    /// Examples in a batch; default 128. The last batch of an epoch may be smaller.
    pub batch_size: NonZeroUsize,
    /// Default SGD with momentum.
    #[serde(deserialize_with = "named::deserialize")]
    pub optimizer: OptimizerSpec,
    /// Default cosine.
    #[serde(deserialize_with = "named::deserialize")]
    pub schedule: ScheduleSpec,
    /// What images become before they are learnt from, in every epoch anew; default nothing.
    #[serde(skip_serializing_if = "AugmentationSpec::is_none")]
    pub augment: AugmentationSpec,
}

impl Default for TrainingSpec {
    fn default() -> Self {
        TrainingSpec {
            epochs: NonZeroUsize::new(60).expect("60 > 0"),
            batch_size: NonZeroUsize::new(128).expect("128 > 0"),
            optimizer: OptimizerSpec::default(),
            schedule: ScheduleSpec::default(),
            augment: AugmentationSpec::default(),
        }
    }
}
