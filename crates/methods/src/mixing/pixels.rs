//! Where the pixels of an image stand among the features of a row.

use std::ops::Range;

/// Rows that are images: `planes` after each other, of `height` lines of `width` pixels of `depth` values. Colours are the
/// depth of pixels where those of a pixel follow each other, and planes where the pixels of a colour do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Planes of an image.
    pub planes: usize,
    /// Lines of a plane.
    pub height: usize,
    /// Pixels of a line.
    pub width: usize,
    /// Values of a pixel.
    pub depth: usize,
}

impl Pixels {
    /// The values of the pixels in these lines and columns, in every plane.
    pub(super) fn values_of(
        &self,
        lines: &Range<usize>,
        columns: &Range<usize>,
    ) -> impl Iterator<Item = Range<usize>> {
        let (first, last) = (columns.start * self.depth, columns.end * self.depth);
        let (height, of_line) = (self.height, self.width * self.depth);
        let lines = lines.clone();
        (0..self.planes).flat_map(move |plane| {
            lines.clone().map(move |line| {
                let start = (plane * height + line) * of_line;
                start + first..start + last
            })
        })
    }
}
