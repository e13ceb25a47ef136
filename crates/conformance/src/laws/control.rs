//! Controls keep of a method's step what they say they keep: its weights, their sum, its length.

use methods::control::{Control, ControlSpec, Controlled, Forward};
use methods::losses::{Link, PerExample, Plain, Readout};
use methods::mixing::Mixture;
use methods::sampling::Pool;
use methods::setting::{ClassCounts, Setting, counts_of};
use nn::{Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, Pass, Shape};

use crate::batches::streams;
use crate::finding::Finding;
use crate::laws::{EXACT, Law};
use crate::written::written;

pub(super) const LAWS: &[Law] = &[
    Law {
        method: "permuted",
        states: "the same weights on other examples, of every batch and of all rows",
        allowed: EXACT,
        check: |finding| permuted("permuted = {}", &[0; N], finding),
    },
    Law {
        method: "permuted_within_class",
        states: "the same weights on other examples of each class",
        allowed: EXACT,
        check: |finding| permuted("permuted_within_class = {}", &targets(), finding),
    },
    Law {
        method: "replayed_mean",
        states: "one weight, the same sum, and the bits of weights that are equal",
        allowed: "1e-13 of the sum",
        check: replayed_mean,
    },
    Law {
        method: "norm_matched",
        states: "the length of the method and the direction of plain training",
        allowed: "1e-12 (1 + |slope|)",
        check: norm_matched,
    },
];

const N: usize = 60;

fn targets() -> [u32; N] {
    std::array::from_fn(|i| u32::from(i % 6 == 0) + u32::from(i % 12 == 0))
}

fn weights() -> Vec<f64> {
    (0..N).map(|i| (i * i % 7) as f64 / 9.0).collect()
}

fn built(toml: &str) -> Box<dyn Control<f64>> {
    let (targets, streams) = (targets(), streams());
    let counts = ClassCounts::new(counts_of(&targets, 3));
    let setting = Setting { counts: &counts, streams: &streams };
    let readout = Readout::plain(Link::Softmax);
    let controlled = Controlled { targets: &targets, readout: &readout, setting: &setting };
    written::<ControlSpec>(toml).build(&controlled)
}

/// `groups`: what weights stay in, for each example.
fn permuted(toml: &str, groups: &[u32; N], finding: &mut Finding) {
    let sorted = |weights: &[f64], group: u32| {
        let of_group = weights.iter().zip(groups).filter(|(_, of)| **of == group);
        let mut weights: Vec<f64> = of_group.map(|(weight, _)| *weight).collect();
        weights.sort_by(f64::total_cmp);
        weights
    };
    let mut control = built(toml);
    let (weights, mut pool) = (weights(), Pool::full(N));
    let mut batch = || {
        let mut dealt = weights.clone();
        control.weights(&targets(), &mut dealt);
        dealt
    };
    let (first, second) = (batch(), batch());
    let moved = first != weights && second != weights && first != second;
    finding.require(&|| format!("{toml}: another permutation each step"), moved);
    pool.change(|all| all.copy_from_slice(&weights));
    control.pool(&mut pool);
    let rows: Vec<f64> = (0..N as u32).map(|row| pool.weight(row)).collect();
    finding.require(&|| format!("{toml}: rows stay where they were"), rows != weights);
    for dealt in [&first, &second, &rows] {
        for group in 0..3 {
            let pairs = sorted(dealt, group).into_iter().zip(sorted(&weights, group));
            for (ours, expected) in pairs {
                finding.compare(&|| format!("{toml}, group {group}"), ours, expected, 0.0);
            }
        }
    }
}

fn replayed_mean(finding: &mut Finding) {
    let mut control = built("replayed_mean = {}");
    let mut weights = weights();
    let sum: f64 = weights.iter().sum();
    control.weights(&targets(), &mut weights);
    let kept = weights.iter().sum();
    finding.compare(&|| "the sum".to_owned(), kept, sum, 1e-13 * sum);
    for equal in [weights[0], 0.1, 1.0 / 3.0, 1.0 / 60.0] {
        // The first are the means themselves.
        let mut weights = if equal == weights[0] { weights.clone() } else { vec![equal; N] };
        control.weights(&targets(), &mut weights);
        for weight in weights {
            finding.compare(&|| "equal weights".to_owned(), weight, equal, 0.0);
        }
    }
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn norm_matched(finding: &mut Finding) {
    let (targets, streams, mixture) = (targets(), streams(), Mixture::default());
    let architecture = Architecture {
        input: Shape::flat(4),
        body: LayerSpec::mlp(&[6], Activation::Tanh, 0.2),
        n_outputs: 3,
        initialization: Initialization::XavierNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
    };
    let network = Network::<f64>::new(architecture, &mut streams.stream("init"));
    let mut stream = streams.stream("control features");
    let features = Matrix::from_values(4, (0..4 * N).map(|_| stream.normal()).collect());
    let mut pass = Pass::default();
    network.forward_training(&features, &mut streams.stream("dropout"), &mut pass);
    let (mut out, mut plain) = (PerExample::default(), Vec::new());
    Plain::new(&Readout::plain(Link::Softmax)).score(pass.logits(), &targets, &mut out);
    out.gradient.values_mut().iter_mut().for_each(|slope| *slope /= N as f64);
    network.backward(&features, &out.gradient, None, &mut pass, &mut plain);
    let mut control = built("norm_matched = {}");
    for length in [1e-6, 1.0, 1e6] {
        let method: Vec<f64> = plain.iter().map(|_| length * stream.normal()).collect();
        let mut matched = method.clone();
        let (features, targets, pass) = (&features, &targets[..], &mut pass);
        let (rows, regions, mixture) = (&[][..], None, &mixture);
        let forward =
            Forward { network: &network, features, targets, rows, regions, mixture, pass };
        let is_taken = control.gradient(forward, &mut matched);
        finding.require(&|| "the step is not taken".to_owned(), is_taken);
        let ratio = norm(&method) / norm(&plain);
        for (&ours, &plain) in matched.iter().zip(&plain) {
            let expected = ratio * plain;
            let what = || format!("a slope at the length {length}");
            finding.compare(&what, ours, expected, 1e-12 * ratio * (1.0 + plain.abs()));
        }
    }
}
