//! The shape of a network.

use serde::{Deserialize, Serialize};

use crate::initialization::Initialization;
use crate::layer::spec::{LayerSpec, shapes};
use crate::shape::Shape;

/// How the last layer makes logits of the activations before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// `h W + b`.
    #[default]
    Affine,
    /// The cosine of the angle between `h` and each column of `W`, without biases.
    Cosine,
}

/// The shape of a network: a chain of layers over examples of one shape, and a head over what they make of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// Of an example.
    pub input: Shape,
    /// The layers below the head, first to last. Without any it is a linear classifier.
    pub body: Vec<LayerSpec>,
    /// Number of logits.
    pub n_outputs: usize,
    /// Distribution of the initial weights.
    pub initialization: Initialization,
    /// The last layer.
    pub head: Head,
    /// Where the biases of the last layer start, `[n_outputs]`; empty where all are 0, for the prior of no loss.
    pub output_biases: Vec<f64>,
}

impl Architecture {
    /// Such a network with an affine head whose biases start at 0.
    pub fn new(
        input: Shape,
        body: Vec<LayerSpec>,
        n_outputs: usize,
        initialization: Initialization,
    ) -> Self {
        Architecture {
            input,
            body,
            n_outputs,
            initialization,
            head: Head::Affine,
            output_biases: Vec::new(),
        }
    }

    /// Whether every layer of the body can read what reaches it, and each bias has its logit; if not, why in half a sentence.
    ///
    /// # Errors
    /// If a kernel or a window is larger than the image that reaches it, a number of groups does not divide the channels,
    /// a shortcut ends in another shape than its body, or there are biases and not one to each logit.
    pub fn check(&self) -> Result<(), String> {
        let n_biases = self.output_biases.len();
        if n_biases != 0 && n_biases != self.n_outputs {
            return Err(format!(
                "{n_biases} biases are not one to each of {} logits",
                self.n_outputs
            ));
        }
        let mut layers = shapes(&self.body, self.input);
        layers.find_map(|(layer, input, _)| layer.refusal(input)).map_or(Ok(()), Err)
    }

    /// The layers of the body, each with the shape of what it reads and of what it makes, as far as [`Architecture::check`]
    /// has nothing against them.
    pub fn layers(&self) -> impl Iterator<Item = (&LayerSpec, Shape, Shape)> {
        shapes(&self.body, self.input)
            .filter_map(|(layer, input, output)| output.map(|output| (layer, input, output)))
    }

    /// Number of values that the head reads of an example.
    pub fn width(&self) -> usize {
        self.layers().last().map_or(self.input, |(_, _, output)| output).n_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::activation::Activation;
    use crate::layer::conv::Kernel;

    fn over(side: usize) -> Architecture {
        let kernel = Kernel { filters: 4, size: 5, stride: 1, padding: 0, biases: true };
        Architecture {
            input: Shape { height: side, width: side + 1, channels: 3 },
            body: vec![
                LayerSpec::Conv2d(kernel),
                LayerSpec::Activation(Activation::Relu),
                LayerSpec::MaxPool(2),
            ],
            n_outputs: 2,
            initialization: Initialization::HeNormal,
            head: Head::Affine,
            output_biases: Vec::new(),
        }
    }

    #[test]
    fn layers_tell_their_shapes_and_what_they_cost() {
        let architecture = over(8);
        assert_eq!(architecture.check(), Ok(()));
        let shape = |height, width, channels| Shape { height, width, channels };
        let outputs: Vec<Shape> = architecture.layers().map(|(_, _, output)| output).collect();
        assert_eq!(outputs, [shape(4, 5, 4), shape(4, 5, 4), shape(2, 2, 4)]);
        assert_eq!(architecture.width(), 16);
        let (conv, input, _) = architecture.layers().next().unwrap();
        assert_eq!(conv.n_parameters(input), 304.0, "5 x 5 x 3 weights and a bias, four times");
        assert_eq!(conv.multiplications(input), 6000.0, "20 positions of 75 x 4");
    }

    #[test]
    fn an_image_that_is_too_small_is_refused() {
        let why = |side| over(side).check().unwrap_err();
        assert_eq!(why(4), "a kernel of 5 × 5 does not fit into 4 × 5");
        assert_eq!(why(5), "a window of 2 × 2 does not fit into 1 × 2");
    }

    #[test]
    fn layers_that_do_not_go_together_are_refused() {
        let of = |layer: LayerSpec| Architecture { body: vec![layer], ..over(8) };
        let why = |layer: LayerSpec| of(layer).check().unwrap_err();
        assert_eq!(why(LayerSpec::GroupNorm(2)), "3 channels are no 2 groups of as many");
        let residual = |body: Vec<LayerSpec>| LayerSpec::Residual { body, shortcut: Vec::new() };
        let pooled = residual(vec![LayerSpec::MaxPool(2)]);
        assert_eq!(why(pooled), "a shortcut does not end in the shape of its body");
        let within = residual(vec![LayerSpec::BatchNorm, LayerSpec::MaxPool(9)]);
        assert_eq!(why(within), "a window of 9 × 9 does not fit into 8 × 9");
        let kernel = Kernel { filters: 3, size: 3, stride: 1, padding: 1, biases: false };
        let body = vec![LayerSpec::Conv2d(kernel), LayerSpec::BatchNorm];
        let fits = of(residual(body));
        assert_eq!(fits.check(), Ok(()));
        let (layer, input, output) = fits.layers().next().unwrap();
        assert_eq!(layer.n_parameters(input), 81.0 + 6.0);
        assert_eq!(layer.multiplications(input), 81.0 * 72.0);
        let n = input.n_values() as f64;
        assert_eq!(layer.n_kept(input, output), 3.0 * n + 4.0 * n);
    }

    #[test]
    fn there_are_as_many_biases_as_logits_or_none() {
        let of = |n| Architecture { output_biases: vec![0.5; n], ..over(8) };
        assert_eq!([of(0).check(), of(2).check()], [Ok(()), Ok(())]);
        assert_eq!(of(3).check().unwrap_err(), "3 biases are not one to each of 2 logits");
    }

    #[test]
    fn a_network_without_a_body_reads_its_input() {
        let architecture = Architecture { body: Vec::new(), ..over(8) };
        assert_eq!(architecture.width(), 8 * 9 * 3);
    }
}
