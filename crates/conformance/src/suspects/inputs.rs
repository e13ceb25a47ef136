//! Mistakes in what the loss is given.

use methods::losses::Link;

use super::{Suspect, squash};
use crate::batches::Subject;
use crate::cases::{Answer, Case, answers, scaled};

pub(super) fn inputs(subject: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
    let Subject { spec, counts } = subject;
    let n_classes = counts.n_classes() as u32;
    let changed = |cause: &str, change: &dyn Fn(&mut Case)| {
        let mut cases = cases.to_vec();
        cases.iter_mut().for_each(change);
        Suspect { cause: cause.to_owned(), answers: answers(spec, counts, &cases) }
    };
    let moved_targets = |by: u32| {
        move |case: &mut Case| {
            case.targets.iter_mut().for_each(|y| *y = (*y + by) % n_classes);
        }
    };
    let mut suspects = vec![
        changed("labels are taken to begin at 1, not at 0", &moved_targets(n_classes - 1)),
        changed("labels are one too high", &moved_targets(1)),
        changed(
            "the targets are rolled by one: each example has that of the one before",
            &|case| {
                case.targets.rotate_right(1);
            },
        ),
        changed("the targets are rolled by one: each example has that of the one after", &|case| {
            case.targets.rotate_left(1);
        }),
        changed("the targets are in reverse order", &|case| case.targets.reverse()),
        changed("a loss with a memory starts anew in every batch", &|case| case.fresh = true),
        changed("a loss with a memory never starts anew", &|case| case.fresh = false),
    ];
    suspects.extend([negated(subject, cases), backwards(subject, cases)]);
    let turned = |answer: &Answer| {
        let mut answer = answer.clone();
        answer.losses.reverse();
        answer.gradient.reverse();
        answer.value_gradient.reverse();
        answer
    };
    suspects.push(Suspect {
        cause: "losses and slopes are answered in the reverse order of the examples".to_owned(),
        answers: ours.iter().map(turned).collect(),
    });
    suspects.extend([Link::Softmax, Link::Sigmoid].map(|link| twice(subject, cases, link)));
    suspects
}

/// The wrong sign of the logits: the slope goes through it.
fn negated(subject: &Subject, cases: &[Case]) -> Suspect {
    let negated = |case: &Case| Case { logits: scaled(&case.logits, -1.0), ..case.clone() };
    let cases: Vec<Case> = cases.iter().map(negated).collect();
    let back = |answer: Answer| Answer {
        gradient: scaled(&answer.gradient, -1.0),
        value_gradient: scaled(&answer.value_gradient, -1.0),
        ..answer
    };
    let answers = answers(&subject.spec, &subject.counts, &cases);
    Suspect {
        cause: "the logits have the wrong sign".to_owned(),
        answers: answers.into_iter().map(back).collect(),
    }
}

/// The classes from the last to the first; so are the slopes.
fn backwards(subject: &Subject, cases: &[Case]) -> Suspect {
    let reversed = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
        rows.iter().map(|row| row.iter().rev().copied().collect()).collect()
    };
    let backwards = |case: &Case| Case { logits: reversed(&case.logits), ..case.clone() };
    let cases: Vec<Case> = cases.iter().map(backwards).collect();
    let back = |answer: Answer| Answer {
        gradient: reversed(&answer.gradient),
        value_gradient: reversed(&answer.value_gradient),
        ..answer
    };
    let answers = answers(&subject.spec, &subject.counts, &cases);
    Suspect {
        cause: "the classes are in reverse order".to_owned(),
        answers: answers.into_iter().map(back).collect(),
    }
}

/// The loss of probabilities where it wants logits.
fn twice(subject: &Subject, cases: &[Case], link: Link) -> Suspect {
    let name = match link {
        Link::Softmax => "softmax",
        Link::Sigmoid => "sigmoid",
    };
    let squashed = |case: &Case| Case {
        logits: case.logits.iter().map(|row| squash(row, link)).collect(),
        ..case.clone()
    };
    let squashed: Vec<Case> = cases.iter().map(squashed).collect();
    let through = |(answer, case): (Answer, &Case)| {
        let rows = |rows: &[Vec<f64>]| {
            rows.iter().zip(&case.logits).map(|(d, p)| through_squash(d, p, link)).collect()
        };
        Answer {
            gradient: rows(&answer.gradient),
            value_gradient: rows(&answer.value_gradient),
            ..answer
        }
    };
    let answers = answers(&subject.spec, &subject.counts, &squashed);
    Suspect {
        cause: format!("the {name} is taken twice: the loss wants logits, not probabilities"),
        answers: answers.into_iter().zip(&squashed).map(through).collect(),
    }
}

/// Slopes at probabilities `p` as slopes at the logits they came from.
fn through_squash(slopes: &[f64], p: &[f64], link: Link) -> Vec<f64> {
    let mean: f64 = slopes.iter().zip(p).map(|(d, p)| d * p).sum();
    let slope = |(d, p): (&f64, &f64)| match link {
        Link::Softmax => p * (d - mean),
        Link::Sigmoid => p * (1.0 - p) * d,
    };
    slopes.iter().zip(p).map(slope).collect()
}
