//! Slopes, stability and precision of pair losses.

use methods::pairs::{CrossBatchMemory, PairTermSpec};
use nn::{Matrix, Real};

use crate::finding::{Finding, Proof};
use crate::pairs::formulas::{anchors, value};
use crate::pairs::{answers, cases, evaluate, loss};

/// Gradients against central differences of the formula, in which what a loss holds constant stays as it is; and each at right
/// angles to its embedding, whose length no pair loss sees.
pub(super) fn slopes(specs: &[PairTermSpec]) -> Finding {
    const H: f64 = 1e-6;
    let (against, allowed) = ("central differences", "1e-6 (1 + |slope|)");
    let mut finding = Finding::new(specs[0].name(), Proof::Slopes, against, allowed);
    let cases = cases();
    for spec in specs {
        for (case, ours) in cases.iter().zip(answers(spec, &cases)) {
            let held = anchors(&case.embeddings, &case.targets);
            for (i, z) in case.embeddings.iter().enumerate() {
                let what = || format!("{spec:?}, the batch `{}`, example {i}", case.name);
                let row = &ours.value_gradient[i];
                // A slope falls with the length of its embedding, and is compared as if that were 1.
                let length = libm::sqrt(z.iter().map(|z| z * z).sum());
                for k in 0..z.len() {
                    let moved = |step: f64| {
                        let mut embeddings = case.embeddings.clone();
                        embeddings[i][k] += step * length;
                        value(spec, &anchors(&embeddings, &case.targets), &held)
                    };
                    let slope = (moved(H) - moved(-H)) / (2.0 * H);
                    finding.compare(&what, row[k] * length, slope, 1e-6 * (1.0 + slope.abs()));
                }
                let along: f64 = row.iter().zip(z).map(|(g, z)| g * z).sum();
                let size: f64 = row.iter().zip(z).map(|(g, z)| (g * z).abs()).sum();
                finding.compare(&what, along, 0.0, 1e-6 * (1.0 + size));
            }
        }
    }
    finding
}

/// Values and gradients are finite wherever embeddings lie and whoever lacks pairs, in one batch after another with a memory.
pub(super) fn stability(specs: &[PairTermSpec]) -> Finding {
    let against = "one point, opposite points, lengths from 1e-10 to 1e10, anchors without pairs";
    let mut finding = Finding::new(specs[0].name(), Proof::Stability, against, "finite");
    let rows = |rows: &[[f64; 2]]| Matrix::from_rows(rows);
    let batches = [
        rows(&[[1.0, 1.0]; 4]),
        rows(&[[0.0, 0.0]; 4]),
        rows(&[[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]]),
        rows(&[[1e-10, 0.0], [1e10, 1e10], [0.0, 0.0], [-1e10, 1e-10]]),
    ];
    for spec in specs {
        for targets in [[0, 0, 0, 0], [0, 1, 2, 3], [0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 1]] {
            let memory = CrossBatchMemory { start: 0, size: 6, ..CrossBatchMemory::default() };
            let mut double = loss::<f64>(spec, Some(memory.clone()));
            let mut single = loss::<f32>(spec, Some(memory));
            for (first, embeddings) in (0..).step_by(4).zip(&batches) {
                let what = || format!("{spec:?}, classes {targets:?}, {embeddings:?}");
                let (value, gradient) = evaluate(&mut double, embeddings, &targets, first);
                require_finite(&mut finding, &what, value, &gradient);
                let (value, gradient) =
                    evaluate(&mut single, &rounded(embeddings), &targets, first);
                require_finite(&mut finding, &what, value, &gradient);
            }
        }
    }
    finding
}

fn require_finite<T: Real>(
    finding: &mut Finding,
    what: &dyn Fn() -> String,
    value: f64,
    gradient: &Matrix<T>,
) {
    let slopes = gradient.values().iter().map(|x| x.to_f64());
    for x in slopes.chain([value]) {
        finding.require(&|| format!("{}: {x}", what()), x.is_finite());
    }
}

fn rounded(embeddings: &Matrix<f64>) -> Matrix<f32> {
    let values = embeddings.values().iter().map(|&x| x as f32).collect();
    Matrix::from_values(embeddings.n_columns(), values)
}

/// What 32 bits may cost, in units of their epsilon times the largest number of the batch: an exponent divided by a temperature
/// has errors that are multiplied by it, and so has a distance that is short.
const ULPS: f64 = 512.0;

/// 32 bits against 64.
pub(super) fn precision(specs: &[PairTermSpec]) -> Finding {
    let allowed = format!("{ULPS} ulp of the largest of the batch");
    let mut finding = Finding::new(specs[0].name(), Proof::Precision, "64 bits", &allowed);
    let cases = cases();
    for spec in specs {
        for (case, ours) in cases.iter().zip(answers(spec, &cases)) {
            let embeddings = rounded(&Matrix::from_rows(&case.embeddings));
            let (value, gradient) =
                evaluate(&mut loss::<f32>(spec, None), &embeddings, &case.targets, 0);
            let what = || format!("{spec:?}, the batch `{}`", case.name);
            let ulps = |largest: f64| ULPS * f64::from(f32::EPSILON) * largest;
            finding.compare(&what, value, ours.value, ulps(ours.value.max(1.0)));
            let slopes = ours.value_gradient.concat();
            let largest = slopes.iter().fold(1.0, |largest: f64, x| largest.max(x.abs()));
            for (&single, &double) in gradient.values().iter().zip(&slopes) {
                finding.compare(&what, f64::from(single), double, ulps(largest));
            }
        }
    }
    finding
}
