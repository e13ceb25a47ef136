//! Mixing: what the examples of a batch are blended with.

mod beta;
mod blender;
mod definition;
mod mixture;
mod mixup;
mod none;
mod remix;

pub use mixture::Mixture;
pub use mixup::Mixup;
pub use none::NoMixing;
pub use remix::Remix;

use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::mixing::definition::Definition;
use crate::setting::Setting;

/// Every way of mixing, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MixingSpec {
    /// See [`NoMixing`].
    None(NoMixing),
    /// See [`Mixup`].
    Mixup(Mixup),
    /// See [`Remix`].
    Remix(Remix),
}

impl MixingSpec {
    fn definition<T: Real>(&self) -> &dyn Definition<T> {
        match self {
            MixingSpec::None(mixing) => mixing,
            MixingSpec::Mixup(mixing) => mixing,
            MixingSpec::Remix(mixing) => mixing,
        }
    }

    /// The mixing of one trial.
    pub fn build<T: Real>(&self, setting: &Setting<'_>) -> Box<dyn Mixing<T>> {
        self.definition().build(setting)
    }

    /// Raised whenever its blends change.
    pub fn version(&self) -> u32 {
        self.definition::<f64>().version()
    }

    /// Whether examples stay as they are.
    pub fn is_none(&self) -> bool {
        matches!(self, MixingSpec::None(_))
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

/// A mixing with its workspace.
pub trait Mixing<T: Real>: Send {
    /// Blends the `features` of a batch with classes `targets`, and says in `mixture` with what: not at all, unless the
    /// method knows better. `mixture` is empty.
    fn mix(&mut self, _features: &mut Matrix<T>, _targets: &[u32], _mixture: &mut Mixture<T>) {}
}
