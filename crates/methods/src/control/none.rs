//! No control: the method takes its own step.
//!
//! ```text
//! g = Σ_i w_i ∇ℓ_i
//! ```
//!
//! - `w`: the weights that mining and reweighting give, every divisor applied, `[n_examples]`; `ℓ`: the losses
//!
//! Source: the definition of a weighted step; what controls are compared with.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::control::definition::{Controlled, Definition, Does};
use crate::control::{Control, ControlSpec};

/// The method itself. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoControl {}

/// What runs where no control is named.
impl Default for ControlSpec {
    fn default() -> Self {
        ControlSpec::None(NoControl::default())
    }
}

impl<T: Real> Definition<T> for NoControl {
    fn code(&self) -> &'static str {
        include_str!("none.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn does(&self) -> Does {
        Does::Nothing
    }

    fn build(&self, _: &Controlled<'_>) -> Box<dyn Control<T>> {
        Box::new(self.clone())
    }
}

impl<T: Real> Control<T> for NoControl {}
