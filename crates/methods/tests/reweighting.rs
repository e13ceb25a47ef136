//! Reweightings in whole trainings: what they leave alone, and what they find.

use methods::control::NoControl;
use methods::examples::Examples;
use methods::losses::{CrossEntropy, Epoch, LossSpec};
use methods::mining::NoMining;
use methods::mixing::NoMixing;
use methods::reweighting::{Reweighed, Reweighting, ReweightingSpec, Step};
use methods::sampling::Pool;
use methods::setting::{ClassCounts, Setting, counts_of};
use methods::step::{Descent, Methods};
use nn::{
    Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, OptimizerSpec,
    Shape, Streams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use strum::IntoEnumIterator;

fn get<M: DeserializeOwned>(value: Value) -> M {
    methods::named::deserialize(value).unwrap()
}

/// `n` points of either class, normal around ±1.5 in both features.
fn clouds(n: usize, streams: &Streams, name: &str) -> Examples<f64> {
    let mut stream = streams.stream(name);
    let targets: Vec<u32> = (0..2 * n as u32).map(|i| i % 2).collect();
    let at = |class: u32| if class == 0 { -1.5 } else { 1.5 };
    let values = targets.iter().flat_map(|&y| [at(y) + stream.normal(), at(y) + stream.normal()]);
    Examples { features: Matrix::from_values(2, values.collect()), targets }
}

/// A training of a small network by cross-entropy.
struct Training {
    hidden: Vec<usize>,
    dropout: f64,
    batch: usize,
    steps: usize,
    optimizer: Value,
}

impl Training {
    /// The parameters at the end; `see` is told of the rows and weights of each step.
    fn run(
        &self,
        train: &Examples<f64>,
        meta: &Examples<f64>,
        streams: &Streams,
        reweighting: impl FnOnce(Reweighed<'_, f64>) -> Box<dyn Reweighting<f64>>,
        mut see: impl FnMut(&[u32], &[f64]),
    ) -> Vec<f64> {
        let architecture = Architecture {
            input: Shape::flat(2),
            body: LayerSpec::mlp(&self.hidden, Activation::Relu, self.dropout),
            n_outputs: 2,
            initialization: Initialization::HeNormal,
            head: Head::Affine,
            output_biases: Vec::new(),
        };
        let mut network = Network::new(architecture, &mut streams.stream("init"));
        let counts = ClassCounts::new(counts_of(&train.targets, 2));
        let setting = Setting { counts: &counts, streams };
        let loss = LossSpec::CrossEntropy(CrossEntropy {});
        let readout = loss.readout(&counts).unwrap();
        let meta = Some(meta.clone());
        let mut descent = Descent::new(Methods {
            mixing: Box::new(NoMixing::default()),
            loss: loss.build(&setting).unwrap(),
            mining: Box::new(NoMining::default()),
            reweighting: reweighting(Reweighed {
                meta,
                loss: &loss,
                readout: &readout,
                setting: &setting,
            }),
            control: Box::new(NoControl::default()),
        });
        let spec: OptimizerSpec = get(self.optimizer.clone());
        let mut optimizer = spec.build(network.n_parameters());
        let (mut dropout, mut order) = (streams.stream("dropout"), streams.stream("batches"));
        let pool = Pool::full(train.targets.len());
        // All of them act in the last epoch.
        descent.methods.reweighting.begin_epoch(&Epoch::at(0.99));
        for _ in 0..self.steps {
            let rows = &order.permutation(train.targets.len())[..self.batch];
            let optimizer = optimizer.as_mut();
            descent.step(&mut network, optimizer, train, (rows, &pool), 1.0, &mut dropout);
            see(rows, descent.weights());
        }
        network.parameters().to_vec()
    }
}

/// A reweighting whose weights nobody reads.
struct Unread(Box<dyn Reweighting<f64>>);

impl Reweighting<f64> for Unread {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.0.begin_epoch(epoch);
    }

    fn weigh(&mut self, step: Step<'_, f64>, weights: &mut Vec<f64>) {
        let selection = step.selection;
        self.0.weigh(step, weights);
        weights.clear();
        weights.extend(selection.weights.iter().map(|v| v / selection.divisor));
    }
}

#[test]
fn a_reweighting_moves_nothing_but_its_weights_to_the_bit() {
    let streams = Streams::new([7; 32]);
    let (train, meta) = (clouds(40, &streams, "train"), clouds(10, &streams, "meta set"));
    for optimizer in [
        json!({"sgd": {"nesterov": true, "learning_rate": 0.1}}),
        json!({"adamw": {"learning_rate": 0.01}}),
    ] {
        let training =
            Training { hidden: vec![6, 4], dropout: 0.3, batch: 16, steps: 8, optimizer };
        let plain: ReweightingSpec = get(json!("none"));
        let expected = training.run(&train, &meta, &streams, |built| plain.build(built), |_, _| {});
        let further = json!({"meta_weight_net": {"look_ahead_steps": 3}});
        for spec in ReweightingSpec::iter().chain([get(further)]) {
            let unread = |built: Reweighed<'_, f64>| -> Box<dyn Reweighting<f64>> {
                Box::new(Unread(spec.build(built)))
            };
            let parameters = training.run(&train, &meta, &streams, unread, |_, _| {});
            assert_eq!(parameters, expected, "{spec:?}");
            let mut differ = false;
            let see = |_: &[u32], weights: &[f64]| differ |= weights[0] != weights[1];
            training.run(&train, &meta, &streams, |built| spec.build(built), see);
            assert_eq!(differ, spec.name() != "none", "{spec:?}");
        }
    }
}

/// The mean weight of flipped labels to that of the others, in the mean over twelve seeds.
fn flipped_to_clean(spec: &ReweightingSpec) -> f64 {
    let ratios = (0..12).map(|seed| {
        let streams = Streams::new([seed; 32]);
        let (mut train, meta) = (clouds(250, &streams, "train"), clouds(10, &streams, "meta set"));
        let mut stream = streams.stream("flips");
        let flipped: Vec<bool> = (0..500).map(|_| stream.uniform() < 0.2).collect();
        for (target, &flipped) in train.targets.iter_mut().zip(&flipped) {
            *target ^= u32::from(flipped);
        }
        let optimizer = json!({"sgd": {"learning_rate": 0.5, "momentum": 0, "weight_decay": 0}});
        let training = Training { hidden: vec![], dropout: 0.0, batch: 50, steps: 50, optimizer };
        let (mut sums, mut counts) = ([0.0; 2], [0.0; 2]);
        training.run(
            &train,
            &meta,
            &streams,
            |built| spec.build(built),
            |rows, weights| {
                for (&row, weight) in rows.iter().zip(weights) {
                    sums[usize::from(flipped[row as usize])] += weight;
                    counts[usize::from(flipped[row as usize])] += 1.0;
                }
            },
        );
        (sums[1] / counts[1]) / (sums[0] / counts[0])
    });
    ratios.sum::<f64>() / 12.0
}

#[test]
fn learning_to_reweight_finds_flipped_labels() {
    // One seed may be far from the mean of many, which is 0.27.
    let ratio = flipped_to_clean(&get(json!("l2rw")));
    assert!(ratio < 0.5, "{ratio}");
    let plain = flipped_to_clean(&get(json!("none")));
    assert!((plain - 1.0).abs() < 1e-12, "{plain}");
}
