//! One training step of the MLP 10-64-64-2, batch 128, through the methods: cross-entropy, no mining, and
//! with or without Learning to Reweight over a meta batch of 32.

use divan::Bencher;
use methods::control::{ControlSpec, Controlled, NormMatched};
use methods::examples::Examples;
use methods::losses::{CrossEntropy, LossSpec, Readout};
use methods::mining::{Mined, MiningSpec};
use methods::mixing::{MixingSpec, Mixup};
use methods::reweighting::{L2rw, ReweightingSpec};
use methods::sampling::Pool;
use methods::setting::ClassCounts;
use methods::setting::Setting;
use methods::step::{Descent, Methods};
use nn::{
    Activation, Architecture, Head, Initialization, Matrix, Network, OptimizerSpec, Stream, Streams,
};

fn main() {
    divan::main();
}

const N_INPUTS: usize = 10;

fn examples(n: usize, stream: &mut Stream) -> Examples<f32> {
    Examples {
        features: Matrix::from_values(
            N_INPUTS,
            (0..n * N_INPUTS).map(|_| stream.normal() as f32).collect(),
        ),
        targets: (0..n as u32).map(|i| i % 2).collect(),
    }
}

#[divan::bench(sample_count = 1000)]
fn no_reweighting(bencher: Bencher<'_, '_>) {
    step(bencher, &ReweightingSpec::default(), &ControlSpec::default(), &MixingSpec::default());
}

#[divan::bench(sample_count = 1000)]
fn l2rw(bencher: Bencher<'_, '_>) {
    step(
        bencher,
        &ReweightingSpec::L2rw(L2rw::default()),
        &ControlSpec::default(),
        &MixingSpec::default(),
    );
}

#[divan::bench(sample_count = 1000)]
fn norm_matched(bencher: Bencher<'_, '_>) {
    step(
        bencher,
        &ReweightingSpec::default(),
        &ControlSpec::NormMatched(NormMatched {}),
        &MixingSpec::default(),
    );
}

#[divan::bench(sample_count = 1000)]
fn norm_matched_l2rw(bencher: Bencher<'_, '_>) {
    let l2rw = ReweightingSpec::L2rw(L2rw::default());
    step(bencher, &l2rw, &ControlSpec::NormMatched(NormMatched {}), &MixingSpec::default());
}

#[divan::bench(sample_count = 1000)]
fn mixup(bencher: Bencher<'_, '_>) {
    let mixup = MixingSpec::Mixup(Mixup::default());
    step(bencher, &ReweightingSpec::default(), &ControlSpec::default(), &mixup);
}

fn step(
    bencher: Bencher<'_, '_>,
    reweighting: &ReweightingSpec,
    control: &ControlSpec,
    mixing: &MixingSpec,
) {
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
    let readout = Readout::plain(spec.link());
    let controlled = Controlled { targets: &batch.targets, readout: &readout, setting: &setting };
    let mut descent = Descent::new(Methods {
        mixing: mixing.build(&setting),
        loss: spec.build::<f32>(&setting).expect("both classes have examples"),
        mining: MiningSpec::default().build(&Mined {
            targets: &batch.targets,
            setting: &setting,
            scores: None,
            readout: &readout,
        }),
        reweighting: reweighting.build(Some(meta), &readout, &streams),
        control: control.build(&controlled),
    });
    let mut optimizer = OptimizerSpec::default().build::<f32>(network.n_parameters());
    let mut dropout = streams.stream("dropout");
    let (rows, pool): (Vec<u32>, _) = ((0..128).collect(), Pool::full(128));
    bencher.bench_local(|| {
        descent.step(&mut network, optimizer.as_mut(), &batch, (&rows, &pool), 1.0, &mut dropout)
    });
}
