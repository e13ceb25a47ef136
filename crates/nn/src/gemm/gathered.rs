//! Products with the patches of images, which are never copied out: what convolutions are made of.
//!
//! ```text
//! out[o_i + j] = start + Σ_s Σ_p image[r_i + t_s + p] b[s, p, j]     correlate, for each image
//! out[s, p, j] = Σ_images Σ_i image[r_i + t_s + p] delta[i, j]       correlate_gradient
//! ```
//!
//! A patch is a few segments of its image, each of which lies contiguously, and all patches have the same ones: `r_i` is
//! where patch `i` begins, `t_s` where in it segment `s` does, `o_i` where its outputs do. Images of a batch follow each
//! other.
//!
//! Each output of `correlate` is one chain of fused multiply-adds in the order of `s, p`. Each output of the gradient is
//! a sum, image by image, of chains over [`CHAIN`] patches in their order: a single chain over a hundred thousand of
//! them would be ten times as far from the sum. Both are the same on every path.
//!
//! Source: Dukhan, *The Indirect Convolution Algorithm*, 2019, with one table for all images.

pub(crate) mod correlate;
pub(crate) mod gradient;
#[cfg(test)]
mod tests;

/// Patches in a chain of the gradient.
pub(crate) const CHAIN: usize = 256;

/// Where an image is put before it is read: between margins of zeros.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    /// Lines and positions of a line.
    pub(crate) size: [usize; 2],
    /// Values of a position.
    pub(crate) channels: usize,
    /// Lines and positions of zeros, before and after.
    pub(crate) margins: [[usize; 2]; 2],
}

impl Frame {
    /// Values of the image.
    pub(crate) fn image_len(&self) -> usize {
        self.size[0] * self.size[1] * self.channels
    }

    /// Where position `x` of line `y` begins, both counted from the margin's.
    pub(crate) fn at(&self, y: usize, x: usize) -> usize {
        (y * self.spans()[1] + x) * self.channels
    }

    /// Lines and positions with margins.
    fn spans(&self) -> [usize; 2] {
        let span = |axis: usize| self.size[axis] + self.margins[axis][0] + self.margins[axis][1];
        [span(0), span(1)]
    }

    fn len(&self) -> usize {
        self.at(self.spans()[0], 0)
    }

    fn is_bare(&self) -> bool {
        self.margins == [[0; 2]; 2]
    }

    /// Makes the margins of `framed`, and room for `more` values after it.
    fn clear<T: Copy + Default>(&self, framed: &mut Vec<T>, more: usize) {
        framed.clear();
        framed.resize(self.len() + more, T::default());
    }

    /// Puts an image between the margins.
    fn place<T: Copy>(&self, image: &[T], framed: &mut [T]) {
        let line = self.size[1] * self.channels;
        for (y, source) in image.chunks_exact(line).enumerate() {
            let start = self.at(self.margins[0][0] + y, self.margins[1][0]);
            framed[start..start + line].copy_from_slice(source);
        }
    }
}

/// Where the patches of an image lie, and what is made of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Patches {
    /// `r_i`.
    pub(crate) starts: Vec<usize>,
    /// `o_i`, within what is made of an image.
    pub(crate) outs: Vec<usize>,
    /// `t_s`.
    pub(crate) segments: Vec<usize>,
    /// Values of a segment.
    pub(crate) depth: usize,
}

impl Patches {
    /// Values of a patch.
    fn k(&self) -> usize {
        self.segments.len() * self.depth
    }
}

/// A batch of images and their patches.
#[derive(Clone, Copy, Debug)]
pub struct Gathered<'a, T> {
    pub(crate) frame: &'a Frame,
    pub(crate) patches: &'a Patches,
    /// The images one after another.
    pub(crate) images: &'a [T],
}

impl<'a, T> Gathered<'a, T> {
    fn images(&self) -> std::slice::ChunksExact<'a, T> {
        self.images.chunks_exact(self.frame.image_len())
    }
}
