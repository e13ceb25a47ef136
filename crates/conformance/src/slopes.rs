//! Gradients against central differences, in 64 bits.

use methods::losses::LossSpec;

use crate::batches::{Sample, built, counts, described, streams};
use crate::finding::{Finding, Proof};

/// Step of the differences: they err by its square and by rounding over it.
const H: f64 = 1e-5;

/// Losses whose gradient is not the slope of their value, because they hold factors constant that depend
/// on the logits. Their gradients are held against published values, and against other losses.
pub(crate) fn holds_factors_constant(spec: &LossSpec) -> bool {
    match spec {
        LossSpec::Seesaw(seesaw) => seesaw.q.get() != 0.0,
        LossSpec::AveragePrecision(_) => true,
        LossSpec::InfluenceBalanced(parameters) => {
            parameters.detach_weight && parameters.start.get() == 0.0
        }
        LossSpec::Asymmetric(parameters) => parameters.detach_focus,
        _ => false,
    }
}

pub(crate) fn check(specs: &[LossSpec]) -> Finding {
    let mut finding =
        Finding::new(specs[0].name(), Proof::Slopes, "central differences", "1e-7 (1 + |slope|)");
    for spec in specs.iter().filter(|spec| !holds_factors_constant(spec)) {
        let counts = counts(spec);
        let n_classes = counts.n_classes();
        let mut stream = streams().stream("slopes");
        for (n, spread) in [(8, 1.0), (12, 3.0), (5, 0.1)] {
            let sample =
                Sample::random(n, n_classes, spec.n_outputs(n_classes), spread, &mut stream);
            let evaluate = |sample: &Sample| sample.evaluate(built(spec, &counts).as_mut());
            let total = |sample: &Sample| evaluate(sample).losses.iter().sum::<f64>();
            let out = evaluate(&sample);
            for at in 0..sample.logits.values().len() {
                let moved = |step: f64| {
                    let mut moved = sample.clone();
                    moved.logits.values_mut()[at] += step;
                    total(&moved)
                };
                let difference = (moved(H) - moved(-H)) / (2.0 * H);
                let slope = out.gradient.values()[at];
                let what = || format!("{}, slope {at}", described(spec));
                finding.compare(&what, slope, difference, 1e-7 * (1.0 + difference.abs()));
            }
            let Some(d_hidden) = out.hidden_gradient() else { continue };
            for at in 0..d_hidden.values().len() {
                let moved = |step: f64| {
                    let mut moved = sample.clone();
                    moved.hidden.values_mut()[at] += step;
                    total(&moved)
                };
                let difference = (moved(H) - moved(-H)) / (2.0 * H);
                let slope = d_hidden.values()[at];
                let what = || format!("{}, slope at hidden unit {at}", described(spec));
                finding.compare(&what, slope, difference, 1e-7 * (1.0 + difference.abs()));
            }
        }
    }
    finding
}
