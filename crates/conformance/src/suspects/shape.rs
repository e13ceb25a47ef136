//! What many losses have in common: they are sums of `-w (1 - p)^γ ln p`.

use methods::losses::{Batch, ClassBalancedForm, FocalForm, Link, LossSpec, PerExample};
use nn::Matrix;

use super::squash;
use crate::batches::{Subject, built};
use crate::cases::{Answer, Case};

/// A loss `-Σ_k w_yk (1 - p_k)^γ ln p_k`: over the sigmoids of an example, or over its softmax, where mostly
/// the true class alone has a weight.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) link: Link,
    /// Added to the logits.
    offsets: Vec<f64>,
    /// Row `y`, column `k`.
    pub(super) weights: Vec<Vec<f64>>,
    /// Of negatives and of positives.
    pub(super) gamma: [f64; 2],
    /// What is taken from the probability of a negative, which is `p` no more, but at least 0.
    clip: f64,
    /// The logarithm is `(p^q - 1) / q`; 0 for the natural one.
    q: f64,
}

/// One term of the sum.
pub(super) struct Term {
    /// The probability of what is right.
    pub(super) p: f64,
    /// `1 - p`, exact where `p` is near 1.
    pub(super) rest: f64,
    pub(super) gamma: f64,
    /// Whether the probability should be high; that of a softmax always should.
    pub(super) positive: bool,
}

impl Term {
    pub(super) fn focus(&self) -> f64 {
        libm::pow(self.rest, self.gamma)
    }
}

impl Shape {
    pub(super) fn of(subject: &Subject) -> Option<Shape> {
        let Subject { spec, counts } = subject;
        let n = counts.n_classes();
        let link = spec.link();
        let one_hot = |y: usize| (0..n).map(|k| if k == y { 1.0 } else { 0.0 }).collect();
        let plain = Shape {
            link,
            offsets: vec![0.0; n],
            weights: match link {
                Link::Softmax => (0..n).map(one_hot).collect(),
                Link::Sigmoid => vec![vec![1.0; spec.n_outputs(n)]; n],
            },
            gamma: [0.0; 2],
            clip: 0.0,
            q: 0.0,
        };
        let with_gamma = |gamma: f64| Shape { gamma: [gamma; 2], ..plain.clone() }.weighed(subject);
        Some(match spec {
            LossSpec::CrossEntropy(_) | LossSpec::BinaryCrossEntropy(_) => plain,
            LossSpec::WeightedCrossEntropy(_) | LossSpec::LabelAwareSmoothing(_) => with_gamma(0.0),
            LossSpec::Focal(focal) => with_gamma(focal.gamma.get()),
            LossSpec::ClassBalanced(balanced) => with_gamma(match balanced.form {
                ClassBalancedForm::Focal => balanced.gamma.get(),
                _ => 0.0,
            }),
            LossSpec::LabelSmoothing(smoothing) => with_gamma(match &*smoothing.loss {
                LossSpec::CrossEntropy(_) => 0.0,
                LossSpec::Focal(focal) if focal.form == FocalForm::Softmax => focal.gamma.get(),
                _ => return None,
            }),
            LossSpec::Asymmetric(asymmetric)
                if !asymmetric.detach_focus && asymmetric.eps.get() == 0.0 =>
            {
                let gamma = [asymmetric.gamma_neg.get(), asymmetric.gamma_pos.get()];
                Shape { gamma, clip: asymmetric.clip.get(), ..plain }
            }
            LossSpec::GeneralizedCrossEntropy(general) if general.truncation.is_none() => {
                Shape { q: general.q.get(), ..plain }
            }
            LossSpec::LogitAdjustment(_) | LossSpec::BalancedSoftmax(_) => {
                // At equal logits the loss of class y is -ln of its adjusted prior.
                let offset = |y: usize| -undecided(subject, y).losses[0];
                Shape { offsets: (0..n).map(offset).collect(), ..plain }
            }
            _ => return None,
        })
    }

    /// The same with the weights that the loss really has, read off it where no class is preferred.
    fn weighed(mut self, subject: &Subject) -> Shape {
        let n = self.weights.len() as f64;
        let p = if self.link == Link::Softmax { 1.0 / n } else { 0.5 };
        let gamma = self.gamma[1];
        let focus = libm::pow(1.0 - p, gamma);
        let loss = -focus * libm::log(p);
        // -dL/dz, but for a factor 1 - p in the softmax.
        let slope = focus * (1.0 - gamma * p * libm::log(p) / (1.0 - p));
        for (y, weights) in self.weights.iter_mut().enumerate() {
            let out = undecided(subject, y);
            let total = out.losses[0] / loss;
            for (weight, d) in weights.iter_mut().zip(out.gradient.row(0)) {
                let read = match self.link {
                    Link::Softmax => total / n - d / slope,
                    Link::Sigmoid => d.abs() / (slope * (1.0 - p)),
                };
                *weight = if read.abs() < 1e-12 { 0.0 } else { read };
            }
        }
        self
    }

    /// The same with a weight of 1 for every negative.
    pub(super) fn with_full_negatives(&self) -> Shape {
        let mut shape = self.clone();
        for (y, weights) in shape.weights.iter_mut().enumerate() {
            let n_outputs = weights.len();
            for (k, weight) in weights.iter_mut().enumerate() {
                if !is_positive(y, k, n_outputs) {
                    *weight = 1.0;
                }
            }
        }
        shape
    }

    /// The same with other numbers added to the logits.
    pub(super) fn with_offsets(&self, offsets: Vec<f64>) -> Shape {
        Shape { offsets, ..self.clone() }
    }

    /// The same with another exponent.
    pub(super) fn with_focus(&self, gamma: f64) -> Shape {
        Shape { gamma: [gamma; 2], ..self.clone() }
    }

    /// The same with a weight for positives and 1 less it for negatives; of two classes, by the class.
    pub(super) fn with_positive_weight(&self, weight: f64) -> Shape {
        let two_classes = self.weights.len() == 2;
        let mut shape = self.clone();
        for (y, weights) in shape.weights.iter_mut().enumerate() {
            let n_outputs = weights.len();
            for (k, own) in weights.iter_mut().enumerate().filter(|(_, own)| **own != 0.0) {
                let positive = if two_classes { y == 1 } else { is_positive(y, k, n_outputs) };
                *own = if positive { weight } else { 1.0 - weight };
            }
        }
        shape
    }

    /// Whether the true class of a softmax alone has a weight.
    pub(super) fn is_one_hot(&self) -> bool {
        let only = |(y, weights): (usize, &Vec<f64>)| {
            weights.iter().enumerate().all(|(k, weight)| k == y || *weight == 0.0)
        };
        self.link == Link::Softmax && self.weights.iter().enumerate().all(only)
    }

    /// What the examples add to the divisor, if weights go by what is predicted.
    pub(super) fn masses(&self, case: &Case, ours: &Answer) -> Vec<f64> {
        let mass = |((z, &y), &mass): ((&Vec<f64>, &u32), &f64)| {
            let of = |class: usize| self.weights[class][class.min(z.len() - 1)];
            let weight = of(y as usize);
            // A plain mean counts every example once, whatever its weight.
            if mass == weight { of(predicted(z)) } else { mass }
        };
        case.logits.iter().zip(&case.targets).zip(&ours.mass).map(mass).collect()
    }

    /// The loss of an example of class `y` whose softmax is taken for `p`.
    pub(super) fn loss_at(&self, p: &[f64], y: usize) -> f64 {
        let terms = self.weights[y].iter().enumerate().filter(|(_, weight)| **weight != 0.0);
        terms.map(|(k, w)| -w * libm::pow(1.0 - p[k], self.gamma[1]) * self.log(p[k])).sum()
    }

    /// Its slopes, as they follow if `p` is the softmax of the example's logits.
    pub(super) fn slopes_at(&self, p: &[f64], y: usize) -> Vec<f64> {
        let gamma = self.gamma[1];
        let along = |k: usize| {
            // p dL/dp of the term of class k.
            let (rest, weight) = (1.0 - p[k], self.weights[y][k]);
            let focus = libm::pow(rest, gamma);
            let by_focus = match gamma {
                0.0 => 0.0,
                gamma => gamma * libm::pow(rest, gamma - 1.0) * p[k] * self.log(p[k]),
            };
            if weight == 0.0 { 0.0 } else { weight * (by_focus - focus * libm::pow(p[k], self.q)) }
        };
        let along: Vec<f64> = (0..p.len()).map(along).collect();
        let total: f64 = along.iter().sum();
        along.iter().zip(p).map(|(along, p)| along - total * p).collect()
    }

    pub(super) fn log(&self, p: f64) -> f64 {
        if self.q == 0.0 { libm::log(p) } else { (libm::pow(p, self.q) - 1.0) / self.q }
    }

    /// The terms of an example of class `y` that have a weight, and their weights.
    pub(super) fn terms(&self, z: &[f64], y: usize) -> impl Iterator<Item = (f64, Term)> {
        let weighed = move |(k, term): (usize, Term)| (self.weights[y][k], term);
        self.all_terms(z, y).into_iter().map(weighed).filter(|(weight, _)| *weight != 0.0)
    }

    /// The term of each logit of an example of class `y`.
    pub(super) fn all_terms(&self, z: &[f64], y: usize) -> Vec<(usize, Term)> {
        let moved: Vec<f64> = z.iter().zip(&self.offsets).map(|(z, o)| z + o).collect();
        let all = squash(&moved, self.link);
        let term = |k: usize| {
            let (p, rest, positive) = match self.link {
                Link::Softmax => {
                    (all[k], (0..all.len()).filter(|&j| j != k).map(|j| all[j]).sum(), true)
                }
                Link::Sigmoid if is_positive(y, k, all.len()) => {
                    (all[k], squash(&[-moved[k]], Link::Sigmoid)[0], true)
                }
                Link::Sigmoid => {
                    let rest = squash(&[-moved[k]], Link::Sigmoid)[0];
                    ((rest + self.clip).min(1.0), (all[k] - self.clip).max(0.0), false)
                }
            };
            (k, Term { p, rest, gamma: self.gamma[usize::from(positive)], positive })
        };
        (0..all.len()).map(term).collect()
    }

    /// The losses with `term` in place of each term, and their slopes by differences.
    pub(super) fn answers(
        &self,
        cases: &[Case],
        ours: &[Answer],
        term: &dyn Fn(&Term) -> f64,
    ) -> Vec<Answer> {
        let loss = |z: &[f64], y: usize| -> f64 {
            self.terms(z, y).map(|(weight, t)| weight * term(&t)).sum()
        };
        let answer = |(case, ours): (&Case, &Answer)| {
            let rows = case.logits.iter().zip(&case.targets);
            let losses = rows.map(|(z, &y)| loss(z, y as usize)).collect();
            Answer::new(losses, slopes(case, |_, z, y| loss(z, y)), ours.mass.clone())
        };
        cases.iter().zip(ours).map(answer).collect()
    }
}

/// The slopes of `loss(at, z, y)` along `z`, by differences; what is taken from `at` is held constant.
pub(super) fn slopes(case: &Case, loss: impl Fn(&[f64], &[f64], usize) -> f64) -> Vec<Vec<f64>> {
    const H: f64 = 1e-5;
    let row = |(at, &y): (&Vec<f64>, &u32)| {
        let slope = |k: usize| {
            let moved = |step: f64| {
                let mut z = at.clone();
                z[k] += step;
                loss(at, &z, y as usize)
            };
            (moved(H) - moved(-H)) / (2.0 * H)
        };
        (0..at.len()).map(slope).collect()
    };
    case.logits.iter().zip(&case.targets).map(row).collect()
}

/// What the loss says of an example of class `y` whose logits are all 0.
fn undecided(subject: &Subject, y: usize) -> PerExample<f64> {
    let Subject { spec, counts } = subject;
    let width = spec.n_outputs(counts.n_classes());
    let mut out = PerExample::default();
    let logits = Matrix::zeros(1, width);
    built::<f64>(spec, counts).evaluate(&Batch::new(&logits, &[y as u32]), &mut out);
    out
}

/// The class that the logits are for.
pub(super) fn predicted(z: &[f64]) -> usize {
    if z.len() == 1 {
        return usize::from(0.0 < z[0]);
    }
    (0..z.len()).fold(0, |best, k| if z[best] < z[k] { k } else { best })
}

/// Whether the sigmoid of logit `k` of `n_outputs` should be high for class `y`.
pub(super) fn is_positive(y: usize, k: usize, n_outputs: usize) -> bool {
    y == if n_outputs == 1 { 1 } else { k }
}
