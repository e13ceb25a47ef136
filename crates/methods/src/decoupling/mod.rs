//! Decoupling: what becomes of a network's classifier once its features have been learnt.

mod crt;
mod definition;
mod lws;
mod none;
mod retraining;
mod tau;
mod tau_norm;

pub use crt::Crt;
pub use definition::Decoupled;
pub use lws::Lws;
pub use none::NoDecoupling;
pub use tau::Tau;
pub use tau_norm::TauNorm;

use nn::{Network, Real};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::decoupling::definition::Definition;

/// Every way of decoupling, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DecouplingSpec {
    /// See [`NoDecoupling`].
    None(NoDecoupling),
    /// See [`Crt`].
    Crt(Crt),
    /// See [`Lws`].
    Lws(Lws),
    /// See [`TauNorm`].
    TauNorm(TauNorm),
}

impl DecouplingSpec {
    fn definition<T: Real>(&self) -> &dyn Definition<T> {
        match self {
            DecouplingSpec::None(decoupling) => decoupling,
            DecouplingSpec::Crt(decoupling) => decoupling,
            DecouplingSpec::Lws(decoupling) => decoupling,
            DecouplingSpec::TauNorm(decoupling) => decoupling,
        }
    }

    /// The second stage of one trial; `None` if there is none.
    pub fn build<T: Real>(&self, decoupled: Decoupled<'_, T>) -> Option<Box<dyn Decoupling<T>>> {
        self.definition().build(decoupled)
    }

    /// Rounds of the second stage.
    pub fn n_rounds(&self) -> usize {
        self.definition::<f64>().n_rounds()
    }

    /// Whether it learns from the training rows, not from the classifier alone.
    pub fn learns(&self) -> bool {
        self.definition::<f64>().learns()
    }

    /// Whether it does something to the weights of each class: to those of an affine head, of which each class has its own.
    pub fn scales_classes(&self) -> bool {
        self.definition::<f64>().scales_classes()
    }

    /// Whether it tries several classifiers, of which the validation part picks one.
    pub fn needs_validation(&self) -> bool {
        self.definition::<f64>().needs_validation()
    }

    /// The versions of what changes its classifiers, by name; none where there is no second stage.
    pub fn versions(&self) -> Vec<(&'static str, u32)> {
        let own = (!self.is_none()).then(|| ("decoupling", self.definition::<f64>().version()));
        let learnt = self.learns().then(retraining::versions);
        own.into_iter().chain(learnt.into_iter().flatten()).collect()
    }

    /// Whether there is no second stage.
    pub fn is_none(&self) -> bool {
        matches!(self, DecouplingSpec::None(_))
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

/// A second stage with its state.
pub trait Decoupling<T: Real>: Send {
    /// Round `number` of [`DecouplingSpec::n_rounds`]; the mean loss before its steps, NaN if it takes none. The rows of
    /// each batch are told to `tell`.
    fn round(&mut self, number: usize, tell: &mut dyn FnMut(&[u32])) -> f64;

    /// Gives `network` the classifier as it is after the round, and changes nothing else of it.
    fn write(&self, network: &mut Network<T>);
}
