//! Self-paced weights are the argmin of what they are said to minimise.

use libm::{log, pow};
use methods::losses::{Epoch, Link, Readout};
use methods::mining::{Mined, Mining, MiningSpec, Regularizer, SelfPaced, Survey};
use methods::sampling::Pool;
use methods::setting::{ClassCounts, Setting, counts_of};
use nn::{Matrix, Stream};

use crate::batches::streams;
use crate::finding::Finding;
use crate::laws::{EXACT, Law};
use crate::written::written;

pub(super) const LAWS: &[Law] = &[
    Law {
        method: "self_paced",
        states: "the argmin over [0, 1] of loss and regulariser",
        allowed: "1e-12 (1 + |value|)",
        check: argmin,
    },
    Law {
        method: "self_paced",
        states: "the argmin of spld over all subsets of a class",
        allowed: "1e-12 (1 + |value|)",
        check: diverse_argmin,
    },
    Law {
        method: "self_paced",
        states: "weights fall with the loss, and are 1 in the last epoch",
        allowed: EXACT,
        check: pace,
    },
];

/// Those whose rows do not depend on each other, with parameters at their defaults and elsewhere.
const REGULARIZERS: [&str; 9] = [
    "hard = {}",
    "linear = {}",
    "polynomial = {}",
    "polynomial.t = 1.2",
    "logarithmic = {}",
    "mixture = {}",
    "mixture.lower = 0.1",
    "mixture_2 = {}",
    "mixture_2.gamma = 0.2",
];

/// λ before the first epoch is that of half of the rows, and then a multiple of it.
const GROWTH: &str = "scope = 'global'\ngrowth.multiplicative = { start = 0.5, factor = 1.3 }";
const FACTOR: f64 = 1.3;
const EPOCHS: usize = 5;

fn spec(regularizer: &str, rest: &str) -> SelfPaced {
    written(&format!("regularizer.{regularizer}\n{rest}"))
}

/// Losses below `2 scale`.
fn losses(n: usize, scale: f64, stream: &mut Stream) -> Vec<f64> {
    (0..n).map(|_| 2.0 * scale * stream.uniform()).collect()
}

/// The weights of rows with these losses and classes before each epoch.
fn course(spec: &SelfPaced, losses: &[f64], targets: &[u32]) -> Vec<Vec<f64>> {
    let (counts, streams) = (ClassCounts::new(counts_of(targets, 3)), streams());
    let setting = Setting { counts: &counts, streams: &streams };
    let readout = Readout::plain(Link::Softmax);
    let mined =
        Mined { targets, setting: &setting, scores: None, readout: &readout, background: None };
    let mut miner: Box<dyn Mining<f64>> = MiningSpec::SelfPaced(spec.clone()).build(&mined);
    let before = |number: usize| {
        let mut pool = Pool::full(losses.len());
        let epoch = Epoch { number, ..Epoch::at(number as f64 / EPOCHS as f64) };
        let survey = Survey { losses, outputs: &Matrix::default() };
        miner.pool(&epoch, &survey, &mut pool);
        (0..losses.len() as u32).map(|row| pool.weight(row)).collect()
    };
    (0..EPOCHS).map(before).collect()
}

/// λ before each epoch under [`GROWTH`].
fn lambdas(regularizer: &Regularizer, losses: &[f64]) -> impl Iterator<Item = f64> + use<> {
    let mut sorted = losses.to_vec();
    sorted.sort_by(f64::total_cmp);
    let first = sorted[losses.len().div_ceil(2)];
    let is_root = matches!(regularizer, Regularizer::Mixture2(_));
    let first = if is_root { first.sqrt() } else { first };
    std::iter::successors(Some(first), |lambda| Some(FACTOR * lambda))
}

/// `v ℓ + f(v; λ)`, but for the term of `spld` that rows share.
fn objective(regularizer: &Regularizer, v: f64, loss: f64, lambda: f64) -> f64 {
    v * loss
        + match regularizer {
            Regularizer::Hard {} | Regularizer::Spld(_) => -lambda * v,
            Regularizer::Linear {} => lambda * (v * v / 2.0 - v),
            Regularizer::Polynomial(own) => lambda * (pow(v, own.t.get()) / own.t.get() - v),
            Regularizer::Logarithmic {} => {
                // Defined for λ below 1: losses are measured by it from 0.9 on.
                let unit = (lambda / 0.9).max(1.0);
                let zeta = 1.0 - lambda / unit;
                unit * (zeta * v - pow(zeta, v) / log(zeta))
            }
            Regularizer::Mixture(own) => {
                let lower = own.lower.get() * lambda;
                let zeta = lambda * lower / (lambda - lower);
                -zeta * log(v + zeta / lambda)
            }
            Regularizer::Mixture2(own) => {
                let gamma = own.gamma.get();
                gamma * gamma / (v + gamma / lambda)
            }
        }
}

fn argmin(finding: &mut Finding) {
    let mut stream = streams().stream("self-paced");
    for regularizer in REGULARIZERS {
        let spec = spec(regularizer, GROWTH);
        for scale in [0.4, 5.0] {
            let losses = losses(40, scale, &mut stream);
            let lambdas = lambdas(&spec.regularizer, &losses);
            for (weights, lambda) in course(&spec, &losses, &[0; 40]).iter().zip(lambdas) {
                for (&v, &loss) in weights.iter().zip(&losses) {
                    let at = |v: f64| objective(&spec.regularizer, v, loss, lambda);
                    let best = (0..=250).map(|i| at(f64::from(i) / 250.0)).fold(at(0.0), f64::min);
                    let what = || format!("{regularizer}: v = {v} at ℓ = {loss}, λ = {lambda}");
                    finding.bound(&what, at(v), best, 1e-12 * (1.0 + best.abs()));
                }
            }
        }
    }
}

/// `Σ_i v_i (ℓ_i - λ) - γ ‖v‖₂` over the rows of a class. It is concave: its least value is at a corner.
fn diverse_objective(weights: &[f64], losses: &[f64], lambda: f64, gamma: f64) -> f64 {
    let own: f64 = weights.iter().zip(losses).map(|(v, loss)| v * (loss - lambda)).sum();
    own - gamma * weights.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn diverse_argmin(finding: &mut Finding) {
    const OF_CLASS: usize = 7;
    let mut stream = streams().stream("diversity");
    let targets: Vec<u32> = (0..3 * OF_CLASS).map(|row| (row % 3) as u32).collect();
    for gamma in [0.0, 0.1, 1.0, 4.0] {
        let spec = spec(&format!("spld.gamma = {gamma:?}"), GROWTH);
        let losses = losses(targets.len(), 1.0, &mut stream);
        let lambdas = lambdas(&spec.regularizer, &losses);
        for (weights, lambda) in course(&spec, &losses, &targets).iter().zip(lambdas) {
            for class in 0..3 {
                let of_class =
                    |all: &[f64]| all.iter().skip(class).step_by(3).copied().collect::<Vec<f64>>();
                let (weights, losses) = (of_class(weights), of_class(&losses));
                let at = |v: &[f64]| diverse_objective(v, &losses, lambda, gamma);
                let corner = |subset: u32| -> Vec<f64> {
                    (0..OF_CLASS).map(|i| f64::from(subset >> i & 1)).collect()
                };
                let corners = (0..1_u32 << OF_CLASS).map(|subset| at(&corner(subset)));
                let best = corners.fold(0.0, f64::min);
                let what = || format!("γ = {gamma}, λ = {lambda}: {weights:?} of {losses:?}");
                finding.bound(&what, at(&weights), best, 1e-12 * (1.0 + best.abs()));
            }
        }
    }
}

fn pace(finding: &mut Finding) {
    let mut stream = streams().stream("pace");
    for regularizer in REGULARIZERS.iter().chain(&["spld = {}"]) {
        let mut losses = losses(30, 1.0, &mut stream);
        losses.sort_by(f64::total_cmp);
        let course = course(&spec(regularizer, ""), &losses, &[0; 30]);
        for weights in &course {
            for pair in weights.windows(2) {
                let what = || format!("{regularizer}: {} before {}", pair[0], pair[1]);
                finding.require(&what, 0.0 <= pair[1] && pair[1] <= pair[0] && pair[0] <= 1.0);
            }
        }
        for &v in &course[EPOCHS - 1] {
            finding.compare(&|| format!("{regularizer}, last epoch"), v, 1.0, 0.0);
        }
    }
}
