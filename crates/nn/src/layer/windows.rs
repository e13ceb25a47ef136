//! Windows over images that do not overlap, channel by channel, as pools read them.

use std::array;

use crate::shape::Shape;
use crate::wide::wide;
use crate::{Matrix, Real};

/// Channels that are worked on side by side.
const LANES: usize = 16;

/// Windows over images of one shape. Lines and positions at the end that fill no window belong to none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Windows {
    input: Shape,
    /// Lines and positions of a window.
    size: [usize; 2],
}

/// What is done with `L` neighbouring channels of a window.
pub(super) trait AtWindow {
    fn channels<const L: usize>(&mut self, at: Window<'_>);
}

/// Channels of a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'a> {
    windows: &'a Windows,
    /// Where the window's output lies in the batch.
    pub(super) output: usize,
    /// Where its upper left corner does.
    pub(super) corner: usize,
}

impl Windows {
    /// Windows of `size` lines and positions.
    pub(super) fn new(input: Shape, size: [usize; 2]) -> Self {
        Windows { input, size }
    }

    /// The shape of an output with one position for each window; `None` where there is no room for any.
    pub(super) fn output(&self) -> Option<Shape> {
        let Shape { height, width, channels } = self.input;
        let [height, width] = [height / self.size[0], width / self.size[1]];
        (height != 0 && width != 0).then_some(Shape { height, width, channels })
    }

    /// Values of an image, and of the output for it.
    pub(super) fn n_values(&self) -> (usize, usize) {
        (self.input.n_values(), self.output().map_or(0, |output| output.n_values()))
    }

    /// Positions of a window.
    pub(super) fn area(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Makes room in `dx` for the gradient of a batch, 0 at the positions that are in no window.
    pub(super) fn clear<T: Real>(&self, n_images: usize, dx: &mut Matrix<T>) {
        dx.reshape(n_images, self.input.n_values());
        let cover_all = self.input.height.is_multiple_of(self.size[0])
            && self.input.width.is_multiple_of(self.size[1]);
        if !cover_all {
            dx.values_mut().fill(T::ZERO);
        }
    }

    /// Does `work` at all windows of the images with these numbers.
    pub(super) fn visit(&self, mut images: impl Iterator<Item = usize>, work: &mut impl AtWindow) {
        let Some(output) = self.output() else { return };
        let (n_in, n_out, c) = (self.input.n_values(), output.n_values(), self.input.channels);
        let whole = c - c % LANES;
        wide(
            #[inline(always)]
            || {
                for image in &mut images {
                    for v in 0..output.height {
                        for u in 0..output.width {
                            let position = v * self.size[0] * self.input.width + u * self.size[1];
                            let window = |channel: usize| Window {
                                windows: self,
                                output: image * n_out + (v * output.width + u) * c + channel,
                                corner: image * n_in + position * c + channel,
                            };
                            for channel in (0..whole).step_by(LANES) {
                                work.channels::<LANES>(window(channel));
                            }
                            for channel in whole..c {
                                work.channels::<1>(window(channel));
                            }
                        }
                    }
                }
            },
        );
    }
}

impl Window<'_> {
    /// The same as [`Window::for_each`], from the last position to the first.
    #[inline(always)]
    pub(super) fn for_each_back(self, mut each: impl FnMut(usize)) {
        let Windows { input, size } = self.windows;
        for i in (0..size[0]).rev() {
            for j in (0..size[1]).rev() {
                each(self.corner + (i * input.width + j) * input.channels);
            }
        }
    }

    /// Calls `each` with where the window's positions lie in the batch, in reading order.
    #[inline(always)]
    pub(super) fn for_each(self, mut each: impl FnMut(usize)) {
        let Windows { input, size } = self.windows;
        for i in 0..size[0] {
            for j in 0..size[1] {
                each(self.corner + (i * input.width + j) * input.channels);
            }
        }
    }
}

/// `L` values from `at` on.
#[inline(always)]
pub(super) fn lanes<T: Real, const L: usize>(values: &[T], at: usize) -> [T; L] {
    let values = &values[at..][..L];
    array::from_fn(
        #[inline(always)]
        |k| values[k],
    )
}
