//! Mistakes in losses that are sums of `-w (1 - p)^γ ln p`.

use methods::losses::{Alpha, BinaryCrossEntropy, CrossEntropy, Focal, Link, LossSpec};

use super::Suspect;
use super::shape::{Shape, Term, slopes};
use crate::batches::Subject;
use crate::cases::{Answer, Case, answers};

const HELD_CONSTANT: &str = "the weight of an example is held constant in the gradient";

pub(super) fn formulas(subject: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
    let Some(shape) = Shape::of(subject) else { return detached(subject, cases, ours) };
    let suspect = |cause: &str, term: &dyn Fn(&Term) -> f64| Suspect {
        cause: cause.to_owned(),
        answers: shape.answers(cases, ours, term),
    };
    let mut suspects = Vec::new();
    for digits in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15] {
        let epsilon = libm::pow(10.0, -f64::from(digits));
        let clipped = format!("probabilities are clipped at 1e-{digits} before the logarithm");
        suspects.push(suspect(&clipped, &|t| {
            let p = t.p.clamp(epsilon, 1.0 - epsilon);
            let rest = if p == t.p { t.rest } else { 1.0 - p };
            -libm::pow(rest, t.gamma) * shape.log(p)
        }));
        suspects.push(suspect(&clipped, &|t| -t.focus() * shape.log(t.p.max(epsilon))));
        let added = format!("1e-{digits} is added to the probability under the logarithm");
        suspects.push(suspect(&added, &|t| -t.focus() * shape.log(t.p + epsilon)));
    }
    // A gradient that is written by hand knows nothing of what protects the logarithm.
    let alone: Vec<Suspect> = suspects.iter().map(|each| each.in_the_value_alone(ours)).collect();
    suspects.extend(alone);
    if shape.gamma != [0.0; 2] {
        let multiplied = |t: &Term| -t.gamma * t.rest * libm::log(t.p);
        let right = |t: &Term| -t.focus() * libm::log(t.p);
        suspects.push(suspect("gamma multiplies (1 - p), it is no exponent", &multiplied));
        if shape.link == Link::Sigmoid {
            suspects.push(suspect(
                "gamma multiplies (1 - p) in the positive branch, it is no exponent",
                &|t| if t.positive { multiplied(t) } else { right(t) },
            ));
            suspects.push(suspect(
                "gamma multiplies p in the negative branch, it is no exponent",
                &|t| if t.positive { right(t) } else { multiplied(t) },
            ));
        }
        suspects.push(suspect("the focus is p^gamma, not (1 - p)^gamma", &|t| {
            -libm::pow(t.p, t.gamma) * libm::log(t.p)
        }));
        if shape.link == Link::Sigmoid {
            let turned = |t: &Term| -libm::pow(t.p, t.gamma) * libm::log(t.p);
            let right = |t: &Term| -t.focus() * libm::log(t.p);
            suspects.push(suspect("negatives are focused by (1 - p)^gamma, not p^gamma", &|t| {
                if t.positive { right(t) } else { turned(t) }
            }));
            suspects.push(suspect("positives are focused by p^gamma, not (1 - p)^gamma", &|t| {
                if t.positive { turned(t) } else { right(t) }
            }));
        }
        suspects.push(suspect("the focus is 1 - p^gamma, not (1 - p)^gamma", &|t| {
            -(1.0 - libm::pow(t.p, t.gamma)) * libm::log(t.p)
        }));
        suspects.push(held_constant(&shape, cases, ours));
    }
    suspects.extend(positives_only(subject, &shape, cases, ours));
    suspects
}

/// The focus of each term held constant in the gradient.
fn held_constant(shape: &Shape, cases: &[Case], ours: &[Answer]) -> Suspect {
    let answer = |(case, ours): (&Case, &Answer)| {
        let gradient = slopes(case, |at, z, y| {
            let held = shape.terms(at, y).map(|(_, term)| term.focus());
            let moved = shape.terms(z, y);
            moved.zip(held).map(|((weight, t), focus)| -weight * focus * libm::log(t.p)).sum()
        });
        Answer::new(ours.losses.clone(), gradient, ours.mass.clone())
    };
    let answers = cases.iter().zip(ours).map(answer).collect();
    Suspect { cause: HELD_CONSTANT.to_owned(), answers }
}

/// Alpha on the positives of focal loss only.
fn positives_only(
    subject: &Subject,
    shape: &Shape,
    cases: &[Case],
    ours: &[Answer],
) -> Option<Suspect> {
    let LossSpec::Focal(Focal { alpha: Some(Alpha::Positive(_)), .. }) = &subject.spec else {
        return None;
    };
    let answers =
        shape.with_full_negatives().answers(cases, ours, &|t| -t.focus() * libm::log(t.p));
    let cause = "alpha weighs positives, and 1 - alpha is missing on negatives".to_owned();
    (shape.link == Link::Sigmoid).then_some(Suspect { cause, answers })
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
