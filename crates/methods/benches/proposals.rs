//! One step of a detector on 2 images of 2,000 proposals each, whose 64 features an MLP 64-64 reads: cross-entropy of two
//! classes and the background, smooth L1 of four deltas. Beside it the step that learns from the 128 hardest, and what
//! choosing these takes by itself: of all proposals, and after suppression at 0.7.

use std::sync::Arc;

use boxes::BoundingBox;
use divan::Bencher;
use methods::control::{ControlSpec, Controlled};
use methods::examples::Examples;
use methods::losses::proposals::{
    BoxLossSpec, DeltaColumns, LabelBase, Proposals, Regions, SmoothL1,
};
use methods::losses::{Batch, CrossEntropy, LossSpec, PerExample, Readout, Reduction};
use methods::mining::{Mined, Mining, MiningSpec, Selection};
use methods::mixing::MixingSpec;
use methods::reweighting::{Reweighed, ReweightingSpec};
use methods::sampling::Pool;
use methods::setting::{ClassCounts, Setting};
use methods::step::{Descent, Methods};
use nn::{
    Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, OptimizerSpec,
    Shape, Stream, Streams,
};

fn main() {
    divan::main();
}

const N_FEATURES: usize = 64;
const N_PROPOSALS: usize = 4000;
const N_COLUMNS: usize = 3 + 4;

const ALL: &str = "none = {}";
const HARDEST: &str = "ohem.keep.count = 128";
const HARDEST_APART: &str = "ohem = { keep = { count = 128 }, overlap = 0.7 }";

/// A tenth of the proposals have an object.
fn targets() -> Vec<u32> {
    (0..N_PROPOSALS as u32).map(|i| if i % 10 == 0 { 1 + i / 10 % 2 } else { 0 }).collect()
}

/// Sides of 20 to 80 in images of 800 by 600.
fn regions(stream: &mut Stream) -> Regions {
    let mut bounds = || {
        let [x, y, w, h] = std::array::from_fn(|_| stream.uniform());
        BoundingBox::of_size([720.0 * x, 520.0 * y, 20.0 + 60.0 * w, 20.0 + 60.0 * h])
    };
    Regions {
        images: (0..N_PROPOSALS as u32).map(|i| i % 2).collect(),
        bounds: (0..N_PROPOSALS).map(|_| bounds()).collect(),
        deltas: vec![[0.1, -0.2, 0.3, 0.0]; N_PROPOSALS],
        labels: LabelBase::OneBasedBackgroundFirst,
        n_classes: 2,
    }
}

fn normal(n_columns: usize, stream: &mut Stream) -> Matrix<f32> {
    let values = (0..N_PROPOSALS * n_columns).map(|_| stream.normal() as f32).collect();
    Matrix::from_values(n_columns, values)
}

#[divan::bench(args = [ALL, HARDEST, HARDEST_APART])]
fn step(bencher: Bencher<'_, '_>, mining: &str) {
    let streams = Streams::new([0; 32]);
    let architecture = Architecture {
        input: Shape::flat(N_FEATURES),
        body: LayerSpec::mlp(&[64, 64], Activation::Relu, 0.0),
        n_outputs: N_COLUMNS,
        initialization: Initialization::HeNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
    };
    let mut network = Network::new(architecture, &mut streams.stream("init"));
    let features = normal(N_FEATURES, &mut streams.stream("examples"));
    let train = Examples { features, targets: targets() };
    let spec = LossSpec::CrossEntropy(CrossEntropy {});
    let setting = Setting { counts: &ClassCounts::new(vec![3600, 200, 200]), streams: &streams };
    let readout = Readout::plain(spec.link());
    let classes = spec.build::<f32>(&setting).expect("all classes have examples");
    let boxes = BoxLossSpec::SmoothL1(SmoothL1::default()).build();
    let reweighed = Reweighed { meta: None, loss: &spec, readout: &readout, setting: &setting };
    let controlled = Controlled { targets: &train.targets, readout: &readout, setting: &setting };
    let methods = Methods {
        mixing: MixingSpec::default().build(&setting, None).expect("nothing is mixed"),
        loss: Box::new(Proposals::new(classes, Reduction::Mean, boxes, DeltaColumns::Shared)),
        mining: miner(mining, &train.targets),
        reweighting: ReweightingSpec::default().build(reweighed),
        control: ControlSpec::default().build(&controlled),
    };
    let regions = Arc::new(regions(&mut streams.stream("regions")));
    let mut descent = Descent::new(methods).on_regions(Some(regions));
    let mut optimizer = OptimizerSpec::default().build::<f32>(network.n_parameters());
    let mut dropout = streams.stream("dropout");
    let (rows, pool): (Vec<u32>, _) = ((0..N_PROPOSALS as u32).collect(), Pool::full(N_PROPOSALS));
    bencher.bench_local(|| {
        descent.step(&mut network, optimizer.as_mut(), &train, (&rows, &pool), 1.0, &mut dropout)
    });
}

#[divan::bench(args = [HARDEST, HARDEST_APART])]
fn selection(bencher: Bencher<'_, '_>, mining: &str) {
    let streams = Streams::new([0; 32]);
    let (targets, regions) = (targets(), regions(&mut streams.stream("regions")));
    let logits = normal(N_COLUMNS, &mut streams.stream("logits"));
    let losses = logits.rows().map(|row| row[0].abs()).collect();
    let evaluated = PerExample::new(losses, Matrix::default(), vec![1.0; N_PROPOSALS]);
    let rows: Vec<u32> = (0..N_PROPOSALS as u32).collect();
    let (mut miner, mut selection) = (miner(mining, &targets), Selection::default());
    bencher.bench_local(|| {
        let regions = Some(&regions);
        let batch = Batch { rows: &rows, regions, ..Batch::new(&logits, &targets) };
        miner.select(&batch, &evaluated, &mut selection);
    });
}

fn miner(mining: &str, targets: &[u32]) -> Box<dyn Mining<f32>> {
    let spec: MiningSpec = toml::from_str(mining).expect("a miner as a file writes it");
    let streams = Streams::new([0; 32]);
    let setting = Setting { counts: &ClassCounts::new(vec![3600, 200, 200]), streams: &streams };
    let readout = Readout::plain(LossSpec::CrossEntropy(CrossEntropy {}).link());
    spec.build(&Mined {
        targets,
        setting: &setting,
        scores: None,
        readout: &readout,
        background: None,
    })
}
