//! Losses without published numbers, or with none for some parameters, against their formulas written out one example and one class at a time,
//! in 64 bits.

use libm::{exp, log, pow, sin};
use methods::losses::{Batch, Epoch, LossSpec, PerExample};
use methods::setting::ClassCounts;

use crate::batches::{Sample, built, streams};
use crate::finding::{Finding, Proof};

/// A loss, and its value for every example.
struct Formula {
    loss: &'static str,
    counts: &'static [u32],
    values: fn(&View<'_>) -> Vec<f64>,
}

/// What a formula is written in.
struct View<'a> {
    z: Vec<&'a [f64]>,
    y: Vec<usize>,
    /// Of the training examples.
    n: &'static [u32],
}

/// Shares of the validation examples that are recognised, of each class.
const RECALLS: [Option<f64>; 3] = [Some(0.9), Some(0.4), None];

const THREE: &[u32] = &[400, 37, 2];

const FORMULAS: &[Formula] = &[
    formula(
        "weighted_cross_entropy = { scheme = 'sqrt_inverse', reduction = 'mean' }",
        THREE,
        |v| {
            let weights = [400.0, 37.0, 2.0].map(|n| 1.0 / pow(n, 0.5));
            let total: f64 = weights.iter().sum();
            v.each(|z, y| -3.0 * weights[y] / total * log_softmax(z, y))
        },
    ),
    formula(
        "weighted_cross_entropy = { scheme = 'median_frequency', reduction = 'mean' }",
        THREE,
        |v| v.each(|z, y| -37.0 / f64::from(v.n[y]) * log_softmax(z, y)),
    ),
    formula(
        "weighted_cross_entropy = { scheme.smooth.gamma = 0.3, reduction = 'mean' }",
        THREE,
        |v| {
            let weights = [400.0, 37.0, 2.0].map(|n| pow(2.0 / n, 0.3));
            let total: f64 = weights.iter().sum();
            v.each(|z, y| -3.0 * weights[y] / total * log_softmax(z, y))
        },
    ),
    formula("focal_star = { gamma = 2.5, beta = -0.5, alpha = 0.25 }", THREE, |v| {
        v.each(|z, y| {
            let term = |k: usize| {
                let (s, weight) = if k == y { (1.0, 0.25) } else { (-1.0, 0.75) };
                -weight * log(sigmoid(2.5 * s * z[k] - 0.5)) / 2.5
            };
            term(0) + term(1) + term(2)
        })
    }),
    formula("ghm_c = { bins = 4, momentum = 0 }", THREE, |v| {
        let distance = |z: f64, positive: bool| sigmoid(if positive { -z } else { z });
        let bin = |z: f64, positive: bool| ((distance(z, positive) * 4.0) as usize).min(3);
        let mut filled = [0.0; 4];
        for (z, &y) in v.z.iter().zip(&v.y) {
            (0..3).for_each(|k| filled[bin(z[k], k == y)] += 1.0);
        }
        let n_filled = filled.iter().filter(|&&n| n != 0.0).count() as f64;
        let n = 3.0 * v.y.len() as f64;
        v.each(|z, y| {
            let term = |k: usize| {
                let weight = n / (n_filled * filled[bin(z[k], k == y)]);
                -weight * log(1.0 - distance(z[k], k == y))
            };
            term(0) + term(1) + term(2)
        })
    }),
    formula("auc_margin = {}", &[90, 10], |v| {
        // The first batch, before its variables have moved from 0; one in ten is positive.
        let square = |i: usize| sigmoid(v.z[i][0]) * sigmoid(v.z[i][0]);
        let n = v.y.len();
        let share = |i: usize| if v.y[i] == 1 { 0.9 } else { 0.1 };
        vec![(0..n).map(|i| share(i) * square(i)).sum::<f64>() / n as f64; n]
    }),
    formula("class_dependent_temperature = {}", THREE, |v| {
        v.each(|z, y| {
            let cooled = |k: usize| z[k] / pow(400.0 / f64::from(v.n[k]), 0.3);
            -log_softmax(&[cooled(0), cooled(1), cooled(2)], y)
        })
    }),
    formula("vector_scaling = {}", THREE, |v| {
        v.each(|z, y| {
            let moved = |k: usize| {
                let n = f64::from(v.n[k]);
                z[k] / pow(400.0 / n, 0.3) + log(n / 439.0)
            };
            -log_softmax(&[moved(0), moved(1), moved(2)], y)
        })
    }),
    formula("softmax_equalization.gamma = 1", THREE, |v| {
        // The last class is below a share of 0.005, and left out wherever it is not the true one.
        v.each(|z, y| -log_softmax(if y == 2 { z } else { &z[..2] }, y))
    }),
    formula("class_difficulty.tau = 1.5", THREE, |v| {
        // A class without validation examples has the mean difficulty.
        let weights = [0.1, 0.6, 0.35].map(|d| pow(d, 1.5));
        let total: f64 = weights.iter().sum();
        v.each(|z, y| -3.0 * weights[y] / total * log_softmax(z, y))
    }),
    formula("class_difficulty.dynamic = true", THREE, |v| {
        let bias = (1.0 - 0.1) / (1.0 - 0.6 + 0.01);
        let weights = [0.1, 0.6, 0.35].map(|d| pow(d, sigmoid(bias)));
        let total: f64 = weights.iter().sum();
        v.each(|z, y| -3.0 * weights[y] / total * log_softmax(z, y))
    }),
    formula("label_aware_smoothing = {}", THREE, |v| {
        v.each(|z, y| {
            let rank = (f64::from(v.n[y]) - 2.0) / (400.0 - 2.0);
            let epsilon = 0.3 * sin(std::f64::consts::FRAC_PI_2 * rank);
            let all: f64 = (0..3).map(|k| log_softmax(z, k)).sum();
            -(1.0 - epsilon) * log_softmax(z, y) - epsilon / 3.0 * all
        })
    }),
    formula("truncated_cross_entropy = {}", THREE, |v| {
        v.each(|z, y| {
            let ln_p = log_softmax(z, y);
            if exp(ln_p) <= 0.6 { -ln_p } else { 0.0 }
        })
    }),
    formula("truncated_cross_entropy = { form = 'soft', sharpness = 3 }", THREE, |v| {
        v.each(|z, y| {
            let ln_p = log_softmax(z, y);
            let odds = ln_p - log(1.0 - exp(ln_p));
            -sigmoid(-3.0 * odds) * ln_p
        })
    }),
    formula("self_adjusting_dice = { alpha = 0.2, smooth = 0.5 }", THREE, |v| {
        v.each(|z, y| {
            let term = |k: usize| {
                let p = sigmoid(z[k]);
                let (u, t) = (pow(1.0 - p, 0.2) * p, f64::from(u8::from(k == y)));
                1.0 - (2.0 * u * t + 0.5) / (u + t + 0.5)
            };
            term(0) + term(1) + term(2)
        })
    }),
    formula("multiclass_hinge = {}", THREE, |v| {
        v.each(|z, y| {
            let others = (0..3).filter(|&k| k != y).map(|k| z[k]);
            (1.0 + others.fold(f64::NEG_INFINITY, f64::max) - z[y]).max(0.0)
        })
    }),
    formula("multiclass_hinge.form = 'weston_watkins'", THREE, |v| {
        v.each(|z, y| (0..3).filter(|&k| k != y).map(|k| (1.0 + z[k] - z[y]).max(0.0)).sum())
    }),
    formula("normalized_softmax.scale = 7", THREE, |v| {
        v.each(|z, y| -log_softmax(&[7.0 * z[0], 7.0 * z[1], 7.0 * z[2]], y))
    }),
    formula("proxy_nca.scale = 1.5", THREE, |v| {
        v.each(|z, y| {
            let near = |k: usize| -1.5 * (2.0 - 2.0 * z[k]);
            let others: f64 = (0..3).filter(|&k| k != y).map(|k| exp(near(k))).sum();
            log(others) - near(y)
        })
    }),
    formula("proxy_anchor = { alpha = 3, margin = 0.2 }", THREE, |v| {
        let sum = |k: usize, own: bool, cost: fn(f64) -> f64| -> f64 {
            let examples = v.z.iter().zip(&v.y).filter(|(_, y)| (**y == k) == own);
            examples.map(|(z, _)| cost(z[k])).sum()
        };
        let present = (0..3).filter(|k| v.y.contains(k)).count() as f64;
        let pulled: f64 = (0..3).map(|k| log(1.0 + sum(k, true, |c| exp(-3.0 * (c - 0.2))))).sum();
        let pushed: f64 = (0..3).map(|k| log(1.0 + sum(k, false, |c| exp(3.0 * (c + 0.2))))).sum();
        vec![pulled / present + pushed / 3.0; v.y.len()]
    }),
    formula("ghm_softmax = { bins = 4, momentum = 0.75 }", THREE, |v| {
        // The first batch: sums begin at 0 and move a quarter of the way.
        let bin = |i: usize| {
            let g = 1.0 - exp(log_softmax(v.z[i], v.y[i]));
            ((g * 4.0) as usize).min(3)
        };
        let mut filled = [0.0; 4];
        (0..v.y.len()).for_each(|i| filled[bin(i)] += 1.0);
        let n_filled = filled.iter().filter(|&&n| n != 0.0).count() as f64;
        let weight = |i: usize| v.y.len() as f64 / (n_filled * 0.25 * filled[bin(i)]);
        (0..v.y.len()).map(|i| -weight(i) * log_softmax(v.z[i], v.y[i])).collect()
    }),
    formula("deferred_reweighting = { loss = 'cross_entropy', start = 0.25 }", THREE, |v| {
        let weights = [0, 1, 2].map(|k| (1.0 - 0.9999) / (1.0 - pow(0.9999, f64::from(v.n[k]))));
        let total: f64 = weights.iter().sum();
        v.each(|z, y| -3.0 * weights[y] / total * log_softmax(z, y))
    }),
    formula("average_precision = { gamma = 1, margin = 0.7 }", &[90, 10], |v| {
        let h: Vec<f64> = v.z.iter().map(|z| sigmoid(z[0])).collect();
        let n = h.len();
        let positives = || (0..n).filter(|&i| v.y[i] == 1);
        let loss = |i: usize, j: usize| (0.7 - (h[i] - h[j])).max(0.0).powi(2);
        let mut total = 0.0;
        for i in positives() {
            let u = (0..n).map(|j| loss(i, j)).sum::<f64>() / n as f64;
            let w = positives().map(|j| loss(i, j)).sum::<f64>() / n as f64;
            let weight = |j: usize| (w - if v.y[j] == 1 { u } else { 0.0 }) / (u * u);
            total += (0..n).map(|j| weight(j) * loss(i, j)).sum::<f64>();
        }
        vec![total / (positives().count() * n) as f64; n]
    }),
];

const fn formula(
    loss: &'static str,
    counts: &'static [u32],
    values: fn(&View<'_>) -> Vec<f64>,
) -> Formula {
    Formula { loss, counts, values }
}

impl View<'_> {
    fn each(&self, loss: impl Fn(&[f64], usize) -> f64) -> Vec<f64> {
        self.z.iter().zip(&self.y).map(|(z, &y)| loss(z, y)).collect()
    }
}

fn log_softmax(z: &[f64], y: usize) -> f64 {
    z[y] - log(z.iter().map(|&z| exp(z)).sum())
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + exp(-z))
}

pub(crate) fn check(wanted: &dyn Fn(&str) -> bool, found: &mut dyn FnMut(Finding)) {
    for formula in FORMULAS {
        let spec: LossSpec = toml::from_str(formula.loss)
            .unwrap_or_else(|error| panic!("a loss is well-formed: {}: {error}", formula.loss));
        if wanted(spec.name()) {
            found(formula.check(&spec));
        }
    }
}

impl Formula {
    fn check(&self, spec: &LossSpec) -> Finding {
        let against = "its formula, written out";
        let mut finding = Finding::new(spec.name(), Proof::Formula, against, "1e-12 (1 + |value|)");
        let counts = ClassCounts::new(self.counts.to_vec());
        let n_classes = counts.n_classes();
        let mut stream = streams().stream("formulas");
        for spread in [0.3, 1.0, 3.0] {
            let n_outputs = spec.n_outputs(n_classes);
            let mut sample = Sample::random(24, n_classes, n_outputs, spread, &mut stream);
            // Undecided examples stand on the edges of bins.
            (0..4).for_each(|i| sample.logits.row_mut(i).fill(0.0));
            let mut loss = built::<f64>(spec, &counts);
            loss.begin_epoch(&Epoch { recalls: &RECALLS, ..Epoch::at(0.25) });
            let mut out = PerExample::default();
            loss.evaluate(&Batch::new(&sample.logits, &sample.targets), &mut out);
            let view = View {
                z: sample.logits.rows().collect(),
                y: sample.targets.iter().map(|&y| y as usize).collect(),
                n: self.counts,
            };
            for (i, (&ours, expected)) in out.losses.iter().zip((self.values)(&view)).enumerate() {
                let what = || format!("{}, example {i}", self.loss);
                finding.compare(&what, ours, expected, 1e-12 * (1.0 + expected.abs()));
            }
        }
        finding
    }
}
