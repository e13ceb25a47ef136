//! What can go wrong in a learner.

/// A learner's answer.
pub(crate) type Result<T> = std::result::Result<T, BaselineError>;

/// Why a learner could not be fitted or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// The training part is empty.
    #[error("there are no training examples")]
    NoExamples,
    /// The library refused.
    #[error("{learner} failed: {reason}")]
    Library {
        /// The learner.
        learner: &'static str,
        /// The library's words.
        reason: String,
    },
}

impl BaselineError {
    pub(crate) fn library(learner: &'static str, error: &dyn std::fmt::Display) -> Self {
        BaselineError::Library { learner, reason: error.to_string() }
    }
}
