//! Hand-made records: every number in a table can be checked by head.

use evaluation::{ClassScores, Evaluation, Metric};
use experiment::record::{
    History, Measured, Outcome, PartSizes, Reproducible, Results, Timings, TrialRecord,
    WeightsSummary,
};
use experiment::spec::TrialSpec;
use experiment::trial::TrialCell;
use serde_json::{Value, json};

/// A method: what differs between the rows.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    learner: Value,
    sampling: Value,
    protocol: Value,
}

impl Method {
    /// The same method under another `[protocol]`.
    pub(crate) fn under(&self, protocol: &Value) -> Self {
        Method { protocol: protocol.clone(), ..self.clone() }
    }
}

/// A network with 32 hidden units.
pub(crate) fn network(loss: &Value, mining: &Value, reweighting: &str) -> Method {
    let learner = json!({ "network": {
        "model": { "mlp": { "hidden": [32] } },
        "loss": loss,
        "mining": mining,
        "reweighting": { reweighting: {} },
        "training": {},
    }});
    Method { learner, sampling: json!({ "instance_balanced": {} }), protocol: json!({}) }
}

/// The method beside a control.
pub(crate) fn controlled(method: &Method, control: &str) -> Method {
    let mut controlled = method.clone();
    controlled.learner["network"]["control"] = json!({ control: {} });
    controlled
}

/// A learner that is fitted when it is built.
pub(crate) fn classical(name: &str) -> Method {
    let learner = json!({ "classical": { name: {} } });
    Method { learner, sampling: json!({ "instance_balanced": {} }), protocol: json!({}) }
}

pub(crate) fn logistic_regression() -> Method {
    classical("logistic_regression")
}

pub(crate) fn cross_entropy() -> Method {
    network(&json!({ "cross_entropy": {} }), &json!({ "none": {} }), "none")
}

pub(crate) fn focal(gamma: f64) -> Method {
    network(&json!({ "focal": { "gamma": gamma } }), &json!({ "none": {} }), "none")
}

/// The folds of one method on one data set, one seed.
pub(crate) fn folds(method: &Method, dataset: &str, values: &[f64]) -> Vec<TrialRecord> {
    values
        .iter()
        .enumerate()
        .map(|(fold, &value)| trial(method, dataset, fold, 0, Some(value)))
        .collect()
}

/// Five folds around `center`, 0.01 apart.
pub(crate) fn around(method: &Method, dataset: &str, center: f64) -> Vec<TrialRecord> {
    folds(method, dataset, &[-2.0, -1.0, 0.0, 1.0, 2.0].map(|step| center + 0.01 * step))
}

/// One trial whose every metric is `value`.
pub(crate) fn trial(
    method: &Method,
    dataset: &str,
    fold: usize,
    seed: u64,
    value: Option<f64>,
) -> TrialRecord {
    let spec = json!({
        "dataset": dataset,
        "protocol": method.protocol,
        "sampling": method.sampling,
        "learner": method.learner,
        "fold": fold,
        "seed": seed,
    });
    let identity = blake3::hash(spec.to_string().as_bytes()).to_hex()[..32].to_owned();
    let spec: TrialSpec =
        serde_json::from_value(spec).expect("the builder writes valid specifications");
    let is_network = spec.network().is_some();
    let trial = Reproducible {
        id: identity.parse().expect("32 hexadecimal digits"),
        spec,
        data_digest: "d".repeat(64).into(),
        split_digest: "5".repeat(64).into(),
        outcome: Outcome::Completed,
        results: Some(Box::new(Results {
            predictions_digest: identity.clone(),
            ..results(value, is_network)
        })),
    };
    let timings = Timings {
        wall_seconds: 0.5,
        prepare_seconds: 0.1,
        shared_seconds: 0.0,
        version: "0.1.0".into(),
        host: "x86_64-linux".into(),
        panicked_at: None,
    };
    TrialRecord { trial, timings }
}

/// The cell of a record as a plan has it.
pub(crate) fn cell(record: &TrialRecord) -> TrialCell {
    let trial = &record.trial;
    TrialCell {
        id: trial.id,
        spec: trial.spec.clone(),
        data_digest: trial.data_digest.clone(),
        split_digest: trial.split_digest.clone(),
        bytes: 0,
    }
}

fn results(value: Option<f64>, is_network: bool) -> Results {
    let measured = |epoch: usize| Measured {
        epoch: is_network.then_some(epoch),
        validation: Some(evaluation(value)),
        test: evaluation(value),
        after_training: None,
        spread: None,
    };
    Results {
        sizes: PartSizes { train: 100, meta: 10, validation: 25, test: 34 },
        train_counts: vec![90, 10],
        flipped_counts: None,
        resampled_counts: None,
        last: measured(29),
        best: measured(12),
        history: History::default(),
        weights: WeightsSummary {
            steps: 60,
            skipped_steps: 0,
            zero_share: 0.25,
            shown_share: None,
            length_ratio: None,
            cosine: None,
            effective_share: 0.5,
        },
        selection: None,
        gradients: None,
        converged: None,
        parameters_digest: is_network.then(|| "a".repeat(32)),
        predictions_digest: "b".repeat(32),
        curves: None,
    }
}

fn evaluation(value: Option<f64>) -> Evaluation {
    let metrics = [Metric::AveragePrecision, Metric::GMean, Metric::LogLoss];
    let values = metrics.into_iter().map(|metric| (metric, value)).collect();
    let class = |support: u32, recall: Option<f64>| ClassScores {
        support,
        predicted: None,
        right: None,
        log_loss: None,
        recall,
        precision: recall,
        f1: recall,
        detection: None,
    };
    Evaluation::new(values, vec![class(31, Some(1.0)), class(3, value)])
}

/// The same trial, diverged in epoch 20; its best network is of epoch 12.
pub(crate) fn diverged_late(mut record: TrialRecord) -> TrialRecord {
    record.trial.outcome = Outcome::Diverged { epoch: 20, reason: None };
    record.trial.results.as_mut().expect("a network was measured").last.epoch = Some(20);
    record
}

/// The same trial, diverged in its first epoch: there is nothing to measure.
pub(crate) fn diverged_at_once(mut record: TrialRecord) -> TrialRecord {
    record.trial.outcome = Outcome::Diverged { epoch: 0, reason: None };
    let results = record.trial.results.as_mut().expect("a network was measured");
    results.last.epoch = Some(0);
    results.best.epoch = Some(0);
    record
}

/// The same trial, failed.
pub(crate) fn failed(mut record: TrialRecord) -> TrialRecord {
    let message =
        "the meta set needs 10 rows of class `im`, \"and\" there are 3, all told".to_owned();
    record.trial.outcome = Outcome::Failed { message };
    record.trial.results = None;
    record
}
