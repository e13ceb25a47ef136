//! No mixing: every example is learnt from as it is.
//!
//! ```text
//! x̃_i = x_i,   ℓ̃_i = ℓ(z_i, y_i)
//! ```
//!
//! - `x`: features of a batch, `[n_examples, n_features]`; `z`: logits; `y`: classes; `ℓ`: the loss of an example
//!
//! Source: the definition of empirical risk; the baseline that mixings are compared with.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::mixing::definition::Definition;
use crate::mixing::pixels::Pixels;
use crate::mixing::{Mixing, MixingSpec};
use crate::setting::Setting;

/// Examples as they are. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoMixing {}

/// What is learnt from where no mixing is named.
impl Default for MixingSpec {
    fn default() -> Self {
        MixingSpec::None(NoMixing::default())
    }
}

impl<T: Real> Definition<T> for NoMixing {
    fn code(&self) -> &'static str {
        include_str!("none.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, _: &Setting<'_>, _: Option<Pixels>) -> Result<Box<dyn Mixing<T>>, MethodError> {
        Ok(Box::new(self.clone()))
    }
}

impl<T: Real> Mixing<T> for NoMixing {}
