//! Batches on which implementations are compared, and what ours says of them.

use methods::losses::{Batch, Epoch, LossSpec, PerExample};
use methods::setting::ClassCounts;
use nn::Matrix;
use serde::Serialize;

use crate::batches::{Sample, Subject, built, streams};

/// A batch as another implementation sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// What is special about it.
    pub name: &'static str,
    /// Whether a loss with a memory starts anew; otherwise it goes on from the case before.
    pub fresh: bool,
    /// Share of the epochs that is done.
    pub progress: f64,
    /// Share of the validation examples of each class that is recognised, for losses that ask for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recalls: Vec<f64>,
    /// `[n_examples, n_outputs]`.
    pub logits: Vec<Vec<f64>>,
    /// `[n_examples]`, counted from 0.
    pub targets: Vec<u32>,
    /// The last hidden activations, `[n_examples, width]`, for losses that read them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<Vec<f64>>,
}

/// A batch that implementations are asked about.
pub(crate) trait Question: Serialize {
    /// What its inputs are called.
    const INPUTS: &'static str;

    /// What is special about it.
    fn name(&self) -> &'static str;

    /// What gradients are at, `[n_examples, width]`.
    fn inputs(&self) -> &[Vec<f64>];

    /// `[n_examples]`.
    fn targets(&self) -> &[u32];
}

impl Question for Case {
    const INPUTS: &'static str = "logits";

    fn name(&self) -> &'static str {
        self.name
    }

    fn inputs(&self) -> &[Vec<f64>] {
        &self.logits
    }

    fn targets(&self) -> &[u32] {
        &self.targets
    }
}

/// What a loss says of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// `[n_examples]`.
    pub losses: Vec<f64>,
    /// `d losses[i] / d logits[i, k]`.
    pub gradient: Vec<Vec<f64>>,
    /// What each example adds to the divisor of the mean.
    pub mass: Vec<f64>,
    /// `Σ losses / Σ mass`.
    pub value: f64,
    /// `d value / d logits[i, k]`.
    pub value_gradient: Vec<Vec<f64>>,
}

impl Answer {
    /// Losses and gradients with the mean over what `mass` adds up to.
    pub(crate) fn new(losses: Vec<f64>, gradient: Vec<Vec<f64>>, mass: Vec<f64>) -> Self {
        let divisor: f64 = mass.iter().sum();
        let value = losses.iter().sum::<f64>() / divisor;
        let value_gradient = scaled(&gradient, 1.0 / divisor);
        Answer { losses, gradient, mass, value, value_gradient }
    }

    /// The loss of a whole batch and its gradient: each example has that loss.
    pub(crate) fn of_batch(value: f64, value_gradient: Vec<Vec<f64>>) -> Self {
        let n = value_gradient.len();
        let gradient = scaled(&value_gradient, n as f64);
        Answer { losses: vec![value; n], gradient, mass: vec![1.0; n], value, value_gradient }
    }
}

/// Every value times `factor`.
pub(crate) fn scaled(rows: &[Vec<f64>], factor: f64) -> Vec<Vec<f64>> {
    rows.iter().map(|row| row.iter().map(|x| x * factor).collect()).collect()
}

/// Name, examples, spread of the logits, whether a loss with a memory starts anew, progress.
const CASES: [(&str, usize, f64, bool, f64); 8] = [
    ("ordinary", 8, 1.0, true, 0.0),
    ("undecided", 6, 0.05, true, 0.5),
    ("confident", 12, 4.0, true, 0.9),
    ("the next batch", 8, 1.5, false, 0.9),
    ("far out", 9, 30.0, true, 0.9),
    // Where an exponential is no number any more in 32 bits, and in 64.
    ("beyond 32 bits", 8, 150.0, true, 0.9),
    ("beyond 64 bits", 8, 1000.0, true, 0.9),
    ("at the ends", 8, LARGEST, true, 0.9),
];

/// How many of the cases, the first, are of a size at which formulas can be written down plainly.
pub(crate) const MODERATE: usize = 5;

/// The largest logit.
pub const LARGEST: f64 = 1e4;

/// The cases of a loss, the same for every implementation.
pub(crate) fn cases(subject: &Subject) -> Vec<Case> {
    drawn(subject, "vectors")
}

/// Other cases of the same kinds.
pub(crate) fn other_cases(subject: &Subject) -> Vec<Case> {
    drawn(subject, "other vectors")
}

fn drawn(subject: &Subject, stream: &str) -> Vec<Case> {
    let Subject { spec, counts } = subject;
    let n_classes = counts.n_classes();
    let mut stream = streams().stream(stream);
    let case = |&(name, n, spread, fresh, progress): &(&'static str, usize, f64, bool, f64)| {
        let n = n.max(n_classes);
        let mut sample =
            Sample::random(n, n_classes, spec.n_outputs(n_classes), spread, &mut stream);
        let reached = sample.logits.values().iter().fold(LARGEST, |most, z| most.max(z.abs()));
        sample.logits.values_mut().iter_mut().for_each(|z| *z *= LARGEST / reached);
        let recalls = if spec.traits().reads_recalls { n_classes } else { 0 };
        let hidden = if spec.reads_hidden() { &sample.hidden } else { &Matrix::default() };
        Case {
            name,
            fresh,
            progress,
            recalls: (0..recalls).map(|_| eighths(stream.uniform())).collect(),
            logits: short(&sample.logits),
            targets: sample.targets,
            hidden: short(hidden),
        }
    };
    CASES.iter().map(case).collect()
}

/// The largest size of an input of the case.
pub(crate) fn largest(case: &impl Question) -> f64 {
    case.inputs().iter().flatten().fold(0.0, |largest: f64, z| largest.max(z.abs()))
}

/// The nearest eighth.
fn eighths(x: f64) -> f64 {
    (x * 8.0).round() / 8.0
}

/// Rows of numbers that are short to write, and the same in 32 bits.
pub(crate) fn short(matrix: &Matrix<f64>) -> Vec<Vec<f64>> {
    let round = |x: &f64| (x * 1024.0).round() / 1024.0;
    matrix.rows().map(|row| row.iter().map(round).collect()).collect()
}

/// What a loss says of all cases, in their order.
pub(crate) fn answers(spec: &LossSpec, counts: &ClassCounts, cases: &[Case]) -> Vec<Answer> {
    let mut loss = built::<f64>(spec, counts);
    let mut answers = Vec::new();
    for case in cases {
        if case.fresh {
            loss = built(spec, counts);
        }
        let recalls: Vec<Option<f64>> = case.recalls.iter().map(|&recall| Some(recall)).collect();
        loss.begin_epoch(&Epoch { recalls: &recalls, ..Epoch::at(case.progress) });
        let logits = Matrix::from_rows(&case.logits);
        let hidden = (!case.hidden.is_empty()).then(|| Matrix::from_rows(&case.hidden));
        let batch = Batch { hidden: hidden.as_ref(), ..Batch::new(&logits, &case.targets) };
        let mut out = PerExample::default();
        loss.evaluate(&batch, &mut out);
        let gradient = out.gradient.rows().map(<[f64]>::to_vec).collect();
        answers.push(Answer::new(out.losses, gradient, out.mass));
    }
    answers
}
