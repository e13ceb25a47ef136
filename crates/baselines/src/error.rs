//! What can go wrong in a learner.

use std::fmt::Display;

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

/// What a learner's library said when it failed. Whoever asked the learner knows its name.
#[derive(Debug)]
pub(crate) struct Failure(String);

/// A learner's answer.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(error.to_string())
    }
}

impl Failure {
    pub(crate) fn of(self, learner: &'static str) -> BaselineError {
        BaselineError::Library { learner, reason: self.0 }
    }
}
