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
    /// The same where all values of a pixel follow each other.
    #[must_use]
    pub fn interleaved(self) -> Self {
        Pixels { planes: 1, depth: self.planes * self.depth, ..self }
    }

    /// Puts the values of an image where [`Pixels::interleaved`] has them.
    pub fn interleave<T: Copy>(&self, image: &mut [T]) {
        let (of_plane, depth) = (self.height * self.width * self.depth, self.depth);
        let apart = image.to_vec();
        for (plane, values) in apart.chunks_exact(of_plane).enumerate() {
            let pixels = image.chunks_exact_mut(self.planes * depth);
            for (pixel, values) in pixels.zip(values.chunks_exact(depth)) {
                pixel[plane * depth..][..depth].copy_from_slice(values);
            }
        }
    }

    /// The values of the pixels in these lines and columns, in every plane.
    pub(crate) fn values_of(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_interleaved_pixel_by_pixel() {
        let planes = Pixels { planes: 3, height: 1, width: 2, depth: 1 };
        let mut image = ["r0", "r1", "g0", "g1", "b0", "b1"];
        planes.interleave(&mut image);
        assert_eq!(image, ["r0", "g0", "b0", "r1", "g1", "b1"]);
        let interleaved = planes.interleaved();
        assert_eq!(interleaved, Pixels { planes: 1, height: 1, width: 2, depth: 3 });
        interleaved.interleave(&mut image);
        assert_eq!(image, ["r0", "g0", "b0", "r1", "g1", "b1"], "they are in their places");
    }
}
