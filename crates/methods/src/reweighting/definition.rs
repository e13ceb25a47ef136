//! What a reweighting has to say for itself.

use nn::Real;

use crate::examples::Examples;
use crate::losses::{LossSpec, Readout};
use crate::reweighting::Reweighting;
use crate::setting::Setting;

/// What a reweighting is built from.
#[derive(Clone, Debug)]
pub struct Reweighed<'a, T> {
    /// The meta set, if there is one.
    pub meta: Option<Examples<T>>,
    /// The loss of the training.
    pub loss: &'a LossSpec,
    /// How its logits are read.
    pub readout: &'a Readout,
    /// The classes and the streams of the trial.
    pub setting: &'a Setting<'a>,
}

/// A reweighting as an experiment file writes it.
pub(crate) trait Definition<T: Real> {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever its weights under `loss` change.
    fn version(&self, loss: &LossSpec) -> u32;

    /// Whether it learns its weights from a meta set.
    fn needs_meta(&self) -> bool {
        true
    }

    /// Whether its weights add up to what they would without it: to 1 over a batch of which something was mined, under a
    /// plain mean; but for steps that are left out.
    fn keeps_the_sum(&self) -> bool;

    /// Whether a weight may be below 0.
    fn may_be_negative(&self) -> bool {
        false
    }

    /// Share of the epochs before it acts; no epoch of these is picked as the best.
    fn acts_from(&self) -> f64 {
        0.0
    }

    /// What a step costs beyond the plain one if no weight is 0, in products with all weights of a batch; that is three of
    /// them.
    fn products(&self) -> f64;

    /// Networks that it keeps beside that of the training.
    fn networks(&self) -> f64 {
        0.0
    }

    /// Steps that it looks ahead to after the first.
    fn further_steps(&self) -> usize {
        0
    }

    /// Why it cannot look so many steps ahead, whatever the loss is.
    fn no_further_steps(&self) -> Option<&'static str> {
        None
    }

    /// The reweighting of one trial.
    fn build(&self, reweighed: Reweighed<'_, T>) -> Box<dyn Reweighting<T>>;
}
