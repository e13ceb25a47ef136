//! Mixing: what the examples of a batch are blended with.

mod beta;
mod blender;
mod cutmix;
mod definition;
mod mixture;
mod mixup;
mod none;
mod pixels;
mod remix;

pub use cutmix::CutMix;
pub use mixture::Mixture;
pub use mixup::Mixup;
pub use none::NoMixing;
pub use pixels::Pixels;
pub use remix::Remix;

use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::MethodError;
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
    /// See [`CutMix`].
    #[serde(rename = "cutmix")]
    #[strum(serialize = "cutmix")]
    CutMix(CutMix),
}

impl MixingSpec {
    fn definition<T: Real>(&self) -> &dyn Definition<T> {
        match self {
            MixingSpec::None(mixing) => mixing,
            MixingSpec::Mixup(mixing) => mixing,
            MixingSpec::Remix(mixing) => mixing,
            MixingSpec::CutMix(mixing) => mixing,
        }
    }

    /// The mixing of one trial; `pixels`: where those of a row are, if it is an image.
    ///
    /// # Errors
    /// If the rows have to be images and are none.
    pub fn build<T: Real>(
        &self,
        setting: &Setting<'_>,
        pixels: Option<Pixels>,
    ) -> Result<Box<dyn Mixing<T>>, MethodError> {
        self.definition().build(setting, pixels)
    }

    /// Whether the rows have to be images.
    pub fn needs_images(&self) -> bool {
        self.definition::<f64>().needs_images()
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
