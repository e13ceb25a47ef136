//! The shape of an example.

/// An image, or what a layer has made of one: a row holds it line by line, position by position, channel by channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Lines.
    pub height: usize,
    /// Positions of a line.
    pub width: usize,
    /// Values of a position.
    pub channels: usize,
}

impl Shape {
    /// Of a row of `n` values that is no image.
    pub fn flat(n: usize) -> Self {
        Shape { height: 1, width: 1, channels: n }
    }

    /// Values of an example; of one that is beyond all memory, the largest number there is.
    pub fn n_values(&self) -> usize {
        self.height.saturating_mul(self.width).saturating_mul(self.channels)
    }
}
