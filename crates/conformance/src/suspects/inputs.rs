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
    // The slope goes through what was done to the logits.
    let negated =
        changed("the logits have the wrong sign", &|case| case.logits = scaled(&case.logits, -1.0));
    let negate = |answer: Answer| Answer {
        gradient: scaled(&answer.gradient, -1.0),
        value_gradient: scaled(&answer.value_gradient, -1.0),
        ..answer
    };
    suspects
        .push(Suspect { answers: negated.answers.into_iter().map(negate).collect(), ..negated });
    let reversed = |rows: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
        rows.into_iter().map(|row| row.into_iter().rev().collect()).collect()
    };
    let backwards = changed("the classes are in reverse order", &|case| {
        case.logits = reversed(std::mem::take(&mut case.logits));
    });
    let back = |answer: Answer| Answer {
        gradient: reversed(answer.gradient),
        value_gradient: reversed(answer.value_gradient),
        ..answer
    };
    suspects
        .push(Suspect { answers: backwards.answers.into_iter().map(back).collect(), ..backwards });
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
