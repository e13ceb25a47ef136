//! Learning to Reweight on networks whose examples meet in batch norm, and what a step leaves of a network's buffers.

use methods::control::{ControlSpec, Controlled};
use methods::examples::Examples;
use methods::losses::{Batch, CrossEntropy, Link, Loss, LossSpec, PerExample, Readout};
use methods::mining::{Mined, MiningSpec, Selection};
use methods::mixing::MixingSpec;
use methods::reweighting::{L2rw, Reweighed, ReweightingSpec, Step};
use methods::sampling::Pool;
use methods::setting::{ClassCounts, Setting};
use methods::step::{Descent, Methods, Stepped};
use nn::{
    Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, OptimizerSpec,
    Pass, Shape, Streams,
};

const N: usize = 8;

fn streams() -> Streams {
    Streams::new([6; 32])
}

/// A network with batch norm alone and within a residual block, and running statistics that have moved.
fn network() -> Network<f64> {
    let tanh = LayerSpec::Activation(Activation::Tanh);
    let within = vec![LayerSpec::Dense(4), LayerSpec::BatchNorm, tanh.clone()];
    let block = LayerSpec::Residual { body: within, shortcut: Vec::new() };
    let architecture = Architecture {
        input: Shape::flat(3),
        body: vec![LayerSpec::Dense(4), LayerSpec::BatchNorm, tanh, block],
        n_outputs: 2,
        initialization: Initialization::XavierNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
    };
    let mut network = Network::new(architecture, &mut streams().stream("init"));
    let mut pass = Pass::default();
    network.forward_training(&examples("train", N).features, &mut no_dropout(), &mut pass);
    network.absorb(&pass);
    network
}

/// Of networks without dropout, which draw nothing.
fn no_dropout() -> nn::Stream {
    streams().stream("dropout")
}

fn examples(name: &str, n: usize) -> Examples<f64> {
    let mut stream = streams().stream(name);
    let values = (0..3 * n).map(|_| stream.normal()).collect();
    Examples {
        features: Matrix::from_values(3, values),
        targets: (0..n).map(|i| (i % 2) as u32).collect(),
    }
}

fn evaluate(logits: &Matrix<f64>, targets: &[u32]) -> PerExample<f64> {
    let mut evaluated = PerExample::default();
    CrossEntropy {}.evaluate(&Batch::new(logits, targets), &mut evaluated);
    evaluated
}

/// Losses of the batch with the moments of the batch, or of `alone` each example.
fn losses(network: &Network<f64>, batch: &Examples<f64>, alone: bool) -> Vec<f64> {
    let mut pass = Pass::default();
    let mut of = |features: &Matrix<f64>, targets: &[u32]| {
        network.forward_training(features, &mut no_dropout(), &mut pass);
        evaluate(pass.logits(), targets).losses.clone()
    };
    if !alone {
        return of(&batch.features, &batch.targets);
    }
    let rows = batch.features.rows().zip(&batch.targets);
    rows.flat_map(|(row, &target)| of(&Matrix::from_values(3, row.to_vec()), &[target])).collect()
}

/// The slopes of the losses along the gradient of the meta loss, from differences, in the shape of weights.
fn slopes(
    network: &Network<f64>,
    train: &Examples<f64>,
    meta: &Examples<f64>,
    alone: bool,
) -> Vec<f64> {
    let meta_loss = |network: &Network<f64>| {
        let mut pass = Pass::default();
        network.forward(&meta.features, &mut pass);
        let losses = evaluate(pass.logits(), &meta.targets).losses;
        losses.iter().sum::<f64>() / losses.len() as f64
    };
    let h = 1e-5;
    let moved = |by: &dyn Fn(usize) -> f64| {
        let mut moved = network.clone();
        moved.parameters_mut().iter_mut().enumerate().for_each(|(k, p)| *p += by(k));
        moved
    };
    let along = |k: usize| {
        let at = |h: f64| meta_loss(&moved(&|j| if j == k { h } else { 0.0 }));
        (at(h) - at(-h)) / (2.0 * h)
    };
    let gradient: Vec<f64> = (0..network.n_parameters()).map(along).collect();
    let at = |h: f64| losses(&moved(&|k| h * gradient[k]), train, alone);
    let slopes = at(h).into_iter().zip(at(-h)).map(|(a, b)| ((a - b) / (2.0 * h)).max(0.0));
    let slopes: Vec<f64> = slopes.collect();
    let total: f64 = slopes.iter().sum();
    slopes.iter().map(|slope| slope / total).collect()
}

fn furthest(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn weights_are_the_slopes_of_the_losses_through_the_batch_and_not_of_each_example_alone() {
    let (network, train, meta) = (network(), examples("train", N), examples("meta", 5));
    let before = network.clone();
    let spec = ReweightingSpec::L2rw(L2rw::default());
    let (counts, streams) = (ClassCounts::new(vec![4, 4]), streams());
    let mut method = spec.build(Reweighed {
        meta: Some(meta.clone()),
        loss: &LossSpec::CrossEntropy(CrossEntropy {}),
        readout: &Readout::plain(Link::Softmax),
        setting: &Setting { counts: &counts, streams: &streams },
    });
    let optimizer = OptimizerSpec::default().build(network.n_parameters());
    let mut pass = Pass::default();
    network.forward_training(&train.features, &mut no_dropout(), &mut pass);
    let evaluated = evaluate(pass.logits(), &train.targets);
    let selection = Selection { weights: vec![1.0; N], divisor: N as f64 };
    let mut weights = Vec::new();
    let step = Step {
        network: &network,
        features: &train.features,
        targets: &train.targets,
        rows: &[0, 1, 2, 3, 4, 5, 6, 7],
        train: &train,
        pass: &mut pass,
        evaluated: &evaluated,
        selection: &selection,
        optimizer: optimizer.as_ref(),
        rate: 1.0,
        dropout: &no_dropout(),
    };
    method.weigh(step, &mut weights);
    assert!(network == before, "looking ahead moves nothing");
    assert!(weights.iter().filter(|&&w| 0.0 < w).count() > 1, "{weights:?}");
    let through_the_batch = slopes(&network, &train, &meta, false);
    // Central differences err by h² and by rounding / h.
    assert!(furthest(&weights, &through_the_batch) < 1e-7, "{weights:?} {through_the_batch:?}");
    let alone = slopes(&network, &train, &meta, true);
    assert!(furthest(&weights, &alone).is_nan() || 0.05 < furthest(&weights, &alone), "{alone:?}");
}

/// The network after a step, and whether one was taken.
fn stepped(reweighting: &ReweightingSpec, meta: &Examples<f64>) -> (Network<f64>, bool) {
    let (mut network, train) = (network(), examples("train", N));
    let (spec, streams) = (LossSpec::CrossEntropy(CrossEntropy {}), streams());
    let counts = ClassCounts::new(vec![4, 4]);
    let setting = Setting { counts: &counts, streams: &streams };
    let readout = Readout::plain(Link::Softmax);
    let targets = &train.targets;
    let mined =
        Mined { targets, setting: &setting, scores: None, readout: &readout, background: None };
    let controlled = Controlled { targets, readout: &readout, setting: &setting };
    let mut descent = Descent::new(Methods {
        mixing: MixingSpec::default().build(&setting, None).unwrap(),
        loss: spec.build::<f64>(&setting).unwrap(),
        mining: MiningSpec::default().build(&mined),
        reweighting: reweighting.build(Reweighed {
            meta: Some(meta.clone()),
            loss: &spec,
            readout: &readout,
            setting: &setting,
        }),
        control: ControlSpec::default().build(&controlled),
    });
    let mut optimizer = OptimizerSpec::default().build::<f64>(network.n_parameters());
    let (rows, pool): (Vec<u32>, _) = ((0..N as u32).collect(), Pool::full(N));
    let rows = (rows.as_slice(), &pool);
    let taken =
        descent.step(&mut network, optimizer.as_mut(), &train, rows, 0.1, &mut no_dropout());
    (network, matches!(taken, Stepped::Taken(_)))
}

#[test]
fn a_step_that_looks_ahead_moves_the_buffers_of_a_plain_step() {
    let meta = examples("meta", 5);
    let (plain, plain_taken) = stepped(&ReweightingSpec::default(), &meta);
    let (ahead, taken) = stepped(&ReweightingSpec::L2rw(L2rw::default()), &meta);
    assert!(plain_taken && taken);
    assert_ne!(plain.buffers(), network().buffers());
    assert_eq!(plain.buffers(), ahead.buffers());
    assert_ne!(plain.parameters(), ahead.parameters());
}
