//! Losses and gradients in 64 bits, each number by itself against its formula at 500 digits: where a loss is
//! nearly nothing, what is left of it has to be right, too.
//!
//! `golden/precise.py` wrote the numbers.

use std::collections::BTreeMap;

use methods::losses::{Batch, Epoch, LossSpec, PerExample};
use methods::setting::ClassCounts;
use nn::Matrix;
use serde::Deserialize;

use crate::batches::{built, described};
use crate::finding::{Finding, Proof};

#[derive(Deserialize)]
struct References {
    /// By the number of logits.
    batches: BTreeMap<String, Vec<PreciseExamples>>,
    losses: Vec<Reference>,
}

#[derive(Deserialize)]
struct PreciseExamples {
    name: String,
    logits: Vec<Vec<f64>>,
    targets: Vec<u32>,
}

#[derive(Deserialize)]
struct Reference {
    loss: LossSpec,
    width: usize,
    /// One for each batch of this width.
    answers: Vec<PreciseAnswer>,
}

#[derive(Deserialize)]
struct PreciseAnswer {
    losses: Vec<f64>,
    /// Of the sum of the losses, row by row.
    gradient: Vec<f64>,
}

/// Largest relative error: some thousand roundings, in a handful of examples.
const TOLERANCE: f64 = 1e-12;
/// What may be lost to underflow.
const TINY: f64 = 1e-300;

pub(crate) fn check(wanted: &dyn Fn(&str) -> bool, found: &mut dyn FnMut(Finding)) {
    let text = include_str!("../golden/precise.json");
    let References { batches, losses } =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("precise.json: {error}"));
    for of_loss in losses.chunk_by(|a, b| a.loss.name() == b.loss.name()) {
        let name = of_loss[0].loss.name();
        if !wanted(name) {
            continue;
        }
        let against = "its formula at 500 digits";
        let mut finding = Finding::new(name, Proof::Formula, against, "1e-12 |value|");
        for Reference { loss, width, answers } in of_loss {
            for (examples, answer) in batches[&width.to_string()].iter().zip(answers) {
                examples.check(loss, answer, &mut finding);
            }
        }
        found(finding);
    }
}

impl PreciseExamples {
    fn check(&self, spec: &LossSpec, answer: &PreciseAnswer, finding: &mut Finding) {
        let logits = Matrix::from_rows(&self.logits);
        let counts: &[u32] = if logits.n_columns() == 1 { &[40, 10] } else { &[40, 10, 5] };
        let mut loss = built::<f64>(spec, &ClassCounts::new(counts.to_vec()));
        loss.begin_epoch(&Epoch::at(0.5));
        let mut out = PerExample::default();
        loss.evaluate(&Batch::new(&logits, &self.targets), &mut out);
        // The value of this loss is 0 and what rounding leaves of it, on the first batch.
        let valued = !matches!(spec, LossSpec::AveragePrecision(_));
        for (name, ours, expected) in [
            ("loss", &out.losses[..], &answer.losses[..]),
            ("slope", out.gradient.values(), &answer.gradient[..]),
        ] {
            for (i, (&ours, &expected)) in ours.iter().zip(expected).enumerate() {
                let what = || format!("{}, {}, {name} {i}", described(spec), self.name);
                if valued || name == "slope" {
                    finding.compare(&what, ours, expected, TOLERANCE * expected.abs() + TINY);
                }
            }
        }
    }
}
