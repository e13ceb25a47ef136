//! `[protocol]`: what is learnt, and how data are split, prepared and measured.

use std::num::NonZeroUsize;

use data::{MetaSpec, PreprocessSpec, SplitSpec};
use evaluation::{Metric, ShotThresholds, TaskKind};
use methods::losses::proposals::DeltaColumns;
use methods::named;
use nn::range::BelowOne;
use serde::{Deserialize, Serialize};

use crate::noise::NoiseSpec;
use crate::spec::{Detection, RetrievalSpec};

/// `[protocol]`: how data are split, prepared and measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProtocolSpec {
    /// What is learnt; default `classification`.
    #[serde(deserialize_with = "named::deserialize", skip_serializing_if = "TaskSpec::is_default")]
    pub task: TaskSpec,
    /// Which rows are tested; default stratified 5-fold.
    #[serde(deserialize_with = "named::deserialize")]
    pub split: SplitSpec,
    /// Share of the training rows that picks the epoch; default 0.2; 0 keeps the last epoch.
    pub validation: BelowOne,
    /// Rows taken out of the training part first, for methods that need a clean balanced set.
    pub meta: Option<MetaSpec>,
    /// Which labels of the training part are replaced by wrong ones; default none.
    #[serde(deserialize_with = "named::deserialize", skip_serializing_if = "NoiseSpec::is_none")]
    pub noise: NoiseSpec,
    /// The validation metric that picks the epoch; default `average_precision`, and `map_at_r` of retrieval. It is of the
    /// classes that the validation part has; where these are fewer than two, most metrics are undefined and the last epoch stays.
    pub select_by: Metric,
    /// How features are prepared.
    pub preprocess: PreprocessSpec,
    /// Training counts that bound many-, medium- and few-shot classes.
    pub shots: ShotThresholds,
}

impl Default for ProtocolSpec {
    fn default() -> Self {
        ProtocolSpec {
            task: TaskSpec::default(),
            split: SplitSpec::default(),
            validation: BelowOne::new(0.2),
            meta: None,
            noise: NoiseSpec::default(),
            select_by: TaskKind::Classification.selects_by(),
            preprocess: PreprocessSpec::default(),
            shots: ShotThresholds::default(),
        }
    }
}

/// `protocol.task`: what is learnt. It is not written where it is the default, so that a record says what it said when
/// there was one task alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskSpec {
    /// Each row is of one class. The default.
    Classification {},
    /// Each row is a proposal of an image, of which class and box are learnt.
    Detection(Detection),
    /// Rows are found by what is near their embedding.
    Retrieval(RetrievalSpec),
}

impl Default for TaskSpec {
    fn default() -> Self {
        TaskSpec::Classification {}
    }
}

impl TaskSpec {
    /// What its metrics are of.
    pub fn measures(&self) -> TaskKind {
        match self {
            TaskSpec::Classification {} => TaskKind::Classification,
            TaskSpec::Detection(_) => TaskKind::Detection,
            TaskSpec::Retrieval(_) => TaskKind::Retrieval,
        }
    }

    /// Numbers in the embeddings that a network ends in, or has below its head; `None` where it has no embedding.
    pub(crate) fn embedding(&self) -> Option<NonZeroUsize> {
        match self {
            TaskSpec::Classification {} | TaskSpec::Detection(_) => None,
            TaskSpec::Retrieval(retrieval) => Some(retrieval.dimension),
        }
    }

    /// The version of what is learnt from and measured in it; classification has those of its methods alone.
    pub(crate) fn version(&self) -> Option<(&'static str, u32)> {
        match self {
            TaskSpec::Classification {} => None,
            TaskSpec::Detection(_) => Some(("detection", Detection::VERSION)),
            TaskSpec::Retrieval(_) => Some(("retrieval", RetrievalSpec::VERSION)),
        }
    }

    /// How a network says boxes, if it is to say any.
    pub fn boxes(&self) -> Option<DeltaColumns> {
        match self {
            TaskSpec::Classification {} | TaskSpec::Retrieval(_) => None,
            TaskSpec::Detection(detection) => Some(detection.deltas),
        }
    }

    /// Columns beside the logits of `n_classes`, the background among them.
    pub(crate) fn n_beside(&self, n_classes: usize) -> usize {
        self.boxes().map_or(0, |columns| columns.n_columns(n_classes - 1))
    }

    pub(crate) fn is_default(&self) -> bool {
        *self == TaskSpec::default()
    }
}
