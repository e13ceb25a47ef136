//! Mistakes in losses of the form `-w_y (1 - p)^γ ln p`.

use methods::losses::{Batch, BinaryCrossEntropy, CrossEntropy, Link, LossSpec, PerExample};
use nn::Matrix;

use super::{Suspect, squash};
use crate::Subject;
use crate::batches::built;
use crate::cases::{Answer, Case, answers};

const HELD_CONSTANT: &str = "the weight of an example is held constant in the gradient";

/// Mistakes in a formula of the form `-w_y f(p) ln p` over softmax or sigmoids.
pub(super) fn formulas(subject: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
    let Some(shape) = Shape::of(subject) else { return detached(subject, cases, ours) };
    let gamma = shape.gamma;
    let mut suspects = Vec::new();
    let mut add = |cause: String, term: &dyn Fn(f64, f64) -> f64| {
        suspects.push(Suspect { cause, answers: shape.answers(cases, ours, term) });
    };
    for digits in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15] {
        let epsilon = libm::pow(10.0, -f64::from(digits));
        add(
            format!("probabilities are clipped at 1e-{digits} before the logarithm"),
            &|p, rest| {
                let clipped = p.clamp(epsilon, 1.0 - epsilon);
                -libm::pow(if clipped == p { rest } else { 1.0 - clipped }, gamma)
                    * libm::log(clipped)
            },
        );
        add(format!("1e-{digits} is added to the probability under the logarithm"), &|p, rest| {
            -libm::pow(rest, gamma) * libm::log(p + epsilon)
        });
    }
    if gamma != 0.0 {
        add("gamma multiplies (1 - p), it is no exponent".to_owned(), &|p, rest| {
            -gamma * rest * libm::log(p)
        });
        add("the focus is p^gamma, not (1 - p)^gamma".to_owned(), &|p, _| {
            -libm::pow(p, gamma) * libm::log(p)
        });
        add("the focus is 1 - p^gamma, not (1 - p)^gamma".to_owned(), &|p, _| {
            -(1.0 - libm::pow(p, gamma)) * libm::log(p)
        });
    }
    suspects.extend(detached(subject, cases, ours));
    suspects.push(shape.detached(cases, ours));
    suspects
}

/// The weight of an example held constant: its gradient is cross-entropy's times the weight.
fn detached(subject: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
    let plain = match subject.spec.link() {
        Link::Softmax => LossSpec::CrossEntropy(CrossEntropy::default()),
        Link::Sigmoid => LossSpec::BinaryCrossEntropy(BinaryCrossEntropy::default()),
    };
    let plain = answers(&plain, &subject.counts, cases);
    let answer = |(ours, plain): (&Answer, &Answer)| {
        let row = |i: usize| {
            let weight = ours.losses[i] / plain.losses[i];
            plain.gradient[i].iter().map(|slope| weight * slope).collect()
        };
        let gradient = (0..ours.losses.len()).map(row).collect();
        Answer::new(ours.losses.clone(), gradient, ours.mass.clone())
    };
    let answers = ours.iter().zip(&plain).map(answer).collect();
    vec![Suspect { cause: HELD_CONSTANT.to_owned(), answers }]
}

/// What losses of the form `-w_y (1 - p)^γ ln p` have in common.
struct Shape {
    link: Link,
    /// Added to the logits.
    offsets: Vec<f64>,
    /// Of each class.
    weights: Vec<f64>,
    gamma: f64,
}

impl Shape {
    fn of(subject: &Subject) -> Option<Shape> {
        let Subject { spec, counts } = subject;
        let n = counts.n_classes();
        let plain =
            Shape { link: spec.link(), offsets: vec![0.0; n], weights: vec![1.0; n], gamma: 0.0 };
        // The offsets and weights that the loss really has, read off it.
        let probe = |logits: Vec<f64>, y: u32| {
            let logits = Matrix::from_values(logits.len(), logits);
            let mut out = PerExample::default();
            built::<f64>(spec, counts).evaluate(&Batch::new(&logits, &[y]), &mut out);
            (out.losses[0], out.mass[0])
        };
        match spec {
            LossSpec::CrossEntropy(_) | LossSpec::BinaryCrossEntropy(_) => Some(plain),
            LossSpec::Focal(focal) => {
                let gamma = focal.gamma.get();
                if plain.link == Link::Sigmoid {
                    return focal.alpha.is_none().then_some(Shape { gamma, ..plain });
                }
                let even = libm::log(n as f64) * libm::pow(1.0 - 1.0 / n as f64, gamma);
                let weight = |y: usize| probe(vec![0.0; n], y as u32).0 / even;
                Some(Shape { gamma, weights: (0..n).map(weight).collect(), ..plain })
            }
            LossSpec::WeightedCrossEntropy(_) | LossSpec::ClassBalanced(_)
                if spec.link() == Link::Softmax =>
            {
                let weight = |y: usize| probe(vec![0.0; n], y as u32).0 / libm::log(n as f64);
                Some(Shape { weights: (0..n).map(weight).collect(), ..plain })
            }
            LossSpec::LogitAdjustment(_) | LossSpec::BalancedSoftmax(_) => {
                // At equal logits the loss of class y is -ln of its adjusted prior.
                let offset = |y: usize| -probe(vec![0.0; n], y as u32).0;
                Some(Shape { offsets: (0..n).map(offset).collect(), ..plain })
            }
            _ => None,
        }
    }

    /// The losses with `term(p, 1 - p)` in place of the formula, and their slopes by differences.
    fn answers(
        &self,
        cases: &[Case],
        ours: &[Answer],
        term: &dyn Fn(f64, f64) -> f64,
    ) -> Vec<Answer> {
        let loss = |z: &[f64], y: usize| match self.link {
            Link::Softmax => {
                let moved: Vec<f64> = z.iter().zip(&self.offsets).map(|(z, o)| z + o).collect();
                let p = squash(&moved, Link::Softmax);
                let rest = (0..p.len()).filter(|&k| k != y).map(|k| p[k]).sum();
                self.weights[y] * term(p[y], rest)
            }
            Link::Sigmoid => {
                let one = |(k, &z): (usize, &f64)| {
                    let s = if self.is_positive(y, k) { z } else { -z };
                    let p = squash(&[s, -s], Link::Sigmoid);
                    term(p[0], p[1])
                };
                z.iter().enumerate().map(one).sum()
            }
        };
        let answer = |(case, ours): (&Case, &Answer)| {
            let rows = || case.logits.iter().zip(&case.targets).map(|(z, &y)| (z, y as usize));
            let gradient = rows().map(|(z, y)| {
                let slope = |k: usize| {
                    let moved = |step: f64| {
                        let mut z = z.clone();
                        z[k] += step;
                        loss(&z, y)
                    };
                    (moved(1e-5) - moved(-1e-5)) / 2e-5
                };
                (0..z.len()).map(slope).collect()
            });
            let losses = rows().map(|(z, y)| loss(z, y)).collect();
            Answer::new(losses, gradient.collect(), ours.mass.clone())
        };
        cases.iter().zip(ours).map(answer).collect()
    }

    /// The focus of each logit held constant in the gradient.
    fn detached(&self, cases: &[Case], ours: &[Answer]) -> Suspect {
        let plain = Shape {
            gamma: 0.0,
            offsets: self.offsets.clone(),
            weights: self.weights.clone(),
            ..*self
        };
        let plain = plain.answers(cases, ours, &|p, _| -libm::log(p));
        let answer = |((case, ours), plain): ((&Case, &Answer), Answer)| {
            let row = |i: usize| {
                let y = case.targets[i] as usize;
                let focus = |z: f64, k: usize| {
                    let s = if self.is_positive(y, k) { z } else { -z };
                    libm::pow(squash(&[s, -s], Link::Sigmoid)[1], self.gamma)
                };
                let slopes = plain.gradient[i].iter().enumerate();
                slopes.map(|(k, slope)| focus(case.logits[i][k], k) * slope).collect()
            };
            let gradient = (0..ours.losses.len()).map(row).collect();
            Answer::new(ours.losses.clone(), gradient, ours.mass.clone())
        };
        let answers = cases.iter().zip(ours).zip(plain).map(answer).collect();
        Suspect { cause: HELD_CONSTANT.to_owned(), answers }
    }

    /// Whether the sigmoid of logit `k` should be high for class `y`.
    fn is_positive(&self, y: usize, k: usize) -> bool {
        y == if self.offsets.len() == 2 { 1 } else { k }
    }
}
