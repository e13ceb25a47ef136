//! What a loss must equal at the corners of its parameters, on random batches in 64 bits.

use methods::losses::{Batch, Epoch, LossSpec, PerExample};
use methods::setting::{ClassCounts, Setting};
use nn::{Matrix, Stream};

use crate::batches::{Sample, streams};
use crate::finding::{Finding, Proof};
use crate::written::written;

/// `left` equals `right`, on classes with these counts.
struct Law {
    left: &'static str,
    right: &'static str,
    classes: Classes,
    /// Factor of the right side.
    factor: f64,
    /// Largest difference, relative to 1 + |value|.
    tolerance: f64,
}

#[derive(Clone, Copy)]
enum Classes {
    Uneven,
    Even,
    Two,
}

const fn law(left: &'static str, right: &'static str, classes: Classes) -> Law {
    Law { left, right, classes, factor: 1.0, tolerance: 1e-12 }
}

const CE: &str = "cross_entropy = {}";
const BCE: &str = "binary_cross_entropy = {}";
use Classes::{Even, Two, Uneven};

/// `-ln(1e-4)`, of symmetric cross-entropy.
const A: f64 = 9.210_340_371_976_182;

const LAWS: &[Law] = &[
    law("focal.gamma = 0", CE, Uneven),
    law("focal = { form = 'sigmoid', gamma = 0 }", BCE, Uneven),
    law("focal = { form = 'sigmoid', gamma = 0 }", BCE, Two),
    Law { factor: 0.5, ..law("focal = { form = 'sigmoid', gamma = 0, alpha = 0.5 }", BCE, Uneven) },
    law("focal_star = {}", BCE, Uneven),
    law("poly_1.epsilon = 0", CE, Uneven),
    law("poly_1 = { epsilon = 0, gamma = 1.5 }", "focal.gamma = 1.5", Uneven),
    law(
        "poly_1 = { form = 'sigmoid', epsilon = 0, gamma = 2, alpha = 0.25 }",
        "focal = { form = 'sigmoid', alpha = 0.25 }",
        Uneven,
    ),
    Law { tolerance: 1e-5, ..law("generalized_cross_entropy.q = 1e-9", CE, Uneven) },
    Law {
        factor: 1.0 / A,
        ..law(
            "generalized_cross_entropy.q = 1",
            "symmetric_cross_entropy = { alpha = 0, beta = 1 }",
            Uneven,
        )
    },
    Law { factor: 0.3, ..law("symmetric_cross_entropy = { alpha = 0.3, beta = 0 }", CE, Uneven) },
    law("bi_tempered = { t1 = 1, t2 = 1 }", CE, Uneven),
    law("label_smoothing.epsilon = 0", CE, Uneven),
    law("label_smoothing = { loss = 'focal', epsilon = 0 }", "focal = {}", Uneven),
    law(
        "label_smoothing = { loss = { focal.gamma = 0 }, epsilon = 0.2 }",
        "label_smoothing.epsilon = 0.2",
        Uneven,
    ),
    law(
        "label_aware_smoothing = { head = 0.2, tail = 0.2 }",
        "label_smoothing.epsilon = 0.2",
        Uneven,
    ),
    law("label_aware_smoothing = { tail = 0.1 }", "label_smoothing.epsilon = 0.1", Even),
    law("ldam = { max_margin = 0, scale = 1 }", CE, Uneven),
    law("normalized_softmax.scale = 1", CE, Uneven),
    law("normalized_softmax.scale = 30", "ldam.max_margin = 0", Uneven),
    law("proxy_nca = { scale = 10, denominator = 'all' }", "normalized_softmax = {}", Uneven),
    law("logit_adjustment.tau = 1.7", CE, Even),
    law("logit_adjustment_posthoc = {}", CE, Uneven),
    law("balanced_softmax = {}", CE, Even),
    law("vector_scaling = {}", CE, Even),
    law("class_dependent_temperature = {}", CE, Even),
    law("balanced_softmax = {}", "logit_adjustment.tau = 1", Uneven),
    law("vector_scaling.gamma = 0", "logit_adjustment = {}", Uneven),
    law("vector_scaling.tau = 0", "class_dependent_temperature = {}", Uneven),
    law("vector_scaling = { gamma = 0, tau = 0 }", CE, Uneven),
    law("seesaw = { p = 0, q = 0 }", CE, Uneven),
    law("equalization.lambda = 0", BCE, Uneven),
    law("softmax_equalization.lambda = 0", CE, Uneven),
    law("softmax_equalization = { gamma = 0, lambda = 1 }", CE, Uneven),
    // A ratio of 100 leaves a negative its whole weight.
    law("equalization_v2 = {}", BCE, Uneven),
    law("asymmetric = { gamma_neg = 0, gamma_pos = 0, clip = 0 }", BCE, Uneven),
    law(
        "asymmetric = { gamma_neg = 2, gamma_pos = 2, clip = 0 }",
        "focal.form = 'sigmoid'",
        Uneven,
    ),
    law(
        "asymmetric_single_label = { gamma_neg = 0, gamma_pos = 0, smoothing = 0.1 }",
        "label_smoothing.epsilon = 0.1",
        Uneven,
    ),
    law("class_balanced = { form = 'softmax', beta = 0 }", CE, Uneven),
    law("class_balanced = { form = 'softmax' }", CE, Even),
    law("class_balanced = { form = 'sigmoid', beta = 0 }", BCE, Uneven),
    law("class_balanced = { form = 'sigmoid' }", BCE, Even),
    law("class_balanced = { beta = 0 }", "focal = { form = 'sigmoid', gamma = 1 }", Uneven),
    law("class_balanced = { gamma = 2.5 }", "focal = { form = 'sigmoid', gamma = 2.5 }", Even),
    law("class_balanced = { gamma = 0 }", "class_balanced = { form = 'sigmoid' }", Uneven),
    law(
        "class_balanced = { form = 'softmax', beta = 0.99 }",
        "weighted_cross_entropy = { scheme = { effective_number.beta = 0.99 }, reduction = 'mean' }",
        Uneven,
    ),
    law("weighted_cross_entropy = { scheme = 'inverse', reduction = 'mean' }", CE, Even),
    // Over the logits, not the examples.
    Law { factor: 1.0 / 3.0, ..law("ghm_c = { bins = 1, momentum = 0 }", BCE, Uneven) },
    law("ghm_softmax = { bins = 1, momentum = 0 }", CE, Uneven),
    law(
        "ghm_softmax = { bins = 7, momentum = 0.6, bias_correction = true }",
        "ghm_softmax = { bins = 7, momentum = 0 }",
        Uneven,
    ),
    law(
        "ghm_c = { bins = 7, momentum = 0.6, bias_correction = true }",
        "ghm_c = { bins = 7, momentum = 0 }",
        Uneven,
    ),
    law("influence_balanced = {}", CE, Uneven),
    // Weights that hardly depend on the example are all alike.
    law(
        "influence_balanced = { alpha = 1e15, epsilon = 1e15, start = 0, \
         scheme = { given.weights = [1, 1, 1] } }",
        CE,
        Uneven,
    ),
    law("tversky = { alpha = 0.5, beta = 0.5 }", "dice = {}", Uneven),
    law("f_beta = {}", "dice = {}", Uneven),
    law("f_beta.beta = 2", "tversky = { alpha = 0.2, beta = 0.8 }", Uneven),
    law(
        "pairwise_auc = { surrogate = 'barrier_hinge', slope = 1e-300 }",
        "pairwise_auc.surrogate = 'hinge'",
        Two,
    ),
    law("class_difficulty = {}", CE, Uneven),
    law("class_difficulty.dynamic = true", CE, Uneven),
    law("deferred_reweighting = { loss = 'focal', start = 1 }", "focal = {}", Uneven),
    law(
        "deferred_reweighting = { loss = 'cross_entropy', start = 0, scheme = 'inverse' }",
        "weighted_cross_entropy.scheme = 'inverse'",
        Uneven,
    ),
    // With a vast λ every example has the confidence 1, and the loss is that above ln 3.
    law("super_loss = { lambda = 1e15 }", "cross_entropy - ln 3", Uneven),
    law("expression = {}", CE, Uneven),
    law(
        "expression = { value = '-(1 - p)^gamma * ln(p)', parameters.gamma = 1.5 }",
        "focal.gamma = 1.5",
        Uneven,
    ),
    law("truncated_cross_entropy.threshold = 0.999999999999999", CE, Uneven),
];

pub(crate) fn check(wanted: &dyn Fn(&str) -> bool, found: &mut dyn FnMut(Finding)) {
    let mut findings: Vec<Finding> = Vec::new();
    for law in LAWS {
        let spec: LossSpec = written(law.left);
        let name = spec.name();
        if !wanted(name) {
            continue;
        }
        let at = findings.iter().position(|finding| finding.method == name).unwrap_or_else(|| {
            let other = "other losses at its corners";
            findings.push(Finding::new(name, Proof::Equalities, other, "1e-12 (1 + |value|)"));
            findings.len() - 1
        });
        let mut stream = streams().stream("equalities");
        for spread in [0.3, 2.0, 6.0] {
            law.check(&spec, 16, spread, &mut stream, &mut findings[at]);
        }
    }
    findings.into_iter().for_each(found);
}

impl Law {
    /// On `n` random examples with logits of the given spread.
    fn check(
        &self,
        left: &LossSpec,
        n: usize,
        spread: f64,
        stream: &mut Stream,
        finding: &mut Finding,
    ) {
        let counts = match self.classes {
            Uneven => ClassCounts::new(vec![400, 37, 5]),
            Even => ClassCounts::new(vec![50, 50, 50]),
            Two => ClassCounts::new(vec![90, 10]),
        };
        // Cross-entropy less a constant is no loss of its own.
        let (right, less) = match self.right.strip_suffix(" - ln 3") {
            Some(name) => (written(&format!("{name} = {{}}")), libm::log(3.0)),
            None => (written(self.right), 0.0),
        };
        let n_classes = counts.n_classes();
        let sample = Sample::random(n, n_classes, left.n_outputs(n_classes), spread, stream);
        let (left_out, right_out) =
            (evaluate(left, &counts, &sample), evaluate(&right, &counts, &sample));
        // What a step sees: losses and slopes by their share of the divisor.
        let (ours, ours_by) = shares(&left_out, 0.0);
        let (theirs, theirs_by) = shares(&right_out, less);
        for (i, (&ours, &theirs)) in ours
            .iter()
            .chain(ours_by.values())
            .zip(theirs.iter().chain(theirs_by.values()))
            .enumerate()
        {
            let theirs = self.factor * theirs;
            let what = || format!("{} and {}, number {i}", self.left, self.right);
            finding.compare(&what, ours, theirs, self.tolerance * (1.0 + theirs.abs()));
        }
    }
}

fn evaluate(spec: &LossSpec, counts: &ClassCounts, sample: &Sample) -> PerExample<f64> {
    let streams = streams();
    let mut loss = spec
        .build(&Setting { counts, streams: &streams })
        .unwrap_or_else(|error| panic!("the parameters of a law: {error}"));
    if matches!(spec, LossSpec::DeferredReweighting(_)) {
        loss.begin_epoch(&Epoch::at(0.5));
    }
    if matches!(spec, LossSpec::ClassDifficulty(_)) {
        // Equally difficult classes count alike.
        loss.begin_epoch(&Epoch { recalls: &[Some(0.3); 3], ..Epoch::at(0.5) });
    }
    let mut out = PerExample::default();
    loss.evaluate(
        &Batch { hidden: Some(&sample.hidden), ..Batch::new(&sample.logits, &sample.targets) },
        &mut out,
    );
    out
}

/// Losses and slopes per example of a mean.
fn shares(out: &PerExample<f64>, less: f64) -> (Vec<f64>, Matrix<f64>) {
    let mean = out.mass.iter().sum::<f64>() / out.mass.len() as f64;
    let losses = out.losses.iter().map(|loss| loss / mean - less).collect();
    let slopes = out.gradient.values().iter().map(|slope| slope / mean).collect();
    (losses, Matrix::from_values(out.gradient.n_columns(), slopes))
}

#[cfg(test)]
mod tests {
    use libm::{exp, log1p};
    use methods::losses::{AucSaddle, SaddlePoint};
    use nn::Streams;
    use proptest::prelude::*;

    use super::*;

    fn random(seed: u64, n: usize, width: usize, spread: f64) -> Sample {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut stream = Streams::new(key).stream("property");
        Sample::random(n, width.max(2), width, spread, &mut stream)
    }

    fn mean(toml: &str, sample: &Sample) -> f64 {
        let out = evaluate(&written(toml), &ClassCounts::new(vec![400, 37, 5]), sample);
        out.losses.iter().sum::<f64>() / out.mass.iter().sum::<f64>()
    }

    fn sigmoid(z: f64) -> f64 {
        1.0 / (1.0 + exp(-z))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_law_holds_on_any_batch(seed: u64, n in 3_usize..40, spread in 0.01..8.0) {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&seed.to_le_bytes());
            let mut stream = Streams::new(key).stream("property");
            for law in LAWS {
                let mut finding = Finding::new("any", Proof::Equalities, "", "");
                law.check(&written(law.left), n, spread, &mut stream, &mut finding);
                prop_assert!(finding.passed(), "{:?}", finding.failures);
            }
        }

        #[test]
        fn classes_that_are_alike_need_no_correction(
            seed: u64,
            n in 3_usize..40,
            spread in 0.01..8.0,
            tau in -5.0..5.0,
            gamma in 0.0..5.0,
        ) {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&seed.to_le_bytes());
            let mut stream = Streams::new(key).stream("property");
            for toml in [
                format!("logit_adjustment.tau = {tau:?}"),
                format!("vector_scaling = {{ gamma = {gamma:?}, tau = {tau:?} }}"),
                format!("class_dependent_temperature.gamma = {gamma:?}"),
            ] {
                let spec = written(&toml);
                let mut finding = Finding::new("any", Proof::Equalities, "", "");
                law("", CE, Even).check(&spec, n, spread, &mut stream, &mut finding);
                prop_assert!(finding.passed(), "{toml}: {:?}", finding.failures);
            }
        }

        #[test]
        fn tversky_of_equal_weights_is_jaccard(seed: u64, n in 3_usize..30, spread in 0.01..4.0) {
            let sample = random(seed, n, 3, spread);
            let ours = mean("tversky = { alpha = 1, beta = 1, smooth = 0 }", &sample);
            let of_class = |k: usize| {
                let (mut both, mut either) = (0.0, 0.0);
                for (z, &y) in sample.logits.rows().zip(&sample.targets) {
                    let (p, member) = (sigmoid(z[k]), f64::from(u8::from(y as usize == k)));
                    both += p * member;
                    either += p + member - p * member;
                }
                1.0 - both / either
            };
            let jaccard = (of_class(0) + of_class(1) + of_class(2)) / 3.0;
            prop_assert!((ours - jaccard).abs() < 1e-12, "{ours} {jaccard}");
        }

        #[test]
        fn ghm_c_is_the_mean_of_the_means_of_its_bins(
            seed: u64,
            n in 3_usize..40,
            bins in 1_usize..40,
            spread in 0.1..4.0,
        ) {
            let sample = random(seed, n, 3, spread);
            let ours = mean(&format!("ghm_c = {{ bins = {bins}, momentum = 0 }}"), &sample);
            let mut of_bin = vec![Vec::new(); bins];
            for (z, &y) in sample.logits.rows().zip(&sample.targets) {
                for (k, z) in z.iter().enumerate() {
                    let wrong = if y as usize == k { -z } else { *z };
                    let length = sigmoid(wrong);
                    let bin = ((length * bins as f64) as usize).min(bins - 1);
                    of_bin[bin].push(wrong.max(0.0) + log1p(exp(-wrong.abs())));
                }
            }
            let means = of_bin.iter().filter(|losses| !losses.is_empty());
            let means: Vec<f64> =
                means.map(|losses| losses.iter().sum::<f64>() / losses.len() as f64).collect();
            let expected = means.iter().sum::<f64>() / means.len() as f64;
            prop_assert!((ours - expected).abs() < 1e-12 * (1.0 + expected), "{ours} {expected}");
        }

        #[test]
        fn the_auc_margin_loss_at_its_saddle_is_that_of_all_pairs(seed: u64, n in 4_usize..40, margin in 0.1..2.0) {
            let sample = random(seed, n, 1, 1.0);
            let mut scores = sample.logits.clone();
            scores.values_mut().iter_mut().for_each(|z| *z = sigmoid(*z));
            let of = |class: u32| -> Vec<f64> {
                let pairs = scores.values().iter().zip(&sample.targets);
                pairs.filter(|(_, y)| **y == class).map(|(h, _)| *h).collect()
            };
            let (negatives, positives) = (of(0), of(1));
            let average = |h: &[f64]| h.iter().sum::<f64>() / h.len() as f64;
            let (a, b) = (average(&positives), average(&negatives));
            let share = positives.len() as f64 / n as f64;
            let saddle = SaddlePoint { a, b, alpha: margin + b - a };
            let (ours, _) = AucSaddle::at(margin, share, saddle)
                .of_scores(&scores, &sample.targets, &mut Matrix::default());
            let pairs = positives.iter().flat_map(|i| {
                negatives.iter().map(move |j| (margin - (i - j)) * (margin - (i - j)))
            });
            let all: f64 = pairs.sum::<f64>() / (positives.len() * negatives.len()) as f64;
            prop_assert!((ours - share * (1.0 - share) * all).abs() < 1e-12, "{ours} {all}");
        }

        #[test]
        fn super_loss_leaves_an_example_of_ordinary_difficulty_alone(z in -50.0..50.0, lambda in 0.01..10.0) {
            let logits = Matrix::from_values(3, vec![z; 9]);
            let sample =
                Sample { logits, targets: vec![0, 1, 2], hidden: Matrix::from_values(1, vec![0.0; 3]) };
            let counts = ClassCounts::new(vec![400, 37, 5]);
            let ours = evaluate(&written(&format!("super_loss = {{ lambda = {lambda:?} }}")), &counts, &sample);
            let plain = evaluate(&written(CE), &counts, &sample);
            prop_assert!(ours.losses.iter().all(|loss| loss.abs() < 1e-12), "{:?}", ours.losses);
            for (ours, plain) in ours.gradient.values().iter().zip(plain.gradient.values()) {
                prop_assert!((ours - plain).abs() < 1e-12);
            }
        }
    }
}
