//! A batch, a network and a meta set that the tests of reweightings meet in, in 64 bits.

use nn::{
    Activation, Architecture, Head, Initialization, Kernel, LayerSpec, Matrix, Network, Optimizer,
    OptimizerSpec, Pass, Shape, Stream, Streams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::examples::Examples;
use crate::losses::{
    Batch, BinaryCrossEntropy, CrossEntropy, Link, LossSpec, PerExample, Plain, Readout,
};
use crate::mining::Selection;
use crate::reweighting::{Reweighed, Reweighting, Step};
use crate::setting::{ClassCounts, Setting};

pub(super) const LINKS: [Link; 2] = [Link::Softmax, Link::Sigmoid];

/// What the tests of reweightings meet in.
pub(super) struct Scene {
    pub(super) network: Network<f64>,
    pub(super) train: Examples<f64>,
    rows: Vec<u32>,
    pub(super) meta: Examples<f64>,
    pub(super) counts: ClassCounts,
    pub(super) loss: LossSpec,
    pub(super) readout: Readout,
    pub(super) streams: Streams,
    pub(super) optimizer: Box<dyn Optimizer<f64>>,
    pub(super) rate: f64,
    /// As it is before the masks of the batch.
    pub(super) dropout: Stream,
    pub(super) pass: Pass<f64>,
    pub(super) evaluated: PerExample<f64>,
    pub(super) selection: Selection<f64>,
}

impl Scene {
    /// Six examples of two classes under the plain loss, and five of the meta set.
    pub(super) fn new(link: Link, hidden: &[usize], seed: u8) -> Scene {
        let body = LayerSpec::mlp(hidden, Activation::Tanh, 0.0);
        Scene::over(link, Shape::flat(3), body, seed)
    }

    /// The same on images of 5 lines and 4 positions, below a small convolutional network.
    pub(super) fn of_images(link: Link, seed: u8) -> Scene {
        let kernel = Kernel { filters: 3, size: 2, stride: 1, padding: 1, biases: true };
        let body = vec![
            LayerSpec::Conv2d(kernel),
            LayerSpec::Activation(Activation::Tanh),
            LayerSpec::AveragePool(2),
            LayerSpec::Dense(4),
            LayerSpec::Activation(Activation::Tanh),
        ];
        Scene::over(link, Shape { height: 5, width: 4, channels: 1 }, body, seed)
    }

    /// A linear network, dense and convolutional ones, and such in which the examples of a batch meet in batch norm, or
    /// blocks are added to what they read; whether examples meet.
    pub(super) fn all(link: Link, seed: u8) -> Vec<(Scene, bool)> {
        let tanh = LayerSpec::Activation(Activation::Tanh);
        let dense = || LayerSpec::Dense(4);
        let normalized = vec![dense(), LayerSpec::BatchNorm, tanh.clone(), dense(), tanh.clone()];
        let kernel = Kernel { filters: 2, size: 3, stride: 1, padding: 1, biases: true };
        let conv = || LayerSpec::Conv2d(kernel);
        let block = |body: Vec<LayerSpec>| LayerSpec::Residual { body, shortcut: Vec::new() };
        let plain = block(vec![conv(), tanh.clone(), conv()]);
        let meeting = block(vec![conv(), LayerSpec::BatchNorm, tanh.clone(), conv()]);
        let images = Shape { height: 4, width: 3, channels: 1 };
        let residual = |block| vec![conv(), tanh.clone(), block, LayerSpec::GlobalAveragePool];
        vec![
            (Scene::new(link, &[], seed), false),
            (Scene::new(link, &[4], seed), false),
            (Scene::new(link, &[4, 3], seed), false),
            (Scene::of_images(link, seed), false),
            (Scene::over(link, images, residual(plain), seed), false),
            (Scene::over(link, Shape::flat(3), normalized, seed), true),
            (Scene::over(link, images, residual(meeting), seed), true),
        ]
    }

    fn over(link: Link, input: Shape, body: Vec<LayerSpec>, seed: u8) -> Scene {
        let streams = Streams::new([seed; 32]);
        let architecture = Architecture {
            input,
            body,
            n_outputs: link.n_outputs(2),
            initialization: Initialization::XavierNormal,
            head: Head::Affine,
            output_biases: Vec::new(),
        };
        let network = Network::new(architecture, &mut streams.stream("init"));
        let [train, meta] = [("train", 6), ("meta examples", 5)]
            .map(|(name, n)| examples(&mut streams.stream(name), n, input.n_values()));
        Scene::of(network, train, meta, Readout::plain(link), streams)
    }

    pub(super) fn of(
        network: Network<f64>,
        train: Examples<f64>,
        meta: Examples<f64>,
        readout: Readout,
        streams: Streams,
    ) -> Scene {
        let n = train.targets.len();
        let mut scene = Scene {
            counts: ClassCounts::new(vec![40, 10]),
            loss: match readout.link {
                Link::Softmax => LossSpec::CrossEntropy(CrossEntropy {}),
                Link::Sigmoid => LossSpec::BinaryCrossEntropy(BinaryCrossEntropy {}),
            },
            dropout: streams.stream("dropout"),
            optimizer: optimizer(json!("sgd"), network.n_parameters()),
            network,
            rows: (0..n as u32).collect(),
            train,
            meta,
            readout,
            streams,
            rate: 1.0,
            pass: Pass::default(),
            evaluated: PerExample::default(),
            selection: Selection { weights: vec![1.0; n], divisor: n as f64 },
        };
        scene.evaluate();
        scene
    }

    /// One of the published cases: `step` holds its batch and its meta set.
    pub(super) fn published(case: &Value, step: &Value) -> Scene {
        let sizes: Vec<usize> = get(&case["params"]["layer_sizes"]);
        let architecture = Architecture {
            input: Shape::flat(sizes[0]),
            body: LayerSpec::mlp(
                &sizes[1..sizes.len() - 1],
                get(&case["params"]["hidden_activation"]),
                0.0,
            ),
            n_outputs: sizes[sizes.len() - 1],
            initialization: Initialization::HeNormal,
            head: Head::Affine,
            output_biases: Vec::new(),
        };
        let streams = Streams::new([0; 32]);
        let mut network = Network::new(architecture, &mut streams.stream("init"));
        network.parameters_mut().copy_from_slice(&parameters(&case["inputs"]["theta"]));
        let [train, meta] = batches(step);
        let counts = match &case["params"]["counts"] {
            Value::Null => vec![1; sizes[sizes.len() - 1]],
            counts => get(counts),
        };
        let counts = ClassCounts::new(counts);
        Scene { counts, ..Scene::of(network, train, meta, Readout::plain(Link::Softmax), streams) }
    }

    /// The next batch of a published case.
    pub(super) fn take(&mut self, step: &Value) {
        [self.train, self.meta] = batches(step);
        self.rows = (0..self.train.targets.len() as u32).collect();
        self.evaluate();
    }

    /// The training pass and the losses of the batch.
    pub(super) fn evaluate(&mut self) {
        let Scene { network, train, pass, evaluated, .. } = self;
        network.forward_training(&train.features, &mut self.dropout.clone(), pass);
        let setting = Setting { counts: &self.counts, streams: &self.streams };
        let mut loss = self.loss.build(&setting).unwrap();
        loss.evaluate(&Batch::new(pass.logits(), &train.targets), evaluated);
    }

    pub(super) fn step(&mut self) -> Step<'_, f64> {
        Step {
            network: &self.network,
            features: &self.train.features,
            targets: &self.train.targets,
            rows: &self.rows,
            train: &self.train,
            pass: &mut self.pass,
            evaluated: &self.evaluated,
            selection: &self.selection,
            optimizer: self.optimizer.as_ref(),
            rate: self.rate,
            dropout: &self.dropout,
        }
    }

    pub(super) fn weigh(&mut self, method: &mut dyn Reweighting<f64>) -> Vec<f64> {
        let mut weights = Vec::new();
        method.weigh(self.step(), &mut weights);
        weights
    }

    /// What `build` makes of the scene.
    pub(super) fn build<R>(&self, build: impl FnOnce(Reweighed<'_, f64>) -> R) -> R {
        let setting = Setting { counts: &self.counts, streams: &self.streams };
        let meta = Some(self.meta.clone());
        build(Reweighed { meta, loss: &self.loss, readout: &self.readout, setting: &setting })
    }

    /// `Σ_i weights_i ∇ℓ_i` at the network's parameters.
    pub(super) fn gradient(&mut self, weights: &[f64]) -> Vec<f64> {
        let (mut weighed, mut gradient) = (self.evaluated.clone(), Vec::new());
        weighed.weigh(weights);
        let features = &self.train.features;
        let hidden = weighed.hidden_gradient();
        self.network.backward(features, &weighed.gradient, hidden, &mut self.pass, &mut gradient);
        gradient
    }

    /// `∇ℓ_i` of the example in its batch.
    pub(super) fn gradient_of(&mut self, i: usize) -> Vec<f64> {
        let n = self.train.targets.len();
        self.gradient(&(0..n).map(|j| f64::from(i == j)).collect::<Vec<f64>>())
    }

    /// `∇ℓ_i`, of the example alone in its batch.
    pub(super) fn gradient_alone(&self, i: usize) -> Vec<f64> {
        alone(&self.network, &self.train, i, &self.readout, true)
    }

    /// `∇L_meta`, example by example.
    pub(super) fn meta_gradient(&self) -> Vec<f64> {
        let n = self.meta.targets.len();
        let mut mean = vec![0.0; self.network.n_parameters()];
        for j in 0..n {
            let gradient = alone(&self.network, &self.meta, j, &self.readout, false);
            mean.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g / n as f64);
        }
        mean
    }

    /// `L_meta` at `parameters`.
    pub(super) fn meta_loss(&self, parameters: &[f64]) -> f64 {
        let (mut network, mut pass) = (self.network.clone(), Pass::default());
        network.parameters_mut().copy_from_slice(parameters);
        network.forward(&self.meta.features, &mut pass);
        let mut evaluated = PerExample::default();
        Plain::new(&self.readout).score(pass.logits(), &self.meta.targets, &mut evaluated);
        evaluated.losses.iter().sum::<f64>() / evaluated.losses.len() as f64
    }

    /// `L_meta` after the step of plain descent along `gradient`.
    pub(super) fn meta_loss_after(&self, gradient: &[f64]) -> f64 {
        let eta = self.optimizer.learning_rate() * self.rate;
        let moved = self.network.parameters().iter().zip(gradient).map(|(p, g)| p - eta * g);
        self.meta_loss(&moved.collect::<Vec<f64>>())
    }
}

fn alone(
    network: &Network<f64>,
    set: &Examples<f64>,
    i: usize,
    readout: &Readout,
    training: bool,
) -> Vec<f64> {
    let features = Matrix::from_values(set.features.n_columns(), set.features.row(i).to_vec());
    let (mut pass, mut evaluated, mut gradient) =
        (Pass::default(), PerExample::default(), Vec::new());
    if training {
        network.forward_training(
            &features,
            &mut Streams::new([0; 32]).stream("dropout"),
            &mut pass,
        );
    } else {
        network.forward(&features, &mut pass);
    }
    Plain::new(readout).score(pass.logits(), &[set.targets[i]], &mut evaluated);
    network.backward(&features, &evaluated.gradient, None, &mut pass, &mut gradient);
    gradient
}

fn examples(stream: &mut Stream, n: usize, n_values: usize) -> Examples<f64> {
    let values = (0..n_values * n).map(|_| stream.normal()).collect();
    let targets = (0..n).map(|_| stream.below(2) as u32).collect();
    Examples { features: Matrix::from_values(n_values, values), targets }
}

pub(super) fn optimizer(spec: Value, n_parameters: usize) -> Box<dyn Optimizer<f64>> {
    let spec: OptimizerSpec = crate::named::deserialize(spec).unwrap();
    spec.build(n_parameters)
}

fn batches(step: &Value) -> [Examples<f64>; 2] {
    [("train_x", "train_y"), ("val_x", "val_y")].map(|(features, targets)| Examples {
        features: Matrix::from_rows(&get::<Vec<Vec<f64>>>(&step[features])),
        targets: get(&step[targets]),
    })
}

pub(super) fn get<V: DeserializeOwned>(value: &Value) -> V {
    serde_json::from_value(value.clone()).unwrap()
}

/// Weights of layers are `[n_out, n_in]` in the files, `[n_in, n_out]` here.
pub(super) fn parameters(layers: &Value) -> Vec<f64> {
    let of_layer = |layer: Value| {
        let weights: Vec<Vec<f64>> = get(&layer["weight"]);
        let by_input = (0..weights[0].len()).flat_map(|i| weights.iter().map(move |row| row[i]));
        by_input.chain(get::<Vec<f64>>(&layer["bias"])).collect::<Vec<f64>>()
    };
    get::<Vec<Value>>(layers).into_iter().flat_map(of_layer).collect()
}

/// The cases of a published file, and how near they are to be: `|x - e| <= absolute + relative |e|`.
pub(super) fn published(text: &str) -> (Vec<Value>, impl Fn(&[f64], &Value, &str)) {
    let file: Value = serde_json::from_str(text).unwrap();
    let [relative, absolute] = ["rel", "abs"].map(|name| file["tolerance"][name].as_f64().unwrap());
    let near = move |ours: &[f64], expected: &Value, what: &str| {
        let expected = match expected {
            Value::Array(values) if values[0].is_object() => parameters(expected),
            _ => get(expected),
        };
        assert_eq!(ours.len(), expected.len(), "{what}");
        for (i, (x, e)) in ours.iter().zip(&expected).enumerate() {
            let is_near = (x - e).abs() <= absolute + relative * e.abs();
            assert!(is_near, "{what}[{i}]: {x:e}, not {e:e}");
        }
    };
    (get(&file["cases"]), near)
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(super) fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert!(are_close(a, b, tolerance), "{a:?} is not {b:?}");
}

pub(super) fn are_close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance)
}

/// Central differences of `f` at `at`.
pub(super) fn slopes(at: &[f64], mut f: impl FnMut(&[f64]) -> f64) -> Vec<f64> {
    let h = 1e-5;
    let mut moved = at.to_vec();
    let mut slope = |i: usize| {
        moved[i] = at[i] + h;
        let above = f(&moved);
        moved[i] = at[i] - h;
        let below = f(&moved);
        moved[i] = at[i];
        (above - below) / (2.0 * h)
    };
    (0..at.len()).map(&mut slope).collect()
}
