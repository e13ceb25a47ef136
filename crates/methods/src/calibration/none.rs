//! No calibration: probabilities as the learner says them.
//!
//! ```text
//! q = p
//! ```
//!
//! - `p`: the probabilities of the classes, `[n_classes]`; `q`: those that are measured and decided by
//!
//! Source: the learner itself; what calibrations are compared with.

use serde::{Deserialize, Serialize};

use crate::calibration::CalibrationSpec;
use crate::calibration::calibrator::Calibrator;
use crate::calibration::definition::Definition;
use crate::judged::Judged;

/// Probabilities as they are. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoCalibration {}

/// What is done where no calibration is named.
impl Default for CalibrationSpec {
    fn default() -> Self {
        CalibrationSpec::None(NoCalibration::default())
    }
}

impl Definition for NoCalibration {
    fn code(&self) -> &'static str {
        include_str!("none.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn fit(&self, _: &Judged<'_>) -> Option<Calibrator> {
        None
    }
}
