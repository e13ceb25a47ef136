//! 32 bits against 64: what single precision costs.

use methods::losses::{LossSpec, PerExample};
use nn::Real;

use crate::batches::{Sample, built, counts, described, streams};
use crate::finding::{Finding, Proof};

/// Allowed difference, in units of f32's epsilon, for a loss of the size of its terms.
///
/// Most losses are a few rounded operations on one exponential and one logarithm. More is allowed where
/// a formula multiplies errors: a scale of 30 before the softmax, a large power, sums over a batch.
fn allowed(spec: &LossSpec) -> f64 {
    match spec {
        LossSpec::Ldam(_) | LossSpec::DeferredReweighting(_) => 400.0,
        LossSpec::InfluenceBalanced(_)
        | LossSpec::SuperLoss(_)
        | LossSpec::TruncatedCrossEntropy(_)
        | LossSpec::Asymmetric(_) => 200.0,
        _ => 64.0,
    }
}

pub(crate) fn check(specs: &[LossSpec]) -> Finding {
    let bound = allowed(&specs[0]);
    let mut finding = Finding::new(
        specs[0].name(),
        Proof::Precision,
        "64 bits",
        &format!("{bound} ulp of the largest of the batch"),
    );
    for spec in specs {
        let counts = counts(spec);
        let n_classes = counts.n_classes();
        let mut stream = streams().stream("precision");
        let mut sample = Sample::random(64, n_classes, spec.n_outputs(n_classes), 3.0, &mut stream);
        // What both see is what 32 bits hold.
        let round = |x: &mut f64| *x = f64::from(*x as f32);
        sample.logits.values_mut().iter_mut().for_each(round);
        sample.hidden.values_mut().iter_mut().for_each(round);
        let double = sample.evaluate(built(spec, &counts).as_mut());
        let single = sample.evaluate_single(built(spec, &counts).as_mut());
        let what = || described(spec);
        compare(&mut finding, &what, bound, &single, &double);
    }
    finding
}

fn compare(
    finding: &mut Finding,
    what: &dyn Fn() -> String,
    bound: f64,
    single: &PerExample<f32>,
    double: &PerExample<f64>,
) {
    for (name, single, double) in [
        ("loss", &single.losses[..], &double.losses[..]),
        ("slope", single.gradient.values(), double.gradient.values()),
    ] {
        let largest = double.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
        let allowed = bound * f64::from(f32::EPSILON) * largest;
        for (i, (&single, &double)) in single.iter().zip(double).enumerate() {
            let what = || format!("{}, {name} {i}", what());
            finding.compare(&what, single.to_f64(), double, allowed);
        }
    }
}
