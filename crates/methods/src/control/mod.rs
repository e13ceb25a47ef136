//! Controls: the step of a method without what the method knows. A gain over its control is due to the method; a gain over
//! the baseline alone may be due to another length of the step.

mod dealt;
mod definition;
mod none;
mod norm_matched;
mod permuted;
mod permuted_within_class;
pub(crate) mod plain_gradient;
mod replayed_mean;

pub use definition::{Controlled, Does, Forward};
pub use none::NoControl;
pub use norm_matched::NormMatched;
pub use permuted::Permuted;
pub use permuted_within_class::PermutedWithinClass;
pub use replayed_mean::ReplayedMean;

use nn::Real;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::control::definition::Definition;
use crate::losses::Loss;
use crate::sampling::Pool;

/// Every control, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ControlSpec {
    /// See [`NoControl`].
    None(NoControl),
    /// See [`Permuted`].
    Permuted(Permuted),
    /// See [`PermutedWithinClass`].
    PermutedWithinClass(PermutedWithinClass),
    /// See [`NormMatched`].
    NormMatched(NormMatched),
    /// See [`ReplayedMean`].
    ReplayedMean(ReplayedMean),
}

impl ControlSpec {
    fn definition<T: Real>(&self) -> &dyn Definition<T> {
        match self {
            ControlSpec::None(control) => control,
            ControlSpec::Permuted(control) => control,
            ControlSpec::PermutedWithinClass(control) => control,
            ControlSpec::NormMatched(control) => control,
            ControlSpec::ReplayedMean(control) => control,
        }
    }

    /// The control of one trial.
    pub fn build<T: Real>(&self, controlled: &Controlled<'_>) -> Box<dyn Control<T>> {
        self.definition().build(controlled)
    }

    /// The same beside a method whose plain loss is `plain`, one of whole batches, as losses of pairs are; `None` of a control
    /// that changes the weights of examples.
    pub fn of_batches<T: Real>(&self, plain: Box<dyn Loss<T>>) -> Option<Box<dyn Control<T>>> {
        self.definition().of_batches(plain)
    }

    /// Raised whenever its steps change.
    pub fn version(&self) -> u32 {
        self.definition::<f64>().version()
    }

    /// What it does to the step of the method.
    pub fn does(&self) -> Does {
        self.definition::<f64>().does()
    }

    /// Whether there is one.
    pub fn is_none(&self) -> bool {
        self.does() == Does::Nothing
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Its file.
    pub(crate) fn code(&self) -> &'static str {
        self.definition::<f64>().code()
    }
}

/// A control with its workspace. It acts after loss, mining and reweighting.
pub trait Control<T: Real>: Send {
    /// Changes the weights that a miner gives the rows of an epoch.
    fn pool(&mut self, _pool: &mut Pool) {}

    /// Changes the final weights of the examples of a batch with classes `targets`.
    fn weights(&mut self, _targets: &[u32], _weights: &mut [T]) {}

    /// Changes the gradient of the step; `false` if there is none to be taken.
    fn gradient(&mut self, _forward: Forward<'_, T>, _gradient: &mut Vec<T>) -> bool {
        true
    }
}
