//! Mistakes that make an example's loss depend on the other examples.

use methods::losses::{Alpha, BinaryCrossEntropy, CrossEntropy, Focal, FocalForm, Link, LossSpec};

use super::Suspect;
use super::shape::Shape;
use crate::batches::Subject;
use crate::cases::{Answer, Case, answers, scaled};

pub(super) fn across_examples(subject: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
    let mut suspects = focus_of_the_mean(subject, cases);
    if let Some(shape) = Shape::of(subject).filter(|shape| shape.link == Link::Softmax) {
        for by_hand in [false, true] {
            let answer =
                |(case, ours): (&Case, &Answer)| over_the_batch(&shape, case, ours, by_hand);
            suspects.push(Suspect {
                cause: "the softmax is taken over the batch, not over the classes".to_owned(),
                answers: cases.iter().zip(ours).map(answer).collect(),
            });
        }
    }
    suspects
}

/// A softmax down each column; its gradient as it follows, or as it is written down for a softmax of the row.
fn over_the_batch(shape: &Shape, case: &Case, ours: &Answer, by_hand: bool) -> Answer {
    let losses = |logits: &[Vec<f64>]| -> Vec<f64> {
        let p = columns(logits);
        let rows = p.iter().zip(&case.targets);
        rows.map(|(p, &y)| shape.loss_at(p, y as usize)).collect()
    };
    let n_outputs = case.logits[0].len();
    let gradient = if by_hand {
        let row = |(p, &y): (&Vec<f64>, &u32)| shape.slopes_at(p, y as usize);
        columns(&case.logits).iter().zip(&case.targets).map(row).collect()
    } else {
        const H: f64 = 1e-5;
        let slope = |i: usize, k: usize| {
            let moved = |step: f64| -> f64 {
                let mut logits = case.logits.clone();
                logits[i][k] += step;
                losses(&logits).iter().sum()
            };
            (moved(H) - moved(-H)) / (2.0 * H)
        };
        let row = |i: usize| (0..n_outputs).map(|k| slope(i, k)).collect();
        (0..case.logits.len()).map(row).collect()
    };
    Answer::new(losses(&case.logits), gradient, ours.mass.clone())
}

/// The softmax of each column.
fn columns(logits: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n_outputs = logits[0].len();
    let mut p = logits.to_vec();
    for k in 0..n_outputs {
        let column: Vec<f64> = logits.iter().map(|row| row[k]).collect();
        for (row, p_k) in p.iter_mut().zip(super::squash(&column, Link::Softmax)) {
            row[k] = p_k;
        }
    }
    p
}

/// Focal loss with one `p_t` for the whole batch, `exp` of minus its mean cross-entropy.
fn focus_of_the_mean(subject: &Subject, cases: &[Case]) -> Vec<Suspect> {
    let LossSpec::Focal(focal) = &subject.spec else { return Vec::new() };
    let plain = match focal.form {
        FocalForm::Softmax => LossSpec::CrossEntropy(CrossEntropy::default()),
        FocalForm::Sigmoid => LossSpec::BinaryCrossEntropy(BinaryCrossEntropy::default()),
    };
    let plain = answers(&plain, &subject.counts, cases);
    let suspect = |mean: Mean| Suspect {
        cause: "p_t is that of the batch's mean loss, not of each example".to_owned(),
        answers: cases
            .iter()
            .zip(&plain)
            .map(|(case, plain)| mean.answer(focal, case, plain))
            .collect(),
    };
    [Mean::Examples, Mean::Logits, Mean::Weights].map(suspect).into()
}

/// What the cross-entropies of a batch are divided by.
#[derive(Clone, Copy)]
enum Mean {
    Examples,
    Logits,
    /// What their weights add up to.
    Weights,
}

impl Mean {
    fn answer(self, focal: &Focal, case: &Case, plain: &Answer) -> Answer {
        let gamma = focal.gamma.get();
        let (scale, weights): (f64, Vec<f64>) = match &focal.alpha {
            None => (1.0, vec![1.0; plain.losses.len()]),
            Some(Alpha::Positive(alpha)) => (alpha.get(), vec![1.0; plain.losses.len()]),
            Some(Alpha::PerClass(list)) => {
                (1.0, case.targets.iter().map(|&y| list[y as usize].get()).collect())
            }
        };
        let n = weights.len() as f64;
        let divisor = match self {
            Mean::Examples => n,
            Mean::Logits => n * case.logits[0].len() as f64,
            Mean::Weights => weights.iter().sum(),
        };
        let losses = plain.losses.iter().zip(&weights).map(|(loss, weight)| loss * weight);
        let mean = losses.sum::<f64>() / divisor;
        let (p, rest) = (libm::exp(-mean), -libm::expm1(-mean));
        let focus = libm::pow(rest, gamma);
        let slope = scale * (focus + gamma * libm::pow(rest, gamma - 1.0) * p * mean) / divisor;
        let rows = plain.gradient.iter().zip(&weights);
        let gradient: Vec<Vec<f64>> =
            rows.map(|(row, weight)| row.iter().map(|d| slope * weight * d).collect()).collect();
        let each = plain.losses.iter().zip(&weights).map(|(x, w)| scale * focus * w * x);
        Answer {
            losses: each.collect(),
            // That of the sum of the losses, if they are answered one by one.
            gradient: scaled(&gradient, divisor),
            mass: vec![1.0; weights.len()],
            value: scale * focus * mean,
            value_gradient: gradient,
        }
    }
}
