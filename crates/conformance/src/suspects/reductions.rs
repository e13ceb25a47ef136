//! Mistakes in what is summed and divided, and in signs.

use super::Suspect;
use crate::batches::Subject;
use crate::cases::{Answer, Case, scaled};

/// A mistake, and its factors: of an example's loss, of its gradient, of the batch's value, of that one's
/// gradient.
type Factors<'a> = (&'a str, &'a dyn Fn(&Answer) -> [f64; 4]);

pub(super) fn reductions(_: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
    let n = |answer: &Answer| answer.losses.len() as f64;
    let width = cases[0].logits[0].len() as f64;
    let mass = |answer: &Answer| answer.mass.iter().sum::<f64>();
    let factors: [Factors<'_>; 13] = [
        ("the sum over the batch, not the mean", &|a| [1.0, 1.0, mass(a), mass(a)]),
        ("the gradient is that of the sum, the value is the mean", &|a| [1.0, 1.0, 1.0, mass(a)]),
        ("the gradient is that of the mean, not of the sum of the losses", &|a| {
            [1.0, 1.0 / mass(a), 1.0, 1.0]
        }),
        ("the losses are divided by the size of the batch already", &|a| {
            [1.0 / mass(a), 1.0 / mass(a), 1.0, 1.0]
        }),
        ("divided by the number of examples, not by what the normaliser adds up to", &|a| {
            [1.0, 1.0, mass(a) / n(a), mass(a) / n(a)]
        }),
        ("averaged over all logits, not over the examples", &|a| {
            let share = mass(a) / (n(a) * width);
            [1.0, 1.0, share, share]
        }),
        ("averaged over the logits of an example, not summed", &|_| [1.0 / width; 4]),
        ("the gradient has the wrong sign", &|_| [1.0, -1.0, 1.0, -1.0]),
        ("the loss has the wrong sign, and so has its gradient", &|_| [-1.0; 4]),
        ("the loss has the wrong sign, its gradient has not", &|_| [-1.0, 1.0, -1.0, 1.0]),
        ("the logarithm is to base 2, not natural", &|_| [std::f64::consts::LOG2_E; 4]),
        ("the logarithm is to base 10, not natural", &|_| [std::f64::consts::LOG10_E; 4]),
        ("the gradient misses a factor of 2", &|_| [1.0, 0.5, 1.0, 0.5]),
    ];
    let suspect = |(cause, factors): &Factors<'_>| Suspect {
        cause: (*cause).to_owned(),
        answers: ours
            .iter()
            .map(|answer| {
                let [loss, gradient, value, value_gradient] = factors(answer);
                Answer {
                    losses: answer.losses.iter().map(|x| loss * x).collect(),
                    gradient: scaled(&answer.gradient, gradient),
                    mass: answer.mass.clone(),
                    value: value * answer.value,
                    value_gradient: scaled(&answer.value_gradient, value_gradient),
                }
            })
            .collect(),
    };
    factors.iter().map(suspect).collect()
}
