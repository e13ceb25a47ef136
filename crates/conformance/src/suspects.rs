//! What is likely wrong with another implementation: known mistakes, each tried on our own, until one
//! gives the same wrong numbers.

mod batch;
mod described;
mod formula;
mod inputs;
mod parameters;
mod prior;
mod reductions;
mod shape;
mod single;
mod temperature;
mod weights;

use methods::losses::Link;

use crate::batches::Subject;
use crate::cases::{Answer, Case, MODERATE, answers};
use crate::protocol::Reply;
use crate::suspects::described::{described, not_finite};

/// A mistake, and what it would have answered to every case.
struct Suspect {
    cause: String,
    answers: Vec<Answer>,
}

impl Suspect {
    /// The same mistake beside the gradient of the right loss.
    fn in_the_value_alone(&self, ours: &[Answer]) -> Suspect {
        let beside = |(wrong, right): (&Answer, &Answer)| Answer {
            gradient: right.gradient.clone(),
            value_gradient: right.value_gradient.clone(),
            ..wrong.clone()
        };
        Suspect {
            cause: format!("{}, in the value alone", self.cause),
            answers: self.answers.iter().zip(ours).map(beside).collect(),
        }
    }
}

/// What another implementation was asked, and what it said: all cases of one setting.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) subject: Subject,
    pub(crate) cases: Vec<Case>,
    pub(crate) replies: Vec<Reply>,
}

impl Asked {
    fn ours(&self) -> Vec<Answer> {
        answers(&self.subject.spec, &self.subject.counts, &self.cases)
    }

    /// The cases at which mistakes can be written down plainly.
    fn moderate(&self) -> (&[Case], &[Reply]) {
        let n = MODERATE.min(self.cases.len());
        (&self.cases[..n], &self.replies[..n])
    }
}

/// How many causes are told.
const TOLD: usize = 3;

/// The mistakes that explain every number of `first`, and every number of `others`, which were asked with
/// other batches and other parameters; the likeliest first. Without one, what can be said of the
/// differences.
pub(crate) fn causes(first: &Asked, others: &[Asked], tolerance: f64) -> Vec<String> {
    let ours = first.ours();
    let pairs: Vec<(&Answer, &Reply)> = ours.iter().zip(&first.replies).collect();
    let finite: Vec<(&Answer, &Reply)> =
        pairs.iter().copied().filter(|(_, r)| r.is_finite()).collect();
    let moderate: Vec<(&Answer, &Reply)> =
        pairs[..MODERATE.min(pairs.len())].iter().copied().filter(|(_, r)| r.is_finite()).collect();
    let right = |pairs: &[(&Answer, &Reply)]| pairs.iter().all(|(o, r)| r.is_near(o, tolerance));
    let mut causes = Vec::new();
    if !right(&moderate) {
        causes = explanations(first, tolerance);
        for other in others {
            let refuted = refuted(other, &causes, tolerance);
            causes.retain(|cause| !refuted.contains(cause));
        }
        causes.truncate(TOLD);
        if causes.is_empty() {
            causes.push(described(&moderate, tolerance));
        }
    } else if !right(&finite) {
        causes.push(described::beyond(&pairs, &first.cases, tolerance));
    }
    if finite.len() < pairs.len() {
        causes.push(not_finite(&first.cases, &first.replies));
    }
    causes
}

/// Every mistake that explains all that is finite.
fn explanations(asked: &Asked, tolerance: f64) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    for (cause, explains) in tried(asked, tolerance) {
        if explains && !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    causes
}

/// Those of `causes` that would have given other numbers than there are.
fn refuted(asked: &Asked, causes: &[String], tolerance: f64) -> Vec<String> {
    let tried = tried(asked, tolerance);
    let holds = |cause: &String| {
        let mut same =
            tried.iter().filter(|(tried, _)| tried == cause).map(|(_, holds)| *holds).peekable();
        // A mistake that cannot be made here leaves the numbers right.
        if same.peek().is_some() { same.any(|holds| holds) } else { is_right(asked, tolerance) }
    };
    causes.iter().filter(|&cause| !holds(cause)).cloned().collect()
}

fn is_right(asked: &Asked, tolerance: f64) -> bool {
    let finite = |(_, reply): &(Answer, &Reply)| reply.is_finite();
    let pairs = asked.ours().into_iter().zip(asked.moderate().1).filter(finite);
    pairs.into_iter().all(|(ours, reply)| reply.is_near(&ours, tolerance))
}

/// All known mistakes, and whether each explains every number that is finite.
fn tried(asked: &Asked, tolerance: f64) -> Vec<(String, bool)> {
    let (cases, replies) = asked.moderate();
    let Subject { spec, counts } = &asked.subject;
    let ours = answers(spec, counts, cases);
    let mut tried = Vec::new();
    let mut judge = |suspects: Vec<Suspect>| {
        for Suspect { cause, answers } in suspects {
            let mut pairs = answers.iter().zip(replies).filter(|(_, reply)| reply.is_finite());
            tried.push((cause, pairs.all(|(answer, reply)| reply.is_near(answer, tolerance))));
        }
    };
    for family in [
        reductions::reductions,
        inputs::inputs,
        batch::across_examples,
        formula::formulas,
        weights::weights,
        single::single_losses,
        parameters::parameters,
        prior::prior,
    ] {
        judge(family(&asked.subject, cases, &ours));
    }
    judge(temperature::temperatures(&asked.subject, cases, replies));
    tried
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

#[cfg(test)]
mod tests;
