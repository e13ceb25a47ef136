//! Reweighting: how much each example of a batch counts.

mod class_aware_meta_weight_net;
mod definition;
mod fast_sample_reweighting;
mod l2rw;
mod last_layer;
mod meta;
mod meta_class_weights;
mod meta_weight_net;
mod none;
mod shares;
#[cfg(test)]
mod testing;
mod unrolled;
mod weighing;
mod weight_net;

pub use class_aware_meta_weight_net::ClassAwareMetaWeightNet;
pub use definition::Reweighed;
pub use fast_sample_reweighting::FastSampleReweighting;
pub use l2rw::L2rw;
pub use last_layer::LastLayer;
pub use meta::VirtualStep;
pub use meta_class_weights::MetaClassWeights;
pub use meta_weight_net::MetaWeightNet;
pub use none::NoReweighting;
pub use shares::Normalize;
pub use unrolled::LookAheadSteps;

use nn::{Matrix, Network, Optimizer, Pass, Real, Stream};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::examples::Examples;
use crate::losses::{Epoch, LossSpec, PerExample};
use crate::mining::Selection;
use crate::reweighting::definition::Definition;

/// Every way of reweighting, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ReweightingSpec {
    /// See [`NoReweighting`].
    None(NoReweighting),
    /// See [`L2rw`].
    L2rw(L2rw),
    /// See [`MetaWeightNet`].
    MetaWeightNet(MetaWeightNet),
    /// See [`ClassAwareMetaWeightNet`].
    ClassAwareMetaWeightNet(ClassAwareMetaWeightNet),
    /// See [`MetaClassWeights`].
    MetaClassWeights(MetaClassWeights),
    /// See [`FastSampleReweighting`].
    FastSampleReweighting(FastSampleReweighting),
}

impl Default for ReweightingSpec {
    fn default() -> Self {
        ReweightingSpec::None(NoReweighting::default())
    }
}

impl ReweightingSpec {
    fn definition<T: Real>(&self) -> &dyn Definition<T> {
        match self {
            ReweightingSpec::None(parameters) => parameters,
            ReweightingSpec::L2rw(parameters) => parameters,
            ReweightingSpec::MetaWeightNet(parameters) => parameters,
            ReweightingSpec::ClassAwareMetaWeightNet(parameters) => parameters,
            ReweightingSpec::MetaClassWeights(parameters) => parameters,
            ReweightingSpec::FastSampleReweighting(parameters) => parameters,
        }
    }

    /// Whether the method learns its weights from a meta set.
    pub fn needs_meta(&self) -> bool {
        self.definition::<f64>().needs_meta()
    }

    /// Whether the weights of a batch add up to what they would without the method.
    pub fn keeps_the_sum(&self) -> bool {
        self.definition::<f64>().keeps_the_sum()
    }

    /// Whether a weight may be below 0.
    pub fn may_be_negative(&self) -> bool {
        self.definition::<f64>().may_be_negative()
    }

    /// Share of the epochs before the method acts; no epoch of these is picked as the best.
    pub fn acts_from(&self) -> f64 {
        self.definition::<f64>().acts_from()
    }

    /// What a step costs beyond the plain one at the most, in products with all weights of a batch; that is three of them.
    /// Backward passes leave out examples of weight 0, so that a method that gives many costs less.
    pub fn products(&self) -> f64 {
        let further = self.further_steps() as f64;
        self.definition::<f64>().products() + further * unrolled::PRODUCTS
    }

    /// Networks that the method keeps beside that of the training.
    pub fn networks(&self) -> f64 {
        let further = self.further_steps() as f64;
        let moving = if further == 0.0 { 0.0 } else { unrolled::NETWORKS };
        self.definition::<f64>().networks() + further + moving
    }

    /// Steps that the method looks ahead to after the first.
    pub fn further_steps(&self) -> usize {
        self.definition::<f64>().further_steps()
    }

    /// Why it cannot look so many steps ahead, whatever the loss is.
    pub fn no_further_steps(&self) -> Option<&'static str> {
        self.definition::<f64>().no_further_steps()
    }

    /// The reweighting of one trial.
    pub fn build<T: Real>(&self, reweighed: Reweighed<'_, T>) -> Box<dyn Reweighting<T>> {
        self.definition().build(reweighed)
    }

    /// Raised whenever the weights of this method under `loss` change.
    pub fn version(&self, loss: &LossSpec) -> u32 {
        self.definition::<f64>().version(loss)
    }

    /// Its file.
    pub(crate) fn code(&self) -> &'static str {
        self.definition::<f64>().code()
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// One step of training, after the loss and the mining of its batch.
#[expect(missing_debug_implementations, reason = "an optimiser is a trait object")]
pub struct Step<'a, T> {
    /// The network before the step.
    pub network: &'a Network<T>,
    /// The batch, `[n_examples, n_inputs]`.
    pub features: &'a Matrix<T>,
    /// Its classes, `[n_examples]`.
    pub targets: &'a [u32],
    /// Which rows of the training part these are, `[n_examples]`.
    pub rows: &'a [u32],
    /// The training part.
    pub train: &'a Examples<T>,
    /// The batch's activations. A reweighting may run tangents through them, and leaves them fit for
    /// the backward pass.
    pub pass: &'a mut Pass<T>,
    /// Its losses.
    pub evaluated: &'a PerExample<T>,
    /// What was mined of it.
    pub selection: &'a Selection<T>,
    /// What will take the step.
    pub optimizer: &'a dyn Optimizer<T>,
    /// The factor of its learning rate.
    pub rate: f64,
    /// The stream of the dropout masks, before those of the batch were drawn.
    pub dropout: &'a Stream,
}

/// A reweighting with its state.
pub trait Reweighting<T: Real>: Send {
    /// Says how far the training is, before the steps of an epoch.
    fn begin_epoch(&mut self, _epoch: &Epoch<'_>) {}

    /// Fills `weights`, `[n_examples]`, with the final weight of each example: the step descends
    /// `L = Σ_i weights_i losses_i`, every divisor applied. If all are 0 the step is skipped. A weight below 0
    /// unlearns its example.
    fn weigh(&mut self, step: Step<'_, T>, weights: &mut Vec<T>);

    /// What a network of weights makes of an example of each class at each of `losses`, `[n_classes][n_losses]`, before
    /// anything is divided by; empty of a method whose weights are no function of the loss. For whoever looks on.
    fn values(&mut self, _losses: &[T]) -> Vec<Vec<T>> {
        Vec::new()
    }
}
