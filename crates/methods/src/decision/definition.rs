//! What a decision has to say for itself.

use crate::MethodError;
use crate::decision::rule::Rule;
use crate::judged::Judged;
use crate::setting::ClassCounts;

/// A decision as an experiment file writes it.
pub(crate) trait Definition {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever it decides otherwise.
    fn version(&self) -> u32;

    /// Whether it is chosen on the validation part.
    fn needs_validation(&self) -> bool {
        true
    }

    /// Whether it can be had for `n_classes`.
    fn check(&self, _n_classes: usize) -> Result<(), MethodError> {
        Ok(())
    }

    /// The rule for `validation`, which tells if it is needed; `counts`: the classes as they were learnt from.
    fn fit(&self, validation: &Judged<'_>, counts: &ClassCounts) -> Rule;
}
