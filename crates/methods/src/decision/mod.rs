//! Decisions: what turns probabilities into a class, chosen on the validation part.

mod argmax;
mod definition;
mod maximise;
mod offsets;
mod prior_shift;
mod rule;
mod threshold;

pub use argmax::Argmax;
pub use maximise::{Costs, FBeta, Maximise, MaximiseAll};
pub use offsets::Offsets;
pub use prior_shift::{GivenShares, PriorShift, TargetPrior};
pub use rule::Rule;
pub use threshold::Threshold;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::MethodError;
use crate::decision::definition::Definition;
use crate::judged::Judged;
use crate::setting::ClassCounts;

/// Every decision, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DecisionSpec {
    /// See [`Argmax`].
    Argmax(Argmax),
    /// See [`Threshold`].
    Threshold(Threshold),
    /// See [`Offsets`].
    Offsets(Offsets),
    /// See [`PriorShift`].
    PriorShift(PriorShift),
}

impl DecisionSpec {
    fn definition(&self) -> &dyn Definition {
        match self {
            DecisionSpec::Argmax(decision) => decision,
            DecisionSpec::Threshold(decision) => decision,
            DecisionSpec::Offsets(decision) => decision,
            DecisionSpec::PriorShift(decision) => decision,
        }
    }

    /// The rule for the predictions `validation` of classes that were learnt from as `counts` say; `None` where the part
    /// does not tell ([`Judged::tells`]) and would have to.
    pub fn fit(&self, validation: &Judged<'_>, counts: &ClassCounts) -> Option<Rule> {
        let can_be_fitted = !self.needs_validation() || validation.tells();
        can_be_fitted.then(|| self.definition().fit(validation, counts))
    }

    /// Whether it can be had for `n_classes`.
    ///
    /// # Errors
    /// If it is for two classes and there are more, or its parameters are for another number.
    pub fn check(&self, n_classes: usize) -> Result<(), MethodError> {
        self.definition().check(n_classes)
    }

    /// Whether it is chosen on the validation part.
    pub fn needs_validation(&self) -> bool {
        self.definition().needs_validation()
    }

    /// Whether it makes up for how rare classes are.
    pub fn corrects(&self) -> bool {
        !self.is_argmax()
    }

    /// Whether the most probable class is decided for, as it is where no decision is named.
    pub fn is_argmax(&self) -> bool {
        matches!(self, DecisionSpec::Argmax(_))
    }

    /// Raised whenever it decides otherwise.
    pub fn version(&self) -> u32 {
        self.definition().version()
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Its file.
    pub(crate) fn code(&self) -> &'static str {
        self.definition().code()
    }
}
