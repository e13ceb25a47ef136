//! 32 bits against 64: what single precision costs.

use methods::losses::{LossSpec, PerExample};
use nn::Real;

use crate::batches::{LATE, Sample, Subject, begun, described, streams};
use crate::finding::{Finding, Proof};

/// How much more an exponential loses of a logit of about 12 than of one of about 1, and what a loss makes of it.
const WHERE_RIGHT: f64 = 8.0;

pub(crate) fn check(subjects: &[Subject], bound: f64) -> Finding {
    let mut finding = Finding::new(
        subjects[0].spec.name(),
        Proof::Precision,
        "64 bits",
        &format!(
            "{bound} ulp of the largest of the batch, {} where all are right",
            bound * WHERE_RIGHT
        ),
    );
    for Subject { spec, counts } in subjects {
        let n_classes = counts.n_classes();
        let mut stream = streams().stream("precision");
        let mut sample = |spread: f64| {
            Sample::random(64, n_classes, spec.n_outputs(n_classes), spread, &mut stream)
        };
        let ordinary = sample(3.0);
        let mut right = sample(1.0);
        set_right(&mut right);
        for (name, mut sample, bound) in
            [("", ordinary, bound), (", all right", right, bound * WHERE_RIGHT)]
        {
            // A formula of `p` cannot tell `p` from 1 by less than its rounding.
            if matches!(spec, LossSpec::Expression(_)) && !name.is_empty() {
                continue;
            }
            // What both see is what 32 bits hold.
            let round = |x: &mut f64| *x = f64::from(*x as f32);
            sample.logits.values_mut().iter_mut().for_each(round);
            sample.hidden.values_mut().iter_mut().for_each(round);
            let double = sample.evaluate(begun(spec, counts, LATE).as_mut());
            let single = sample.evaluate_single(begun(spec, counts, LATE).as_mut());
            let what = || format!("{}{name}", described(spec));
            compare(&mut finding, &what, bound, &single, &double);
        }
    }
    finding
}

/// Puts every example right by a margin of about 12, where losses are some 1e-5.
fn set_right(sample: &mut Sample) {
    let alone = sample.logits.n_columns() == 1;
    for (row, &y) in sample.logits.rows_mut().zip(&sample.targets) {
        for (k, z) in row.iter_mut().enumerate() {
            let high = if alone { y == 1 } else { k == y as usize };
            *z = 0.25 * *z
                + if high {
                    12.0
                } else if alone {
                    -12.0
                } else {
                    0.0
                };
        }
    }
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
        // What underflows in 32 bits is 0.
        let tiny = f64::from(f32::MIN_POSITIVE);
        let allowed = bound * f64::from(f32::EPSILON) * largest + tiny;
        for (i, (&single, &double)) in single.iter().zip(double).enumerate() {
            let what = || format!("{}, {name} {i}", what());
            finding.compare(&what, single.to_f64(), double, allowed);
        }
    }
}
