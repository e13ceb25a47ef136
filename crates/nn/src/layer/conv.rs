//! A convolution of images with square kernels.
//!
//! ```text
//! y[v, u, k]        = b_k + Σ_{i, j, c} x[s v + i − p, s u + j − p, c] W[i, j, c, k]
//! ∂L/∂W[i, j, c, k] = Σ_images Σ_{v, u} x[s v + i − p, s u + j − p, c] dy[v, u, k]
//! ∂L/∂b_k           = Σ_images Σ_{v, u} dy[v, u, k]
//! ∂L/∂x[v, u, c]    = Σ_{i, j, k} dy[(v + p − i) / s, (u + p − j) / s, k] W[i, j, c, k]
//! ẏ[v, u, k]        = the same as y, of ẋ and W, plus that of x and Ẇ, with ḃ_k for b_k
//! ```
//!
//! `s` is the stride, `p` the padding: lines and positions of zeros on each side. `x` is 0 outside of the image, `dy`
//! where its index is no whole number of the output.
//!
//! All are products with [`Surroundings`] or [`Gathered`] patches. That of the gradient at the input reads `dy` around each
//! position of the input, with the kernel turned around: no two outputs share a sum.
//!
//! Parameters: `W`, `[size, size, channels, filters]`, then `b`, if there are biases.

use crate::gemm::gathered::{Frame, Gathered, Patches, Place, Places, Run, Surroundings};
use crate::gemm::{Scratch, Start};
use crate::layer::builder::Builder;
use crate::layer::kept;
use crate::layer::passes::{Context, Mode, Passes};
use crate::layer::sums::add_rows;
use crate::shape::Shape;
use crate::{Matrix, Real};

/// What a convolution does, whatever it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Number of filters: channels of the output.
    pub filters: usize,
    /// Lines and positions of the kernel.
    pub size: usize,
    /// Positions from one output to the next, at least 1.
    pub stride: usize,
    /// Zeros around the image.
    pub padding: usize,
    /// Whether each filter has a bias: useless below a normalisation.
    pub biases: bool,
}

impl Kernel {
    /// The shape of what is made of an image; `None` of one that is smaller than the kernel.
    pub(super) fn output(&self, input: Shape) -> Option<Shape> {
        let span =
            |n: usize| Some((n + 2 * self.padding).checked_sub(self.size)? / self.stride + 1);
        let (height, width) = (span(input.height)?, span(input.width)?);
        Some(Shape { height, width, channels: self.filters })
    }
}

/// A convolution over images of one shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conv2d {
    kernel: Kernel,
    /// Channels of the input.
    channels: usize,
    /// Where the weights lie.
    start: usize,
    /// What each position of the output reads of `x`.
    forward: Places,
    /// What each position of the input reads of `dy`.
    back: Places,
    /// The kernel's positions in the order in which it is turned around.
    turned: Vec<usize>,
    /// The input within its padding, and the patches of the output.
    frame: Frame,
    patches: Patches,
}

impl Conv2d {
    /// A convolution whose weights are drawn, and whose biases are 0.
    pub(crate) fn new<T: Real>(kernel: Kernel, builder: &mut Builder<'_, T>) -> Self {
        let input = builder.shape;
        let output = kernel.output(input).expect("the kernel is no larger than the image");
        let Kernel { filters, size, stride, padding, biases } = kernel;
        let channels = input.channels;
        let fans = [size * size * channels, size * size * filters];
        let start = builder.draw(size * size * channels * filters, fans);
        if biases {
            builder.fill(filters, 0.0);
        }
        builder.shape = output;

        let frame =
            Frame { size: [input.height, input.width], channels, margins: [[padding; 2]; 2] };
        let positions = grid(output.height, output.width);
        let patches = Patches {
            starts: positions.map(|(v, u)| frame.at(stride * v, stride * u)).collect(),
            segments: (0..size).map(|i| frame.at(i, 0)).collect(),
            depth: size * channels,
        };
        // Of each line those positions beside each other that are a stride apart, so that neighbours in `dy` are.
        let order: Vec<usize> = (0..stride)
            .flat_map(|first| (first..size).step_by(stride).collect::<Vec<_>>().into_iter().rev())
            .collect();
        let turned = grid(size, size).map(|(i, j)| i * size + order[j]).collect();
        Conv2d {
            kernel,
            channels,
            start,
            forward: forward_places(kernel, input, output),
            back: back_places(kernel, input, output, &order),
            turned,
            frame,
            patches,
        }
    }

    fn n_weights(&self) -> usize {
        self.kernel.size * self.kernel.size * self.channels * self.kernel.filters
    }

    fn n_biases(&self) -> usize {
        if self.kernel.biases { self.kernel.filters } else { 0 }
    }

    fn weights<'a, T>(&self, parameters: &'a [T]) -> &'a [T] {
        &parameters[self.start..][..self.n_weights()]
    }

    fn biases<'a, T>(&self, parameters: &'a [T]) -> Start<'a, T> {
        match self.n_biases() {
            0 => Start::Zero,
            n => Start::Row(&parameters[self.start + self.n_weights()..][..n]),
        }
    }

    fn product<T: Real>(
        &self,
        x: &Matrix<T>,
        weights: &[T],
        start: Start<'_, T>,
        out: &mut Matrix<T>,
        scratch: &mut Scratch<T>,
    ) {
        out.reshape(x.n_rows(), self.forward.lens[1]);
        let a = Surroundings { places: &self.forward, images: x.values(), kept: None };
        T::correlate(a, weights, out.values_mut(), start, scratch);
    }

    /// `dx ← ∂L/∂x`, 0 for the images that are not `kept`.
    fn back<T: Real>(
        &self,
        dy: &Matrix<T>,
        kept: &[u32],
        weights: &[T],
        dx: &mut Matrix<T>,
        scratch: &mut Scratch<T>,
    ) {
        dx.reshape(dy.n_rows(), self.back.lens[1]);
        if kept.len() < dy.n_rows() {
            dx.values_mut().fill(T::ZERO);
        }
        let filters = self.kernel.filters;
        let mut turned = std::mem::take(&mut scratch.turned);
        turned.clear();
        for tap in &self.turned {
            let tap = &weights[tap * self.channels * filters..][..self.channels * filters];
            turned.extend((0..filters).flat_map(|k| tap[k..].iter().step_by(filters)));
        }
        let a = Surroundings { places: &self.back, images: dy.values(), kept: Some(kept) };
        T::correlate(a, &turned, dx.values_mut(), Start::Zero, scratch);
        scratch.turned = turned;
    }
}

impl<T: Real> Passes<T> for Conv2d {
    fn forward(&self, at: Context<'_, T>, _: &mut Mode<'_>) {
        let parameters = &at.values.parameters;
        let (weights, biases) = (self.weights(parameters), self.biases(parameters));
        self.product(at.x, weights, biases, &mut at.memory.output, at.scratch);
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        gradient: &mut [T],
    ) {
        let gradient = &mut gradient[self.start..][..self.n_weights() + self.n_biases()];
        let (d_weights, d_biases) = gradient.split_at_mut(self.n_weights());
        let (frame, patches) = (&self.frame, &self.patches);
        let mut kept = std::mem::take(&mut at.scratch.kept);
        kept::find(dy, &mut kept);
        let a = Gathered { frame, patches, images: at.x.values(), kept: &kept };
        T::correlate_gradient(a, dy.values(), d_weights, at.scratch);
        d_biases.fill(T::ZERO);
        if !d_biases.is_empty() {
            kept.iter().for_each(|&image| add_rows(dy.row(image as usize), d_biases));
        }
        if let Some(dx) = dx {
            self.back(dy, &kept, self.weights(&at.values.parameters), dx, at.scratch);
        }
        at.scratch.kept = kept;
    }

    fn tangent(
        &self,
        at: Context<'_, T>,
        direction: &[T],
        x_dot: Option<&Matrix<T>>,
        y_dot: &mut Matrix<T>,
    ) {
        let (d_weights, d_biases) = (self.weights(direction), self.biases(direction));
        self.product(at.x, d_weights, d_biases, y_dot, at.scratch);
        if let Some(x_dot) = x_dot {
            let weights = self.weights(&at.values.parameters);
            self.product(x_dot, weights, Start::Out, y_dot, at.scratch);
        }
    }
}

/// Positions of so many lines, line by line.
fn grid(height: usize, width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..height).flat_map(move |line| (0..width).map(move |position| (line, position)))
}

/// What each position of the output reads of the input: of each line of the kernel what is inside of the image.
fn forward_places(kernel: Kernel, input: Shape, output: Shape) -> Places {
    let Kernel { filters, size, stride, padding, .. } = kernel;
    let channels = input.channels;
    let list = grid(output.height, output.width).enumerate().map(|(at, (v, u))| {
        let lines = (0..size).filter_map(|i| {
            let y = (stride * v + i).checked_sub(padding).filter(|&y| y < input.height)?;
            let first = padding.saturating_sub(stride * u);
            let last = size.min((input.width + padding).saturating_sub(stride * u));
            (first < last).then(|| Run {
                from: (y * input.width + stride * u + first - padding) * channels,
                row: (i * size + first) * channels,
                len: (last - first) * channels,
            })
        });
        Place { out: at * filters, runs: lines.collect() }
    });
    let lens = [input.n_values(), output.n_values()];
    Places::new(list.collect(), size * size * channels, lens)
}

/// What each position of the input reads of `dy`: those outputs that have read it. `order` is that of the positions of each
/// line of the kernel in `b`.
fn back_places(kernel: Kernel, input: Shape, output: Shape, order: &[usize]) -> Places {
    let Kernel { filters, size, stride, padding, .. } = kernel;
    // The output that reads position `v` at `i` of the kernel.
    let reader = |v: usize, i: usize, n: usize| {
        let ahead = (v + padding).checked_sub(i)?;
        Some(ahead / stride).filter(|&reader| ahead.is_multiple_of(stride) && reader < n)
    };
    let list = grid(input.height, input.width).enumerate().map(|(at, (v, u))| {
        let lines = (0..size).rev().filter_map(|i| {
            let y = reader(v, i, output.height)?;
            let mut readers = order.iter().enumerate().filter_map(|(place, &j)| {
                let x = reader(u, j, output.width)?;
                Some((y * output.width + x, i * size + place))
            });
            let (from, row) = readers.next()?;
            let len = (1 + readers.count()) * filters;
            Some(Run { from: from * filters, row: row * filters, len })
        });
        Place { out: at * input.channels, runs: lines.collect() }
    });
    let lens = [output.n_values(), input.n_values()];
    Places::new(list.collect(), size * size * filters, lens)
}
