//! Calibration: probabilities that are what they say, fitted on the validation part, before anything is decided.

mod calibrator;
mod definition;
mod isotonic;
mod none;
mod platt;
mod temperature;

pub use calibrator::Calibrator;
pub use isotonic::{Curve, Isotonic};
pub use none::NoCalibration;
pub use platt::{Platt, Sigmoid};
pub use temperature::Temperature;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::calibration::definition::Definition;
use crate::judged::Judged;

/// Every calibration, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CalibrationSpec {
    /// See [`NoCalibration`].
    None(NoCalibration),
    /// See [`Temperature`].
    Temperature(Temperature),
    /// See [`Platt`].
    Platt(Platt),
    /// See [`Isotonic`].
    Isotonic(Isotonic),
}

impl CalibrationSpec {
    fn definition(&self) -> &dyn Definition {
        match self {
            CalibrationSpec::None(calibration) => calibration,
            CalibrationSpec::Temperature(calibration) => calibration,
            CalibrationSpec::Platt(calibration) => calibration,
            CalibrationSpec::Isotonic(calibration) => calibration,
        }
    }

    /// What is done to probabilities, fitted to `validation`; `None` where nothing is, or the part does not tell
    /// ([`Judged::tells`]).
    pub fn fit(&self, validation: &Judged<'_>) -> Option<Calibrator> {
        if self.is_none() || !validation.tells() {
            return None;
        }
        self.definition().fit(validation)
    }

    /// Whether probabilities stay as they are.
    pub fn is_none(&self) -> bool {
        matches!(self, CalibrationSpec::None(_))
    }

    /// Raised whenever probabilities become others.
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
