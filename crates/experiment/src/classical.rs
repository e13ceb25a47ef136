//! Classical learners on the same parts, with the same metrics.

use baselines::BaselineSpec;
use evaluation::{Predictions, evaluate};

use crate::audit::Audit;
use crate::prepare::{Examples, Prepared, trial_streams};
use crate::record::{History, Measured, Outcome, Results, WeightsSummary, digest};
use crate::spec::TrialSpec;

/// Fits a classical learner and measures it.
pub(crate) fn fit(
    learner: &BaselineSpec,
    spec: &TrialSpec,
    parts: &Prepared,
    audit: Option<&mut Audit>,
) -> Result<(Outcome, Results), String> {
    let streams = trial_streams(spec);
    let mut order = Vec::new();
    spec.sampling.build(&parts.train.targets, parts.n_classes, &streams).epoch(0, &mut order);
    order.sort_unstable();
    let n_features = parts.n_features;
    let rows = order.iter().flat_map(|&i| parts.train.features.row(i as usize));
    let features: Vec<f64> = rows.map(|&x| f64::from(x)).collect();
    let targets: Vec<u32> = order.iter().map(|&i| parts.train.targets[i as usize]).collect();
    let examples = baselines::Examples {
        n_features,
        features: &features,
        targets: &targets,
        n_classes: parts.n_classes,
        seed: streams.stream("learner").bits(),
    };
    let classifier = learner.fit(&examples).map_err(|error| error.to_string())?;
    let predict = |part: &Examples| {
        let features: Vec<f64> = part.features.values().iter().map(|&x| f64::from(x)).collect();
        classifier.probabilities(&features).map_err(|error| error.to_string())
    };
    let measure = |part: &Examples, probabilities: &[f64]| {
        let targets = &part.targets;
        let predictions = Predictions { probabilities, n_classes: parts.n_classes, targets };
        evaluate(&predictions, &parts.train_counts, &spec.protocol.shots)
    };
    let test = predict(&parts.test)?;
    let has_validation = !parts.validation.targets.is_empty();
    let validation = if has_validation { Some(predict(&parts.validation)?) } else { None };
    let measured = Measured {
        epoch: None,
        validation: validation.as_ref().map(|validation| measure(&parts.validation, validation)),
        test: measure(&parts.test, &test),
    };
    let results = Results {
        sizes: parts.sizes(),
        train_counts: parts.train_counts.clone(),
        last: measured.clone(),
        best: measured,
        history: History::default(),
        weights: WeightsSummary::default(),
        converged: classifier.converged(),
        parameters_digest: None,
        predictions_digest: digest(test.iter().map(|p| p.to_le_bytes())),
    };
    if let Some(audit) = audit {
        audit.note_batch(0, &order, vec![1.0 / order.len().max(1) as f32; order.len()]);
        audit.validation = validation.unwrap_or_default();
        audit.test = test;
    }
    Ok((Outcome::Completed, results))
}
