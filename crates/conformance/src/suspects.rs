//! What is likely wrong with another implementation: known mistakes, each tried on our own, until one
//! gives the same wrong numbers.

mod formula;
mod shape;
mod single;

use methods::losses::{ClassCounts, Link, LossSpec};
use serde_json::{Value, json};

use crate::Subject;
use crate::against::Reply;
use crate::cases::{Answer, Case, answers, scaled};
use crate::suspects::formula::formulas;
use crate::suspects::single::single_losses;

/// A mistake, and what it would have answered to every case.
struct Suspect {
    cause: String,
    answers: Vec<Answer>,
}

/// How many causes are told.
const TOLD: usize = 3;

/// The mistakes that explain every reply, the likeliest first; without one, what can be said of the
/// differences.
pub(crate) fn suspects(
    subject: &Subject,
    cases: &[Case],
    replies: &[Reply],
    tolerance: f64,
) -> Vec<String> {
    let Subject { spec, counts } = subject;
    let ours = answers(spec, counts, cases);
    let explains = |suspect: &Suspect| {
        let fits = |(reply, answer): (&Reply, &Answer)| {
            let [value, gradient] = reply.differences(&reply.like(answer));
            value.max(gradient) <= tolerance
        };
        replies.iter().zip(&suspect.answers).all(fits)
    };
    let mut causes = Vec::new();
    for suspects in [reductions, inputs, formulas, single_losses, parameters, prior] {
        for suspect in suspects(subject, cases, &ours) {
            if explains(&suspect) && causes.len() < TOLD && !causes.contains(&suspect.cause) {
                causes.push(suspect.cause);
            }
        }
    }
    if causes.is_empty() {
        causes.extend(described(replies, &ours, tolerance));
    }
    causes
}

/// A mistake, and its factors: of an example's loss, of its gradient, of the batch's value, of that one's
/// gradient.
type Factors<'a> = (&'a str, &'a dyn Fn(&Answer) -> [f64; 4]);

/// Mistakes in what is summed and divided, and in signs.
fn reductions(_: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
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

/// Mistakes in what the loss is given.
fn inputs(subject: &Subject, cases: &[Case], _: &[Answer]) -> Vec<Suspect> {
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
    let twice = |softmax: bool| {
        let link = if softmax { Link::Softmax } else { Link::Sigmoid };
        let name = if softmax { "softmax" } else { "sigmoid" };
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
        Suspect {
            cause: format!("the {name} is taken twice: the loss wants logits, not probabilities"),
            answers: answers(spec, counts, &squashed)
                .into_iter()
                .zip(&squashed)
                .map(through)
                .collect(),
        }
    };
    suspects.extend([twice(true), twice(false)]);
    suspects
}

fn squash(row: &[f64], link: Link) -> Vec<f64> {
    match link {
        Link::Softmax => {
            let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = row.iter().map(|z| libm::exp(z - top)).sum();
            row.iter().map(|z| libm::exp(z - top) / sum).collect()
        }
        Link::Sigmoid => row.iter().map(|z| 1.0 / (1.0 + libm::exp(-z))).collect(),
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

/// Parameters that are ignored, swapped, negated or inverted.
fn parameters(subject: &Subject, cases: &[Case], _: &[Answer]) -> Vec<Suspect> {
    let Subject { spec, counts } = subject;
    let written = serde_json::to_value(spec).expect("a loss is plain data");
    let Some(fields) = written[spec.name()].as_object() else { return Vec::new() };
    let defaults = read(&json!({ spec.name(): {} }));
    let defaults = defaults.and_then(|spec| serde_json::to_value(spec).ok());
    let mut changes: Vec<(String, Value)> = Vec::new();
    let mut change = |cause: String, edits: &[(&str, Value)]| {
        let mut changed = written.clone();
        for (name, value) in edits {
            changed[spec.name()][*name] = value.clone();
        }
        changes.push((cause, changed));
    };
    for (name, value) in fields {
        if let Some(x) = value.as_f64() {
            let whole = value.is_u64();
            let number = |x: f64| if whole { json!(x as u64) } else { json!(x) };
            change(format!("{name} is ignored, as if it were 0"), &[(name, number(0.0))]);
            change(format!("{name} is ignored, as if it were 1"), &[(name, number(1.0))]);
            change(format!("{name} has the wrong sign"), &[(name, number(-x))]);
            change(format!("{name} and 1 - {name} are swapped"), &[(name, number(1.0 - x))]);
            change(format!("1 / {name} stands for {name}"), &[(name, number(1.0 / x))]);
            change(format!("{name} is halved"), &[(name, number(x / 2.0))]);
            change(format!("{name} is doubled"), &[(name, number(x * 2.0))]);
            let n = counts.n_classes() as f64;
            change(
                format!("{name} is spread over K - 1 classes, not K"),
                &[(name, json!(x * n / (n - 1.0)))],
            );
            change(
                format!("{name} is spread over K classes, not K - 1"),
                &[(name, json!(x * (n - 1.0) / n))],
            );
            for (other, theirs) in fields.iter().filter(|(other, _)| name < other) {
                if theirs.is_number() {
                    change(
                        format!("{name} and {other} are swapped"),
                        &[(name, theirs.clone()), (other, value.clone())],
                    );
                }
            }
        }
        if let Some(on) = value.as_bool() {
            change(format!("{name} is taken for {}", !on), &[(name, json!(!on))]);
        }
        if let Some(weights) = value.as_array() {
            let reversed: Vec<Value> = weights.iter().rev().cloned().collect();
            change(
                format!("{name} is read from the last class to the first"),
                &[(name, json!(reversed))],
            );
            let complements: Vec<f64> =
                weights.iter().filter_map(Value::as_f64).map(|weight| 1.0 - weight).collect();
            change(format!("1 - {name} stands for {name}"), &[(name, json!(complements))]);
        }
        if !value.is_null() {
            change(format!("{name} is ignored"), &[(name, Value::Null)]);
        }
        if value.is_string() {
            for word in ["mean", "weighted_mean", "softmax", "sigmoid"] {
                change(format!("{name} is taken for {word}"), &[(name, json!(word))]);
            }
        }
        if let Some(default) = defaults.as_ref().map(|spec| &spec[spec_name(spec)][name]) {
            change(format!("{name} is ignored: its default is taken"), &[(name, default.clone())]);
        }
    }
    let suspect = |(cause, changed): (String, Value)| {
        if changed == written {
            return None;
        }
        let spec = Subject::with(read(&changed)?, counts.clone()).ok()?.spec;
        // Logits of another shape are no batch of this loss.
        let same = spec.n_outputs(counts.n_classes()) == cases[0].logits[0].len();
        same.then(|| Suspect { cause, answers: answers(&spec, counts, cases) })
    };
    changes.into_iter().filter_map(suspect).collect()
}

fn spec_name(written: &Value) -> &str {
    written.as_object().and_then(|entry| entry.keys().next()).map_or("", String::as_str)
}

fn read(written: &Value) -> Option<LossSpec> {
    serde_json::from_value(written.clone()).ok()
}

/// Mistakes with the counts of the classes.
fn prior(subject: &Subject, cases: &[Case], _: &[Answer]) -> Vec<Suspect> {
    let counts = subject.counts.get();
    let total: f64 = counts.iter().sum();
    let changed = |cause: &str, counts: Vec<f64>| {
        let subject =
            Subject::with(subject.spec.clone(), ClassCounts::expected(1, &counts)).ok()?;
        let answers = answers(&subject.spec, &subject.counts, cases);
        Some(Suspect { cause: cause.to_owned(), answers })
    };
    [
        changed("the counts of the classes are ignored", vec![1.0; counts.len()]),
        changed(
            "the counts are read from the last class to the first",
            counts.iter().rev().copied().collect(),
        ),
        changed("the counts are inverted", counts.iter().map(|n| 1.0 / n).collect()),
        changed(
            "shares of the examples are taken, not their counts",
            counts.iter().map(|n| n / total).collect(),
        ),
        changed("one is added to every count", counts.iter().map(|n| n + 1.0).collect()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What can be said of differences that no known mistake explains.
fn described(replies: &[Reply], ours: &[Answer], tolerance: f64) -> Vec<String> {
    let pairs: Vec<(Reply, &Reply)> =
        replies.iter().zip(ours).map(|(reply, ours)| (reply.like(ours), reply)).collect();
    let finite = |reply: &Reply| {
        reply.values.iter().chain(reply.gradient.iter().flatten()).all(|x| x.is_finite())
    };
    let agree =
        |theirs: &Reply, ours: &Reply, which: usize| theirs.differences(ours)[which] <= tolerance;
    if pairs.iter().any(|(_, theirs)| !finite(theirs)) {
        let others = pairs.iter().filter(|(_, theirs)| finite(theirs));
        if others.into_iter().all(|(ours, theirs)| agree(theirs, ours, 0) && agree(theirs, ours, 1))
        {
            return vec![
                "numbers that are not finite where logits are large: take the logarithm of a softmax \
                 through log-sum-exp, and of a sigmoid through softplus"
                    .to_owned(),
            ];
        }
        return vec!["some numbers are not finite".to_owned()];
    }
    let ratios = |which: &dyn Fn(&Reply) -> Vec<f64>| {
        let all =
            pairs.iter().flat_map(|(ours, theirs)| which(ours).into_iter().zip(which(theirs)));
        let large = all.filter(|(ours, _)| 1e-3 < ours.abs());
        let ratios: Vec<f64> = large.map(|(ours, theirs)| theirs / ours).collect();
        let first = *ratios.first()?;
        let constant = ratios.iter().all(|r| (r - first).abs() <= 1e3 * tolerance * first.abs());
        (constant && 1e3 * tolerance < (first - 1.0).abs()).then_some(first)
    };
    let value = ratios(&|reply| reply.values.clone());
    let gradient = ratios(&|reply| reply.gradient.concat());
    let same = |which: usize| pairs.iter().all(|(ours, theirs)| agree(theirs, ours, which));
    vec![match (value, gradient) {
        (Some(factor), Some(other)) if (factor - other).abs() <= 1e3 * tolerance => {
            format!("value and gradient are {factor:.6} times ours: a constant factor")
        }
        (Some(factor), _) if same(1) => {
            format!("only the value differs: it is {factor:.6} times ours")
        }
        (_, Some(factor)) if same(0) => {
            format!("only the gradient differs: it is {factor:.6} times ours")
        }
        _ if same(1) => "the gradient is right, the value is not".to_owned(),
        _ if same(0) => "the value is right, the gradient is not".to_owned(),
        _ => "no known mistake explains it".to_owned(),
    }]
}

#[cfg(test)]
mod tests;
