//! What holds of every mixing, and of every loss under it.

use std::collections::BTreeMap;

use methods::examples::Examples;
use methods::losses::{Batch, Epoch, Loss, LossSpec, PerExample, Plain};
use methods::mining::{Mined, MiningSpec};
use methods::mixing::{Mixing, MixingSpec, Mixture, Pixels};
use methods::reweighting::{Reweighed, ReweightingSpec};
use methods::sampling::Pool;
use methods::setting::{ClassCounts, Setting};
use methods::step::{Descent, Methods, Stepped};
use nn::{
    Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, OptimizerSpec,
    Pass, Shape, Streams,
};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const COUNTS: [u32; 3] = [40, 10, 5];
const TARGETS: [u32; 8] = [0, 1, 2, 0, 2, 1, 1, 0];

fn get<T: DeserializeOwned>(value: Value) -> T {
    methods::named::deserialize(value).unwrap()
}

fn streams() -> Streams {
    Streams::new([6; 32])
}

/// What a test is about, with three classes or so many.
fn set<R>(n_classes: usize, of: impl FnOnce(&Setting<'_>) -> R) -> R {
    let counts = ClassCounts::new(COUNTS[..n_classes].to_vec());
    of(&Setting { counts: &counts, streams: &streams() })
}

fn features(seed: u64) -> Matrix<f64> {
    let mut stream = streams().indexed("features", seed);
    Matrix::from_values(16, (0..128).map(|_| stream.normal()).collect())
}

fn corners() -> Vec<MixingSpec> {
    let file: BTreeMap<String, Vec<Value>> = toml::from_str(include_str!("laws.toml")).unwrap();
    file["mixing"].iter().map(|entry| get(entry.clone())).collect()
}

/// Images of four lines of four pixels.
const PIXELS: Pixels = Pixels { planes: 1, height: 4, width: 4, depth: 1 };

/// The features and the mixture of the first eight batches.
fn mixed(spec: &MixingSpec) -> Vec<(Matrix<f64>, Mixture<f64>)> {
    let mut mixing = set(3, |setting| spec.build::<f64>(setting, Some(PIXELS)).unwrap());
    let batch = |seed| {
        let (mut features, mut mixture) = (features(seed), Mixture::default());
        mixing.mix(&mut features, &TARGETS, &mut mixture);
        (features, mixture)
    };
    (0..8).map(batch).collect()
}

#[test]
fn features_and_labels_are_shares_of_two_examples_and_the_batch_keeps_its_sum() {
    for spec in corners() {
        for (seed, (own, mixture)) in mixed(&spec).iter().enumerate() {
            let before = features(seed as u64);
            // A mixing for images leaves some batches alone.
            if spec.is_none() || spec.needs_images() && *mixture == Mixture::default() {
                assert_eq!((own, mixture), (&before, &Mixture::default()));
                continue;
            }
            assert_eq!(mixture.own_shares().len(), 8, "{spec:?}");
            assert!(mixture.own_shares().iter().all(|share| (0.0..=1.0).contains(share)));
            // The partners are a permutation: what one example gives away another has.
            for column in 0..16 {
                let sum = |matrix: &Matrix<f64>| matrix.rows().map(|row| row[column]).sum::<f64>();
                assert!((sum(own) - sum(&before)).abs() < 1e-13, "{spec:?}");
            }
        }
    }
}

#[test]
fn cutmix_is_for_images_alone() {
    let spec: MixingSpec = get(json!("cutmix"));
    assert!(set(3, |setting| spec.build::<f64>(setting, None).is_err()));
}

#[test]
fn remix_leans_by_labels_and_blends_features_as_mixup_does() {
    let leaning = mixed(&get(json!({ "remix": { "kappa": 1.1 } })));
    let plain = mixed(&get(json!({ "mixup": { "alpha": 1 } })));
    assert_eq!(leaning[0].0, plain[0].0);
    assert_ne!(leaning[0].1, plain[0].1);
}

/// Blends by given shares with the batch read backwards.
struct Backwards(Vec<f64>);

impl Mixing<f64> for Backwards {
    fn mix(&mut self, features: &mut Matrix<f64>, targets: &[u32], mixture: &mut Mixture<f64>) {
        let n = targets.len() as u32;
        let before = features.clone();
        for (i, &own) in self.0.iter().enumerate() {
            let other = before.row(n as usize - 1 - i);
            let row = features.row_mut(i).iter_mut().zip(other);
            row.for_each(|(x, &other)| *x = own * *x + (1.0 - own) * other);
        }
        mixture.fill(targets.iter().rev().copied().zip(self.0.iter().copied()));
    }
}

/// What `loss` says of `logits` with the batch read backwards as partners.
fn blended(
    loss: &mut dyn Loss<f64>,
    logits: &Matrix<f64>,
    targets: &[u32],
    own: &[f64],
) -> PerExample<f64> {
    let (mut out, mut mixture) = (PerExample::default(), Mixture::default());
    mixture.fill(targets.iter().rev().copied().zip(own.iter().copied()));
    mixture.evaluate(targets, [&mut out, &mut PerExample::default()], |targets, out| {
        loss.evaluate(&Batch::new(logits, targets), out);
    });
    out
}

/// Every loss that can be blended, acting, with a batch for it.
fn pointwise() -> impl Iterator<Item = (LossSpec, Box<dyn Loss<f64>>, Matrix<f64>, Vec<u32>)> {
    methods::losses::corners().into_iter().filter(LossSpec::is_pointwise).map(|spec| {
        let n_classes = if spec.traits().two_classes { 2 } else { 3 };
        let mut loss = set(n_classes, |setting| spec.build::<f64>(setting).unwrap());
        let recalls = [Some(0.5), Some(0.25), None];
        let progress = spec.traits().acts_from;
        loss.begin_epoch(&Epoch { number: 1, progress, recalls: &recalls[..n_classes] });
        let width = spec.n_outputs(n_classes);
        let mut stream = streams().stream("logits");
        let range = if spec.traits().head == Head::Cosine { 0.4 } else { 1.5 };
        let values = (0..8 * width).map(|_| range * (2.0 * stream.uniform() - 1.0)).collect();
        let targets = TARGETS.iter().map(|y| y % n_classes as u32).collect();
        (spec, loss, Matrix::from_values(width, values), targets)
    })
}

/// Losses whose slopes are, as documented, not those of their values.
fn detached(spec: &LossSpec) -> bool {
    let text = serde_json::to_string(spec).unwrap();
    text.contains("\"detach_focus\":true")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_slope_of_a_blended_loss_is_what_differences_say(
        own in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.01..0.99], 8),
        row in 0_usize..8,
    ) {
        const H: f64 = 1e-6;
        for (spec, mut loss, logits, targets) in pointwise().filter(|(spec, ..)| !detached(spec)) {
            let at = blended(loss.as_mut(), &logits, &targets, &own);
            for k in 0..logits.n_columns() {
                let mut moved = |by: f64| {
                    let mut moved = logits.clone();
                    moved.row_mut(row)[k] += by;
                    blended(loss.as_mut(), &moved, &targets, &own).losses[row]
                };
                let slope = (moved(H) - moved(-H)) / (2.0 * H);
                // Of a central difference, and of kinks, which no logit of the batch is at.
                let close = (slope - at.gradient.row(row)[k]).abs() < 1e-6 * (1.0 + slope.abs());
                prop_assert!(close, "{spec:?}: {slope} and {}", at.gradient.row(row)[k]);
            }
        }
    }
}

fn network() -> Network<f64> {
    let architecture = Architecture {
        input: Shape::flat(16),
        body: LayerSpec::mlp(&[5], Activation::Tanh, 0.0),
        n_outputs: 3,
        initialization: Initialization::XavierNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
    };
    Network::new(architecture, &mut streams().stream("init"))
}

/// The loss of a step over the eight examples that are blended by `own`, how far it went, and the weights it gave.
fn step(own: &[f64], reweighting: &str, meta: &Examples<f64>) -> (f64, Vec<f64>, Vec<f64>) {
    step_of(Box::new(Backwards(own.to_vec())), reweighting, meta)
}

/// The same under any mixing.
fn step_of(
    mixing: Box<dyn Mixing<f64>>,
    reweighting: &str,
    meta: &Examples<f64>,
) -> (f64, Vec<f64>, Vec<f64>) {
    let spec: LossSpec = get(json!("weighted_cross_entropy"));
    let train = Examples { features: features(0), targets: TARGETS.to_vec() };
    let methods = set(3, |setting| {
        let readout = spec.readout(setting.counts).unwrap();
        let reweighting: ReweightingSpec = get(json!(reweighting));
        Methods {
            mixing,
            loss: spec.build::<f64>(setting).unwrap(),
            mining: MiningSpec::default().build(&Mined {
                targets: &TARGETS,
                setting,
                scores: None,
                readout: &readout,
                background: None,
            }),
            reweighting: reweighting.build(Reweighed {
                meta: Some(meta.clone()),
                loss: &spec,
                readout: &readout,
                setting,
            }),
            control: Box::new(methods::control::NoControl::default()),
        }
    });
    let mut descent = Descent::new(methods);
    let mut network = network();
    let before = network.parameters().to_vec();
    let sgd = json!({ "sgd": { "learning_rate": 1, "momentum": 0, "weight_decay": 0 } });
    let mut optimizer = get::<OptimizerSpec>(sgd).build(network.n_parameters());
    let rows = (&[0, 1, 2, 3, 4, 5, 6, 7][..], &Pool::full(8));
    let mut dropout = streams().stream("dropout");
    let stepped = descent.step(&mut network, optimizer.as_mut(), &train, rows, 1.0, &mut dropout);
    let Stepped::Taken(loss) = stepped else { panic!("no step was taken") };
    let moved = before.iter().zip(network.parameters()).map(|(before, after)| before - after);
    (loss, moved.collect(), descent.weights().to_vec())
}

/// The loss of one step with plain SGD and how far it went; and the batch as it was mixed.
fn cut_step(probability: f64) -> ((f64, Vec<f64>), Matrix<f64>, Mixture<f64>) {
    let spec: MixingSpec = get(json!({ "cutmix": { "probability": probability } }));
    let build = || set(3, |setting| spec.build::<f64>(setting, Some(PIXELS)).unwrap());
    let (mut blend, mut mixture) = (features(0), Mixture::default());
    build().mix(&mut blend, &TARGETS, &mut mixture);
    let (loss, moved, _) = step_of(build(), "none", &Examples::default());
    ((loss, moved), blend, mixture)
}

#[test]
fn a_step_of_cut_images_goes_down_the_mean_of_their_blended_losses() {
    let ((loss, gradient), blend, mixture) = cut_step(1.0);
    assert_ne!((&blend, &mixture), (&features(0), &Mixture::default()), "nothing was cut");
    let mean = |network: &Network<f64>| {
        let spec: LossSpec = get(json!("weighted_cross_entropy"));
        let mut evaluated = set(3, |setting| spec.build::<f64>(setting).unwrap());
        let (mut pass, mut out) = (Pass::default(), PerExample::default());
        network.forward(&blend, &mut pass);
        mixture.evaluate(&TARGETS, [&mut out, &mut PerExample::default()], |targets, out| {
            evaluated.evaluate(&Batch::new(pass.logits(), targets), out);
        });
        out.losses.iter().sum::<f64>() / out.mass.iter().sum::<f64>()
    };
    assert!((loss - mean(&network())).abs() < 1e-13);
    for i in (0..gradient.len()).step_by(7) {
        let mut direction = vec![0.0; gradient.len()];
        direction[i] = 1.0;
        assert!((along(&direction, mean) - gradient[i]).abs() < 1e-8, "parameter {i}");
    }
}

#[test]
fn a_batch_that_is_left_alone_takes_the_plain_step_to_the_bit() {
    let (cut, blend, _) = cut_step(1e-9);
    let none: MixingSpec = get(json!("none"));
    let none = set(3, |setting| none.build::<f64>(setting, None).unwrap());
    let (loss, moved, _) = step_of(none, "none", &Examples::default());
    assert_eq!(blend, features(0));
    assert_eq!(cut, (loss, moved));
}

const OWN: [f64; 8] = [0.3, 1.0, 0.0, 0.8, 0.5, 0.9, 0.2, 0.6];

/// The blended losses and masses of the eight examples under `network`.
fn example_losses(network: &Network<f64>) -> PerExample<f64> {
    let spec: LossSpec = get(json!("weighted_cross_entropy"));
    let mut loss = set(3, |setting| spec.build::<f64>(setting).unwrap());
    let (mut blend, mut pass) = (features(0), Pass::default());
    Backwards(OWN.to_vec()).mix(&mut blend, &TARGETS, &mut Mixture::default());
    network.forward(&blend, &mut pass);
    blended(loss.as_mut(), pass.logits(), &TARGETS, &OWN)
}

/// The derivative of `f` along `direction` at the parameters of a fresh network.
fn along(direction: &[f64], f: impl Fn(&Network<f64>) -> f64) -> f64 {
    const H: f64 = 1e-5;
    let moved = |by: f64| {
        let mut network = network();
        let parameters = network.parameters_mut().iter_mut().zip(direction);
        parameters.for_each(|(p, d)| *p += by * d);
        f(&network)
    };
    (moved(H) - moved(-H)) / (2.0 * H)
}

#[test]
fn a_step_goes_down_the_weighted_mean_of_the_blended_losses() {
    let mean = |network: &Network<f64>| {
        let PerExample { losses, mass, .. } = example_losses(network);
        losses.iter().sum::<f64>() / mass.iter().sum::<f64>()
    };
    let (loss, gradient, _) = step(&OWN, "none", &Examples::default());
    assert!((loss - mean(&network())).abs() < 1e-13);
    for i in (0..gradient.len()).step_by(7) {
        let mut direction = vec![0.0; gradient.len()];
        direction[i] = 1.0;
        assert!((along(&direction, mean) - gradient[i]).abs() < 1e-8, "parameter {i}");
    }
}

#[test]
fn learning_to_reweight_looks_ahead_along_blended_examples() {
    let meta = Examples { features: features(8), targets: vec![2, 2, 1, 0, 1, 0, 2, 1] };
    let meta_loss = |network: &Network<f64>| {
        let (mut pass, mut out) = (Pass::default(), PerExample::default());
        network.forward(&meta.features, &mut pass);
        let readout = set(3, |setting| LossSpec::default().readout(setting.counts).unwrap());
        Plain::new(&readout).score(pass.logits(), &meta.targets, &mut out);
        out.losses.iter().sum::<f64>() / 8.0
    };
    let n = network().n_parameters();
    let unit = |i: usize| (0..n).map(|j| f64::from(u8::from(i == j))).collect::<Vec<f64>>();
    let gradient: Vec<f64> = (0..n).map(|i| along(&unit(i), meta_loss)).collect();
    let helps: Vec<f64> = (0..8)
        .map(|i| along(&gradient, |network| example_losses(network).losses[i]).max(0.0))
        .collect();
    let total: f64 = helps.iter().sum();
    let (_, _, weights) = step(&OWN, "l2rw", &meta);
    assert!(helps.contains(&0.0) && helps.iter().filter(|&&u| 0.0 < u).count() > 2);
    for (w, u) in weights.iter().zip(&helps) {
        assert!((w - u / total).abs() < 1e-6, "{weights:?} {helps:?}");
    }
}
