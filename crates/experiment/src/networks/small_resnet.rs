//! A small residual network: a convolution, a residual block for each number of filters, the mean of each channel.
//!
//! ```text
//! block(x) = φ(N(φ(N(x * U)) * V) + shortcut(x))
//! z        = mean(block_L(... block_1(φ(N(image * S))) ...)) W + b
//! ```
//!
//! - `x`: the pixels of an image, `[height, width, channels]`; `z`: the logits, `[n_outputs]`
//! - `S`, `U`, `V`: kernels of 3 × 3 without biases, images padded by 1; `φ`: relu; `mean`: over the positions of a channel
//! - `filters`: number of filters of each block, first to last, `[16, 32, 64]`; the first convolution `S` has those of the
//!   first block. Every block but the first moves its first kernel, and a kernel of 1 × 1 in its shortcut, by 2
//! - `norm`: `N`: `"batch"` normalises each channel over a batch, `{ group = n }` each example in `n` groups of its channels
//! - `initialization`: `he_normal`, `he_uniform`, `xavier_normal`, `xavier_uniform` or `torch_uniform`; scales begin at 1,
//!   shifts and biases at 0, those of the last layer at what the loss expects of a fresh network
//!
//! On 28 × 28 grey values and ten classes there are 77,754 parameters. Takes images alone, and every loss, mining and
//! reweighting; a loss that is made for a cosine head has one in place of the last layer.
//!
//! Under batch norm a training pass has the means and variances of its batch. Predictions, and meta examples, have running
//! ones, which move by a tenth at each step, with the batch that it is taken on, and at nothing that looks ahead.
//!
//! Source: He, Zhang, Ren, Sun, *Deep Residual Learning for Image Recognition*, CVPR 2016; group norm: Wu, He, ECCV 2018.
//! Differs: one block for each number of filters, in place of three and more; a kernel of 1 × 1 in a shortcut that changes
//! shape, where theirs for small images drops positions and adds zeros.
//!
//! Trap: under batch norm every example of a batch moves the logits of all. Whoever takes the gradient of one example by
//! itself takes it of another network.

use std::num::NonZeroUsize;

use nn::{Activation, Architecture, Initialization, Kernel, LayerSpec, Shape};
use serde::{Deserialize, Serialize};

use crate::networks::whole;

/// How values are normalised between layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// Each channel over a batch.
    #[default]
    Batch,
    /// Each example in so many groups of its channels.
    Group(NonZeroUsize),
}

/// Parameters of a small residual network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmallResnet {
    /// Number of filters of each block, first to last; default `[16, 32, 64]`.
    pub filters: Vec<NonZeroUsize>,
    /// How values are normalised: default `"batch"`, or `{ group = n }`.
    pub norm: Norm,
    /// Distribution of the initial weights; default `he_normal`.
    pub initialization: Initialization,
}

impl Default for SmallResnet {
    fn default() -> Self {
        SmallResnet {
            filters: vec![whole(16), whole(32), whole(64)],
            norm: Norm::Batch,
            initialization: Initialization::HeNormal,
        }
    }
}

const RELU: LayerSpec = LayerSpec::Activation(Activation::Relu);

impl SmallResnet {
    pub(super) const VERSION: u32 = 1;

    pub(super) fn architecture(&self, input: Shape, n_outputs: usize) -> Architecture {
        let mut body = Vec::new();
        for (i, filters) in self.filters.iter().enumerate() {
            let filters = filters.get();
            if i == 0 {
                body.extend(self.convolution(filters, 3, 1));
                body.push(RELU);
            }
            body.push(self.block(filters, if i == 0 { 1 } else { 2 }));
            body.push(RELU);
        }
        body.push(LayerSpec::GlobalAveragePool);
        Architecture::new(input, body, n_outputs, self.initialization)
    }

    /// A block whose first kernel moves by `stride`; only by 1 has it the shape of its input.
    fn block(&self, filters: usize, stride: usize) -> LayerSpec {
        let mut body = self.convolution(filters, 3, stride).to_vec();
        body.push(RELU);
        body.extend(self.convolution(filters, 3, 1));
        let shortcut = match stride {
            1 => Vec::new(),
            _ => self.convolution(filters, 1, stride).to_vec(),
        };
        LayerSpec::Residual { body, shortcut }
    }

    fn convolution(&self, filters: usize, size: usize, stride: usize) -> [LayerSpec; 2] {
        let kernel = Kernel { filters, size, stride, padding: size / 2, biases: false };
        let norm = match self.norm {
            Norm::Batch => LayerSpec::BatchNorm,
            Norm::Group(n) => LayerSpec::GroupNorm(n.get()),
        };
        [LayerSpec::Conv2d(kernel), norm]
    }
}

#[cfg(test)]
mod tests {
    use nn::{Network, Streams};

    use super::*;

    const DIGIT: Shape = Shape { height: 28, width: 28, channels: 1 };

    #[test]
    fn the_network_for_grey_digits_has_the_parameters_that_its_page_says() {
        let architecture = SmallResnet::default().architecture(DIGIT, 10);
        let of_layers = architecture.layers().map(|(layer, input, _)| layer.n_parameters(input));
        assert_eq!(of_layers.sum::<f64>() + 65.0 * 10.0, 77_754.0);
        let network = Network::<f32>::new(architecture, &mut Streams::new([0; 32]).stream("init"));
        assert_eq!(network.n_parameters(), 77_754);
        // Two numbers of each channel of nine normalisations.
        assert_eq!(network.buffers().len(), 2 * (3 * 16 + 3 * 32 + 3 * 64));
    }

    #[test]
    fn groups_take_the_place_of_the_batch() {
        let norm = Norm::Group(whole(4));
        let architecture = SmallResnet { norm, ..SmallResnet::default() }.architecture(DIGIT, 10);
        let network = Network::<f32>::new(architecture, &mut Streams::new([0; 32]).stream("init"));
        assert_eq!((network.n_parameters(), network.buffers().len()), (77_754, 0));
    }

    #[test]
    fn groups_that_do_not_divide_the_filters_are_refused() {
        let norm = Norm::Group(whole(3));
        let architecture = SmallResnet { norm, ..SmallResnet::default() }.architecture(DIGIT, 10);
        assert_eq!(architecture.check().unwrap_err(), "16 channels are no 3 groups of as many");
    }

    #[test]
    fn the_smallest_image_has_one_pixel() {
        let pixel = Shape { height: 1, width: 1, channels: 3 };
        assert_eq!(SmallResnet::default().architecture(pixel, 2).check(), Ok(()));
    }
}
