//! What pair losses and the cross-batch memory must equal at the corners of their parameters, on random batches in 64 bits.

use methods::pairs::{CrossBatchMemory, PairTermSpec};
use nn::{Matrix, Stream};

use crate::batches::streams;
use crate::finding::{Finding, Proof};
use crate::pairs::{corners, evaluate, loss};
use crate::written::written;

/// What must hold of a pair loss, or of the memory.
struct Law {
    method: &'static str,
    proof: Proof,
    states: &'static str,
    check: fn(&mut Finding),
}

const fn equality(method: &'static str, states: &'static str, check: fn(&mut Finding)) -> Law {
    Law { method, proof: Proof::Equalities, states, check }
}

const fn of_memory(states: &'static str, check: fn(&mut Finding)) -> Law {
    Law { method: "cross_batch", proof: Proof::Law, states, check }
}

const LAWS: [Law; 9] = [
    equality("sup_con", "nt_xent where each anchor has one positive", one_positive),
    equality("nt_xent", "ln(1 + negatives) where all is one point", one_point),
    equality("triplet", "0 without a margin, and triplets in order", in_order),
    equality("circle", "0 without positives or without negatives", one_sided),
    equality("contrastive", "0 where each side is beyond its margin", beyond_margins),
    of_memory("a memory of nothing adds nothing", |finding| {
        adds_nothing(finding, |memory| CrossBatchMemory { size: 0, start: 0, ..memory });
    }),
    of_memory("before its start it adds nothing", |finding| {
        adds_nothing(finding, |memory| CrossBatchMemory { start: u64::MAX, ..memory });
    }),
    of_memory("of the batch alone it adds the loss of the batch once more", batch_once_more),
    of_memory("it compares with the last embeddings, and with no older ones", the_last),
];

pub(super) fn check(wanted: &dyn Fn(&str) -> bool, found: &mut dyn FnMut(Finding)) {
    for law in LAWS.iter().filter(|law| wanted(law.method)) {
        let mut finding = Finding::new(law.method, law.proof, law.states, "1e-12 (1 + |x|)");
        (law.check)(&mut finding);
        found(finding);
    }
}

const WIDTH: usize = 5;

struct Sample {
    embeddings: Matrix<f64>,
    targets: Vec<u32>,
}

impl Sample {
    fn new(targets: &[u32], stream: &mut Stream) -> Self {
        let values = (0..targets.len() * WIDTH).map(|_| stream.normal()).collect();
        Sample { embeddings: Matrix::from_values(WIDTH, values), targets: targets.to_vec() }
    }

    /// The value of a loss without a memory, and its gradient.
    fn said(&self, spec: &PairTermSpec) -> (f64, Matrix<f64>) {
        evaluate(&mut loss(spec, None), &self.embeddings, &self.targets, 0)
    }
}

fn near(finding: &mut Finding, what: &str, ours: f64, expected: f64) {
    finding.compare(&|| what.to_owned(), ours, expected, 1e-12 * (1.0 + expected.abs()));
}

fn nothing(finding: &mut Finding, spec: &str, sample: &Sample) {
    let (value, gradient) = sample.said(&written(spec));
    near(finding, spec, value, 0.0);
    gradient.values().iter().for_each(|&slope| near(finding, spec, slope, 0.0));
}

fn one_positive(finding: &mut Finding) {
    let mut stream = streams().stream("one positive");
    for tau in [0.07, 0.5, 2.0] {
        let sample = Sample::new(&[0, 1, 2, 3, 3, 2, 1, 0], &mut stream);
        let sup_con: PairTermSpec =
            written(&format!("sup_con = {{ temperature = {tau:?}, base_temperature = {tau:?} }}"));
        let nt_xent: PairTermSpec = written(&format!("nt_xent.temperature = {tau:?}"));
        let ((ours, slopes), (expected, at)) = (sample.said(&sup_con), sample.said(&nt_xent));
        near(finding, "the value", ours, expected);
        for (&ours, &expected) in slopes.values().iter().zip(at.values()) {
            near(finding, "a slope", ours, expected);
        }
    }
}

fn one_point(finding: &mut Finding) {
    for targets in [&[0, 0, 1, 1, 2, 2][..], &[0, 0, 0, 0, 1, 1, 1, 1]] {
        let point = [0.5; WIDTH].repeat(targets.len());
        let sample =
            Sample { embeddings: Matrix::from_values(WIDTH, point), targets: targets.to_vec() };
        let (value, _) = sample.said(&written("nt_xent = {}"));
        near(finding, "the value", value, libm::log1p(4.0));
    }
}

/// Two classes, each about a pole.
fn poles() -> Sample {
    let mut stream = streams().stream("poles");
    let mut sample = Sample::new(&[0, 1, 0, 1, 1, 0], &mut stream);
    for (row, y) in sample.embeddings.rows_mut().zip(&sample.targets) {
        row.iter_mut().for_each(|z| *z *= 0.01);
        row[0] = if *y == 0 { 1.0 } else { -1.0 };
    }
    sample
}

fn in_order(finding: &mut Finding) {
    nothing(finding, "triplet.margin = 0", &poles());
}

fn beyond_margins(finding: &mut Finding) {
    let spec = "contrastive = { positive_margin = 0.5, negative_margin = 1.5 }";
    nothing(finding, spec, &poles());
}

fn one_sided(finding: &mut Finding) {
    let mut stream = streams().stream("one sided");
    for targets in [[3; 5], [0, 1, 2, 3, 4]] {
        nothing(finding, "circle = {}", &Sample::new(&targets, &mut stream));
    }
}

const CLASSES: [[u32; 6]; 3] = [[0, 1, 0, 2, 1, 0], [2, 2, 1, 0, 0, 1], [1, 0, 1, 1, 2, 2]];

/// Every pair loss says of three batches, one after the other, what it says without the memory.
fn adds_nothing(finding: &mut Finding, memory: fn(CrossBatchMemory) -> CrossBatchMemory) {
    let mut stream = streams().stream("memory");
    for spec in corners() {
        let mut with = loss::<f64>(&spec, Some(memory(CrossBatchMemory::default())));
        for (first, targets) in (0..).step_by(6).zip(&CLASSES) {
            let sample = Sample::new(targets, &mut stream);
            let (ours, slopes) = evaluate(&mut with, &sample.embeddings, targets, first);
            let (expected, at) = sample.said(&spec);
            let what = || format!("{spec:?}");
            finding.compare(&what, ours, expected, 0.0);
            for (&ours, &expected) in slopes.values().iter().zip(at.values()) {
                finding.compare(&what, ours, expected, 0.0);
            }
        }
    }
}

/// The value is twice that of the batch. The gradient is one and a half times, where pairs are alike from both sides: in a
/// memory one side is held.
fn batch_once_more(finding: &mut Finding) {
    let mut stream = streams().stream("once more");
    for spec in corners() {
        let memory = CrossBatchMemory { size: 6, start: 0, ..CrossBatchMemory::default() };
        let mut with = loss::<f64>(&spec, Some(memory));
        for (first, targets) in (0..).step_by(6).zip(&CLASSES) {
            let sample = Sample::new(targets, &mut stream);
            let (both, slopes) = evaluate(&mut with, &sample.embeddings, targets, first);
            let (once, at) = sample.said(&spec);
            near(finding, &format!("{spec:?}"), both, 2.0 * once);
            if matches!(spec, PairTermSpec::Contrastive(_) | PairTermSpec::CosineContrastive(_)) {
                for (&ours, &expected) in slopes.values().iter().zip(at.values()) {
                    near(finding, &format!("{spec:?}"), ours, 1.5 * expected);
                }
            }
        }
    }
}

/// A memory of 9 after batches of 6: what was put there before the last 9 does not matter, and those do.
fn the_last(finding: &mut Finding) {
    let mut stream = streams().stream("the last");
    let spec = written("cosine_contrastive.margin = -1");
    let memory = CrossBatchMemory { size: 9, start: 0, ..CrossBatchMemory::default() };
    let mut with = loss::<f64>(&spec, Some(memory));
    let mut seen: Vec<(Vec<f64>, u32)> = Vec::new();
    for round in 0..7 {
        let sample = Sample::new(&CLASSES[round % 3], &mut stream);
        let (both, _) = evaluate(&mut with, &sample.embeddings, &sample.targets, 6 * round as u32);
        let unit = |row: &[f64]| {
            let length = libm::sqrt(row.iter().map(|z| z * z).sum());
            row.iter().map(|z| z / length).collect::<Vec<_>>()
        };
        let anchors: Vec<(Vec<f64>, u32)> =
            sample.embeddings.rows().map(unit).zip(sample.targets.iter().copied()).collect();
        seen.extend(anchors.iter().cloned());
        let held = &seen[seen.len().saturating_sub(9)..];
        // What is of the batch stands last, and is no pair of its own anchor.
        let own = held.len() - anchors.len();
        let mut sum = 0.0;
        for (i, (x, y)) in anchors.iter().enumerate() {
            for (j, (r, its_y)) in held.iter().enumerate() {
                if j == own + i {
                    continue;
                }
                let cosine: f64 = x.iter().zip(r).map(|(a, b)| a * b).sum();
                sum += if y == its_y { 1.0 - cosine } else { cosine };
            }
        }
        let (once, _) = sample.said(&spec);
        near(finding, &format!("round {round}"), both - once, sum / anchors.len() as f64);
    }
}
