//! How the columns of a data set are the pixels of images.

/// The shape of images whose pixels are the columns of a data set, line by line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageShape {
    /// Lines.
    pub height: usize,
    /// Pixels of a line.
    pub width: usize,
    /// Values of a pixel: 1 of grey, 3 of colour, 4 with transparency.
    pub channels: usize,
    /// What follows each other.
    pub order: ChannelOrder,
}

/// What follows each other in the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelOrder {
    /// The channels of a pixel.
    Last,
    /// The pixels of a channel.
    First,
}

impl ImageShape {
    /// The shape of one item of an array whose last axis is the first to change: lines and pixels, with channels after or
    /// before them, of which there are 1, 3 or 4. `None` of anything else.
    pub(crate) fn of_item(sizes: &[usize]) -> Option<Self> {
        let is_channels = |n: usize| [1, 3, 4].contains(&n);
        let (height, width, channels, order) = match *sizes {
            [height, width] => (height, width, 1, ChannelOrder::Last),
            [height, width, channels] if is_channels(channels) => {
                (height, width, channels, ChannelOrder::Last)
            }
            [channels, height, width] if is_channels(channels) => {
                (height, width, channels, ChannelOrder::First)
            }
            _ => return None,
        };
        // A single line is a row of any table.
        (1 < height && 1 < width).then_some(ImageShape { height, width, channels, order })
    }

    /// The channel of the pixel that is the column `i` of an image, counted from 0.
    pub(crate) fn channel_of(&self, i: usize) -> usize {
        match self.order {
            ChannelOrder::Last => i % self.channels,
            ChannelOrder::First => i / (self.height * self.width),
        }
    }

    /// Columns of an image; `None` of more than can be counted.
    pub(crate) fn n_columns(&self) -> Option<usize> {
        self.height.checked_mul(self.width)?.checked_mul(self.channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_of_images_if_it_has_lines_and_pixels() {
        let of = |sizes: &[usize]| {
            let shape = ImageShape::of_item(sizes)?;
            Some((shape.height, shape.width, shape.channels, shape.order == ChannelOrder::First))
        };
        assert_eq!(of(&[28, 20]), Some((28, 20, 1, false)));
        assert_eq!(of(&[32, 30, 3]), Some((32, 30, 3, false)));
        assert_eq!(of(&[3, 32, 30]), Some((32, 30, 3, true)));
        assert_eq!(of(&[3, 32, 3]), Some((3, 32, 3, false)));
        for sizes in [&[784][..], &[1, 784], &[784, 1], &[5, 32, 32], &[2, 3, 4, 1], &[]] {
            assert_eq!(of(sizes), None, "{sizes:?}");
        }
    }
}
