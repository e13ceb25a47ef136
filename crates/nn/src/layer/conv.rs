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
//! All are products with [`Gathered`] patches. The gradient at the input is a convolution of `dy` with the kernel turned
//! around, one for each of the `s²` places that a position has within a stride: no two outputs share a sum.
//!
//! Parameters: `W`, `[size, size, channels, filters]`, then `b`, if there are biases.

use crate::gemm::gathered::{Frame, Gathered, Patches};
use crate::gemm::{Scratch, Start};
use crate::layer::builder::Builder;
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
    /// Values of an image of the output.
    n_out: usize,
    /// Where the weights lie.
    start: usize,
    /// The input within its padding, and the patches of the outputs.
    frame: Frame,
    patches: Patches,
    /// `dy` within its margins, and what each place within a stride reads of it.
    back_frame: Frame,
    phases: Vec<Phase>,
}

/// The positions of the input with the same place within a stride.
#[derive(Clone, Debug, PartialEq)]
struct Phase {
    patches: Patches,
    /// Which of the kernel's positions, counted line by line, the values of a patch are multiplied with, in their order.
    taps: Vec<usize>,
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
        let positions = || grid(0..output.height, 0..output.width);
        let patches = Patches {
            starts: positions().map(|(v, u)| frame.at(stride * v, stride * u)).collect(),
            outs: (0..positions().count()).map(|i| i * filters).collect(),
            segments: (0..size).map(|i| frame.at(i, 0)).collect(),
            depth: size * channels,
        };
        let back_frame = back_frame(&kernel, input, output);
        let phases = grid(0..stride, 0..stride)
            .map(|(i, j)| Phase::new([i, j], &kernel, input, &back_frame))
            .collect();
        let n_out = output.n_values();
        Conv2d { kernel, channels, n_out, start, frame, patches, back_frame, phases }
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
        out.reshape(x.n_rows(), self.n_out);
        T::correlate(self.gathered(x), weights, out.values_mut(), start, scratch);
    }

    fn gathered<'a, T>(&'a self, x: &'a Matrix<T>) -> Gathered<'a, T>
    where
        T: Real,
    {
        Gathered { frame: &self.frame, patches: &self.patches, images: x.values() }
    }

    /// `dx ← ∂L/∂x`.
    fn back<T: Real>(
        &self,
        dy: &Matrix<T>,
        weights: &[T],
        dx: &mut Matrix<T>,
        scratch: &mut Scratch<T>,
    ) {
        dx.reshape(dy.n_rows(), self.frame.image_len());
        if self.phases.iter().any(|phase| phase.taps.is_empty()) {
            dx.values_mut().fill(T::ZERO);
        }
        let filters = self.kernel.filters;
        let mut turned = std::mem::take(&mut scratch.turned);
        for Phase { patches, taps } in &self.phases {
            if patches.starts.is_empty() {
                continue;
            }
            turned.clear();
            for tap in taps {
                let tap = &weights[tap * self.channels * filters..][..self.channels * filters];
                turned.extend((0..filters).flat_map(|k| tap[k..].iter().step_by(filters)));
            }
            let a = Gathered { frame: &self.back_frame, patches, images: dy.values() };
            T::correlate(a, &turned, dx.values_mut(), Start::Zero, scratch);
        }
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
        T::correlate_gradient(self.gathered(at.x), dy.values(), d_weights, at.scratch);
        d_biases.fill(T::ZERO);
        if !d_biases.is_empty() {
            dy.rows().for_each(|image| add_rows(image, d_biases));
        }
        if let Some(dx) = dx {
            self.back(dy, self.weights(&at.values.parameters), dx, at.scratch);
        }
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

/// Lines and positions, line by line.
fn grid<L, P>(lines: L, positions: P) -> impl Iterator<Item = (usize, usize)>
where
    L: Iterator<Item = usize>,
    P: Iterator<Item = usize> + Clone,
{
    lines.flat_map(move |line| positions.clone().map(move |position| (line, position)))
}

/// Margins that all positions of the input find their patches in, of those outputs that they are read by.
fn back_frame(kernel: &Kernel, input: Shape, output: Shape) -> Frame {
    let Kernel { filters, size, stride, padding, .. } = *kernel;
    let before = (size.div_ceil(stride) - 1).saturating_sub(padding / stride);
    let after = |n: usize, out: usize| ((n - 1 + padding) / stride + 1).saturating_sub(out);
    Frame {
        size: [output.height, output.width],
        channels: filters,
        margins: [
            [before, after(input.height, output.height)],
            [before, after(input.width, output.width)],
        ],
    }
}

impl Phase {
    /// The positions `v` with `(v + padding) mod stride = at`. It has no taps where the kernel is too small to reach
    /// them, and no patches where there are none or no taps.
    fn new(at: [usize; 2], kernel: &Kernel, input: Shape, frame: &Frame) -> Phase {
        let Kernel { size, stride, padding, .. } = *kernel;
        // Of the kernel's lines, and of its positions, those at `at`, `at + stride`, ...: the last of them reads first.
        let counts = at.map(|at| size.saturating_sub(at).div_ceil(stride));
        let taps: Vec<usize> = grid((0..counts[0]).rev(), (0..counts[1]).rev())
            .map(|(i, j)| (at[0] + stride * i) * size + at[1] + stride * j)
            .collect();
        let mut patches = Patches {
            segments: (0..counts[0]).map(|i| frame.at(i, 0)).collect(),
            depth: counts[1] * frame.channels,
            ..Patches::default()
        };
        let is_here = |v: usize, axis: usize| (v + padding) % stride == at[axis];
        let positions = grid(0..input.height, 0..input.width)
            .filter(|&(v, u)| !taps.is_empty() && is_here(v, 0) && is_here(u, 1));
        for (v, u) in positions {
            let first = |v: usize, axis: usize| {
                (v + padding) / stride + frame.margins[axis][0] + 1 - counts[axis]
            };
            patches.starts.push(frame.at(first(v, 0), first(u, 1)));
            patches.outs.push((v * input.width + u) * input.channels);
        }
        Phase { patches, taps }
    }
}
