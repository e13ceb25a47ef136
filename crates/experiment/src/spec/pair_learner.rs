//! A network that learns by comparing examples.

use std::num::NonZeroUsize;

use methods::control::ControlSpec;
use methods::pairs::{MemorySpec, PairLoss, PairMiningSpec, PairTermSpec};
use nn::{Architecture, Shape};
use serde::{Deserialize, Serialize};

use crate::networks::NetworkSpec;
use crate::spec::TrainingSpec;

/// A network whose outputs are embeddings, and how it learns from pairs of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairLearner {
    /// The network.
    pub model: NetworkSpec,
    /// What the pairs of an anchor cost.
    pub loss: PairTermSpec,
    /// Which of them are learnt from.
    pub mining: PairMiningSpec,
    /// What anchors are compared with besides the batch. It is not written where that is nothing.
    #[serde(default, skip_serializing_if = "MemorySpec::is_none")]
    pub memory: MemorySpec,
    /// What is done in place of the step that miner and memory take, for comparison. It is not written where there is none.
    #[serde(default, skip_serializing_if = "ControlSpec::is_none")]
    pub control: ControlSpec,
    /// Optimiser, schedule, epochs, batch size.
    pub training: TrainingSpec,
}

impl PairLearner {
    /// `model` by `loss`, with what stands on the axes nobody names.
    pub(crate) fn of(model: NetworkSpec, loss: PairTermSpec) -> Self {
        PairLearner {
            model,
            loss,
            mining: PairMiningSpec::default(),
            memory: MemorySpec::default(),
            control: ControlSpec::default(),
            training: TrainingSpec::default(),
        }
    }

    /// Loss, mining and memory as one.
    pub(crate) fn pair_loss(&self) -> PairLoss {
        let memory = self.memory.cross_batch().cloned();
        PairLoss { term: self.loss.clone(), mining: self.mining.clone(), memory }
    }

    /// Whether each step is that of the loss over all pairs of the same batch.
    pub fn steps_plainly(&self) -> bool {
        self.memory.is_none() && !self.mining.leaves_out()
    }

    /// The network for examples of a shape, which says embeddings of `dimension` numbers. Its initial weights are those of a
    /// network that learns by a loss of single examples, below the head of that.
    pub fn architecture(&self, input: Shape, dimension: NonZeroUsize) -> Architecture {
        self.model.architecture(input, dimension.get())
    }
}
