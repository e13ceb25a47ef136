//! Mistakes in which weight an example, or one of its sigmoids, has.

use methods::losses::{Alpha, Focal, LossSpec};

use super::Suspect;
use super::shape::{Shape, Term, is_positive, predicted, slopes};
use crate::batches::Subject;
use crate::cases::{Answer, Case};

pub(super) fn weights(subject: &Subject, cases: &[Case], ours: &[Answer]) -> Vec<Suspect> {
    let Some(shape) = Shape::of(subject) else { return Vec::new() };
    let mut suspects = vec![
        by_prediction(&shape, cases, ours, predicted_class),
        by_prediction(&shape, cases, ours, predicted_sign),
    ];
    suspects.extend(swapped(subject, &shape, cases, ours));
    suspects
}

/// The weight of logit `k` of an example of class `y` with the logits `z`, in this order after the loss.
type WeightOf = fn(&Shape, &[f64], usize, usize) -> f64;

/// The weights that the prediction picks, in place of those that the label picks.
fn by_prediction(shape: &Shape, cases: &[Case], ours: &[Answer], weight: WeightOf) -> Suspect {
    let term = |t: &Term| -t.focus() * shape.log(t.p);
    let loss = |at: &[f64], z: &[f64], y: usize| -> f64 {
        let weighed = |(k, t): &(usize, Term)| match weight(shape, at, y, *k) {
            0.0 => 0.0,
            weight => weight * term(t),
        };
        shape.all_terms(z, y).iter().map(weighed).sum()
    };
    let answer = |(case, ours): (&Case, &Answer)| {
        let rows = case.logits.iter().zip(&case.targets);
        let losses = rows.map(|(z, &y)| loss(z, z, y as usize)).collect();
        Answer::new(losses, slopes(case, loss), shape.masses(case, ours))
    };
    Suspect {
        cause: "the weight is that of the predicted class, not of the true one".to_owned(),
        answers: cases.iter().zip(ours).map(answer).collect(),
    }
}

/// The weight of the class with the largest logit, for all terms of the example.
fn predicted_class(shape: &Shape, z: &[f64], y: usize, k: usize) -> f64 {
    let best = predicted(z);
    match (shape.is_one_hot(), k == y) {
        // A loss of the softmax has a weight in the column of its class alone.
        (true, true) => shape.weights[best][best],
        (true, false) => 0.0,
        (false, _) => shape.weights[best][k],
    }
}

/// The weight of a positive where the sigmoid is above a half, of a negative where it is below.
fn predicted_sign(shape: &Shape, z: &[f64], y: usize, k: usize) -> f64 {
    if shape.is_one_hot() {
        return predicted_class(shape, z, y, k);
    }
    let wanted = 0.0 < z[k];
    let of = (0..shape.weights.len()).find(|&class| is_positive(class, k, z.len()) == wanted);
    of.map_or(f64::NAN, |class| shape.weights[class][k])
}

/// Alpha and gamma of focal loss in each other's place, where gamma is no weight that alpha could be.
fn swapped(subject: &Subject, shape: &Shape, cases: &[Case], ours: &[Answer]) -> Option<Suspect> {
    let LossSpec::Focal(Focal { alpha: Some(Alpha::Positive(alpha)), gamma, .. }) = &subject.spec
    else {
        return None;
    };
    let swapped = shape.with_focus(alpha.get()).with_positive_weight(gamma.get());
    let answers = swapped.answers(cases, ours, &|t| -t.focus() * libm::log(t.p));
    Some(Suspect { cause: "alpha and gamma are swapped".to_owned(), answers })
}
