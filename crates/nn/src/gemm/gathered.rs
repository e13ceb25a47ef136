//! Products with the patches of images, which are never copied out: what convolutions are made of.
//!
//! ```text
//! out[o_i + j] = start + Σ_{s in S_i} Σ_p image[t_s + p] b[q_s + p, j]     correlate, for each image
//! out[s, p, j] = Σ_images Σ_i image[r_i + t_s + p] delta[i, j]             correlate_gradient
//! ```
//!
//! A patch is a few runs of its image, each of which lies contiguously. `correlate` has a list of them for each place `i`
//! of the output: those that are inside of the image, `t_s` being where a run begins, and `q_s` the first row of `b` that
//! it is multiplied with. As many images as registers have room for are read side by side at one place, so that all have
//! the same runs. The gradient reads images between margins of zeros, where all patches have the same runs: `r_i` is where
//! patch `i` begins, `t_s` where in it run `s` does. Images of a batch follow each other.
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

/// Values of an image that lie contiguously.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Run {
    /// `t_s`.
    pub(crate) from: usize,
    /// `q_s`.
    pub(crate) row: usize,
    /// Number of values.
    pub(crate) len: usize,
}

/// A place of the output.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// `o_i`, within what is made of an image.
    pub(crate) out: usize,
    /// What is read for it.
    pub(crate) runs: Vec<Run>,
}

/// All places of the output for an image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Places {
    pub(crate) list: Vec<Place>,
    /// Rows of `b`.
    pub(crate) k: usize,
    /// Values of an image, and of what is made of it.
    pub(crate) lens: [usize; 2],
    /// What divides the lengths of all runs.
    unit: usize,
}

impl Places {
    /// The places `list` of images of `lens[0]` values, of which `lens[1]` are made, over a matrix of `k` rows.
    pub(crate) fn new(list: Vec<Place>, k: usize, lens: [usize; 2]) -> Self {
        let runs = list.iter().flat_map(|place| &place.runs);
        let unit = runs.fold(0, |unit, run| greatest_divisor(unit, run.len));
        Places { list, k, lens, unit }
    }
}

/// Of both numbers; 0 divides nothing but itself.
fn greatest_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

/// A batch of images, and what is read of each.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a, T> {
    pub(crate) places: &'a Places,
    /// The images one after another.
    pub(crate) images: &'a [T],
    /// Those that something is made of, ascending; `None`: all. The places of others are left as they are.
    pub(crate) kept: Option<&'a [u32]>,
}

impl<T> Surroundings<'_, T> {
    fn n_kept(&self) -> usize {
        self.kept.map_or(self.images.len() / self.places.lens[0], <[u32]>::len)
    }

    /// Which image is the kept one `at`.
    fn image(&self, at: usize) -> usize {
        self.kept.map_or(at, |kept| kept[at] as usize)
    }
}

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

/// Where the patches of an image between margins lie.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Patches {
    /// `r_i`.
    pub(crate) starts: Vec<usize>,
    /// `t_s`.
    pub(crate) segments: Vec<usize>,
    /// Values of each run.
    pub(crate) depth: usize,
}

impl Patches {
    /// Values of a patch.
    fn k(&self) -> usize {
        self.segments.len() * self.depth
    }
}

/// A batch of images, and their patches between margins.
#[derive(Clone, Copy, Debug)]
pub struct Gathered<'a, T> {
    pub(crate) frame: &'a Frame,
    pub(crate) patches: &'a Patches,
    /// The images one after another.
    pub(crate) images: &'a [T],
    /// Those that say something, ascending.
    pub(crate) kept: &'a [u32],
}

impl<'a, T> Gathered<'a, T> {
    /// Each kept image and its part of `deltas`, of which an image has `n`.
    fn images<'b>(&self, deltas: &'b [T], n: usize) -> impl Iterator<Item = (&'a [T], &'b [T])> {
        let (images, len) = (self.images, self.frame.image_len());
        self.kept.iter().map(move |&image| {
            let image = image as usize;
            (&images[image * len..][..len], &deltas[image * n..][..n])
        })
    }
}
