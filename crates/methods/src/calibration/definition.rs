//! What a calibration has to say for itself.

use crate::calibration::calibrator::Calibrator;
use crate::judged::Judged;

/// A calibration as an experiment file writes it.
pub(crate) trait Definition {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever probabilities become others.
    fn version(&self) -> u32;

    /// What is done to probabilities, fitted to `validation`, which tells; `None`: nothing.
    fn fit(&self, validation: &Judged<'_>) -> Option<Calibrator>;
}
