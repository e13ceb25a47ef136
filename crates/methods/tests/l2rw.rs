//! Learning to Reweight against its definition, under every loss: the weights are the slopes of the meta loss
//! along the steps that training would take.

use methods::examples::Examples;
use methods::losses::{Batch, CrossEntropy, Epoch, Link, LossSpec, PerExample, Readout, corners};
use methods::mining::Selection;
use methods::reweighting::{L2rw, Reweighed, ReweightingSpec, Step};
use methods::setting::ClassCounts;
use methods::setting::Setting;
use nn::{
    Activation, Architecture, Initialization, LayerSpec, Matrix, Network, OptimizerSpec, Pass,
    Shape, Stream, Streams,
};

const COUNTS: [u32; 3] = [40, 10, 5];
const N_EXAMPLES: usize = 8;

/// Every loss of examples at its corners, and what wraps a loss with a slope at the hidden activations.
/// Losses of whole batches have no weights of examples, and are refused.
fn losses() -> Vec<LossSpec> {
    let through = "influence_balanced = { start = 0, detach_weight = false }";
    let wrapped = [
        format!("super_loss.loss.{through}"),
        format!("super_loss = {{ moving = 0.1, loss.{through} }}"),
        format!("deferred_reweighting = {{ start = 0, loss.{through} }}"),
        format!("deferred_reweighting = {{ start = 0, loss.super_loss.loss.{through} }}"),
    ];
    let wrapped = wrapped.iter().map(|text| toml::from_str(text).unwrap());
    corners().into_iter().chain(wrapped).filter(|loss| !loss.is_batch_level()).collect()
}

fn streams() -> Streams {
    Streams::new([6; 32])
}

fn examples(stream: &mut Stream, n: usize, n_classes: usize) -> Examples<f64> {
    let features = Matrix::from_values(3, (0..3 * n).map(|_| stream.normal()).collect());
    Examples { features, targets: (0..n).map(|i| (i % n_classes) as u32).collect() }
}

/// The mean over the meta set of what the logits cost as they are read, written out again.
fn meta_loss(network: &Network<f64>, meta: &Examples<f64>, readout: &Readout) -> f64 {
    let mut pass = Pass::default();
    network.forward(&meta.features, &mut pass);
    let rows = pass.logits().rows().zip(&meta.targets).map(|(logits, &y)| {
        let offset = |k: usize| readout.offsets.get(k).copied().unwrap_or(0.0);
        let z: Vec<f64> =
            logits.iter().enumerate().map(|(k, z)| readout.scale * z + offset(k)).collect();
        let softplus = |z: f64| libm::log1p(libm::exp(z));
        match readout.link {
            Link::Softmax => {
                libm::log(z.iter().map(|&z| libm::exp(z)).sum::<f64>()) - z[y as usize]
            }
            Link::Sigmoid if z.len() == 1 => softplus(if y == 1 { -z[0] } else { z[0] }),
            Link::Sigmoid => z
                .iter()
                .enumerate()
                .map(|(k, &z)| softplus(if y as usize == k { -z } else { z }))
                .sum(),
        }
    });
    rows.sum::<f64>() / meta.targets.len() as f64
}

/// A training batch and a meta set that meet under one loss.
struct Meeting {
    network: Network<f64>,
    readout: Readout,
    train: Examples<f64>,
    meta: Examples<f64>,
    pass: Pass<f64>,
    evaluated: PerExample<f64>,
}

impl Meeting {
    /// After the forward pass, with dropout, and the evaluation of a loss that acts.
    fn of(spec: &LossSpec, hidden: &[usize]) -> Meeting {
        let n_classes = if spec.traits().two_classes { 2 } else { 3 };
        let architecture = Architecture {
            input: Shape::flat(3),
            body: LayerSpec::mlp(hidden, Activation::Tanh, 0.3),
            n_outputs: spec.n_outputs(n_classes),
            initialization: Initialization::XavierNormal,
            head: spec.traits().head,
            output_biases: Vec::new(),
        };
        let (streams, mut stream) = (streams(), streams().stream("examples"));
        let network = Network::new(architecture, &mut streams.stream("init"));
        let train = examples(&mut stream, N_EXAMPLES, n_classes);
        let meta = examples(&mut stream, 5, n_classes);

        let counts = ClassCounts::new(COUNTS[..n_classes].to_vec());
        let readout = spec.readout(&counts).unwrap();
        let mut loss = spec.build::<f64>(&Setting { counts: &counts, streams: &streams }).unwrap();
        let recalls = [Some(0.9), Some(0.6), Some(0.3)];
        loss.begin_epoch(&Epoch {
            recalls: &recalls[..n_classes],
            ..Epoch::at(spec.traits().acts_from)
        });
        let (mut pass, mut evaluated) = (Pass::default(), PerExample::default());
        network.forward_training(&train.features, &mut streams.stream("dropout"), &mut pass);
        let batch = Batch {
            rows: &[0, 1, 2, 3, 4, 5, 6, 7],
            hidden: Some(pass.last_hidden().unwrap_or(&train.features)),
            ..Batch::new(pass.logits(), &train.targets)
        };
        loss.evaluate(&batch, &mut evaluated);
        Meeting { network, readout, train, meta, pass, evaluated }
    }

    fn weights(&mut self) -> Vec<f64> {
        let spec = ReweightingSpec::L2rw(L2rw::default());
        let (counts, streams) = (ClassCounts::new(COUNTS.to_vec()), streams());
        let mut method = spec.build(Reweighed {
            meta: Some(self.meta.clone()),
            loss: &LossSpec::CrossEntropy(CrossEntropy {}),
            readout: &self.readout,
            setting: &Setting { counts: &counts, streams: &streams },
        });
        let optimizer = OptimizerSpec::default().build(self.network.n_parameters());
        let selection = Selection { weights: vec![1.0; N_EXAMPLES], divisor: N_EXAMPLES as f64 };
        let mut weights = Vec::new();
        let step = Step {
            network: &self.network,
            features: &self.train.features,
            targets: &self.train.targets,
            rows: &[0, 1, 2, 3, 4, 5, 6, 7],
            train: &self.train,
            pass: &mut self.pass,
            evaluated: &self.evaluated,
            selection: &selection,
            optimizer: optimizer.as_ref(),
            rate: 1.0,
            dropout: &streams.stream("dropout"),
        };
        method.weigh(step, &mut weights);
        weights
    }

    /// The gradient that training would descend if example `i` alone counted.
    fn gradient_of(&mut self, i: usize) -> Vec<f64> {
        let mut alone = self.evaluated.clone();
        let only: Vec<f64> = (0..N_EXAMPLES).map(|j| f64::from(i == j)).collect();
        alone.weigh(&only);
        let mut gradient = Vec::new();
        self.network.backward(
            &self.train.features,
            &alone.gradient,
            alone.hidden_gradient(),
            &mut self.pass,
            &mut gradient,
        );
        gradient
    }

    /// How fast the meta loss falls along the step on example `i`, by central differences.
    fn helps(&mut self, i: usize) -> f64 {
        let gradient = self.gradient_of(i);
        let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        if length == 0.0 {
            return 0.0;
        }
        let step = 1e-5 / length;
        let after = |by: f64| {
            let mut moved = self.network.clone();
            let parameters = moved.parameters_mut().iter_mut().zip(&gradient);
            parameters.for_each(|(p, g)| *p -= by * g);
            meta_loss(&moved, &self.meta, &self.readout)
        };
        (after(-step) - after(step)) / (2.0 * step)
    }
}

#[test]
fn weights_are_the_slopes_of_the_meta_loss_along_the_steps_that_training_would_take() {
    let mut helping = 0;
    for spec in losses() {
        for hidden in [&[][..], &[5], &[5, 4]] {
            let mut meeting = Meeting::of(&spec, hidden);
            let weights = meeting.weights();
            let helps: Vec<f64> = (0..N_EXAMPLES).map(|i| meeting.helps(i).max(0.0)).collect();
            let total: f64 = helps.iter().sum();
            for (i, (w, u)) in weights.iter().zip(&helps).enumerate() {
                // Differences over 1e-5 err by about 1e-10, for the square of the step and for rounding.
                assert!(
                    (w * total - u).abs() <= 1e-8 * total,
                    "{spec:?} over {hidden:?}, example {i}: {w} is not {}",
                    u / total
                );
                helping += usize::from(0.0 < *u);
            }
        }
    }
    assert!(500 < helping, "only {helping} examples help: too few to tell");
}

#[test]
fn a_slope_at_the_hidden_activations_moves_the_weights_and_has_a_version() {
    let l2rw = ReweightingSpec::L2rw(L2rw::default());
    for spec in losses() {
        let mut meeting = Meeting::of(&spec, &[5]);
        assert_eq!(meeting.evaluated.hidden_gradient().is_some(), spec.slopes_hidden(), "{spec:?}");
        assert_eq!(l2rw.version(&spec) == 3, spec.slopes_hidden(), "{spec:?}");
        let weights = meeting.weights();
        meeting.evaluated.hidden_gradient = Matrix::default();
        assert_eq!(weights != meeting.weights(), spec.slopes_hidden(), "{spec:?}");
    }
}
