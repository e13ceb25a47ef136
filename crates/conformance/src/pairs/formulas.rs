//! Pair losses written out plainly, from all cosines of a batch.

use libm::{exp, log, sqrt};
use methods::pairs::{
    Circle, Contrastive, ContrastiveForm, CosineContrastive, CountedAnchors, MultiSimilarity,
    NtXent, PairTermSpec, SupCon, Triplet, TripletForm,
};

use crate::finding::{Finding, Proof};
use crate::pairs::{answers, cases};

/// The cosines of the pairs of an anchor.
pub(super) struct Anchor {
    positives: Vec<f64>,
    negatives: Vec<f64>,
}

/// The cosines of all pairs, anchor by anchor.
pub(super) fn anchors(embeddings: &[Vec<f64>], targets: &[u32]) -> Vec<Anchor> {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let cosine = |i: usize, j: usize| {
        let (a, b) = (&embeddings[i], &embeddings[j]);
        product(a, b) / sqrt(product(a, a)) / sqrt(product(b, b))
    };
    let of = |i: usize, alike: bool| {
        let others = (0..targets.len()).filter(|&j| j != i);
        let side = others.filter(|&j| (targets[j] == targets[i]) == alike);
        side.map(|j| cosine(i, j)).collect()
    };
    (0..targets.len()).map(|i| Anchor { positives: of(i, true), negatives: of(i, false) }).collect()
}

/// The loss of a batch; what the loss holds constant is of the cosines `held`.
pub(super) fn value(spec: &PairTermSpec, anchors: &[Anchor], held: &[Anchor]) -> f64 {
    match spec {
        PairTermSpec::Contrastive(parameters) => contrastive(parameters, anchors),
        PairTermSpec::CosineContrastive(parameters) => cosine_contrastive(parameters, anchors),
        PairTermSpec::Triplet(parameters) => triplet(parameters, anchors),
        PairTermSpec::MultiSimilarity(parameters) => multi_similarity(parameters, anchors),
        PairTermSpec::NtXent(parameters) => nt_xent(parameters, anchors),
        PairTermSpec::SupCon(parameters) => sup_con(parameters, anchors),
        PairTermSpec::Circle(parameters) => circle(parameters, anchors, held),
    }
}

fn distance(cosine: f64) -> f64 {
    sqrt((2.0 - 2.0 * cosine).max(0.0))
}

/// 0 of nothing.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn contrastive(parameters: &Contrastive, anchors: &[Anchor]) -> f64 {
    let cost = |beyond: f64| match parameters.form {
        ContrastiveForm::Distance => beyond,
        ContrastiveForm::Squared => beyond * beyond,
    };
    let (near, far) = (parameters.positive_margin.get(), parameters.negative_margin.get());
    let side = |beyond: &dyn Fn(&Anchor) -> Vec<f64>| {
        let all = anchors.iter().flat_map(beyond);
        mean(&all.filter(|beyond| 0.0 < *beyond).map(cost).collect::<Vec<_>>())
    };
    side(&|anchor| anchor.positives.iter().map(|&s| distance(s) - near).collect())
        + side(&|anchor| anchor.negatives.iter().map(|&s| far - distance(s)).collect())
}

fn cosine_contrastive(parameters: &CosineContrastive, anchors: &[Anchor]) -> f64 {
    let of_anchor = |anchor: &Anchor| {
        let near = anchor.negatives.iter().filter(|&&s| parameters.margin.get() < s);
        anchor.positives.iter().map(|s| 1.0 - s).sum::<f64>() + near.sum::<f64>()
    };
    mean(&anchors.iter().map(of_anchor).collect::<Vec<_>>())
}

fn triplet(parameters: &Triplet, anchors: &[Anchor]) -> f64 {
    let mut losses = Vec::new();
    for anchor in anchors {
        for &p in &anchor.positives {
            for &n in &anchor.negatives {
                let t = distance(p) - distance(n) + parameters.margin.get();
                match parameters.form {
                    TripletForm::Hard if t <= 0.0 => {}
                    TripletForm::Hard => losses.push(t),
                    TripletForm::Soft => losses.push(log(1.0 + exp(t))),
                }
            }
        }
    }
    mean(&losses)
}

fn multi_similarity(parameters: &MultiSimilarity, anchors: &[Anchor]) -> f64 {
    let (alpha, beta) = (parameters.alpha.get(), parameters.beta.get());
    let lambda = parameters.threshold.get();
    let of_anchor = |anchor: &Anchor| {
        let far: f64 = anchor.positives.iter().map(|s| exp(-alpha * (s - lambda))).sum();
        let near: f64 = anchor.negatives.iter().map(|s| exp(beta * (s - lambda))).sum();
        log(1.0 + far) / alpha + log(1.0 + near) / beta
    };
    mean(&anchors.iter().map(of_anchor).collect::<Vec<_>>())
}

fn nt_xent(parameters: &NtXent, anchors: &[Anchor]) -> f64 {
    let power = |s: &f64| exp(s / parameters.temperature.get());
    let mut losses = Vec::new();
    for anchor in anchors {
        let negatives: f64 = anchor.negatives.iter().map(power).sum();
        let of_pair = |p: &f64| -log(power(p) / (power(p) + negatives));
        losses.extend(anchor.positives.iter().map(of_pair));
    }
    mean(&losses)
}

fn sup_con(parameters: &SupCon, anchors: &[Anchor]) -> f64 {
    let (tau, base) = (parameters.temperature.get(), parameters.base_temperature.get());
    let mut losses = Vec::new();
    for anchor in anchors {
        if anchor.positives.is_empty() {
            if parameters.anchors == CountedAnchors::All {
                losses.push(0.0);
            }
            continue;
        }
        let all = anchor.positives.iter().chain(&anchor.negatives);
        let sum: f64 = all.map(|s| exp(s / tau)).sum();
        let of_positives: Vec<f64> = anchor.positives.iter().map(|s| s / tau - log(sum)).collect();
        losses.push(-tau / base * mean(&of_positives));
    }
    mean(&losses)
}

fn circle(parameters: &Circle, anchors: &[Anchor], held: &[Anchor]) -> f64 {
    let (m, gamma) = (parameters.margin.get(), parameters.scale.get());
    let mut losses = Vec::new();
    for (anchor, held) in anchors.iter().zip(held) {
        let negatives = anchor.negatives.iter().zip(&held.negatives);
        let near: f64 = negatives.map(|(s, h)| exp(gamma * (h + m).max(0.0) * (s - m))).sum();
        let positives = anchor.positives.iter().zip(&held.positives);
        let far: f64 =
            positives.map(|(s, h)| exp(-gamma * (1.0 + m - h).max(0.0) * (s - 1.0 + m))).sum();
        if near * far != 0.0 {
            losses.push(log(1.0 + near * far));
        }
    }
    mean(&losses)
}

/// The values of all cases against the formula.
pub(super) fn check(specs: &[PairTermSpec]) -> Finding {
    let (against, allowed) = ("the formula, written out", "1e-10 (1 + |value|)");
    let mut finding = Finding::new(specs[0].name(), Proof::Formula, against, allowed);
    let cases = cases();
    for spec in specs {
        for (case, ours) in cases.iter().zip(answers(spec, &cases)) {
            let anchors = anchors(&case.embeddings, &case.targets);
            let expected = value(spec, &anchors, &anchors);
            let what = || format!("{spec:?}, the batch `{}`", case.name);
            finding.compare(&what, ours.value, expected, 1e-10 * (1.0 + expected));
        }
    }
    finding
}
