//! What is likely wrong with another implementation of a pair loss: known mistakes, each tried on our own terms, until one gives
//! the same wrong numbers.

use methods::pairs::{PairTermSpec, Pairs, References, Said, negatives};
use serde_json::{Value, json};

use crate::cases::{Answer, scaled};
use crate::pairs::PairCase;
use crate::protocol::Reply;

/// What another implementation was asked, and what it said.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) spec: PairTermSpec,
    pub(crate) cases: Vec<PairCase>,
    pub(crate) replies: Vec<Reply>,
}

/// How a batch is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Right,
    Ascends,
    AnyLength,
    AtLength1,
    OneWay,
    WithItself,
    Squared,
    Summed,
    OverAll,
}

const MISTAKES: [(Reading, &str); 8] = [
    (Reading::Ascends, "the gradient has the wrong sign"),
    (Reading::AnyLength, "embeddings are not divided by their length"),
    (
        Reading::AtLength1,
        "the gradient is that at the embedding of length 1, not at what it was made of",
    ),
    (
        Reading::OneWay,
        "gradients go to the anchors alone: what they are compared with is held constant",
    ),
    (Reading::WithItself, "each example is a positive of its own"),
    (Reading::Squared, "distances are squared"),
    (Reading::Summed, "it is a sum, not a mean"),
    (Reading::OverAll, "the mean is over all pairs or triplets, not over those with a loss"),
];

/// The mistakes that explain every number of `first`, and every number of `others`; without one, in which batches something
/// differs.
pub(crate) fn causes(first: &Asked, others: &[Asked], tolerance: f64) -> Vec<String> {
    let all = || [first].into_iter().chain(others);
    let readings = MISTAKES
        .iter()
        .filter(|(reading, _)| all().all(|asked| asked.is_said(&asked.spec, *reading, tolerance)));
    let mut causes: Vec<String> = readings.map(|(_, cause)| (*cause).to_owned()).collect();
    for (cause, change) in changes(&first.spec) {
        let explains = all().all(|asked| {
            change(&asked.spec).is_some_and(|spec| asked.is_said(&spec, Reading::Right, tolerance))
        });
        // Where nothing changes nothing is explained.
        if explains && change(&first.spec).is_some_and(|spec| spec != first.spec) {
            causes.push(cause);
        }
    }
    if causes.is_empty() {
        causes.push(first.described(tolerance));
    }
    causes
}

/// A mistake in the parameters: what the loss is then, if it can be made.
type Change = Box<dyn Fn(&PairTermSpec) -> Option<PairTermSpec>>;

/// Parameters ignored, inverted, or one for the other.
fn changes(spec: &PairTermSpec) -> Vec<(String, Change)> {
    let name = spec.name();
    let written = json!(spec);
    let fields = written[name].as_object().cloned().unwrap_or_default();
    let names: Vec<&String> = fields.keys().collect();
    let mut changes: Vec<(String, Change)> = Vec::new();
    for (i, &field) in names.iter().enumerate() {
        let of = field.clone();
        changes.push((
            format!("`{field}` is left at its default"),
            Box::new(move |spec| {
                let default: PairTermSpec = serde_json::from_value(json!({ name: {} })).ok()?;
                with(spec, &of, json!(default)[name][&of].clone())
            }),
        ));
        let of = field.clone();
        changes.push((
            format!("`{field}` is inverted"),
            Box::new(move |spec| {
                let inverse = 1.0 / json!(spec)[name][&of].as_f64()?;
                with(spec, &of, json!(inverse))
            }),
        ));
        for &other in &names[i + 1..] {
            let (a, b) = (field.clone(), other.clone());
            changes.push((
                format!("`{a}` and `{b}` are swapped"),
                Box::new(move |spec| {
                    let parameters = json!(spec)[name].clone();
                    with(&with(spec, &a, parameters[&b].clone())?, &b, parameters[&a].clone())
                }),
            ));
        }
    }
    changes
}

/// The loss with another value of a parameter, if that is one.
fn with(spec: &PairTermSpec, field: &str, value: Value) -> Option<PairTermSpec> {
    let mut written = json!(spec);
    written[spec.name()][field] = value;
    serde_json::from_value(written).ok()
}

impl Asked {
    /// Whether `spec`, read so, is what was said.
    fn is_said(&self, spec: &PairTermSpec, reading: Reading, tolerance: f64) -> bool {
        let mut pairs = self.cases.iter().zip(&self.replies);
        pairs.all(|(case, reply)| reply.is_near(&reading.answer(spec, case), tolerance))
    }

    fn described(&self, tolerance: f64) -> String {
        let ours = crate::pairs::answers(&self.spec, &self.cases);
        let all = self.cases.iter().zip(&self.replies).zip(&ours);
        let (mut wrong, mut is_value) = (Vec::new(), false);
        for ((case, reply), ours) in all.filter(|((_, r), ours)| !r.is_near(ours, tolerance)) {
            wrong.push(format!("`{}`", case.name));
            let [value, _] = reply.differences(&reply.like(ours));
            is_value |= tolerance < value;
        }
        let what = if is_value { "values differ" } else { "the gradient alone differs" };
        format!("none that is known; {what}, in the batches {}", wrong.join(", "))
    }
}

impl Reading {
    fn answer(self, spec: &PairTermSpec, case: &PairCase) -> Answer {
        let n = case.targets.len();
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let length =
            |z: &[f64]| if self == Reading::AnyLength { 1.0 } else { libm::sqrt(product(z, z)) };
        let x: Vec<Vec<f64>> = case
            .embeddings
            .iter()
            .map(|z| z.iter().map(|value| value / length(z)).collect())
            .collect();
        let rows: Vec<u32> = (0..n as u32).collect();
        let references = References::<f64> { embeddings: &[], targets: &case.targets, rows: &rows };
        let mut term = spec.build::<f64>();
        let (mut pairs, mut said) = (Pairs::default(), Vec::new());
        let mut slopes = vec![Vec::new(); n];
        for i in 0..n {
            let own = if self == Reading::WithItself { u32::MAX } else { rows[i] };
            let cosines: Vec<f64> = x.iter().map(|r| product(&x[i], r)).collect();
            let read = cosines.iter().map(|&s| self.read(s)).collect::<Vec<_>>();
            slopes[i] = read.iter().map(|(s, _)| *s).collect();
            pairs.list(case.targets[i], own, references, &mut slopes[i]);
            let sides = [pairs.positives.len(), negatives(&slopes[i]).count()];
            let mut told = term.anchor(&pairs, &mut slopes[i]);
            slopes[i].iter_mut().zip(&read).for_each(|(slope, (_, at))| *slope *= at);
            if self == Reading::OverAll {
                all_of(spec, sides.map(|n| n as u64), &mut told);
            }
            said.push(told);
        }
        let total = |part: fn(&Said) -> (f64, u64)| {
            let parts = said.iter().map(part);
            let (sum, count) = parts.fold((0.0, 0), |(a, n), (b, m)| (a + b, n + m));
            let share = if self == Reading::Summed { 1.0 } else { 1.0 / count.max(1) as f64 };
            (sum * share, share)
        };
        let (positive, near) = total(|said| (said.positives.sum, said.positives.count));
        let (negative, far) = total(|said| (said.negatives.sum, said.negatives.count));
        let mut gradient = vec![vec![0.0; x[0].len()]; n];
        for i in 0..n {
            for j in 0..n {
                let share = if case.targets[i] == case.targets[j] { near } else { far };
                for k in 0..x[0].len() {
                    gradient[i][k] += share * slopes[i][j] * x[j][k];
                    if self != Reading::OneWay {
                        gradient[j][k] += share * slopes[i][j] * x[i][k];
                    }
                }
            }
        }
        if self != Reading::AnyLength && self != Reading::AtLength1 {
            for (g, (x, z)) in gradient.iter_mut().zip(x.iter().zip(&case.embeddings)) {
                let along = product(g, x);
                g.iter_mut().zip(x).for_each(|(g, x)| *g = (*g - along * x) / length(z));
            }
        }
        let sign = if self == Reading::Ascends { -1.0 } else { 1.0 };
        Answer::of_batch(positive + negative, scaled(&gradient, sign))
    }

    /// What is taken for a cosine, and its slope there: `d² = 2 - 2 s` is the distance that belongs to `1 - d⁴ / 2`.
    fn read(self, cosine: f64) -> (f64, f64) {
        let square = 2.0 - 2.0 * cosine;
        if self == Reading::Squared {
            (1.0 - square * square / 2.0, 2.0 * square)
        } else {
            (cosine, 1.0)
        }
    }
}

/// Divides by all pairs, or triplets.
fn all_of(spec: &PairTermSpec, [near, far]: [u64; 2], said: &mut Said) {
    match spec {
        PairTermSpec::Contrastive(_) => {
            (said.positives.count, said.negatives.count) = (near, far);
        }
        PairTermSpec::Triplet(_) => {
            (said.positives.count, said.negatives.count) = (near * far, near * far);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::{answers, cases, corners, other_cases};
    use crate::written::written;

    fn asked(
        spec: &PairTermSpec,
        cases: Vec<PairCase>,
        read: &dyn Fn(&PairCase) -> Answer,
    ) -> Asked {
        let form = Reply { values: Vec::new(), each: false, gradient: Vec::new() };
        let replies = cases.iter().map(|case| form.like(&read(case))).collect();
        Asked { spec: spec.clone(), cases, replies }
    }

    #[test]
    fn a_batch_read_as_it_should_be_is_ours() {
        for spec in corners() {
            let cases = cases();
            for (case, ours) in cases.iter().zip(answers(&spec, &cases)) {
                let read = Reading::Right.answer(&spec, case);
                let form = Reply { values: Vec::new(), each: false, gradient: Vec::new() };
                assert!(form.like(&read).is_near(&ours, 1e-11), "{spec:?} {}", case.name);
            }
        }
    }

    #[test]
    fn every_mistake_of_reading_is_named_and_no_other_beside_it() {
        for (reading, cause) in MISTAKES {
            let name = if reading == Reading::Summed { "sup_con = {}" } else { "contrastive = {}" };
            let spec: PairTermSpec = written(name);
            let said = |cases| asked(&spec, cases, &|case| reading.answer(&spec, case));
            let causes = causes(&said(cases()), &[said(other_cases())], 1e-6);
            assert_eq!(causes, [cause]);
        }
    }

    #[test]
    fn mistakes_in_parameters_are_named() {
        for (right, wrong, cause) in [
            ("triplet.margin = 0.5", "triplet = {}", "`margin` is left at its default"),
            ("nt_xent.temperature = 0.5", "nt_xent.temperature = 2", "`temperature` is inverted"),
            (
                "multi_similarity = { alpha = 1, beta = 10 }",
                "multi_similarity = { alpha = 10, beta = 1 }",
                "`alpha` and `beta` are swapped",
            ),
        ] {
            let (right, wrong): (PairTermSpec, PairTermSpec) = (written(right), written(wrong));
            let said = |cases| asked(&right, cases, &|case| Reading::Right.answer(&wrong, case));
            let causes = causes(&said(cases()), &[said(other_cases())], 1e-6);
            assert!(causes.iter().any(|named| named == cause), "{cause}: {causes:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_described() {
        let spec: PairTermSpec = written("circle = {}");
        let said = asked(&spec, cases(), &|case| {
            let mut answer = Reading::Right.answer(&spec, case);
            answer.value_gradient = scaled(&answer.value_gradient, 1.25);
            answer
        });
        let causes = causes(&said, &[], 1e-6);
        assert!(
            causes[0].starts_with("none that is known; the gradient alone differs"),
            "{causes:?}"
        );
    }
}
