//! What a second stage has to say for itself, and what it is built from.

use nn::{Architecture, Network, Real, Shape, Streams};

use crate::decoupling::Decoupling;
use crate::examples::Examples;
use crate::losses::Readout;

/// What the first stage has left.
#[derive(Debug)]
pub struct Decoupled<'a, T> {
    /// The network of its best epoch.
    pub network: &'a Network<T>,
    /// What the head reads of each row that is learnt from, without dropout, `[n_train, width]`; empty for a method that
    /// does not learn from rows.
    pub hidden: Examples<T>,
    /// Number of classes.
    pub n_classes: usize,
    /// How the logits are read.
    pub readout: &'a Readout,
    /// Examples in a batch.
    pub batch_size: usize,
    /// The streams of the trial.
    pub streams: &'a Streams,
}

impl<T: Real> Decoupled<'_, T> {
    /// A classifier over `hidden` like that of the network, drawn anew from a stream of its own.
    pub(super) fn fresh_head(&self, hidden: &Examples<T>) -> Network<T> {
        let architecture = Architecture {
            input: Shape::flat(hidden.features.n_columns()),
            body: Vec::new(),
            ..self.network.architecture().clone()
        };
        Network::new(architecture, &mut self.streams.within("decoupling", 0).stream("init"))
    }
}

/// A decoupling as an experiment file writes it.
pub(crate) trait Definition<T: Real> {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever its classifiers change.
    fn version(&self) -> u32;

    /// Rounds of the second stage.
    fn n_rounds(&self) -> usize;

    /// Whether it learns from the training rows.
    fn learns(&self) -> bool {
        false
    }

    /// Whether it does something to the weights of each class.
    fn scales_classes(&self) -> bool {
        false
    }

    /// Whether the validation part picks one of several classifiers.
    fn needs_validation(&self) -> bool {
        false
    }

    /// The second stage of one trial; `None` if there is none.
    fn build(&self, decoupled: Decoupled<'_, T>) -> Option<Box<dyn Decoupling<T>>>;
}

#[cfg(test)]
pub(super) mod testing {
    //! A network that has been trained, so to say, and its rows.

    use std::sync::LazyLock;

    use nn::{Activation, Head, Initialization, LayerSpec, Matrix};

    use super::*;
    use crate::losses::Link;

    static STREAMS: LazyLock<Streams> = LazyLock::new(|| Streams::new([3; 32]));
    static READOUT: LazyLock<Readout> = LazyLock::new(|| Readout::plain(Link::Softmax));

    /// Three features, three hidden units, three classes.
    pub(crate) fn network() -> Network<f64> {
        let architecture = Architecture {
            input: Shape::flat(3),
            body: LayerSpec::mlp(&[3], Activation::Tanh, 0.0),
            n_outputs: 3,
            initialization: Initialization::XavierNormal,
            head: Head::Affine,
            output_biases: Vec::new(),
        };
        Network::new(architecture, &mut STREAMS.stream("init"))
    }

    /// What it has left: 30 rows, most of them of the first class, whose class their activations tell.
    pub(crate) fn decoupled(network: &Network<f64>) -> Decoupled<'_, f64> {
        let targets: Vec<u32> = (0..30).map(|i| if i < 24 { 0 } else { 1 + i % 2 }).collect();
        let mut stream = STREAMS.stream("hidden");
        let values = targets.iter().flat_map(|&y| {
            let noise = [stream.normal(), stream.normal(), stream.normal()];
            (0..3).map(move |k| 0.3 * noise[k] + f64::from(u8::from(y as usize == k)))
        });
        let hidden = Examples { features: Matrix::from_values(3, values.collect()), targets };
        Decoupled {
            network,
            hidden,
            n_classes: 3,
            readout: &READOUT,
            batch_size: 10,
            streams: &STREAMS,
        }
    }
}
