//! Layers as the architecture of a network lists them.

use crate::Real;
use crate::layer::Layer;
use crate::layer::activation::Activation;
use crate::layer::average_pool::AveragePool;
use crate::layer::batch_norm::BatchNorm;
use crate::layer::builder::Builder;
use crate::layer::conv::{Conv2d, Kernel};
use crate::layer::dense::Dense;
use crate::layer::dropout::Dropout;
use crate::layer::dropout2d::Dropout2d;
use crate::layer::group_norm::GroupNorm;
use crate::layer::max_pool::MaxPool;
use crate::layer::normalize::Normalize;
use crate::layer::pointwise::Pointwise;
use crate::layer::residual::Residual;
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
    /// This share of the channels dropped in training.
    Dropout2d(f64),
    /// The values of each channel of a batch at mean 0 and variance 1, then scaled and shifted.
    BatchNorm,
    /// The same of each example, in so many groups of its channels.
    GroupNorm(usize),
    /// Each example at length 1.
    Normalize,
    /// The sum of what two chains of layers make of the input; of one without layers, that is the input.
    Residual {
        /// The layers that learn what is added.
        body: Vec<LayerSpec>,
        /// The layers that bring the input to the shape of that, if it has another.
        shortcut: Vec<LayerSpec>,
    },
}

impl LayerSpec {
    /// Dense layers of these widths, first to last, each with a non-linearity and, if its share is not 0, a dropout.
    pub fn mlp(widths: &[usize], activation: Activation, dropout: f64) -> Vec<LayerSpec> {
        let after = [LayerSpec::Activation(activation), LayerSpec::Dropout(dropout)];
        let n_after = if dropout == 0.0 { 1 } else { 2 };
        let of = |&width| [&[LayerSpec::Dense(width)], &after[..n_after]].concat();
        widths.iter().flat_map(of).collect()
    }

    /// The shape of what the layer makes of an example; `None` of one that it cannot read: an image smaller than its
    /// kernel or window, channels that are no whole number of groups, a sum of two shapes.
    pub fn output(&self, input: Shape) -> Option<Shape> {
        match self {
            LayerSpec::Dense(n_out) => Some(Shape::flat(*n_out)),
            LayerSpec::Conv2d(kernel) => kernel.output(input),
            LayerSpec::MaxPool(size) | LayerSpec::AveragePool(size) => {
                Windows::new(input, [*size; 2]).output()
            }
            LayerSpec::GlobalAveragePool => Some(Shape::flat(input.channels)),
            LayerSpec::GroupNorm(groups) => {
                (*groups != 0 && input.channels.is_multiple_of(*groups)).then_some(input)
            }
            LayerSpec::Residual { body, shortcut } => {
                let [body, shortcut] = [body, shortcut].map(|layers| end(layers, input));
                body.filter(|_| body == shortcut)
            }
            LayerSpec::Activation(_)
            | LayerSpec::Dropout(_)
            | LayerSpec::Dropout2d(_)
            | LayerSpec::BatchNorm
            | LayerSpec::Normalize => Some(input),
        }
    }

    /// What the layer cannot read of an example of the shape `input`, in half a sentence; `None` if it reads it.
    pub fn refusal(&self, input: Shape) -> Option<String> {
        if self.output(input).is_some() {
            return None;
        }
        let Shape { height, width, channels } = input;
        let too_large = |name: &str, size: usize| {
            format!("a {name} of {size} × {size} does not fit into {height} × {width}")
        };
        Some(match self {
            LayerSpec::Conv2d(kernel) => too_large("kernel", kernel.size),
            LayerSpec::MaxPool(size) | LayerSpec::AveragePool(size) => too_large("window", *size),
            LayerSpec::Residual { body, shortcut } => {
                let within = [body, shortcut].into_iter();
                let refused = within.flat_map(|layers| shapes(layers, input)).find_map(
                    |(layer, input, output)| {
                        if output.is_none() { layer.refusal(input) } else { None }
                    },
                );
                refused.unwrap_or_else(|| "a shortcut does not end in the shape of its body".into())
            }
            LayerSpec::GroupNorm(groups) => {
                format!("{channels} channels are no {groups} groups of as many")
            }
            _ => "a layer does not read it".into(),
        })
    }

    /// Number of weights and biases over an example of the shape `input`. An estimate's: not exact above 2^53.
    pub fn n_parameters(&self, input: Shape) -> f64 {
        match self {
            LayerSpec::Dense(n_out) => (input.n_values() as f64 + 1.0) * *n_out as f64,
            LayerSpec::Conv2d(kernel) => {
                let biases = if kernel.biases { kernel.filters } else { 0 };
                of_patch(kernel, input) * kernel.filters as f64 + biases as f64
            }
            LayerSpec::BatchNorm | LayerSpec::GroupNorm(_) => 2.0 * input.channels as f64,
            LayerSpec::Residual { body, shortcut } => {
                sum([body, shortcut], input, |layer, input, _| layer.n_parameters(input))
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
            LayerSpec::Residual { body, shortcut } => {
                sum([body, shortcut], input, |layer, input, _| layer.multiplications(input))
            }
            _ => 0.0,
        }
    }

    /// Number of values that a pass keeps of an example of the shape `input`: the outputs, or the mask that is applied to
    /// them in their place; for a residual block also those within it, and two gradients of each of its chains.
    pub fn n_kept(&self, input: Shape, output: Shape) -> f64 {
        let of_output = output.n_values() as f64;
        match self {
            LayerSpec::Activation(_) => 0.0,
            LayerSpec::Residual { body, shortcut } => {
                let within = sum([body, shortcut], input, LayerSpec::n_kept);
                of_output + within + 4.0 * of_output.max(input.n_values() as f64)
            }
            _ => of_output,
        }
    }

    /// The layer over what `builder` has come to.
    ///
    /// # Panics
    /// If [`LayerSpec::refusal`] has something against that.
    pub(crate) fn build<T: Real>(&self, builder: &mut Builder<'_, T>) -> Layer {
        let input = builder.shape;
        let output = self.output(input).expect("the layers have been checked");
        let channels = input.channels;
        let layer = match self {
            LayerSpec::Dense(n_out) => Layer::Dense(Dense::new(*n_out, &[], builder)),
            LayerSpec::Conv2d(kernel) => Layer::Conv2d(Box::new(Conv2d::new(*kernel, builder))),
            LayerSpec::MaxPool(size) => {
                Layer::MaxPool(MaxPool { windows: Windows::new(input, [*size; 2]) })
            }
            LayerSpec::AveragePool(size) => {
                Layer::AveragePool(AveragePool { windows: Windows::new(input, [*size; 2]) })
            }
            LayerSpec::GlobalAveragePool => {
                let windows = Windows::new(input, [input.height, input.width]);
                Layer::AveragePool(AveragePool { windows })
            }
            LayerSpec::Activation(activation) => {
                Layer::Pointwise(Pointwise::Activation(*activation))
            }
            LayerSpec::Dropout(share) => {
                Layer::Pointwise(Pointwise::Dropout(Dropout { share: *share }))
            }
            LayerSpec::Dropout2d(share) => {
                Layer::Pointwise(Pointwise::Dropout2d(Dropout2d { share: *share, channels }))
            }
            LayerSpec::BatchNorm => Layer::BatchNorm(BatchNorm::new(channels, builder)),
            LayerSpec::GroupNorm(groups) => {
                Layer::GroupNorm(GroupNorm::new(channels, *groups, builder))
            }
            LayerSpec::Normalize => Layer::Normalize(Normalize),
            LayerSpec::Residual { body, shortcut } => {
                let [body, shortcut] = [body, shortcut].map(|layers| {
                    builder.shape = input;
                    layers.iter().map(|layer| layer.build(builder)).collect()
                });
                Layer::Residual(Box::new(Residual::new(body, shortcut)))
            }
        };
        builder.shape = output;
        layer
    }
}

/// The layers of a chain over `input`, each with the shape of what it reads and of what it makes of that, up to the first
/// that does not read it.
pub(crate) fn shapes(
    layers: &[LayerSpec],
    input: Shape,
) -> impl Iterator<Item = (&LayerSpec, Shape, Option<Shape>)> {
    layers.iter().scan(Some(input), |shape, layer| {
        let input = (*shape)?;
        *shape = layer.output(input);
        Some((layer, input, *shape))
    })
}

/// The shape of what a chain makes of an example.
fn end(layers: &[LayerSpec], input: Shape) -> Option<Shape> {
    shapes(layers, input).last().map_or(Some(input), |(_, _, output)| output)
}

/// The sum of what `of_layer` says of the layers of chains over `input`, and of the shapes that they read and make.
fn sum(
    chains: [&Vec<LayerSpec>; 2],
    input: Shape,
    of_layer: impl Fn(&LayerSpec, Shape, Shape) -> f64,
) -> f64 {
    let layers = chains.into_iter().flat_map(|layers| shapes(layers, input));
    layers.filter_map(|(layer, input, output)| Some(of_layer(layer, input, output?))).sum()
}

/// Values that a filter reads at once.
fn of_patch(kernel: &Kernel, input: Shape) -> f64 {
    let size = kernel.size as f64;
    size * size * input.channels as f64
}
