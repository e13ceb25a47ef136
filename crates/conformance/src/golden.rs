//! Values and gradients of published implementations. Each file names what produced its numbers, and the
//! tolerance.

mod stateful;

use methods::losses::{
    AucSaddle, Batch, ClassCounts, ClassWeights, EffectiveNumber, Loss, LossSpec, PairwiseAuc,
    PerExample, SaddlePoint, Setting,
};
use nn::{Activation, Architecture, Head, Initialization, Matrix, Network, Pass, Streams};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::finding::{Finding, Proof};

/// One file, and how its cases are run.
struct Suite {
    /// The loss it is about, by its name in an experiment file.
    loss: &'static str,
    text: &'static str,
    run: fn(&mut Case<'_>),
}

macro_rules! suite {
    ($loss:literal, $file:literal, $run:expr) => {
        Suite { loss: $loss, text: include_str!(concat!("../golden/", $file, ".json")), run: $run }
    };
}

fn suites() -> Vec<Suite> {
    vec![
        suite!("cross_entropy", "ce", |case| case.softmax(&|_| json!({"cross_entropy": {}}))),
        suite!("binary_cross_entropy", "bce", |case| {
            case.elements(&|_| json!({"binary_cross_entropy": {}}));
        }),
        suite!("weighted_cross_entropy", "weighted_ce", weighted_cross_entropy),
        suite!("weighted_cross_entropy", "effective_number_weights", effective_number),
        suite!("class_balanced", "class_balanced", class_balanced),
        suite!("focal", "focal_softmax", |case| {
            case.softmax(&|p| json!({"focal": {"gamma": p["gamma"]}}));
        }),
        suite!("focal", "focal_sigmoid", |case| {
            let form = |p: &Value| json!({"form": "sigmoid", "gamma": p["gamma"]});
            case.elements(&|p| json!({"focal": with_alpha(form(p), p)}));
        }),
        suite!("focal_star", "focal_star", |case| {
            let spec =
                |p: &Value| json!({"focal_star": with_alpha(json!({"gamma": p["gamma"]}), p)});
            case.elements(&spec);
        }),
        suite!("ghm_c", "ghm_c", stateful::ghm_c),
        suite!("ghm_r", "ghm_r", stateful::ghm_r),
        suite!("ldam", "ldam", |case| {
            let spec = |p: &Value| json!({"ldam": {"max_margin": p["max_m"], "scale": p["s"]}});
            case.softmax(&spec);
        }),
        suite!("ldam", "ldam_cosine_head", cosine_head),
        suite!("logit_adjustment", "logit_adjustment_loss", |case| {
            // The official constant under the logarithm is left out of ours.
            if case.params["eps"] == 0.0 {
                case.softmax(&|p| json!({"logit_adjustment": {"tau": p["tau"]}}));
            }
        }),
        suite!("logit_adjustment_posthoc", "logit_adjustment_posthoc", posthoc),
        suite!("balanced_softmax", "balanced_softmax", |case| {
            case.softmax(&|_| json!({"balanced_softmax": {}}));
        }),
        suite!("vector_scaling", "vs_loss", |case| {
            let spec =
                |p: &Value| json!({"vector_scaling": {"gamma": p["gamma"], "tau": p["tau"]}});
            case.softmax(&spec);
        }),
        suite!("equalization", "eql", equalization),
        suite!("equalization_v2", "eqlv2", stateful::equalization_v2),
        suite!("seesaw", "seesaw", stateful::seesaw),
        suite!("asymmetric", "asl", |case| case.elements(&asymmetric)),
        suite!("asymmetric", "asl_unclamped", |case| case.elements(&asymmetric)),
        suite!("asymmetric_single_label", "asl_single_label", |case| {
            case.softmax(&|p| {
                let (neg, pos) = (&p["gamma_neg"], &p["gamma_pos"]);
                json!({"asymmetric_single_label":
                    {"gamma_neg": neg, "gamma_pos": pos, "smoothing": p["eps"]}})
            });
        }),
        suite!("poly_1", "poly1", |case| {
            case.softmax(&|p| json!({"poly_1": {"epsilon": p["epsilon"]}}));
        }),
        suite!("poly_1", "poly1_focal_sigmoid", |case| {
            case.elements(&|p| {
                json!({"poly_1": {"form": "sigmoid", "epsilon": p["epsilon"],
                    "gamma": p["gamma"], "alpha": p["alpha"]}})
            });
        }),
        suite!("label_smoothing", "label_smoothing", |case| {
            case.softmax(&|p| json!({"label_smoothing": {"epsilon": p["epsilon"]}}));
        }),
        suite!("generalized_cross_entropy", "gce", |case| {
            case.softmax(&|p| json!({"generalized_cross_entropy": {"q": p["q"]}}));
        }),
        suite!("generalized_cross_entropy", "gce_truncated", truncated),
        suite!("symmetric_cross_entropy", "sce", |case| {
            let spec = json!({"symmetric_cross_entropy":
                {"alpha": case.params["alpha"], "beta": case.params["beta"]}});
            case.mean(&spec, "mean", "grad_mean");
        }),
        suite!("bi_tempered", "bi_tempered", bi_tempered),
        suite!("influence_balanced", "ib", influence_balanced),
        suite!("tversky", "tversky_dice_fbeta", |case| overlap(case, "tversky")),
        suite!("f_beta", "tversky_dice_fbeta", |case| overlap(case, "f_beta")),
        suite!("dice", "tversky_dice_fbeta", |case| {
            dice_softmax(case);
            overlap(case, "dice");
        }),
        suite!("auc_margin", "auc_surrogates", auc_margin),
        suite!("pairwise_auc", "auc_surrogates", pairwise_auc),
        suite!("hinge", "hinge", hinge),
        suite!("multiclass_hinge", "hinge", multiclass_hinge),
        suite!("super_loss", "superloss", |case| {
            let spec = json!({"super_loss": {"lambda": case.params["lambda"]}});
            case.mean(&spec, "mean", "grad_mean");
        }),
        suite!("super_loss", "superloss_moving_tau", stateful::super_loss),
    ]
}

pub(crate) fn check(wanted: &dyn Fn(&str) -> bool, found: &mut dyn FnMut(Finding)) {
    for suite in suites().into_iter().filter(|suite| wanted(suite.loss)) {
        found(suite.check());
    }
}

impl Suite {
    fn check(&self) -> Finding {
        let file: Value = serde_json::from_str(self.text).expect("golden files are well-formed");
        let tolerance = |name: &str| file["tolerance"][name].as_f64().expect("a tolerance");
        let (relative, absolute) = (tolerance("rel"), tolerance("abs"));
        let source = file["source"].as_str().unwrap_or_default();
        // `repository@commit:path`, or a sentence: the first words say who it was.
        let source = source.split(['@', '(', ';', ',']).next().unwrap_or_default().trim();
        let allowed = format!("{relative:e} relative, {absolute:e} absolute");
        let mut finding = Finding::new(self.loss, Proof::Golden, source, &allowed);
        for case in file["cases"].as_array().expect("a list of cases") {
            (self.run)(&mut Case {
                finding: &mut finding,
                relative,
                absolute,
                name: case["name"].as_str().unwrap_or_default(),
                params: &case["params"],
                inputs: &case["inputs"],
                expected: &case["expected"],
            });
        }
        finding
    }
}

/// One case of a golden file.
struct Case<'a> {
    finding: &'a mut Finding,
    relative: f64,
    absolute: f64,
    name: &'a str,
    params: &'a Value,
    inputs: &'a Value,
    expected: &'a Value,
}

impl Case<'_> {
    fn near(&mut self, what: &str, ours: &[f64], expected: &[f64]) {
        let name = self.name;
        if ours.len() != expected.len() {
            return self.finding.fail(&|| {
                format!("{name}, {what}: {} values, not {}", ours.len(), expected.len())
            });
        }
        for (i, (&ours, &expected)) in ours.iter().zip(expected).enumerate() {
            let what = || format!("{name}, {what} {i}");
            let allowed = self.absolute + self.relative * expected.abs();
            self.finding.compare(&what, ours, expected, allowed);
        }
    }

    /// `counts` of the file, or as many ones as there are classes.
    fn counts(&self, n_classes: usize) -> ClassCounts {
        let counts = self.params["counts"].as_array();
        let count = |n: &Value| u32::try_from(n.as_u64().unwrap_or(1)).unwrap_or(1);
        ClassCounts::new(counts.map_or(vec![1; n_classes], |all| all.iter().map(count).collect()))
    }

    /// A loss for each example, with its gradient, over logits of all classes.
    fn softmax(&mut self, spec: &dyn Fn(&Value) -> Value) {
        let (logits, targets) =
            (matrix(&self.inputs["logits"]), get::<Vec<u32>>(&self.inputs["targets"]));
        let counts = self.counts(logits.n_columns());
        let out = evaluate(&spec(self.params), &counts, &Batch::new(&logits, &targets));
        let expected = self.expected;
        self.near("loss", &out.losses, &numbers(&expected["loss"]));
        self.near("slope", out.gradient.values(), matrix(&expected["grad"]).values());
        if let Some(mean) = expected["mean"].as_f64() {
            self.near("mean", &[reduced(out).0], &[mean]);
        }
    }

    /// A loss for each element, which is a binary example with one logit.
    fn elements(&mut self, spec: &dyn Fn(&Value) -> Value) {
        let logits = Matrix::from_values(1, flat(&self.inputs["logits"]));
        let targets: Vec<u32> = get::<Vec<Vec<u32>>>(&self.inputs["targets"]).concat();
        let counts = ClassCounts::new(vec![1, 1]);
        let out = evaluate(&spec(self.params), &counts, &Batch::new(&logits, &targets));
        self.near("loss", &out.losses, &flat(&self.expected["loss"]));
        self.near("slope", out.gradient.values(), &flat(&self.expected["grad"]));
    }

    /// A reduced loss and its gradient, under the names they have in the file.
    fn mean(&mut self, spec: &Value, value: &str, gradient: &str) {
        let (logits, targets) =
            (matrix(&self.inputs["logits"]), get::<Vec<u32>>(&self.inputs["targets"]));
        let counts = self.counts(logits.n_columns());
        let out = evaluate(spec, &counts, &Batch::new(&logits, &targets));
        if let Some(losses) = self.expected.get("loss").filter(|loss| loss.is_array()) {
            self.near("loss", &out.losses, &numbers(losses));
        }
        let (loss, slopes) = reduced(out);
        self.near(value, &[loss], &[real(&self.expected[value])]);
        self.near(gradient, slopes.values(), &flat(&self.expected[gradient]));
    }
}

fn get<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone())
        .unwrap_or_else(|error| panic!("a golden file holds something else: {error}"))
}

fn real(value: &Value) -> f64 {
    get(value)
}

fn numbers(value: &Value) -> Vec<f64> {
    get(value)
}

fn matrix(value: &Value) -> Matrix<f64> {
    Matrix::from_rows(&get::<Vec<Vec<f64>>>(value))
}

fn flat(value: &Value) -> Vec<f64> {
    get::<Vec<Vec<f64>>>(value).concat()
}

fn built(spec: &Value, counts: &ClassCounts) -> Box<dyn Loss<f64>> {
    let streams = Streams::new([0; 32]);
    let setting = Setting { counts, streams: &streams };
    get::<LossSpec>(spec)
        .build(&setting)
        .unwrap_or_else(|error| panic!("the parameters of a golden file: {error}"))
}

fn evaluate(spec: &Value, counts: &ClassCounts, batch: &Batch<'_, f64>) -> PerExample<f64> {
    let mut out = PerExample::default();
    built(spec, counts).evaluate(batch, &mut out);
    out
}

/// The reduced loss and its gradient, as a step without mining and reweighting takes them.
fn reduced(mut out: PerExample<f64>) -> (f64, Matrix<f64>) {
    let mass: f64 = out.mass.iter().sum();
    if mass == 0.0 {
        return (0.0, out.gradient);
    }
    out.weigh(&vec![1.0 / mass; out.losses.len()]);
    (out.losses.iter().sum::<f64>() / mass, out.gradient)
}

/// The files write -1 for no `alpha`.
fn with_alpha(mut spec: Value, params: &Value) -> Value {
    if params["alpha"] != -1 {
        spec["alpha"] = params["alpha"].clone();
    }
    spec
}

fn asymmetric(params: &Value) -> Value {
    json!({"asymmetric": params})
}

fn weighted_cross_entropy(case: &mut Case<'_>) {
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

fn effective_number(case: &mut Case<'_>) {
    let parameters: EffectiveNumber = get(case.params);
    let counts = ClassCounts::new(get(&case.inputs["counts"]));
    let weights = ClassWeights::EffectiveNumber(parameters).weights(&counts);
    let expected = numbers(&case.expected["weights"]);
    case.near("weight", &weights.unwrap_or_default(), &expected);
}

fn class_balanced(case: &mut Case<'_>) {
    let kind = case.params["kind"].as_str().unwrap_or_default();
    let mut spec = json!({"form": kind.trim_start_matches("cb_"), "beta": case.params["beta"]});
    if case.params["gamma"].is_number() {
        spec["gamma"] = case.params["gamma"].clone();
    }
    case.mean(&json!({"class_balanced": spec}), "loss", "grad");
}

fn cosine_head(case: &mut Case<'_>) {
    let features = matrix(&case.inputs["features"]);
    let weights = matrix(&case.inputs["weight_DxK"]);
    let targets: Vec<u32> = get(&case.inputs["targets"]);
    let (n_inputs, n_outputs) = (weights.n_rows(), weights.n_columns());
    let architecture = Architecture {
        n_inputs,
        hidden: Vec::new(),
        n_outputs,
        activation: Activation::Relu,
        dropout: 0.0,
        initialization: Initialization::HeNormal,
        head: Head::Cosine,
        output_bias: 0.0,
    };
    let mut network = Network::new(architecture, &mut Streams::new([0; 32]).stream("init"));
    network.parameters_mut()[..n_inputs * n_outputs].copy_from_slice(weights.values());
    let mut pass = Pass::default();
    network.forward(&features, &mut pass);
    case.near("cosine", pass.logits().values(), &flat(&case.expected["cosines"]));

    let counts = case.counts(n_outputs);
    let ldam = json!({"ldam": {"max_margin": case.params["max_m"], "scale": case.params["s"]}});
    let deferred = json!({"deferred_reweighting": {"loss": ldam, "start": 0,
        "scheme": {"effective_number": {"beta": case.params["drw_beta"]}}}});
    for (spec, value, gradient) in
        [(ldam, "mean", "grad_weight"), (deferred, "drw_wmean", "drw_grad_weight")]
    {
        let mut loss = built(&spec, &counts);
        loss.begin_epoch(&methods::losses::Epoch { progress: 0.5, recalls: &[] });
        let mut out = PerExample::default();
        loss.evaluate(&Batch::new(pass.logits(), &targets), &mut out);
        let (mean, slopes) = reduced(out);
        case.near(value, &[mean], &[real(&case.expected[value])]);
        let mut parameters = Vec::new();
        network.backward(&features, &slopes, None, &mut pass, &mut parameters);
        let ours = &parameters[..n_inputs * n_outputs];
        case.near(gradient, ours, &flat(&case.expected[gradient]));
    }
}

fn posthoc(case: &mut Case<'_>) {
    let spec: LossSpec = get(&json!({"logit_adjustment_posthoc": {"tau": case.params["tau"]}}));
    let logits = matrix(&case.inputs["logits"]);
    let Ok(readout) = spec.readout(&case.counts(logits.n_columns())) else {
        return case.finding.fail(&|| "the counts are refused".to_owned());
    };
    // Adjusted logits are known up to a constant: the priors are shares, not counts.
    let adjusted: Vec<f64> = logits
        .rows()
        .flat_map(|row| row.iter().zip(&readout.offsets).map(|(z, offset)| z + offset))
        .collect();
    case.near("adjusted logit", &adjusted, &flat(&case.expected["adjusted_logits"]));
}

fn equalization(case: &mut Case<'_>) {
    // The file's frequencies are of something larger than these classes: they and λ are scaled to them.
    let frequencies = numbers(&case.params["class_frequency"]);
    let total: f64 = frequencies.iter().sum();
    let shares: Vec<f64> = frequencies.iter().map(|f| f / total).collect();
    let counts = ClassCounts::expected(1_000_000, &shares);
    let (logits, targets) =
        (matrix(&case.inputs["logits"]), get::<Vec<u32>>(&case.inputs["targets"]));
    let spec = json!({"equalization": {"lambda": real(&case.params["lambda"]) / total}});
    let (loss, slopes) = reduced(evaluate(&spec, &counts, &Batch::new(&logits, &targets)));
    case.near("loss", &[loss], &[real(&case.expected["loss"])]);
    case.near("slope", slopes.values(), &flat(&case.expected["grad"]));
}

fn truncated(case: &mut Case<'_>) {
    let (q, k) = (real(&case.params["q"]), real(&case.params["k"]));
    let spec = json!({"generalized_cross_entropy": {"q": q, "truncation": k, "start": 0}});
    let (logits, targets) =
        (matrix(&case.inputs["logits"]), get::<Vec<u32>>(&case.inputs["targets"]));
    let out = evaluate(&spec, &case.counts(logits.n_columns()), &Batch::new(&logits, &targets));
    let (loss, slopes) = reduced(out);
    // The published value leaves out the constant that a truncated example costs.
    let constant = (1.0 - libm::pow(k, q)) / q;
    case.near("mean", &[loss - constant], &[real(&case.expected["mean_after_pruning"])]);
    case.near("slope", slopes.values(), &flat(&case.expected["grad_after_pruning"]));
}

fn bi_tempered(case: &mut Case<'_>) {
    // Five rounds of the iteration are not enough for ours, which goes on until it settles.
    if case.params["num_iters"] == 5 && case.params["t2"] != 1.0 {
        return;
    }
    let p = case.params;
    let (t1, t2, smoothing) = (&p["t1"], &p["t2"], &p["label_smoothing"]);
    case.softmax(&|_| json!({"bi_tempered": {"t1": t1, "t2": t2, "smoothing": smoothing}}));
}

fn influence_balanced(case: &mut Case<'_>) {
    let (logits, targets) =
        (matrix(&case.inputs["logits"]), get::<Vec<u32>>(&case.inputs["targets"]));
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

/// The files sum over the classes, ours is their mean; a column of a multi-label file is a problem of its
/// own.
fn dice_softmax(case: &mut Case<'_>) {
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

fn overlap(case: &mut Case<'_>, loss: &str) {
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

fn auc_margin(case: &mut Case<'_>) {
    let (p, expected) = (case.params, case.expected);
    if p["surrogate"].is_null() {
        let (scores, targets) =
            (numbers(&case.inputs["scores"]), get::<Vec<u32>>(&case.inputs["targets"]));
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

fn pairwise_auc(case: &mut Case<'_>) {
    let (p, expected) = (case.params, case.expected);
    let Some(surrogate) = p["surrogate"].as_str() else { return };
    let (scores, targets) =
        (numbers(&case.inputs["scores"]), get::<Vec<u32>>(&case.inputs["targets"]));
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

fn hinge(case: &mut Case<'_>) {
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

fn multiclass_hinge(case: &mut Case<'_>) {
    if case.params["kind"] == "binary" {
        return;
    }
    let expected = case.expected;
    let (logits, targets) =
        (matrix(&case.inputs["logits"]), get::<Vec<u32>>(&case.inputs["targets"]));
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
