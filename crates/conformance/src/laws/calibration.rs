//! Calibrations are at the minimum of what they minimise, and keep what they say they keep.

use libm::{log, log1p};
use methods::calibration::{CalibrationSpec, Calibrator};
use methods::judged::Judged;
use nn::Stream;

use crate::batches::streams;
use crate::finding::Finding;
use crate::laws::Law;
use crate::written::written;

pub(super) const LAWS: &[Law] = &[
    Law {
        method: "temperature",
        states: "the slope of the likelihood is 0, and the most probable class stays",
        allowed: "1e-9 an example",
        check: temperature,
    },
    Law {
        method: "platt",
        states: "both slopes of the likelihood are 0",
        allowed: "1e-5",
        check: platt,
    },
    Law {
        method: "isotonic",
        states: "never falling, each pool at its mean",
        allowed: "1e-14",
        check: isotonic,
    },
];

/// Probabilities with the classes that they are about, which they know a little of.
pub(super) struct Part {
    pub(super) probabilities: Vec<f64>,
    pub(super) targets: Vec<u32>,
    pub(super) n_classes: usize,
}

impl Part {
    /// `n` examples, each class there; logits have a spread of `confidence`.
    pub(super) fn random(n: usize, n_classes: usize, confidence: f64, stream: &mut Stream) -> Self {
        let mut part = Part { probabilities: Vec::new(), targets: Vec::new(), n_classes };
        for i in 0..n {
            let target = if i < n_classes { i } else { stream.below(n_classes) };
            let mut row: Vec<f64> = (0..n_classes).map(|_| stream.normal()).collect();
            row[target] += 1.0;
            row.iter_mut().for_each(|z| *z = libm::exp(confidence * *z));
            let sum: f64 = row.iter().sum();
            part.probabilities.extend(row.iter().map(|e| e / sum));
            part.targets.push(target as u32);
        }
        part
    }

    pub(super) fn judged(&self) -> Judged<'_> {
        let Part { probabilities, targets, n_classes } = self;
        Judged { probabilities, n_classes: *n_classes, targets }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (&[f64], usize)> {
        let targets = self.targets.iter().map(|&target| target as usize);
        self.probabilities.chunks_exact(self.n_classes).zip(targets)
    }

    /// What becomes of the probabilities.
    fn calibrated(&self, toml: &str, finding: &mut Finding) -> Vec<f64> {
        let mut calibrated = self.probabilities.clone();
        let spec: CalibrationSpec = written(toml);
        match spec.fit(&self.judged()) {
            None => finding.fail(&|| format!("{toml} fits nothing")),
            Some(calibrator) => Calibrator::apply(&calibrator, &mut calibrated, self.n_classes),
        }
        calibrated
    }
}

/// The first of the largest.
pub(super) fn most_probable(row: &[f64]) -> usize {
    (0..row.len()).rev().max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0)
}

/// Unsure, about right and sure of too much.
const CONFIDENCES: [f64; 3] = [0.3, 1.0, 4.0];

fn temperature(finding: &mut Finding) {
    let mut stream = streams().stream("temperature");
    for n_classes in [2, 3, 5] {
        for confidence in CONFIDENCES {
            let part = Part::random(200, n_classes, confidence, &mut stream);
            let calibrated = part.calibrated("temperature = {}", finding);
            let mut slope = 0.0;
            for ((p, target), q) in part.rows().zip(calibrated.chunks_exact(n_classes)) {
                let expected: f64 = p.iter().zip(q).map(|(p, q)| q * log(*p)).sum();
                slope += expected - log(p[target]);
                finding.require(
                    &|| format!("the most probable class of {p:?} became that of {q:?}"),
                    most_probable(p) == most_probable(q),
                );
            }
            let what = || format!("{n_classes} classes, logits of {confidence}: slope");
            finding.compare(&what, slope, 0.0, 1e-9 * part.targets.len() as f64);
        }
    }
}

fn platt(finding: &mut Finding) {
    let mut stream = streams().stream("platt");
    for confidence in CONFIDENCES {
        let part = Part::random(120, 2, confidence, &mut stream);
        let calibrated = part.calibrated("platt = {}", finding);
        let n_positive = part.targets.iter().filter(|target| **target == 1).count() as f64;
        let n_negative = part.targets.len() as f64 - n_positive;
        let wanted = [1.0 / (n_negative + 2.0), (n_positive + 1.0) / (n_positive + 2.0)];
        let mut slopes = [0.0; 2];
        for ((p, target), q) in part.rows().zip(calibrated.chunks_exact(2)) {
            let rest = wanted[target] - q[1];
            slopes[0] += (log(p[1]) - log1p(-p[1])) * rest;
            slopes[1] += rest;
        }
        for (parameter, slope) in ["A", "B"].into_iter().zip(slopes) {
            let what = || format!("logits of {confidence}: the slope by {parameter}");
            finding.compare(&what, slope, 0.0, 1e-5);
        }
    }
}

fn isotonic(finding: &mut Finding) {
    let mut stream = streams().stream("isotonic");
    for confidence in CONFIDENCES {
        let part = Part::random(120, 2, confidence, &mut stream);
        let calibrated = part.calibrated("isotonic = {}", finding);
        let mut examples: Vec<(f64, f64, f64)> = part
            .rows()
            .zip(calibrated.chunks_exact(2))
            .map(|((p, target), q)| (p[1], q[1], target as f64))
            .collect();
        examples.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in examples.windows(2) {
            finding.bound(&|| "a curve that falls".to_owned(), pair[0].1, pair[1].1, 0.0);
        }
        for pool in examples.chunk_by(|a, b| a.1 == b.1) {
            let mean = pool.iter().map(|(_, _, target)| target).sum::<f64>() / pool.len() as f64;
            let what = || format!("a pool of {}", pool.len());
            finding.compare(&what, pool[0].1, mean, 1e-14);
        }
    }
}
