//! Logarithms of the classes' frequencies, for losses that move logits by them.

use crate::MethodError;
use crate::setting::ClassCounts;

/// `ln π_k`, `π_k` the share of class `k` among the training examples, `[n_classes]`.
///
/// # Errors
/// If a class has no training example: its logarithm would be infinite.
pub(crate) fn log_priors(
    counts: &ClassCounts,
    loss: &'static str,
) -> Result<Vec<f64>, MethodError> {
    let total: f64 = counts.get().iter().sum();
    let log = |(class, &n): (usize, &f64)| {
        if 0.0 < n {
            Ok(libm::log(n / total))
        } else {
            Err(MethodError::EmptyClass { loss, class })
        }
    };
    counts.get().iter().enumerate().map(log).collect()
}
