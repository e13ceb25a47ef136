//! Layers as the architecture of a network lists them.

use crate::Real;
use crate::layer::Layer;
use crate::layer::activation::Activation;
use crate::layer::average_pool::AveragePool;
use crate::layer::builder::Builder;
use crate::layer::conv::{Conv2d, Kernel};
use crate::layer::dense::Dense;
use crate::layer::dropout::Dropout;
use crate::layer::max_pool::MaxPool;
use crate::layer::pointwise::Pointwise;
use crate::layer::windows::Windows;
use crate::shape::Shape;

/// A layer below the head.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerSpec {
    /// `x W + b`, with so many outputs.
    Dense(usize),
    /// A convolution.
    Conv2d(Kernel),
    /// The largest value of each window of so many lines and positions.
    MaxPool(usize),
    /// The mean of each window of so many lines and positions.
    AveragePool(usize),
    /// The mean of each channel.
    GlobalAveragePool,
    /// A non-linearity.
    Activation(Activation),
    /// This share of the values dropped in training.
    Dropout(f64),
}

impl LayerSpec {
    /// Dense layers of these widths, first to last, each with a non-linearity and, if its share is not 0, a dropout.
    pub fn mlp(widths: &[usize], activation: Activation, dropout: f64) -> Vec<LayerSpec> {
        let after = [LayerSpec::Activation(activation), LayerSpec::Dropout(dropout)];
        let n_after = if dropout == 0.0 { 1 } else { 2 };
        let of = |&width| [&[LayerSpec::Dense(width)], &after[..n_after]].concat();
        widths.iter().flat_map(of).collect()
    }

    /// The shape of what the layer makes of an example; `None` of an image that is smaller than its kernel or window.
    pub fn output(&self, input: Shape) -> Option<Shape> {
        match self {
            LayerSpec::Dense(n_out) => Some(Shape::flat(*n_out)),
            LayerSpec::Conv2d(kernel) => kernel.output(input),
            LayerSpec::MaxPool(size) | LayerSpec::AveragePool(size) => {
                Windows::new(input, [*size; 2]).output()
            }
            LayerSpec::GlobalAveragePool => Some(Shape::flat(input.channels)),
            LayerSpec::Activation(_) | LayerSpec::Dropout(_) => Some(input),
        }
    }

    /// Number of weights and biases over an example of the shape `input`. An estimate's: not exact above 2^53.
    pub fn n_parameters(&self, input: Shape) -> f64 {
        match self {
            LayerSpec::Dense(n_out) => (input.n_values() as f64 + 1.0) * *n_out as f64,
            LayerSpec::Conv2d(kernel) => {
                let biases = if kernel.biases { kernel.filters } else { 0 };
                of_patch(kernel, input) * kernel.filters as f64 + biases as f64
            }
            _ => 0.0,
        }
    }

    /// Multiplications by weights in a forward pass over one example of the shape `input`; those of other numbers do
    /// not count.
    pub fn multiplications(&self, input: Shape) -> f64 {
        match self {
            LayerSpec::Dense(n_out) => input.n_values() as f64 * *n_out as f64,
            LayerSpec::Conv2d(kernel) => {
                let outputs = kernel.output(input).map_or(0, |output| output.n_values());
                of_patch(kernel, input) * outputs as f64
            }
            _ => 0.0,
        }
    }

    /// Number of values that a pass keeps of an example of whose layer the outputs have the shape `output`: these, or the
    /// mask that is applied to them in their place.
    pub fn n_kept(&self, output: Shape) -> usize {
        match self {
            LayerSpec::Activation(_) => 0,
            _ => output.n_values(),
        }
    }

    /// The layer over what `builder` has come to.
    ///
    /// # Panics
    /// If that is smaller than a kernel or a window.
    pub(crate) fn build<T: Real>(&self, builder: &mut Builder<'_, T>) -> Layer {
        let input = builder.shape;
        let output = self.output(input).expect("no window and no kernel is larger than the image");
        let layer = match *self {
            LayerSpec::Dense(n_out) => Layer::Dense(Dense::new(n_out, 0.0, builder)),
            LayerSpec::Conv2d(kernel) => Layer::Conv2d(Box::new(Conv2d::new(kernel, builder))),
            LayerSpec::MaxPool(size) => {
                Layer::MaxPool(MaxPool { windows: Windows::new(input, [size; 2]) })
            }
            LayerSpec::AveragePool(size) => {
                Layer::AveragePool(AveragePool { windows: Windows::new(input, [size; 2]) })
            }
            LayerSpec::GlobalAveragePool => {
                let windows = Windows::new(input, [input.height, input.width]);
                Layer::AveragePool(AveragePool { windows })
            }
            LayerSpec::Activation(activation) => {
                Layer::Pointwise(Pointwise::Activation(activation))
            }
            LayerSpec::Dropout(share) => Layer::Pointwise(Pointwise::Dropout(Dropout { share })),
        };
        builder.shape = output;
        layer
    }
}

/// Values that a filter reads at once.
fn of_patch(kernel: &Kernel, input: Shape) -> f64 {
    let size = kernel.size as f64;
    size * size * input.channels as f64
}
