//! What a record is made of, as a digest: blocks say it, so that a reader which only wants to know how trials ended can tell
//! whether it could read their results.
//!
//! It is made of a record in which everything is there that can be: every key, and what kind of value it has. Where a reader
//! meets another digest, it tries the results themselves.

use std::collections::BTreeSet;

use evaluation::curves::Curves;
use evaluation::{Predictions, ShotThresholds, evaluate};
use methods::calibration::Calibrator;
use methods::decision::Rule;
use serde_json::{Value, json};

use crate::record::gradients::{ClosingGradients, ExampleWeights};
use crate::record::{
    AfterTraining, EmbeddingSpread, History, Measured, Outcome, PartSizes, Results,
    SelectionSummary, WeightsSummary,
};

/// The digest of what records are made of here.
pub(super) fn schema() -> String {
    let mut paths = BTreeSet::new();
    let outcomes = [
        Outcome::Completed,
        Outcome::Diverged { epoch: 0, reason: Some(String::new()) },
        Outcome::Failed { message: String::new() },
    ];
    let fitted = [
        Calibrator::Temperature(1.0),
        Calibrator::Platt(vec![None]),
        Calibrator::Isotonic(vec![None]),
    ];
    let rules =
        [Rule::Argmax, Rule::Threshold(0.5), Rule::Offsets(vec![1.0]), Rule::PriorShift(vec![1.0])];
    note(&json!([results(), outcomes, fitted, rules]), "", &mut paths);
    let all: Vec<String> = paths.into_iter().collect();
    blake3::hash(all.join("\n").as_bytes()).to_hex()[..16].to_owned()
}

/// Every key, by its path, with the kind of its value; variants are texts, and told by them.
fn note(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| note(value, &format!("{path}.{key}"), paths));
        }
        Value::Array(values) => {
            values.iter().for_each(|value| note(value, &format!("{path}[]"), paths));
        }
        Value::String(text) => drop(paths.insert(format!("{path}: {text}"))),
        Value::Number(_) => drop(paths.insert(format!("{path}: number"))),
        Value::Bool(_) => drop(paths.insert(format!("{path}: flag"))),
        Value::Null => drop(paths.insert(format!("{path}: nothing"))),
    }
}

/// Results that have everything.
fn results() -> Results {
    let predictions = Predictions {
        probabilities: &[0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7],
        n_classes: 2,
        targets: &[0, 1, 0, 1],
        decided: None,
    };
    let part = evaluate(&predictions, &[20, 10], &ShotThresholds::default());
    let after_training = AfterTraining {
        calibration: Some(Calibrator::Temperature(1.0)),
        decision: Some(Rule::Threshold(0.5)),
        not_fitted: Some(String::new()),
    };
    let measured = Measured {
        epoch: Some(0),
        validation: Some(part.clone()),
        test: part,
        after_training: Some(Box::new(after_training)),
        spread: Some(Box::new(EmbeddingSpread { mean_cosine: 0.0, effective_rank: 0.0 })),
    };
    Results {
        sizes: PartSizes { train: 0, meta: 0, validation: 0, test: 0 },
        train_counts: vec![0],
        flipped_counts: Some(vec![0]),
        resampled_counts: Some(vec![0]),
        last: measured.clone(),
        best: measured,
        history: History {
            loss: vec![Some(0.0)],
            validation: vec![Some(0.0)],
            drift: vec![Some(0.0)],
            brief: None,
        },
        weights: WeightsSummary {
            steps: 0,
            skipped_steps: 0,
            zero_share: 0.0,
            effective_share: 0.0,
            shown_share: Some(0.0),
            length_ratio: Some(0.0),
            cosine: Some(0.0),
        },
        selection: Some(Box::new(SelectionSummary {
            epochs: vec![0],
            class_shares: vec![vec![0.0]],
            overlaps: vec![Some(0.0)],
            flipped_shares: Some(vec![0.0]),
            flipped_weights: Some(vec![0.0]),
            never_selected: 0,
            class_weights: vec![Some(0.0)],
            flipped_weight_ratio: Some(0.0),
            class_rates: vec![vec![0.0]],
        })),
        gradients: Some(Box::new(ClosingGradients {
            examples: vec![0],
            plain: vec![0.0],
            method: Some(vec![0.0]),
            weights: Some(ExampleWeights { groups: vec![vec![0]], flipped: Some(vec![0]) }),
        })),
        converged: Some(true),
        parameters_digest: Some("text".to_owned()),
        predictions_digest: "text".to_owned(),
        curves: Curves::of(&predictions),
    }
}
