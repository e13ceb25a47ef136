//! Gradients against central differences, in 64 bits, and the sums of a softmax's slopes against 0.

use methods::losses::{Link, LossSpec, PerExample};
use methods::setting::ClassCounts;

use crate::batches::{LATE, Sample, Subject, begun, described, streams};
use crate::finding::{Finding, Proof};

/// Step of the differences: they err by its square and by rounding over it.
const H: f64 = 1e-5;

/// Losses whose gradient is not the slope of their value, because they hold factors constant that depend
/// on the logits. Their gradients are held against published values, and against other losses.
pub(crate) fn holds_factors_constant(spec: &LossSpec) -> bool {
    match spec {
        LossSpec::Seesaw(seesaw) => seesaw.q.get() != 0.0,
        // Held against the slopes of what it stands for: see `average_precision`.
        LossSpec::AveragePrecision(parameters) => parameters.gamma.get() != 1.0,
        LossSpec::InfluenceBalanced(parameters) => {
            parameters.detach_weight && parameters.start.get() <= LATE
        }
        // The moving threshold is that of the whole batch.
        LossSpec::SuperLoss(parameters) => parameters.moving.is_some(),
        LossSpec::Asymmetric(parameters) => parameters.detach_focus,
        _ => false,
    }
}

/// Losses that a softmax reads, and that judge each logit by itself: they change where all logits do.
fn judges_each_logit(spec: &LossSpec) -> bool {
    matches!(spec, LossSpec::ProxyAnchor(_))
}

pub(crate) fn check(subjects: &[Subject]) -> Finding {
    let mut finding = Finding::new(
        subjects[0].spec.name(),
        Proof::Slopes,
        "central differences",
        "1e-7 (1 + |slope|); sums over a softmax 1e-12 of their terms",
    );
    for Subject { spec, counts } in subjects {
        let n_classes = counts.n_classes();
        let mut stream = streams().stream("slopes");
        for (n, spread, progress) in [(8, 1.0, LATE), (12, 3.0, 0.0), (5, 0.1, LATE)] {
            let sample =
                Sample::random(n, n_classes, spec.n_outputs(n_classes), spread, &mut stream);
            let evaluate =
                |sample: &Sample| sample.evaluate(begun(spec, counts, progress).as_mut());
            let total = |sample: &Sample| match spec {
                LossSpec::AveragePrecision(p) => average_precision(sample, p.margin.get()),
                _ => evaluate(sample).losses.iter().sum(),
            };
            let out = evaluate(&sample);
            if spec.link() == Link::Softmax && !judges_each_logit(spec) {
                require_no_sum(spec, counts, &out, &mut finding);
            }
            if holds_factors_constant(spec) {
                continue;
            }
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

/// A softmax does not change where all its logits do: `Σ_k Δ_k dL/dz_k = 0`, the logits divided by `Δ`.
fn require_no_sum(
    spec: &LossSpec,
    counts: &ClassCounts,
    out: &PerExample<f64>,
    finding: &mut Finding,
) {
    let largest = counts.get().iter().copied().fold(0.0, f64::max);
    let gamma = exponent_of_temperatures(spec);
    let deltas = counts.get().iter().map(|n| libm::pow(largest / n, gamma)).collect::<Vec<_>>();
    for (i, row) in out.gradient.rows().enumerate() {
        let terms = row.iter().zip(&deltas).map(|(slope, delta)| delta * slope);
        let (sum, size) =
            terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()));
        let what = || format!("{}, sum of the slopes of example {i}", described(spec));
        finding.compare(&what, sum, 0.0, 1e-12 * size);
    }
}

/// `γ` of `Δ_k = (n_max / n_k)^γ`, by which a loss divides its logits.
fn exponent_of_temperatures(spec: &LossSpec) -> f64 {
    match spec {
        LossSpec::VectorScaling(parameters) => parameters.gamma.get(),
        LossSpec::ClassDependentTemperature(parameters) => parameters.gamma.get(),
        LossSpec::DeferredReweighting(wrapper) => exponent_of_temperatures(&wrapper.loss),
        LossSpec::LabelSmoothing(wrapper) => exponent_of_temperatures(&wrapper.loss),
        LossSpec::SuperLoss(wrapper) => exponent_of_temperatures(&wrapper.loss),
        _ => 0.0,
    }
}

/// What the average-precision loss descends when it remembers nothing, times the number of examples: its own
/// value says nothing of it.
fn average_precision(sample: &Sample, margin: f64) -> f64 {
    let h: Vec<f64> = sample.logits.values().iter().map(|z| 1.0 / (1.0 + libm::exp(-z))).collect();
    let positives: Vec<usize> = (0..h.len()).filter(|&i| sample.targets[i] == 1).collect();
    let missing = |i: usize, j: usize| (margin - (h[i] - h[j])).max(0.0).powi(2);
    let precision = |&i: &usize| {
        let among_positives: f64 = positives.iter().map(|&j| missing(i, j)).sum();
        among_positives / (0..h.len()).map(|j| missing(i, j)).sum::<f64>()
    };
    -(h.len() as f64) * positives.iter().map(precision).sum::<f64>() / positives.len() as f64
}
