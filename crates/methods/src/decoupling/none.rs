//! No decoupling: features and classifier are learnt together, and that is all.
//!
//! ```text
//! z = h(x) W + b
//! ```
//!
//! - `h`: the last hidden activations, `[n_examples, width]`; `W`, `b`: the classifier, `[width, n_outputs]`
//!
//! Source: the definition of a network; the baseline that second stages are compared with.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::decoupling::definition::{Decoupled, Definition};
use crate::decoupling::{Decoupling, DecouplingSpec};

/// One stage. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoDecoupling {}

/// What follows where no decoupling is named.
impl Default for DecouplingSpec {
    fn default() -> Self {
        DecouplingSpec::None(NoDecoupling::default())
    }
}

impl<T: Real> Definition<T> for NoDecoupling {
    fn code(&self) -> &'static str {
        include_str!("none.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn n_rounds(&self) -> usize {
        0
    }

    fn build(&self, _: Decoupled<'_, T>) -> Option<Box<dyn Decoupling<T>>> {
        None
    }
}
