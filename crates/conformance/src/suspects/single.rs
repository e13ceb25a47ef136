//! Mistakes that single losses invite.

use methods::losses::{Alpha, FocalForm, GhmC, GhmSoftmax, Ldam, Link, LossSpec};
use methods::setting::ClassCounts;
use nn::range::NonNegative;

use super::{Suspect, squash};
use crate::batches::Subject;
use crate::cases::{Answer, Case, answers, scaled};
use crate::slopes::holds_factors_constant;

pub(super) fn single_losses(subject: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
    [
        background_first(subject, cases),
        all_bins(&subject.spec, cases, ours),
        margin_outside(subject, cases),
        not_detached(subject, cases, ours),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Labels that leave 0 to the background, as detectors once had them: class 0 has no column then.
fn background_first(subject: &Subject, cases: &[Case]) -> Option<Suspect> {
    let Subject { spec, counts } = subject;
    // Losses that ask nothing of the label but which logit is to be high.
    let sigmoids = match spec {
        LossSpec::BinaryCrossEntropy(_)
        | LossSpec::GhmC(_)
        | LossSpec::FocalStar(_)
        | LossSpec::Asymmetric(_) => true,
        LossSpec::Focal(focal) => {
            focal.form == FocalForm::Sigmoid && !matches!(focal.alpha, Some(Alpha::PerClass(_)))
        }
        _ => false,
    };
    let n_classes = counts.n_classes() as u32;
    if !sigmoids || n_classes == 2 {
        return None;
    }
    let mut cases = cases.to_vec();
    for y in cases.iter_mut().flat_map(|case| &mut case.targets) {
        // A label beyond the last column has none.
        *y = y.checked_sub(1).unwrap_or(n_classes);
    }
    let cause = "labels are taken to begin at 1, with 0 for the background: class 0 has no column";
    Some(Suspect { cause: cause.to_owned(), answers: answers(spec, counts, &cases) })
}

/// Weights of gradient-harmonized losses divided by `M`, as in the paper, not by the number of bins that are
/// not empty.
fn all_bins(spec: &LossSpec, cases: &[Case], ours: &[Answer]) -> Option<Suspect> {
    let (LossSpec::GhmC(GhmC { bins, .. }) | LossSpec::GhmSoftmax(GhmSoftmax { bins, .. })) = spec
    else {
        return None;
    };
    let n_bins = bins.get() as usize;
    let link = spec.link();
    let answer = |(case, ours): (&Case, &Answer)| {
        let mut filled = vec![false; n_bins];
        for (z, &y) in case.logits.iter().zip(&case.targets) {
            let p = squash(z, link);
            let positive = |k: usize| y as usize == if p.len() == 1 { 1 } else { k };
            let lengths = (0..p.len()).filter_map(|k| match link {
                Link::Softmax => positive(k).then_some(1.0 - p[k]),
                Link::Sigmoid => Some(if positive(k) { 1.0 - p[k] } else { p[k] }),
            });
            for length in lengths {
                filled[((length * n_bins as f64) as usize).min(n_bins - 1)] = true;
            }
        }
        let factor = filled.iter().filter(|filled| **filled).count() as f64 / n_bins as f64;
        let losses = ours.losses.iter().map(|loss| factor * loss).collect();
        Answer::new(losses, scaled(&ours.gradient, factor), ours.mass.clone())
    };
    let answers = cases.iter().zip(ours).map(answer).collect();
    Some(Suspect {
        cause: "weights are divided by the number of all bins, not of those that are not empty"
            .to_owned(),
        answers,
    })
}

/// LDAM with `S z - m` for `S (z - m)`.
fn margin_outside(subject: &Subject, cases: &[Case]) -> Option<Suspect> {
    let LossSpec::Ldam(ldam) = &subject.spec else { return None };
    let max_margin = NonNegative::try_from(ldam.max_margin.get() / ldam.scale.get()).ok()?;
    let spec = LossSpec::Ldam(Ldam { max_margin, ..ldam.clone() });
    Some(Suspect {
        cause: "the margin is outside the scale: S z - m, not S (z - m)".to_owned(),
        answers: answers(&spec, &subject.counts, cases),
    })
}

/// The slopes of our values, of a loss that holds constant what depends on the logits.
fn not_detached(subject: &Subject, cases: &[Case], ours: &[Answer]) -> Option<Suspect> {
    let Subject { spec, counts } = subject;
    if !holds_factors_constant(spec) || matches!(spec, LossSpec::AveragePrecision(_)) {
        return None;
    }
    let answer = |at: usize| {
        // A loss with a memory has seen the batches since it began anew.
        let fresh = (0..=at).rev().find(|&i| cases[i].fresh).unwrap_or(0);
        let gradient = (0..cases[at].logits.len()).map(|i| {
            let slope = |k: usize| slope(spec, counts, &cases[fresh..=at], [i, k]);
            (0..cases[at].logits[i].len()).map(slope).collect()
        });
        Answer::new(ours[at].losses.clone(), gradient.collect(), ours[at].mass.clone())
    };
    Some(Suspect {
        cause: "the gradient goes through factors that are held constant, it is not detached"
            .to_owned(),
        answers: (0..cases.len()).map(answer).collect(),
    })
}

/// The slope of the last case's losses along logit `k` of example `i`, by differences.
fn slope(spec: &LossSpec, counts: &ClassCounts, cases: &[Case], [i, k]: [usize; 2]) -> f64 {
    const H: f64 = 1e-5;
    let moved = |step: f64| -> f64 {
        let mut cases = cases.to_vec();
        if let Some(last) = cases.last_mut() {
            last.logits[i][k] += step;
        }
        let last = answers(spec, counts, &cases).pop();
        last.map_or(f64::NAN, |answer| answer.losses.iter().sum())
    };
    (moved(H) - moved(-H)) / (2.0 * H)
}
