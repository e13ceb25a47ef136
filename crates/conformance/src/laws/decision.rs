//! Decisions are the best of those that they choose from.

use libm::log;
use methods::decision::{DecisionSpec, Rule};
use methods::setting::ClassCounts;

use crate::batches::streams;
use crate::finding::Finding;
use crate::laws::Law;
use crate::laws::calibration::{Part, most_probable};
use crate::written::written;

pub(super) const LAWS: &[Law] = &[
    Law {
        method: "threshold",
        states: "no other cut is better, whatever is maximised",
        allowed: "1e-12",
        check: threshold,
    },
    Law {
        method: "offsets",
        states: "no other weight of any class is better, nor the most probable class",
        allowed: "1e-12",
        check: offsets,
    },
    Law {
        method: "prior_shift",
        states: "to the frequencies learnt from it changes nothing; to others it is Bayes' rule",
        allowed: "1e-14",
        check: prior_shift,
    },
];

/// How many examples of each class are decided for each, `[n_classes][n_classes]`.
struct Table(Vec<Vec<f64>>);

impl Table {
    fn of(part: &Part, decided: &[u32]) -> Self {
        let mut table = vec![vec![0.0; part.n_classes]; part.n_classes];
        for (&target, &class) in part.targets.iter().zip(decided) {
            table[target as usize][class as usize] += 1.0;
        }
        Table(table)
    }

    fn members(&self, class: usize) -> f64 {
        self.0[class].iter().sum()
    }

    fn chosen(&self, class: usize) -> f64 {
        self.0.iter().map(|row| row[class]).sum()
    }

    fn mean(&self, of_class: impl Fn(usize) -> f64) -> f64 {
        let n = self.0.len();
        (0..n).map(of_class).sum::<f64>() / n as f64
    }

    fn recall(&self, class: usize) -> f64 {
        self.0[class][class] / self.members(class)
    }

    fn f(&self, class: usize, beta: f64) -> f64 {
        let square = beta * beta;
        (1.0 + square) * self.0[class][class] / (square * self.members(class) + self.chosen(class))
    }

    fn mcc(&self) -> f64 {
        let classes = || 0..self.0.len();
        let n: f64 = classes().map(|k| self.members(k)).sum();
        let right: f64 = classes().map(|k| self.0[k][k]).sum();
        let product: f64 = classes().map(|k| self.members(k) * self.chosen(k)).sum();
        let squares = |of: &dyn Fn(usize) -> f64| classes().map(|k| of(k) * of(k)).sum::<f64>();
        let of_true = n * n - squares(&|k| self.members(k));
        let of_decided = n * n - squares(&|k| self.chosen(k));
        let scale = (of_true * of_decided).sqrt();
        if scale == 0.0 { 0.0 } else { (n * right - product) / scale }
    }

    /// The logarithm of the geometric mean, a class that is never found being found next to never.
    fn g_mean(&self) -> f64 {
        self.mean(|class| log(self.recall(class).max(f64::EPSILON)))
    }
}

/// What is maximised, as a file has it and written out.
type Aim = (&'static str, fn(&Table) -> f64);

const OF_TWO: [Aim; 6] = [
    ("balanced_accuracy = {}", |table| table.mean(|class| table.recall(class))),
    ("g_mean = {}", Table::g_mean),
    ("f1 = {}", |table| table.f(1, 1.0)),
    ("f_beta.beta = 2", |table| table.f(1, 2.0)),
    ("mcc = {}", Table::mcc),
    ("cost = { false_positive = 1, false_negative = 7 }", |table| {
        -table.0[0][1] - 7.0 * table.0[1][0]
    }),
];

const OF_ANY: [Aim; 4] = [
    ("balanced_accuracy = {}", |table| table.mean(|class| table.recall(class))),
    ("g_mean = {}", Table::g_mean),
    ("macro_f1 = {}", |table| table.mean(|class| table.f(class, 1.0))),
    ("mcc = {}", Table::mcc),
];

fn fitted(toml: &str, part: &Part, finding: &mut Finding) -> Rule {
    let counts = ClassCounts::new(vec![1; part.n_classes]);
    written::<DecisionSpec>(toml).fit(&part.judged(), &counts).unwrap_or_else(|| {
        finding.fail(&|| format!("{toml} fits nothing"));
        Rule::Argmax
    })
}

fn value(rule: &Rule, part: &Part, (_, aim): Aim) -> f64 {
    let most_probable = || part.rows().map(|(row, _)| most_probable(row) as u32).collect();
    let decided = rule.decide(&mut part.probabilities.clone(), part.n_classes);
    aim(&Table::of(part, &decided.unwrap_or_else(most_probable)))
}

fn threshold(finding: &mut Finding) {
    let mut stream = streams().stream("threshold");
    for confidence in [0.3, 1.0, 3.0] {
        let part = Part::random(60, 2, confidence, &mut stream);
        let cuts: Vec<f64> = part.rows().map(|(row, _)| row[1]).chain([0.0, 1.0]).collect();
        for aim in OF_TWO {
            let toml = format!("threshold.maximise.{}", aim.0);
            let rule = fitted(&toml, &part, finding);
            let best = value(&rule, &part, aim);
            for &cut in &cuts {
                let what = || format!("{toml}: {rule:?} and a cut at {cut}");
                let other = value(&Rule::Threshold(cut), &part, aim);
                finding.bound(&what, other, best, 1e-12);
            }
        }
    }
}

fn offsets(finding: &mut Finding) {
    let mut stream = streams().stream("offsets");
    for n_classes in [2, 3, 4] {
        let part = Part::random(60, n_classes, 1.0, &mut stream);
        for aim in OF_ANY {
            let toml = format!("offsets.maximise.{}", aim.0);
            let rule = fitted(&toml, &part, finding);
            let best = value(&rule, &part, aim);
            let plain = value(&Rule::Argmax, &part, aim);
            finding.bound(&|| format!("{toml}: the most probable class"), plain, best, 1e-12);
            let Rule::Offsets(weights) = &rule else {
                finding.fail(&|| format!("{toml} is {rule:?}"));
                continue;
            };
            for class in 0..n_classes {
                for step in -30..=30 {
                    let mut other = weights.clone();
                    other[class] *= libm::exp2(f64::from(step) / 10.0);
                    let what = || format!("{toml}: {weights:?} and {other:?}");
                    let other = value(&Rule::Offsets(other.clone()), &part, aim);
                    finding.bound(&what, other, best, 1e-12);
                }
            }
        }
    }
}

fn prior_shift(finding: &mut Finding) {
    let mut stream = streams().stream("prior shift");
    let part = Part::random(60, 3, 1.0, &mut stream);
    let learnt = [70.0, 25.0, 5.0];
    let counts = ClassCounts::new(vec![70, 25, 5]);
    for stated in [learnt, [1.0, 1.0, 1.0], [0.2, 0.0, 0.8]] {
        let toml = format!("prior_shift.target.given.shares = {stated:?}");
        let mut shifted = part.probabilities.clone();
        if let Some(rule) = written::<DecisionSpec>(&toml).fit(&part.judged(), &counts) {
            rule.decide(&mut shifted, 3);
        }
        for ((p, _), q) in part.rows().zip(shifted.chunks_exact(3)) {
            let odds: Vec<f64> = (0..3).map(|k| p[k] * stated[k] / learnt[k]).collect();
            let sum: f64 = odds.iter().sum();
            for (ours, odds) in q.iter().zip(&odds) {
                finding.compare(&|| format!("{toml} of {p:?}"), *ours, odds / sum, 1e-14);
            }
            for (ours, before) in q.iter().zip(p).filter(|_| stated == learnt) {
                finding.compare(&|| format!("{toml} of {p:?}"), *ours, *before, 1e-14);
            }
        }
    }
}
