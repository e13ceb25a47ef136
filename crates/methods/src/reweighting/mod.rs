//! Reweighting: how much each example of a batch counts.

mod l2rw;
mod none;

pub use l2rw::L2rw;
pub use none::NoReweighting;

use nn::{Matrix, Network, Pass, Real, Streams};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::examples::Examples;
use crate::losses::{LossSpec, PerExample, Readout};
use crate::mining::Selection;

/// Every way of reweighting, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ReweightingSpec {
    /// See [`NoReweighting`].
    None(NoReweighting),
    /// See [`L2rw`].
    L2rw(L2rw),
}

impl Default for ReweightingSpec {
    fn default() -> Self {
        ReweightingSpec::None(NoReweighting::default())
    }
}

impl ReweightingSpec {
    /// Whether the method learns its weights from a meta set.
    pub fn needs_meta(&self) -> bool {
        match self {
            ReweightingSpec::None(_) => false,
            ReweightingSpec::L2rw(_) => true,
        }
    }

    /// The reweighting of one trial. `readout` is the loss's.
    pub fn build<T: Real>(
        &self,
        meta: Option<Examples<T>>,
        readout: &Readout,
        streams: &Streams,
    ) -> Box<dyn Reweighting<T>> {
        match self {
            ReweightingSpec::None(none) => Box::new(none.clone()),
            ReweightingSpec::L2rw(parameters) => Box::new(parameters.build(meta, readout, streams)),
        }
    }

    /// Raised whenever the weights of this method under `loss` change.
    pub fn version(&self, loss: &LossSpec) -> u32 {
        match self {
            ReweightingSpec::None(_) => NoReweighting::VERSION,
            ReweightingSpec::L2rw(_) => L2rw::version(loss),
        }
    }

    /// Its file.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            ReweightingSpec::None(_) => include_str!("none.rs"),
            ReweightingSpec::L2rw(_) => include_str!("l2rw.rs"),
        }
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// One step of training, after the loss and the mining of its batch.
#[derive(Debug)]
pub struct Step<'a, T> {
    /// The network before the step.
    pub network: &'a Network<T>,
    /// The batch, `[n_examples, n_inputs]`.
    pub features: &'a Matrix<T>,
    /// Its classes, `[n_examples]`.
    pub targets: &'a [u32],
    /// The batch's activations. A reweighting may run tangents through them, and leaves them fit for
    /// the backward pass.
    pub pass: &'a mut Pass<T>,
    /// Its losses.
    pub evaluated: &'a PerExample<T>,
    /// What was mined of it.
    pub selection: &'a Selection<T>,
}

/// A reweighting with its state.
pub trait Reweighting<T: Real>: Send {
    /// Fills `weights`, `[n_examples]`, with the final weight of each example: the step descends
    /// `L = Σ_i weights_i losses_i`, every divisor applied. If all are 0 the step is skipped.
    fn weigh(&mut self, step: Step<'_, T>, weights: &mut Vec<T>);
}
