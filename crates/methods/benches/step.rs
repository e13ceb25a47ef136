//! One training step of the MLP 10-64-64-2, batch 128, through the methods: cross-entropy, and one other
//! method at a time; reweightings have a meta batch of 32. Beside it a survey of 8192 rows and the forward pass that
//! it is made of.

use divan::Bencher;
use methods::control::{ControlSpec, Controlled, NormMatched};
use methods::examples::Examples;
use methods::losses::{CrossEntropy, Link, LossSpec, PerExample, Plain, Readout};
use methods::mining::{Mined, MiningSpec, Ohem};
use methods::mixing::{MixingSpec, Mixup};
use methods::reweighting::{L2rw, MetaWeightNet, Reweighed, ReweightingSpec};
use methods::sampling::Pool;
use methods::setting::ClassCounts;
use methods::setting::Setting;
use methods::step::{Descent, Methods};
use nn::range::BelowOne;
use nn::{
    Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, OptimizerSpec,
    Pass, Shape, Stream, Streams,
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

/// What a step is made of besides cross-entropy; nothing, unless it is said.
#[derive(Default)]
struct Chosen {
    mixing: MixingSpec,
    mining: MiningSpec,
    reweighting: ReweightingSpec,
    control: ControlSpec,
}

#[divan::bench(sample_count = 1000)]
fn no_reweighting(bencher: Bencher<'_, '_>) {
    step(bencher, &Chosen::default());
}

#[divan::bench(sample_count = 1000)]
fn l2rw(bencher: Bencher<'_, '_>) {
    let reweighting = ReweightingSpec::L2rw(L2rw::default());
    step(bencher, &Chosen { reweighting, ..Chosen::default() });
}

#[divan::bench(sample_count = 1000)]
fn meta_weight_net(bencher: Bencher<'_, '_>) {
    let reweighting = ReweightingSpec::MetaWeightNet(MetaWeightNet::default());
    step(bencher, &Chosen { reweighting, ..Chosen::default() });
}

#[divan::bench(sample_count = 1000)]
fn norm_matched(bencher: Bencher<'_, '_>) {
    let control = ControlSpec::NormMatched(NormMatched {});
    step(bencher, &Chosen { control, ..Chosen::default() });
}

#[divan::bench(sample_count = 1000)]
fn norm_matched_l2rw(bencher: Bencher<'_, '_>) {
    let reweighting = ReweightingSpec::L2rw(L2rw::default());
    let control = ControlSpec::NormMatched(NormMatched {});
    step(bencher, &Chosen { reweighting, control, ..Chosen::default() });
}

#[divan::bench(sample_count = 1000)]
fn mixup(bencher: Bencher<'_, '_>) {
    let mixing = MixingSpec::Mixup(Mixup::default());
    step(bencher, &Chosen { mixing, ..Chosen::default() });
}

#[divan::bench(sample_count = 1000)]
fn ohem(bencher: Bencher<'_, '_>) {
    let mining = MiningSpec::Ohem(Ohem::default());
    step(bencher, &Chosen { mining, ..Chosen::default() });
}

#[divan::bench(sample_count = 1000)]
fn ohem_without_near_duplicates(bencher: Bencher<'_, '_>) {
    let ohem = Ohem { suppress: Some(BelowOne::new(0.01)), ..Ohem::default() };
    step(bencher, &Chosen { mining: MiningSpec::Ohem(ohem), ..Chosen::default() });
}

#[divan::bench(sample_count = 200)]
fn forward_of_8192_rows(bencher: Bencher<'_, '_>) {
    look(bencher, false);
}

#[divan::bench(sample_count = 200)]
fn survey_of_8192_rows(bencher: Bencher<'_, '_>) {
    look(bencher, true);
}

/// Eight chunks of 1024 rows through the network, and their plain losses if they are `scored`.
fn look(bencher: Bencher<'_, '_>, scored: bool) {
    let streams = Streams::new([0; 32]);
    let network = Network::<f32>::new(architecture(), &mut streams.stream("init"));
    let chunk = examples(1024, &mut streams.stream("examples"));
    let mut plain = Plain::new(&Readout::plain(Link::Softmax));
    let (mut pass, mut evaluated) = (Pass::default(), PerExample::default());
    bencher.bench_local(|| {
        for _ in 0..8 {
            network.forward(&chunk.features, &mut pass);
            if scored {
                plain.score(pass.logits(), &chunk.targets, &mut evaluated);
            }
        }
    });
}

fn architecture() -> Architecture {
    Architecture {
        input: Shape::flat(N_INPUTS),
        body: LayerSpec::mlp(&[64, 64], Activation::Relu, 0.0),
        n_outputs: 2,
        initialization: Initialization::HeNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
    }
}

fn step(bencher: Bencher<'_, '_>, chosen: &Chosen) {
    let Chosen { mixing, mining, reweighting, control } = chosen;
    let streams = Streams::new([0; 32]);
    let mut network = Network::new(architecture(), &mut streams.stream("init"));
    let mut stream = streams.stream("examples");
    let (batch, meta) = (examples(128, &mut stream), examples(320, &mut stream));
    let spec = LossSpec::CrossEntropy(CrossEntropy {});
    let setting = Setting { counts: &ClassCounts::new(vec![64, 64]), streams: &streams };
    let readout = Readout::plain(spec.link());
    let controlled = Controlled { targets: &batch.targets, readout: &readout, setting: &setting };
    let mut descent = Descent::new(Methods {
        mixing: mixing.build(&setting, None).unwrap(),
        loss: spec.build::<f32>(&setting).expect("both classes have examples"),
        mining: mining.build(&Mined {
            targets: &batch.targets,
            setting: &setting,
            scores: None,
            readout: &readout,
            background: None,
        }),
        reweighting: reweighting.build(Reweighed {
            meta: Some(meta),
            loss: &spec,
            readout: &readout,
            setting: &setting,
        }),
        control: control.build(&controlled),
    });
    let mut optimizer = OptimizerSpec::default().build::<f32>(network.n_parameters());
    let mut dropout = streams.stream("dropout");
    let (rows, pool): (Vec<u32>, _) = ((0..128).collect(), Pool::full(128));
    bencher.bench_local(|| {
        descent.step(&mut network, optimizer.as_mut(), &batch, (&rows, &pool), 1.0, &mut dropout)
    });
}
