//! One training step, batch 128: forward, cross-entropy, backward, SGD with momentum; and the tangent
//! pass that Learning to Reweight adds.

use divan::{Bencher, black_box};
use nn::{
    Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, OptimizerSpec,
    Pass, Shape, Streams, softmax_residuals,
};

fn main() {
    divan::main();
}

const BATCH: usize = 128;

/// Features, hidden widths, classes.
const NETWORKS: [(usize, &[usize], usize); 3] =
    [(10, &[64, 64], 2), (30, &[64, 64], 10), (784, &[128], 10)];

struct Setting {
    network: Network<f32>,
    features: Matrix<f32>,
    targets: Vec<u32>,
}

fn setting((n_inputs, hidden, n_outputs): (usize, &[usize], usize)) -> Setting {
    let streams = Streams::new([0; 32]);
    let architecture = Architecture {
        input: Shape::flat(n_inputs),
        body: LayerSpec::mlp(hidden, Activation::Relu, 0.0),
        n_outputs,
        initialization: Initialization::HeNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
    };
    let mut stream = streams.stream("features");
    let values = (0..BATCH * n_inputs).map(|_| stream.normal() as f32).collect();
    Setting {
        network: Network::new(architecture, &mut streams.stream("init")),
        features: Matrix::from_values(n_inputs, values),
        targets: (0..BATCH as u32).map(|i| i % n_outputs as u32).collect(),
    }
}

#[divan::bench(args = NETWORKS, sample_count = 1000)]
fn step(bencher: Bencher<'_, '_>, network: (usize, &[usize], usize)) {
    let Setting { mut network, features, targets } = setting(network);
    let mut optimizer = OptimizerSpec::default().build::<f32>(network.n_parameters());
    let (mut pass, mut gradient) = (Pass::default(), Vec::new());
    let (mut residuals, mut classes) = (Matrix::default(), Vec::new());
    bencher.bench_local(|| {
        network.forward(black_box(&features), &mut pass);
        softmax_residuals(pass.logits(), &targets, &mut residuals, &mut classes);
        residuals.values_mut().iter_mut().for_each(|r| *r /= BATCH as f32);
        network.backward(&features, &residuals, None, &mut pass, &mut gradient);
        optimizer.step(network.parameters_mut(), &gradient, 1.0);
    });
}

#[divan::bench(args = NETWORKS, sample_count = 1000)]
fn forward(bencher: Bencher<'_, '_>, network: (usize, &[usize], usize)) {
    let Setting { network, features, .. } = setting(network);
    let mut pass = Pass::default();
    bencher.bench_local(|| network.forward(black_box(&features), &mut pass));
}

#[divan::bench(args = NETWORKS, sample_count = 1000)]
fn tangent(bencher: Bencher<'_, '_>, network: (usize, &[usize], usize)) {
    let Setting { network, features, .. } = setting(network);
    let mut pass = Pass::default();
    network.forward(&features, &mut pass);
    let direction = vec![1e-3; network.n_parameters()];
    bencher.bench_local(|| network.tangent(&features, black_box(&direction), &mut pass));
}

#[divan::bench(args = NETWORKS, sample_count = 1000)]
fn optimizer(bencher: Bencher<'_, '_>, network: (usize, &[usize], usize)) {
    let Setting { mut network, .. } = setting(network);
    let mut optimizer = OptimizerSpec::default().build::<f32>(network.n_parameters());
    let gradient = vec![1e-6; network.n_parameters()];
    bencher.bench_local(|| optimizer.step(network.parameters_mut(), black_box(&gradient), 1.0));
}
