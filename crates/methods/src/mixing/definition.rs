//! What a mixing has to say for itself.

use nn::Real;

use crate::mixing::Mixing;
use crate::setting::Setting;

/// A mixing as an experiment file writes it.
pub(crate) trait Definition<T: Real> {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever its blends change.
    fn version(&self) -> u32;

    /// The mixing of one trial.
    fn build(&self, setting: &Setting<'_>) -> Box<dyn Mixing<T>>;
}
