//! Losses of single examples whose files are not as ours are called.

use methods::losses::{Batch, ClassWeights, EffectiveNumber};
use methods::setting::ClassCounts;
use nn::Matrix;
use serde_json::{Value, json};

use super::case::{GoldenCase, evaluate, flat, get, numbers, real, reduced};

/// The files write -1 for no `alpha`.
pub(super) fn with_alpha(mut spec: Value, params: &Value) -> Value {
    if params["alpha"] != -1 {
        spec["alpha"] = params["alpha"].clone();
    }
    spec
}

pub(super) fn asymmetric(params: &Value) -> Value {
    json!({"asymmetric": params})
}

pub(super) fn weighted_cross_entropy(case: &mut GoldenCase<'_>) {
    let mut schemes = vec![json!({"given": {"weights": case.params["weight"]}})];
    if case.params["scheme"] == "inverse" {
        schemes.push(json!({"inverse": {}}));
    }
    for scheme in schemes {
        for (reduction, value, gradient) in
            [("mean", "mean", "grad_mean"), ("weighted_mean", "wmean", "grad_wmean")]
        {
            let spec =
                json!({"weighted_cross_entropy": {"scheme": scheme, "reduction": reduction}});
            case.mean(&spec, value, gradient);
        }
    }
}

pub(super) fn effective_number(case: &mut GoldenCase<'_>) {
    let parameters: EffectiveNumber = get(case.params);
    let counts = ClassCounts::new(get(&case.inputs["counts"]));
    let weights = ClassWeights::EffectiveNumber(parameters).weights(&counts);
    let expected = numbers(&case.expected["weights"]);
    case.near("weight", &weights.unwrap_or_default(), &expected);
}

pub(super) fn class_balanced(case: &mut GoldenCase<'_>) {
    let kind = case.params["kind"].as_str().unwrap_or_default();
    let mut spec = json!({"form": kind.trim_start_matches("cb_"), "beta": case.params["beta"]});
    if case.params["gamma"].is_number() {
        spec["gamma"] = case.params["gamma"].clone();
    }
    case.mean(&json!({"class_balanced": spec}), "loss", "grad");
}

pub(super) fn equalization(case: &mut GoldenCase<'_>) {
    // The file's frequencies are of something larger than these classes: they and λ are scaled to them.
    let frequencies = numbers(&case.params["class_frequency"]);
    let total: f64 = frequencies.iter().sum();
    let shares: Vec<f64> = frequencies.iter().map(|f| f / total).collect();
    let counts = ClassCounts::expected(1_000_000, &shares);
    let (logits, targets) = case.examples();
    let spec = json!({"equalization": {"lambda": real(&case.params["lambda"]) / total}});
    let (loss, slopes) = reduced(evaluate(&spec, &counts, &Batch::new(&logits, &targets)));
    case.near("loss", &[loss], &[real(&case.expected["loss"])]);
    case.near("slope", slopes.values(), &flat(&case.expected["grad"]));
}

pub(super) fn truncated(case: &mut GoldenCase<'_>) {
    let (q, k) = (real(&case.params["q"]), real(&case.params["k"]));
    let spec = json!({"generalized_cross_entropy": {"q": q, "truncation": k, "start": 0}});
    let (logits, targets) = case.examples();
    let out = evaluate(&spec, &case.counts(logits.n_columns()), &Batch::new(&logits, &targets));
    let (loss, slopes) = reduced(out);
    // The published value leaves out the constant that a truncated example costs.
    let constant = (1.0 - libm::pow(k, q)) / q;
    case.near("mean", &[loss - constant], &[real(&case.expected["mean_after_pruning"])]);
    case.near("slope", slopes.values(), &flat(&case.expected["grad_after_pruning"]));
}

pub(super) fn bi_tempered(case: &mut GoldenCase<'_>) {
    // Five rounds of the iteration are not enough for ours, which goes on until it settles.
    if case.params["num_iters"] == 5 && case.params["t2"] != 1.0 {
        return;
    }
    let p = case.params;
    let (t1, t2, smoothing) = (&p["t1"], &p["t2"], &p["label_smoothing"]);
    case.softmax(&|_| json!({"bi_tempered": {"t1": t1, "t2": t2, "smoothing": smoothing}}));
}

pub(super) fn influence_balanced(case: &mut GoldenCase<'_>) {
    let (logits, targets) = case.examples();
    let n_classes = logits.n_columns();
    let hidden = Matrix::from_values(1, numbers(&case.inputs["feature_l1"]));
    let weights = match &case.params["class_weight"] {
        Value::Null => json!(vec![1.0; n_classes]),
        given => given.clone(),
    };
    for (detach, value, gradient) in
        [(true, "mean_detached", "grad_detached"), (false, "mean", "grad_not_detached")]
    {
        let spec = json!({"influence_balanced": {"alpha": case.params["alpha"],
            "epsilon": case.params["epsilon"], "scheme": {"given": {"weights": weights}},
            "detach_weight": detach, "start": 0}});
        let batch = Batch { hidden: Some(&hidden), ..Batch::new(&logits, &targets) };
        let mut out = evaluate(&spec, &case.counts(n_classes), &batch);
        out.weigh(&vec![1.0 / targets.len() as f64; targets.len()]);
        let mean = out.losses.iter().sum::<f64>() / targets.len() as f64;
        case.near(value, &[mean], &[real(&case.expected[value])]);
        case.near(gradient, out.gradient.values(), &flat(&case.expected[gradient]));
        if let Some(d_hidden) = out.hidden_gradient() {
            let expected = numbers(&case.expected["grad_feature_l1_not_detached"]);
            case.near("slope at the features", d_hidden.values(), &expected);
        }
    }
}

pub(super) fn hinge(case: &mut GoldenCase<'_>) {
    let expected = case.expected;
    if case.params["kind"] == "binary" {
        let logits = Matrix::from_values(1, numbers(&case.inputs["scores"]));
        let targets: Vec<u32> = get(&case.inputs["targets"]);
        for (squared, name) in [(false, "hinge"), (true, "squared_hinge")] {
            let spec = json!({"hinge": {"squared": squared}});
            let counts = ClassCounts::new(vec![1, 1]);
            let out = evaluate(&spec, &counts, &Batch::new(&logits, &targets));
            case.near(name, &out.losses, &numbers(&expected[name]));
            let slopes = numbers(&expected[format!("{name}_grad")]);
            case.near("slope", out.gradient.values(), &slopes);
        }
    }
}

pub(super) fn multiclass_hinge(case: &mut GoldenCase<'_>) {
    if case.params["kind"] == "binary" {
        return;
    }
    let expected = case.expected;
    let (logits, targets) = case.examples();
    let n_classes = logits.n_columns();
    // PyTorch divides Weston and Watkins' sum by the number of classes.
    for (form, name, factor) in [
        ("crammer_singer", "crammer_singer", 1.0),
        ("weston_watkins", "multi_margin_p1_over_K", 1.0 / n_classes as f64),
    ] {
        let spec = json!({"multiclass_hinge": {"form": form}});
        let out = evaluate(&spec, &case.counts(n_classes), &Batch::new(&logits, &targets));
        let scaled = |values: &[f64]| values.iter().map(|x| factor * x).collect::<Vec<_>>();
        case.near(name, &scaled(&out.losses), &numbers(&expected[name]));
        let slopes = flat(&expected[format!("{name}_grad")]);
        case.near("slope", &scaled(out.gradient.values()), &slopes);
    }
}
