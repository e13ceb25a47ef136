//! One training step of convolutional networks on images of 28 × 28 grey values and ten classes, batch 128, through the
//! methods: cross-entropy, alone and with Learning to Reweight, whose meta batch has 32 images.
//!
//! Prints milliseconds of processor time a step, the best and the median of rounds in which all take turns. So they can
//! be compared with each other, and with another program that takes its turn (`-- NETWORK STEPS` is one round of plain
//! training).

use std::fs;
use std::time::Instant;

use methods::control::{ControlSpec, Controlled};
use methods::examples::Examples;
use methods::losses::{CrossEntropy, Link, LossSpec, Readout};
use methods::mining::{Mined, MiningSpec};
use methods::mixing::MixingSpec;
use methods::reweighting::{L2rw, Reweighed, ReweightingSpec};
use methods::sampling::Pool;
use methods::setting::{ClassCounts, Setting};
use methods::step::{Descent, Methods};
use nn::{
    Activation, Architecture, Head, Initialization, Kernel, LayerSpec, Matrix, Network,
    OptimizerSpec, Shape, Stream, Streams,
};

const IMAGE: Shape = Shape { height: 28, width: 28, channels: 1 };
const N_CLASSES: usize = 10;
const BATCH: usize = 128;
const RELU: LayerSpec = LayerSpec::Activation(Activation::Relu);
const NETWORKS: [&str; 3] = ["lenet", "conv_net", "small_resnet"];

fn conv(filters: usize, size: usize) -> LayerSpec {
    LayerSpec::Conv2d(Kernel { filters, size, stride: 1, padding: 0, biases: true })
}

/// A convolution without biases and its normalisation.
fn normed(filters: usize, size: usize, stride: usize) -> [LayerSpec; 2] {
    let kernel = Kernel { filters, size, stride, padding: size / 2, biases: false };
    [LayerSpec::Conv2d(kernel), LayerSpec::BatchNorm]
}

fn block(filters: usize, stride: usize) -> LayerSpec {
    let body = [&normed(filters, 3, stride)[..], &[RELU], &normed(filters, 3, 1)].concat();
    let shortcut = if stride == 1 { Vec::new() } else { normed(filters, 1, stride).to_vec() };
    LayerSpec::Residual { body, shortcut }
}

fn body(name: &str) -> Vec<LayerSpec> {
    if name == "small_resnet" {
        let [stem, norm] = normed(16, 3, 1);
        let [first, second, third] = [block(16, 1), block(32, 2), block(64, 2)];
        let mean = LayerSpec::GlobalAveragePool;
        return vec![stem, norm, RELU, first, RELU, second, RELU, third, RELU, mean];
    }
    let (convolutions, units) = match name {
        "lenet" => {
            let pooled = |filters| [conv(filters, 5), LayerSpec::MaxPool(2), RELU];
            ([pooled(16), pooled(32)].concat(), 100)
        }
        "conv_net" => (vec![conv(16, 3), RELU, conv(32, 3), LayerSpec::MaxPool(2), RELU], 64),
        other => panic!("no network {other}: {NETWORKS:?}"),
    };
    [convolutions, LayerSpec::mlp(&[units], Activation::Relu, 0.0)].concat()
}

fn examples(n: usize, stream: &mut Stream) -> Examples<f32> {
    let n_inputs = IMAGE.n_values();
    let values = (0..n * n_inputs).map(|_| stream.normal() as f32).collect();
    let targets = (0..n as u32).map(|i| i % N_CLASSES as u32).collect();
    Examples { features: Matrix::from_values(n_inputs, values), targets }
}

/// Processor time of this process, in seconds; where the system does not tell, time.
fn now(begin: Instant) -> f64 {
    let known = fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = known.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| begin.elapsed().as_secs_f64(), |n| n * 1e-9)
}

/// Milliseconds of each of `steps` steps.
fn round(name: &str, reweighting: &ReweightingSpec, steps: usize) -> f64 {
    let streams = Streams::new([0; 32]);
    let architecture = Architecture {
        input: IMAGE,
        body: body(name),
        n_outputs: N_CLASSES,
        initialization: Initialization::HeNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
    };
    let mut network = Network::new(architecture, &mut streams.stream("init"));
    let mut stream = streams.stream("examples");
    let (batch, meta) = (examples(BATCH, &mut stream), examples(320, &mut stream));
    let spec = LossSpec::CrossEntropy(CrossEntropy {});
    let setting = Setting { counts: &ClassCounts::new(vec![13; N_CLASSES]), streams: &streams };
    let readout = Readout::plain(Link::Softmax);
    let controlled = Controlled { targets: &batch.targets, readout: &readout, setting: &setting };
    let mined = Mined {
        targets: &batch.targets,
        setting: &setting,
        scores: None,
        readout: &readout,
        background: None,
    };
    let mut descent = Descent::new(Methods {
        mixing: MixingSpec::default().build(&setting, None).unwrap(),
        loss: spec.build::<f32>(&setting).expect("all classes have examples"),
        mining: MiningSpec::default().build(&mined),
        reweighting: reweighting.build(Reweighed {
            meta: Some(meta),
            loss: &spec,
            readout: &readout,
            setting: &setting,
        }),
        control: ControlSpec::default().build(&controlled),
    });
    let mut optimizer = OptimizerSpec::default().build::<f32>(network.n_parameters());
    let mut dropout = streams.stream("dropout");
    let (rows, pool): (Vec<u32>, _) = ((0..BATCH as u32).collect(), Pool::full(BATCH));
    let mut step = || {
        let rows = (rows.as_slice(), &pool);
        descent.step(&mut network, optimizer.as_mut(), &batch, rows, 0.1, &mut dropout)
    };
    (0..3).for_each(|_| _ = step());
    let start = Instant::now();
    let before = now(start);
    (0..steps).for_each(|_| _ = step());
    (now(start) - before) * 1e3 / steps as f64
}

fn main() {
    let plain = ReweightingSpec::default();
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [name, steps] = arguments.as_slice() {
        let steps = steps.parse().expect("a number of steps");
        println!("{name} {:.3} ms", round(name, &plain, steps));
        return;
    }
    let l2rw = ReweightingSpec::L2rw(L2rw::default());
    for name in NETWORKS {
        let rounds: Vec<[f64; 2]> =
            (0..7).map(|_| [&plain, &l2rw].map(|method| round(name, method, 30))).collect();
        let sorted = |of: fn(&[f64; 2]) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            (values[0], values[values.len() / 2])
        };
        let (best, median) = sorted(|round| round[0]);
        println!("{name}: {best:.2} ms a step, {median:.2} in the median");
        let (best, median) = sorted(|round| round[1]);
        println!("{name}, l2rw: {best:.2} ms a step, {median:.2} in the median");
        println!("{name}: l2rw is {:.2} of a plain step", sorted(|round| round[1] / round[0]).1);
    }
}
