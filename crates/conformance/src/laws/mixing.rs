//! What is blended with nothing is what it was, Remix that never leans is mixup, and CutMix keeps of a label what it keeps of
//! the image.

use methods::losses::{Batch, LossSpec, PerExample, corners};
use methods::mixing::{MixingSpec, Mixture, Pixels};
use methods::setting::{ClassCounts, Setting};
use nn::Matrix;

use crate::batches::{LATE, Sample, Subject, begun, described, streams};
use crate::finding::Finding;
use crate::laws::{EXACT, Law};
use crate::written::written;

pub(super) const LAWS: &[Law] = &[
    Law {
        method: "mixup",
        states: "any loss of logits and label: plain at a share of 1, the partner's at 0, a line between",
        allowed: "exact; between 1e-14 (1 + |value|)",
        check: shares,
    },
    Law {
        method: "remix",
        states: "mixup where it never leans",
        allowed: EXACT,
        check: never_leaning,
    },
    Law {
        method: "cutmix",
        states: "a label keeps the share of the pixels that are kept, and the others are of one other image",
        allowed: EXACT,
        check: pasted,
    },
];

fn numbers(out: &PerExample<f64>) -> impl Iterator<Item = f64> {
    out.losses.iter().chain(out.gradient.values()).chain(&out.mass).copied()
}

fn shares(finding: &mut Finding) {
    const N: usize = 8;
    let mut stream = streams().stream("shares");
    for spec in corners().into_iter().filter(LossSpec::is_pointwise) {
        let Subject { spec, counts } = Subject::new(spec, None)
            .unwrap_or_else(|error| panic!("the list of losses fits the classes: {error}"));
        let n_classes = counts.n_classes();
        let sample = Sample::random(N, n_classes, spec.n_outputs(n_classes), 1.5, &mut stream);
        let mut loss = begun::<f64>(&spec, &counts, LATE);
        let mut evaluate = |targets: &[u32], out: &mut PerExample<f64>| {
            loss.evaluate(&Batch::new(&sample.logits, targets), out);
        };
        let partners: Vec<u32> = sample.targets.iter().rev().copied().collect();
        let (mut own, mut other) = (PerExample::default(), PerExample::default());
        evaluate(&sample.targets, &mut own);
        evaluate(&partners, &mut other);
        for (share, allowed) in [(1.0, 0.0), (0.0, 0.0), (0.3, 1e-14)] {
            let (mut mixture, mut blended) = (Mixture::default(), PerExample::default());
            mixture.fill(partners.iter().map(|&partner| (partner, share)));
            let parts = [&mut blended, &mut PerExample::default()];
            mixture.evaluate(&sample.targets, parts, &mut evaluate);
            for ((ours, own), other) in numbers(&blended).zip(numbers(&own)).zip(numbers(&other)) {
                let expected = share * own + (1.0 - share) * other;
                let what = || format!("{} at a share of {share}", described(&spec));
                finding.compare(&what, ours, expected, allowed * (1.0 + expected.abs()));
            }
        }
    }
}

/// The features and the mixture of two batches.
fn mixed(toml: &str) -> Vec<(Matrix<f64>, Mixture<f64>)> {
    let (counts, streams) = (ClassCounts::new(vec![40, 10, 5]), streams());
    let setting = Setting { counts: &counts, streams: &streams };
    let mut mixing = written::<MixingSpec>(toml)
        .build::<f64>(&setting, None)
        .unwrap_or_else(|error| panic!("mixup and Remix are for any rows: {error}"));
    let batch = |number| {
        let mut stream = streams.indexed("features", number);
        let mut features = Matrix::from_values(4, (0..32).map(|_| stream.normal()).collect());
        let mut mixture = Mixture::default();
        mixing.mix(&mut features, &[0, 1, 2, 0, 2, 1, 1, 0], &mut mixture);
        (features, mixture)
    };
    [0, 1].map(batch).to_vec()
}

fn never_leaning(finding: &mut Finding) {
    for alpha in ["0.2", "1"] {
        let mixup = mixed(&format!("mixup.alpha = {alpha}"));
        for never in ["kappa = 1e300", "tau = 0"] {
            let remix = mixed(&format!("remix = {{ alpha = {alpha}, {never} }}"));
            let what = || format!("alpha = {alpha}, {never}");
            for (remix, mixup) in remix.iter().zip(&mixup) {
                finding.require(&what, remix.1 == mixup.1);
                for (ours, expected) in remix.0.values().iter().zip(mixup.0.values()) {
                    finding.compare(&what, *ours, *expected, 0.0);
                }
            }
        }
    }
}

fn pasted(finding: &mut Finding) {
    const SIDE: usize = 8;
    const N_PIXELS: usize = SIDE * SIDE;
    let (counts, streams) = (ClassCounts::new(vec![1; 6]), streams());
    let setting = Setting { counts: &counts, streams: &streams };
    let pixels = Pixels { planes: 1, height: SIDE, width: SIDE, depth: 1 };
    let mut mixing = written::<MixingSpec>("cutmix.probability = 1")
        .build::<f64>(&setting, Some(pixels))
        .unwrap_or_else(|error| panic!("these are images: {error}"));
    for batch in 0..100 {
        // Each image is of a class of its own, and each of its pixels says which.
        let values = (0..6).flat_map(|class| [f64::from(class); N_PIXELS]).collect();
        let (mut features, mut mixture) =
            (Matrix::from_values(N_PIXELS, values), Mixture::default());
        mixing.mix(&mut features, &[0, 1, 2, 3, 4, 5], &mut mixture);
        let what = || format!("batch {batch}");
        for (class, (image, &share)) in (0..).zip(features.rows().zip(mixture.own_shares())) {
            let own = f64::from(class);
            let Some(&other) = image.iter().find(|&&pixel| pixel != own) else { continue };
            let n_kept = image.iter().filter(|&&pixel| pixel == own).count();
            let n_pasted = image.iter().filter(|&&pixel| pixel == other).count();
            finding.require(&what, n_kept + n_pasted == N_PIXELS);
            finding.compare(&what, share, n_kept as f64 / N_PIXELS as f64, 0.0);
        }
    }
}
