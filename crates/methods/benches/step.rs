//! One training step of the MLP 10-64-64-2, batch 128, through the methods: cross-entropy, no mining, and
//! with or without Learning to Reweight over a meta batch of 32.

use divan::Bencher;
use methods::losses::{Batch, ClassCounts, CrossEntropy, LossSpec, PerExample, Readout, Setting};
use methods::mining::{MiningSpec, NoMining, Selection};
use methods::reweighting::{L2rw, MetaSet, NoReweighting, ReweightingSpec, Step};
use nn::{
    Activation, Architecture, Head, Initialization, Matrix, Network, OptimizerSpec, Pass, Stream,
    Streams,
};

fn main() {
    divan::main();
}

const N_INPUTS: usize = 10;

fn examples(n: usize, stream: &mut Stream) -> MetaSet<f32> {
    MetaSet {
        features: Matrix::from_values(
            N_INPUTS,
            (0..n * N_INPUTS).map(|_| stream.normal() as f32).collect(),
        ),
        targets: (0..n as u32).map(|i| i % 2).collect(),
    }
}

#[divan::bench(sample_count = 1000)]
fn no_reweighting(bencher: Bencher<'_, '_>) {
    step(bencher, &ReweightingSpec::None(NoReweighting {}));
}

#[divan::bench(sample_count = 1000)]
fn l2rw(bencher: Bencher<'_, '_>) {
    step(bencher, &ReweightingSpec::L2rw(L2rw::default()));
}

fn step(bencher: Bencher<'_, '_>, reweighting: &ReweightingSpec) {
    let streams = Streams::new([0; 32]);
    let architecture = Architecture {
        n_inputs: N_INPUTS,
        hidden: vec![64, 64],
        n_outputs: 2,
        activation: Activation::Relu,
        dropout: 0.0,
        initialization: Initialization::HeNormal,
        head: Head::Affine,
        output_bias: 0.0,
    };
    let mut network = Network::new(architecture, &mut streams.stream("init"));
    let mut stream = streams.stream("examples");
    let (batch, meta) = (examples(128, &mut stream), examples(320, &mut stream));
    let spec = LossSpec::CrossEntropy(CrossEntropy {});
    let setting = Setting { counts: &ClassCounts::new(vec![64, 64]), streams: &streams };
    let mut loss = spec.build::<f32>(&setting).expect("both classes have examples");
    let mut mining = MiningSpec::None(NoMining {}).build::<f32>();
    let mut reweighting = reweighting.build(Some(meta), &Readout::plain(spec.link()), &streams);
    let mut optimizer = OptimizerSpec::default().build::<f32>(network.n_parameters());
    let (mut pass, mut gradient, mut weights) = (Pass::default(), Vec::new(), Vec::new());
    let (mut evaluated, mut selection) = (PerExample::default(), Selection::default());
    let MetaSet { features, targets } = &batch;
    bencher.bench_local(|| {
        network.forward(features, &mut pass);
        loss.evaluate(&Batch::new(pass.logits(), targets), &mut evaluated);
        mining.select(&evaluated, targets, &mut selection);
        let step = Step {
            network: &network,
            features,
            targets,
            pass: &mut pass,
            evaluated: &evaluated,
            selection: &selection,
        };
        reweighting.weigh(step, &mut weights);
        evaluated.weigh(&weights);
        network.backward(features, &evaluated.gradient, None, &mut pass, &mut gradient);
        optimizer.step(network.parameters_mut(), &gradient, 1.0);
    });
}
