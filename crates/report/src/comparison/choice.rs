//! The values of tuned parameters in one trial.

/// What was chosen for a trial.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// `gamma=2, learning_rate=0.05`.
    pub(crate) values: String,
    /// The same by the names of their parameters.
    pub(crate) parts: Vec<(String, String)>,
    /// Whether some were drawn by a search.
    pub(crate) is_drawn: bool,
    /// Those that are numbers, by the names of their parameters.
    pub(crate) numbers: Vec<(String, f64)>,
    /// Of these, the outermost of what was tried: `the largest gamma, 5`.
    pub(crate) outermost: Vec<String>,
    /// Candidates that are not recorded.
    pub(crate) not_run: usize,
}
