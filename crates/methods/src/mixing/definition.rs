//! What a mixing has to say for itself.

use nn::Real;

use crate::MethodError;
use crate::mixing::Mixing;
use crate::mixing::pixels::Pixels;
use crate::setting::Setting;

/// A mixing as an experiment file writes it.
pub(crate) trait Definition<T: Real> {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever its blends change.
    fn version(&self) -> u32;

    /// Whether the rows have to be images.
    fn needs_images(&self) -> bool {
        false
    }

    /// The mixing of one trial; `pixels`: where those of a row are, if it is an image.
    ///
    /// # Errors
    /// If the rows have to be images and are none.
    fn build(
        &self,
        setting: &Setting<'_>,
        pixels: Option<Pixels>,
    ) -> Result<Box<dyn Mixing<T>>, MethodError>;
}
