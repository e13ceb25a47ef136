//! Argmax: the most probable class, of equals the first.
//!
//! ```text
//! ŷ = argmax_k p_k
//! ```
//!
//! - `p`: the probabilities of the classes, `[n_classes]`
//!
//! Source: Bayes' rule for the error rate; what other decisions are compared with.
//! Trap: on imbalanced data the rare class seldom is the most probable, even where it is much more probable than usual.

use serde::{Deserialize, Serialize};

use crate::decision::DecisionSpec;
use crate::decision::definition::Definition;
use crate::decision::rule::Rule;
use crate::judged::Judged;
use crate::setting::ClassCounts;

/// The most probable class. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Argmax {}

/// What decides where no decision is named.
impl Default for DecisionSpec {
    fn default() -> Self {
        DecisionSpec::Argmax(Argmax::default())
    }
}

impl Definition for Argmax {
    fn code(&self) -> &'static str {
        include_str!("argmax.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn needs_validation(&self) -> bool {
        false
    }

    fn fit(&self, _: &Judged<'_>, _: &ClassCounts) -> Rule {
        Rule::Argmax
    }
}
