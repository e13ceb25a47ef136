use super::*;
use crate::losses::{Batch, BinaryCrossEntropy, CrossEntropy, Link, Loss};
use nn::{Activation, Architecture, Head, Initialization, LayerSpec, Shape};
use proptest::prelude::*;

const LINKS: [Link; 2] = [Link::Softmax, Link::Sigmoid];

fn streams(seed: u8) -> Streams {
    Streams::new([seed; 32])
}

fn network(link: Link, hidden: &[usize], seed: u8) -> Network<f64> {
    let architecture = Architecture {
        input: Shape::flat(3),
        body: LayerSpec::mlp(hidden, Activation::Tanh, 0.0),
        n_outputs: link.n_outputs(2),
        initialization: Initialization::XavierNormal,
        head: Head::Affine,
        output_bias: 0.0,
    };
    Network::new(architecture, &mut streams(seed).stream("init"))
}

fn examples(name: &str, n: usize, seed: u8) -> Examples<f64> {
    let mut stream = streams(seed).stream(name);
    let values = (0..3 * n).map(|_| stream.normal()).collect();
    let targets = (0..n).map(|_| stream.below(2) as u32).collect();
    Examples { features: Matrix::from_values(3, values), targets }
}

/// Losses and logit gradients: those of the meta loss.
fn evaluate(
    link: Link,
    network: &Network<f64>,
    set: &Examples<f64>,
    pass: &mut Pass<f64>,
) -> PerExample<f64> {
    network.forward(&set.features, pass);
    let mut out = PerExample::default();
    let batch = Batch::new(pass.logits(), &set.targets);
    match link {
        Link::Softmax => CrossEntropy {}.evaluate(&batch, &mut out),
        Link::Sigmoid => BinaryCrossEntropy {}.evaluate(&batch, &mut out),
    }
    out
}

fn mean_loss(link: Link, network: &Network<f64>, set: &Examples<f64>) -> f64 {
    let losses = evaluate(link, network, set, &mut Pass::default()).losses;
    losses.iter().sum::<f64>() / losses.len() as f64
}

/// The gradient of the loss of example `i` alone.
fn gradient_of(link: Link, network: &Network<f64>, set: &Examples<f64>, i: usize) -> Vec<f64> {
    let features = Matrix::from_values(3, set.features.row(i).to_vec());
    let alone = Examples { features, targets: vec![set.targets[i]] };
    let (mut pass, mut gradient) = (Pass::default(), Vec::new());
    let evaluated = evaluate(link, network, &alone, &mut pass);
    network.backward(&alone.features, &evaluated.gradient, None, &mut pass, &mut gradient);
    gradient
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `u` as the method computes it.
fn u(link: Link, network: &Network<f64>, train: &Examples<f64>, meta: &Examples<f64>) -> Vec<f64> {
    let mut pass = Pass::default();
    let evaluated = evaluate(link, network, train, &mut pass);
    let mut method = L2rw::default().build(Some(meta.clone()), &Readout::plain(link), &streams(1));
    network.tangent(&train.features, method.gradient.of(network, meta), &mut pass);
    let mut u = Vec::new();
    agreements(&evaluated, &pass, &mut u);
    u
}

fn weigh(
    link: Link,
    method: &mut LearningToReweight<f64>,
    network: &Network<f64>,
    train: &Examples<f64>,
    mined: &[f64],
) -> Vec<f64> {
    let mut pass = Pass::default();
    let evaluated = evaluate(link, network, train, &mut pass);
    let selection = Selection { weights: mined.to_vec(), divisor: mined.iter().sum() };
    let mut weights = Vec::new();
    let step = Step {
        network,
        features: &train.features,
        targets: &train.targets,
        pass: &mut pass,
        evaluated: &evaluated,
        selection: &selection,
    };
    method.weigh(step, &mut weights);
    weights
}

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance;
    assert!(a.len() == b.len() && a.iter().zip(b).all(close), "{a:?} is not {b:?}");
}

#[test]
fn agreement_is_the_product_of_the_gradients() {
    for link in LINKS {
        let (network, train, meta) =
            (network(link, &[4], 2), examples("train", 6, 3), examples("meta", 5, 4));
        let mut mean = vec![0.0; network.n_parameters()];
        for j in 0..5 {
            let gradient = gradient_of(link, &network, &meta, j);
            mean.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g / 5.0);
        }
        let expected: Vec<f64> =
            (0..6).map(|i| dot(&gradient_of(link, &network, &train, i), &mean)).collect();
        assert_close(&u(link, &network, &train, &meta), &expected, 1e-13);
    }
}

#[test]
fn agreement_is_the_slope_of_the_meta_loss_along_a_step_on_the_example() {
    for link in LINKS {
        let (network, train, meta) =
            (network(link, &[4], 2), examples("train", 6, 3), examples("meta", 5, 4));
        let at = |i: usize, step: f64| {
            let mut moved = network.clone();
            let gradient = gradient_of(link, &network, &train, i);
            moved.parameters_mut().iter_mut().zip(gradient).for_each(|(p, g)| *p -= step * g);
            mean_loss(link, &moved, &meta)
        };
        let h = 1e-5;
        let slopes: Vec<f64> = (0..6).map(|i| (at(i, -h) - at(i, h)) / (2.0 * h)).collect();
        // Central differences err by h^2 and by rounding / h.
        assert_close(&u(link, &network, &train, &meta), &slopes, 1e-8);
    }
}

#[test]
fn agreement_in_a_linear_model_is_a_product_of_examples_and_errors() {
    for link in LINKS {
        let (network, train, meta) =
            (network(link, &[], 2), examples("train", 6, 3), examples("meta", 5, 4));
        let errors =
            |set: &Examples<f64>| evaluate(link, &network, set, &mut Pass::default()).gradient;
        let (of_train, of_meta) = (errors(&train), errors(&meta));
        let with = |i: usize, j: usize| {
            let likeness = dot(train.features.row(i), meta.features.row(j)) + 1.0;
            likeness * dot(of_train.row(i), of_meta.row(j)) / 5.0
        };
        let expected: Vec<f64> = (0..6).map(|i| (0..5).map(|j| with(i, j)).sum()).collect();
        assert_close(&u(link, &network, &train, &meta), &expected, 1e-14);
    }
}

#[test]
fn agreement_counts_as_far_as_mining_kept_the_example() {
    let mut u = [4.0, 2.0, -1.0, 1.0];
    normalize(&mut u, &Selection { weights: vec![0.5, 1.0, 1.0, 0.0], divisor: 2.5 });
    assert_eq!(u, [0.5, 0.5, 0.0, 0.0]);
}

#[test]
fn a_batch_that_is_the_meta_set_of_one_example_weighs_one() {
    let (network, one) = (network(Link::Softmax, &[4], 2), examples("train", 1, 3));
    let mut method =
        L2rw::default().build(Some(one.clone()), &Readout::plain(Link::Softmax), &streams(1));
    assert_eq!(weigh(Link::Softmax, &mut method, &network, &one, &[1.0]), [1.0]);
}

#[test]
fn a_batch_that_contradicts_the_meta_set_leaves_the_step_empty() {
    let (network, one) = (network(Link::Softmax, &[4], 2), examples("train", 1, 3));
    let opposite = Examples { targets: vec![1 - one.targets[0]], ..one.clone() };
    let mut method =
        L2rw::default().build(Some(opposite), &Readout::plain(Link::Softmax), &streams(1));
    assert_eq!(weigh(Link::Softmax, &mut method, &network, &one, &[1.0]), [0.0]);
}

#[test]
fn without_meta_examples_every_mined_example_counts_alike() {
    let (network, train) = (network(Link::Softmax, &[4], 2), examples("train", 4, 3));
    for meta in [None, Some(Examples::default())] {
        let mut method = L2rw::default().build(meta, &Readout::plain(Link::Softmax), &streams(1));
        assert_eq!(
            weigh(Link::Softmax, &mut method, &network, &train, &[1.0, 0.0, 0.0, 1.0]),
            [0.5, 0.0, 0.0, 0.5]
        );
    }
}

#[test]
fn a_network_that_is_not_finite_says_so() {
    let (mut network, train) = (network(Link::Softmax, &[4], 2), examples("train", 4, 3));
    network.parameters_mut()[0] = f64::NAN;
    let mut method =
        L2rw::default().build(Some(train.clone()), &Readout::plain(Link::Softmax), &streams(1));
    assert!(
        weigh(Link::Softmax, &mut method, &network, &train, &[1.0; 4]).iter().any(|w| w.is_nan())
    );
}

#[test]
fn the_caller_can_still_run_backward() {
    let (network, train, meta) =
        (network(Link::Softmax, &[4], 2), examples("train", 6, 3), examples("meta", 5, 4));
    let (mut pass, mut before, mut after) = (Pass::default(), Vec::new(), Vec::new());
    let evaluated = evaluate(Link::Softmax, &network, &train, &mut pass);
    network.backward(&train.features, &evaluated.gradient, None, &mut pass, &mut before);
    let selection = Selection { weights: vec![1.0; 6], divisor: 6.0 };
    let mut method = L2rw::default().build(Some(meta), &Readout::plain(Link::Softmax), &streams(1));
    let step = Step {
        network: &network,
        features: &train.features,
        targets: &train.targets,
        pass: &mut pass,
        evaluated: &evaluated,
        selection: &selection,
    };
    method.weigh(step, &mut Vec::new());
    network.backward(&train.features, &evaluated.gradient, None, &mut pass, &mut after);
    assert_eq!(before, after);
}

#[test]
fn the_meta_set_is_walked_in_permutations_of_full_batches() {
    let set = Examples { targets: (0..7).collect(), features: Matrix::<f64>::zeros(7, 3) };
    let mut batches = MetaBatches::new(set, NonZeroUsize::new(3).unwrap(), &streams(1));
    let mut walks = Vec::new();
    for _ in 0..4 {
        let mut walk: Vec<u32> = Vec::new();
        for _ in 0..2 {
            batches.draw();
            assert_eq!((batches.batch.targets.len(), batches.batch.features.n_rows()), (3, 3));
            walk.extend(&batches.batch.targets);
        }
        let mut distinct = walk.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 6, "an example came twice in {walk:?}");
        walks.push(walk);
    }
    assert!(walks[0] != walks[1] && walks[1] != walks[2]);
}

#[test]
fn a_small_meta_set_is_used_whole_and_in_order() {
    let set = Examples { targets: (0..5).collect(), features: Matrix::<f64>::zeros(5, 3) };
    let mut batches = MetaBatches::new(set, NonZeroUsize::new(32).unwrap(), &streams(1));
    for _ in 0..3 {
        batches.draw();
        assert_eq!(batches.batch.targets, [0, 1, 2, 3, 4]);
    }
}

proptest! {
    #[test]
    fn weights_are_not_negative_and_sum_to_one_or_zero(
        seed in 0..200_u8, mined in prop::collection::vec(prop::sample::select(vec![0.0, 1.0]), 6)
    ) {
        for link in LINKS {
            let network = network(link, &[4], seed);
            let mut method = L2rw::default().build(Some(examples("meta", 5, seed)), &Readout::plain(link), &streams(seed));
            let weights = weigh(link, &mut method, &network, &examples("train", 6, seed), &mined);
            let sum: f64 = weights.iter().sum();
            prop_assert!(weights.iter().all(|&w| 0.0 <= w));
            prop_assert!(weights.iter().zip(&mined).all(|(&w, &v)| 0.0 < v || w == 0.0));
            prop_assert!(weights.iter().all(|&w| w == 0.0) || (sum - 1.0).abs() < 1e-12, "{}", sum);
        }
    }
}
