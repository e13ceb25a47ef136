//! Mistakes with the counts of the classes.

use methods::losses::LossSpec;
use methods::setting::ClassCounts;

use super::Suspect;
use super::shape::Shape;
use crate::batches::Subject;
use crate::cases::{Answer, Case, answers};

pub(super) fn prior(subject: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
    let counts = subject.counts.get();
    let total: f64 = counts.iter().sum();
    let changed = |cause: &str, counts: Vec<f64>| {
        let subject =
            Subject::with(subject.spec.clone(), ClassCounts::expected(1, &counts)).ok()?;
        let answers = answers(&subject.spec, &subject.counts, cases);
        Some(Suspect { cause: cause.to_owned(), answers })
    };
    let mut suspects: Vec<Suspect> = [
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
    .collect();
    suspects.extend(without_logarithm(subject, cases, ours));
    suspects
}

/// `z + τ π` and `z + τ n` for `z + τ ln π`.
fn without_logarithm(subject: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
    let tau = match &subject.spec {
        LossSpec::LogitAdjustment(adjustment) => adjustment.tau.get(),
        LossSpec::BalancedSoftmax(_) => 1.0,
        _ => return Vec::new(),
    };
    let Some(shape) = Shape::of(subject) else { return Vec::new() };
    let counts = subject.counts.get();
    let total: f64 = counts.iter().sum();
    let added = |cause: &str, what: Vec<f64>| Suspect {
        cause: cause.to_owned(),
        answers: shape.with_offsets(what.iter().map(|x| tau * x).collect()).answers(
            cases,
            ours,
            &|term| -libm::log(term.p),
        ),
    };
    vec![
        added(
            "the prior is added without its logarithm",
            counts.iter().map(|n| n / total).collect(),
        ),
        added("the counts are added without their logarithm", counts.to_vec()),
    ]
}
