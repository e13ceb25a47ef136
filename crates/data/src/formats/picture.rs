//! Pictures in memory, each of its own size.

use crate::image_shape::{ChannelOrder, ImageShape};

/// The values of an image, line by line and, of a pixel, channel by channel. Those of 8 bits are times 257: then
/// `x / 65535` is what `x / 255` would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Width and height.
    pub size: [u32; 2],
    /// 1 of grey, 3 of colour.
    pub channels: usize,
    /// `[height, width, channels]`.
    pub values: Vec<u16>,
}

impl Image {
    /// The image as a PNG file of 8 bits.
    ///
    /// # Errors
    /// If it has no pixels.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        let [width, height] = self.size;
        let colour =
            if self.channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb };
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(colour);
        let values: Vec<u8> = self.values.iter().map(|value| (value >> 8) as u8).collect();
        let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
        writer.write_image_data(&values).map_err(|error| error.to_string())?;
        writer.finish().map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    pub(crate) fn shape(&self) -> ImageShape {
        let [width, height] = self.size.map(|n| n as usize);
        ImageShape { height, width, channels: self.channels, order: ChannelOrder::Last }
    }
}

/// A picture that rows of a data set are regions of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// As the rows name it.
    pub name: String,
    /// What is to be seen.
    pub image: Image,
}
