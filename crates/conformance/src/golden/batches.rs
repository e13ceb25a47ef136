//! Losses of whole batches: overlaps and ranking.

use methods::losses::{AucSaddle, Batch, PairwiseAuc, SaddlePoint};
use methods::setting::ClassCounts;
use nn::Matrix;
use serde_json::{Value, json};

use super::case::{GoldenCase, evaluate, flat, get, matrix, numbers, real, reduced};

/// The files sum over the classes, ours is their mean; a column of a multi-label file is a problem of its
/// own.
pub(super) fn dice_softmax(case: &mut GoldenCase<'_>) {
    if case.params["kind"] == "dice_softmax" {
        let logits = matrix(&case.inputs["logits"]);
        let smooth = &case.params["smooth"];
        let one_hot: Vec<Vec<u32>> = get(&case.inputs["targets_onehot"]);
        let class = |row: &Vec<u32>| row.iter().position(|&y| y == 1).unwrap_or(0) as u32;
        let targets: Vec<u32> = one_hot.iter().map(class).collect();
        // The file smooths twice the true positives over the sum of both sets: half as much for ours.
        let spec = json!({"dice": {"form": "softmax", "smooth": real(smooth) / 2.0}});
        let counts = case.counts(logits.n_columns());
        let (mean, slopes) = reduced(evaluate(&spec, &counts, &Batch::new(&logits, &targets)));
        case.near("mean", &[mean], &[real(&case.expected["mean"])]);
        let n_classes = logits.n_columns() as f64;
        let summed: Vec<f64> = slopes.values().iter().map(|slope| n_classes * slope).collect();
        case.near("slope", &summed, &flat(&case.expected["grad_of_sum"]));
    }
}

pub(super) fn overlap(case: &mut GoldenCase<'_>, loss: &str) {
    if case.params["kind"] == "dice_softmax" {
        return;
    }
    let logits = matrix(&case.inputs["logits"]);
    let smooth = &case.params["smooth"];
    let (a, b) = (real(&case.params["a_fp"]), real(&case.params["b_fn"]));
    let spec = match loss {
        "f_beta" if a + b != 1.0 => return,
        "dice" if a != 0.5 || b != 0.5 => return,
        "dice" => json!({"dice": {"smooth": smooth}}),
        "f_beta" => json!({"f_beta": {"beta": (b / a).sqrt(), "smooth": smooth}}),
        _ => json!({"tversky": {"alpha": a, "beta": b, "smooth": smooth}}),
    };
    let targets: Vec<Vec<u32>> = get(&case.inputs["targets"]);
    let losses = numbers(&case.expected["loss_per_class"]);
    let gradient = matrix(&case.expected["grad_of_sum"]);
    for k in 0..logits.n_columns() {
        let column = Matrix::from_values(1, logits.rows().map(|row| row[k]).collect());
        let targets: Vec<u32> = targets.iter().map(|row| row[k]).collect();
        let batch = Batch::new(&column, &targets);
        let (loss, slopes) = reduced(evaluate(&spec, &ClassCounts::new(vec![1, 1]), &batch));
        case.near("loss", &[loss], &[losses[k]]);
        let expected: Vec<f64> = gradient.rows().map(|row| row[k]).collect();
        case.near("slope", slopes.values(), &expected);
    }
}

pub(super) fn auc_margin(case: &mut GoldenCase<'_>) {
    let (p, expected) = (case.params, case.expected);
    if p["surrogate"].is_null() {
        let (scores, targets) = case.scores();
        let slopes = numbers(&expected["grad_scores"]);
        let point = SaddlePoint { a: real(&p["a"]), b: real(&p["b"]), alpha: real(&p["alpha"]) };
        let loss = AucSaddle::at(real(&p["margin"]), real(&expected["p_used"]), point);
        let mut gradient = Matrix::default();
        let (value, slope) =
            loss.of_scores(&Matrix::from_values(1, scores), &targets, &mut gradient);
        case.near("loss", &[value], &[real(&expected["loss"])]);
        case.near("slope", gradient.values(), &slopes);
        let at = ["grad_a", "grad_b", "grad_alpha"].map(|name| real(&expected[name]));
        case.near("slope at a, b, alpha", &[slope.a, slope.b, slope.alpha], &at);
    }
}

pub(super) fn pairwise_auc(case: &mut GoldenCase<'_>) {
    let (p, expected) = (case.params, case.expected);
    let Some(surrogate) = p["surrogate"].as_str() else { return };
    let (scores, targets) = case.scores();
    let slopes = numbers(&expected["grad_scores"]);
    let mut spec = json!({"surrogate": surrogate});
    match (surrogate, &p["hparam"]) {
        ("logistic", slope) => spec["slope"] = slope.clone(),
        (_, Value::Array(both)) => {
            spec["margin"] = both[0].clone();
            spec["slope"] = both[1].clone();
        }
        (_, margin) => spec["margin"] = margin.clone(),
    }
    let mut gradient = Vec::new();
    let value = get::<PairwiseAuc>(&spec).of_scores(&scores, &targets, &mut gradient);
    case.near("loss", &[value], &[real(&expected["loss"])]);
    case.near("slope", &gradient, &slopes);
}
