//! Losses with a memory: several batches in order, and the state after each.

use methods::losses::proposals::{BoxBatch, BoxHarmonizing, BoxLoss, GhmR, LabelBase};
use methods::losses::{
    Batch, EqualizationV2, GhmC, GradientBalance, GradientHarmonizing, Loss, PerExample,
};
use nn::Matrix;
use serde_json::{Value, json};

use super::case::{GoldenCase, built, flat, get, matrix, numbers, real, reduced};

fn batches<'a>(case: &GoldenCase<'a>) -> Vec<(&'a Value, &'a Value)> {
    let list = |value: &'a Value| value["batches"].as_array().map_or(&[][..], Vec::as_slice);
    list(case.inputs).iter().zip(list(case.expected)).collect()
}

/// One-hot labels and the weight of each element, of a batch that gives either class labels and the
/// weights of examples, or both element by element.
fn ghm_labels(
    case: &mut GoldenCase<'_>,
    batch: &Value,
    expected: &Value,
) -> (Matrix<f64>, Matrix<f64>) {
    let base = match case.params["label_base"].as_str() {
        Some("one_based_bg0") => LabelBase::OneBasedBackgroundFirst,
        Some("zero_based_bglast") => LabelBase::ZeroBasedBackgroundLast,
        _ => return (matrix(&batch["targets"]), matrix(&batch["label_weight"])),
    };
    let n_classes = matrix(&batch["logits"]).n_columns();
    let (labels, mut weights) = base
        .expand(&get::<Vec<i64>>(&batch["labels"]), n_classes)
        .unwrap_or_else(|error| panic!("the labels of published numbers: {error}"));
    case.near("label", labels.values(), &flat(&expected["targets_expanded"]));
    for (row, &weight) in weights.rows_mut().zip(&numbers(&batch["label_weight"])) {
        row.iter_mut().for_each(|element| *element *= weight);
    }
    (labels, weights)
}

pub(super) fn ghm_c(case: &mut GoldenCase<'_>) {
    let (bins, momentum) = (&case.params["bins"], &case.params["momentum"]);
    let mut ghm = GradientHarmonizing::<f64>::new(&get::<GhmC>(
        &json!({"bins": bins, "momentum": momentum, "bias_correction": false}),
    ));
    let mut out = PerExample::default();
    for (batch, expected) in batches(case) {
        let (labels, weights) = ghm_labels(case, batch, expected);
        ghm.evaluate_labels(&matrix(&batch["logits"]), &labels, &weights, &mut out);
        let (loss, gradient) = reduced(out.clone());
        case.near("loss", &[loss], &[real(&expected["loss"])]);
        case.near("slope", gradient.values(), &flat(&expected["grad"]));
        if !expected["acc_sum_after"].is_null() {
            case.near("histogram", &ghm.state().sums, &numbers(&expected["acc_sum_after"]));
        }
    }
}

pub(super) fn ghm_r(case: &mut GoldenCase<'_>) {
    let mut ghm = BoxHarmonizing::new(&get::<GhmR>(case.params));
    let mut out = PerExample::<f64>::default();
    for (batch, expected) in batches(case) {
        let [predictions, targets, label_weights] =
            ["pred", "target", "label_weight"].map(|name| matrix(&batch[name]));
        let boxes = BoxBatch {
            predictions: &predictions,
            targets: &targets,
            label_weights: &label_weights,
        };
        ghm.evaluate(&boxes, &mut out);
        let (loss, gradient) = reduced(out.clone());
        case.near("loss", &[loss], &[real(&expected["loss"])]);
        case.near("slope", gradient.values(), &flat(&expected["grad"]));
        if !expected["acc_sum_after"].is_null() {
            case.near("histogram", &ghm.state().sums, &numbers(&expected["acc_sum_after"]));
        }
    }
}

/// The last column is a detector's objectness.
pub(super) fn equalization_v2(case: &mut GoldenCase<'_>) {
    let p = case.params;
    let parameters: EqualizationV2 =
        get(&json!({"gamma": p["gamma"], "mu": p["mu"], "alpha": p["alpha"]}));
    let mut loss = GradientBalance::new(&parameters, get(&p["num_classes"]));
    let mut out = PerExample::<f64>::default();
    for (batch, expected) in batches(case) {
        let (logits, targets) = (matrix(&batch["logits"]), get::<Vec<u32>>(&batch["targets"]));
        loss.evaluate(&Batch::new(&logits, &targets), &mut out);
        let (value, gradient) = reduced(out.clone());
        case.near("loss", &[value], &[real(&expected["loss"])]);
        case.near("slope", gradient.values(), &flat(&expected["grad"]));
        // The file's sums are of the gradient of the mean over rows, or of the sum: of the sum.
        let state = loss.state();
        case.near("positive sum", &state.positive, &numbers(&expected["pos_grad_after"]));
        case.near("negative sum", &state.negative, &numbers(&expected["neg_grad_after"]));
        case.near("ratio", &state.ratio, &numbers(&expected["pos_neg_ratio_after"]));
    }
}

pub(super) fn seesaw(case: &mut GoldenCase<'_>) {
    let spec = json!({"seesaw": case.params});
    per_example_batches(case, &spec);
}

fn per_example_batches(case: &mut GoldenCase<'_>, spec: &Value) {
    let n_classes = batches(case).first().map_or(0, |(b, _)| matrix(&b["logits"]).n_columns());
    let mut loss = built(spec, &case.counts(n_classes));
    let mut out = PerExample::default();
    for (batch, expected) in batches(case) {
        let (logits, targets) = (matrix(&batch["logits"]), get::<Vec<u32>>(&batch["targets"]));
        loss.evaluate(&Batch::new(&logits, &targets), &mut out);
        case.near("loss", &out.losses, &numbers(&expected["loss"]));
        case.near("slope", out.gradient.values(), &flat(&expected["grad"]));
    }
}

pub(super) fn super_loss(case: &mut GoldenCase<'_>) {
    // Ours starts at 0.
    if real(&case.params["tau_initial"]) != 0.0 {
        return;
    }
    let spec = json!({"super_loss":
        {"lambda": case.params["lambda"], "moving": case.params["fac"]}});
    let n_classes = batches(case).first().map_or(0, |(b, _)| matrix(&b["logits"]).n_columns());
    let mut loss = built(&spec, &case.counts(n_classes));
    for (batch, expected) in batches(case) {
        let (logits, targets) = (matrix(&batch["logits"]), get::<Vec<u32>>(&batch["targets"]));
        let mut out = PerExample::default();
        loss.evaluate(&Batch::new(&logits, &targets), &mut out);
        let (mean, slopes) = reduced(out);
        case.near("mean", &[mean], &[real(&expected["mean"])]);
        case.near("slope", slopes.values(), &flat(&expected["grad_mean"]));
    }
}
