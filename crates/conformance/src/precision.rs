//! 32 bits against 64: what single precision costs.

use methods::losses::PerExample;
use nn::Real;

use crate::batches::{LATE, Sample, Subject, begun, described, streams};
use crate::finding::{Finding, Proof};

pub(crate) fn check(subjects: &[Subject], bound: f64) -> Finding {
    let mut finding = Finding::new(
        subjects[0].spec.name(),
        Proof::Precision,
        "64 bits",
        &format!("{bound} ulp of the largest of the batch"),
    );
    for Subject { spec, counts } in subjects {
        let n_classes = counts.n_classes();
        let mut stream = streams().stream("precision");
        let mut sample = Sample::random(64, n_classes, spec.n_outputs(n_classes), 3.0, &mut stream);
        // What both see is what 32 bits hold.
        let round = |x: &mut f64| *x = f64::from(*x as f32);
        sample.logits.values_mut().iter_mut().for_each(round);
        sample.hidden.values_mut().iter_mut().for_each(round);
        let double = sample.evaluate(begun(spec, counts, LATE).as_mut());
        let single = sample.evaluate_single(begun(spec, counts, LATE).as_mut());
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
