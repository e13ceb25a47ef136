//! Finite at extreme logits, extreme counts, and on batches of one class, the first and the next.

use methods::losses::PerExample;
use methods::setting::ClassCounts;
use nn::{Matrix, Real};

use crate::batches::{LATE, Sample, Subject, begun, described};
use crate::finding::{Finding, Proof};

pub(crate) fn check(subjects: &[Subject]) -> Finding {
    let mut finding =
        Finding::new(subjects[0].spec.name(), Proof::Stability, "|logit| up to 1e4", "finite");
    for Subject { spec, counts } in subjects {
        let n_classes = counts.n_classes();
        let mut extreme = [1, 3].repeat(n_classes.div_ceil(2));
        extreme.truncate(n_classes);
        extreme[0] = 10_000_000;
        for counts in [counts, &ClassCounts::new(extreme)] {
            // At 95 and 400 squares underflow that their roots do not, in 32 and in 64 bits.
            for size in [1e-30, 50.0, 95.0, 400.0, 800.0, 1e4] {
                for target in 0..n_classes as u32 {
                    let (mut double, mut single) =
                        (begun(spec, counts, LATE), begun(spec, counts, LATE));
                    // What a loss remembers of a batch of one class meets one of another.
                    for target in [target, (target + 1) % n_classes as u32] {
                        let sample = corners(spec.n_outputs(n_classes), size, target);
                        let what = |bits: u32| {
                            format!(
                                "{} at logits of ±{size:e}, all of class {target}, in {bits} bits",
                                described(spec)
                            )
                        };
                        let in_64_bits = sample.evaluate(double.as_mut());
                        require_finite(&mut finding, &in_64_bits, &|| what(64));
                        let in_32_bits = sample.evaluate_single(single.as_mut());
                        require_finite(&mut finding, &in_32_bits, &|| what(32));
                    }
                }
            }
        }
    }
    finding
}

/// Combinations of large positive and negative logits, one example each, and equal ones.
fn corners(width: usize, size: f64, target: u32) -> Sample {
    let mut rows: Vec<Vec<f64>> = (0..1_usize << width.min(8))
        .map(|i| (0..width).map(|k| if i >> (k % 8) & 1 == 1 { size } else { -size }).collect())
        .collect();
    rows.push(vec![0.0; width]);
    rows.push((0..width).map(|k| if k == 0 { size } else { 0.0 }).collect());
    let n = rows.len();
    Sample {
        logits: Matrix::from_rows(&rows),
        targets: vec![target; n],
        hidden: Matrix::from_values(2, vec![0.0; 2 * n]),
    }
}

fn require_finite<T: Real>(finding: &mut Finding, out: &PerExample<T>, what: &dyn Fn() -> String) {
    let slopes = out.gradient.values().iter().chain(out.hidden_gradient.values());
    for (name, values) in [
        ("loss", out.losses.iter().collect::<Vec<_>>()),
        ("mass", out.mass.iter().collect()),
        ("slope", slopes.collect()),
    ] {
        finding.compared += values.len();
        if let Some(bad) = values.iter().find(|x| !x.is_finite()) {
            finding.fail(&|| format!("{}: a {name} of {bad}", what()));
        }
    }
}
