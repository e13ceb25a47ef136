//! Published implementations, held against ours in 64 bits. Each file names what produced its
//! numbers, and the tolerance.

use methods::losses::{
    Batch, ClassCounts, ClassWeights, EffectiveNumber, GhmC, GradientHarmonizing, LabelBase, Link,
    Loss, LossSpec, PerExample, Readout, Setting,
};
use methods::mining::{MiningSpec, Selection};
use methods::reweighting::{MetaSet, ReweightingSpec, Step};
use methods::sampling::SamplingSpec;
use nn::{Activation, Architecture, Head, Initialization, Matrix, Network, Pass, Streams};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The cases of one file.
struct Golden {
    relative: f64,
    absolute: f64,
    cases: Vec<Value>,
}

impl Golden {
    fn read(text: &str) -> Self {
        let mut file: Value = serde_json::from_str(text).unwrap();
        let tolerance = |name: &str| file["tolerance"][name].as_f64().unwrap();
        let (relative, absolute) = (tolerance("rel"), tolerance("abs"));
        let cases: Vec<Value> = get(file["cases"].take());
        assert!(!cases.is_empty());
        Golden { relative, absolute, cases }
    }

    #[track_caller]
    fn assert_near(&self, case: &Value, what: &str, ours: &[f64], expected: &[f64]) {
        assert_eq!(ours.len(), expected.len(), "{} {what}", case["name"]);
        for (i, (x, e)) in ours.iter().zip(expected).enumerate() {
            let near = (x - e).abs() <= self.absolute + self.relative * e.abs();
            assert!(near, "{} {what}[{i}]: {x:e}, not {e:e}", case["name"]);
        }
    }
}

fn get<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    get(value.clone())
}

fn labels(value: &Value) -> Vec<u32> {
    get(value.clone())
}

fn matrix(value: &Value) -> Matrix<f64> {
    Matrix::from_rows(&get::<Vec<Vec<f64>>>(value.clone()))
}

fn evaluate(
    spec: Value,
    counts: Vec<u32>,
    logits: &Matrix<f64>,
    targets: &[u32],
) -> PerExample<f64> {
    let mut loss = built(spec, &ClassCounts::new(counts));
    let mut out = PerExample::default();
    loss.evaluate(&Batch::new(logits, targets), &mut out);
    out
}

fn built(spec: Value, counts: &ClassCounts) -> Box<dyn Loss<f64>> {
    let streams = Streams::new([0; 32]);
    get::<LossSpec>(spec).build(&Setting { counts, streams: &streams }).unwrap()
}

/// The reduced loss and its gradient, as a step without mining and reweighting takes them.
fn reduce(mut evaluated: PerExample<f64>) -> (f64, Matrix<f64>) {
    let mass: f64 = evaluated.mass.iter().sum();
    evaluated.weigh(&vec![1.0 / mass.max(1e-300); evaluated.losses.len()]);
    (evaluated.losses.iter().sum::<f64>() / mass, evaluated.gradient)
}

#[test]
fn cross_entropy_is_pytorch_s() {
    let golden = Golden::read(include_str!("golden/ce.json"));
    for case in &golden.cases {
        let logits = matrix(&case["inputs"]["logits"]);
        let targets = labels(&case["inputs"]["targets"]);
        let out =
            evaluate(json!({"cross_entropy": {}}), vec![1; logits.n_columns()], &logits, &targets);
        let expected = &case["expected"];
        golden.assert_near(case, "loss", &out.losses, &numbers(&expected["loss"]));
        golden.assert_near(case, "grad", out.gradient.values(), matrix(&expected["grad"]).values());
        golden.assert_near(case, "mean", &[reduce(out).0], &[expected["mean"].as_f64().unwrap()]);
    }
}

#[test]
fn weighted_cross_entropy_is_pytorch_s_under_both_reductions() {
    let golden = Golden::read(include_str!("golden/weighted_ce.json"));
    for case in &golden.cases {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let (logits, targets) = (matrix(&inputs["logits"]), labels(&inputs["targets"]));
        let weights = numbers(&case["params"]["weight"]);
        let mut counts = vec![1; weights.len()];
        let mut schemes = vec![json!({"given": {"weights": weights}})];
        if case["params"]["scheme"] == "inverse" {
            counts = labels(&case["params"]["counts"]);
            schemes.push(json!("inverse"));
        }
        for scheme in schemes {
            for (reduction, mean) in [("mean", "mean"), ("weighted_mean", "wmean")] {
                let spec =
                    json!({"weighted_cross_entropy": {"scheme": scheme, "reduction": reduction}});
                let out = evaluate(spec, counts.clone(), &logits, &targets);
                golden.assert_near(case, "loss", &out.losses, &numbers(&expected["loss"]));
                let (loss, gradient) = reduce(out);
                golden.assert_near(case, mean, &[loss], &[expected[mean].as_f64().unwrap()]);
                let slopes = matrix(&expected[format!("grad_{mean}")]);
                golden.assert_near(case, "gradient", gradient.values(), slopes.values());
            }
        }
    }
}

#[test]
fn effective_number_weights_are_the_authors() {
    let golden = Golden::read(include_str!("golden/effective_number_weights.json"));
    for case in &golden.cases {
        let parameters: EffectiveNumber = get(case["params"].clone());
        let counts = ClassCounts::new(labels(&case["inputs"]["counts"]));
        let weights = ClassWeights::EffectiveNumber(parameters).weights(&counts).unwrap();
        golden.assert_near(case, "weights", &weights, &numbers(&case["expected"]["weights"]));
    }
}

#[test]
fn softmax_focal_loss_is_ldam_drw_s() {
    let golden = Golden::read(include_str!("golden/focal_softmax.json"));
    for case in &golden.cases {
        let logits = matrix(&case["inputs"]["logits"]);
        let targets = labels(&case["inputs"]["targets"]);
        let spec = json!({"focal": {"gamma": case["params"]["gamma"]}});
        let out = evaluate(spec, vec![1; logits.n_columns()], &logits, &targets);
        golden.assert_near(case, "loss", &out.losses, &numbers(&case["expected"]["loss"]));
        let slopes = matrix(&case["expected"]["grad"]);
        golden.assert_near(case, "grad", out.gradient.values(), slopes.values());
    }
}

/// Element by element: each is a binary example with one logit.
#[test]
fn sigmoid_focal_loss_is_torchvision_s() {
    let golden = Golden::read(include_str!("golden/focal_sigmoid.json"));
    for case in &golden.cases {
        let params = &case["params"];
        let mut focal = json!({"form": "sigmoid", "gamma": params["gamma"]});
        if params["alpha"] != -1 {
            focal["alpha"] = params["alpha"].clone();
        }
        let logits = Matrix::from_values(1, matrix(&case["inputs"]["logits"]).values().to_vec());
        let targets = get::<Vec<Vec<u32>>>(case["inputs"]["targets"].clone()).concat();
        let out = evaluate(json!({"focal": focal}), vec![1, 1], &logits, &targets);
        let expected = |name: &str| matrix(&case["expected"][name]).values().to_vec();
        golden.assert_near(case, "loss", &out.losses, &expected("loss"));
        golden.assert_near(case, "grad", out.gradient.values(), &expected("grad"));
    }
}

/// One-hot labels and the weight of each element, of a batch that gives either class labels and the
/// weights of examples, or both element by element.
fn ghm_labels(case: &Value, batch: &Value, expected: &Value) -> (Matrix<f64>, Matrix<f64>) {
    let base = match case["params"]["label_base"].as_str() {
        Some("one_based_bg0") => LabelBase::OneBasedBackgroundFirst,
        Some("zero_based_bglast") => LabelBase::ZeroBasedBackgroundLast,
        _ => return (matrix(&batch["targets"]), matrix(&batch["label_weight"])),
    };
    let n_classes = matrix(&batch["logits"]).n_columns();
    let one_hot = base.expand(&labels(&batch["labels"]), n_classes);
    assert_eq!(one_hot, matrix(&expected["targets_expanded"]), "{}", case["name"]);
    let weights = numbers(&batch["label_weight"]);
    let weights =
        weights.iter().flat_map(|&weight| std::iter::repeat_n(weight, n_classes)).collect();
    (one_hot, Matrix::from_values(n_classes, weights))
}

#[test]
fn ghm_c_is_the_authors() {
    let golden = Golden::read(include_str!("golden/ghm_c.json"));
    for case in &golden.cases {
        let params = &case["params"];
        let parameters: GhmC = get(
            json!({"bins": params["bins"], "momentum": params["momentum"], "bias_correction": false}),
        );
        let mut ghm = GradientHarmonizing::<f64>::new(&parameters);
        let mut out = PerExample::default();
        let batches: Vec<Value> = get(case["inputs"]["batches"].clone());
        for (i, batch) in batches.iter().enumerate() {
            let expected = &case["expected"]["batches"][i];
            let (one_hot, weights) = ghm_labels(case, batch, expected);
            ghm.evaluate_labels(&matrix(&batch["logits"]), &one_hot, &weights, &mut out);
            let mass: f64 = out.mass.iter().sum();
            let (loss, gradient) =
                if mass == 0.0 { (0.0, out.gradient.clone()) } else { reduce(out.clone()) };
            golden.assert_near(case, "loss", &[loss], &[expected["loss"].as_f64().unwrap()]);
            golden.assert_near(case, "grad", gradient.values(), matrix(&expected["grad"]).values());
            if !expected["acc_sum_after"].is_null() {
                let sums = numbers(&expected["acc_sum_after"]);
                golden.assert_near(case, "histogram", &ghm.state().sums, &sums);
            }
        }
    }
}

/// The harness's targets are labels that count from 0, all of them valid.
#[test]
fn ghm_c_of_targets_is_ghm_c_of_their_labels() {
    let golden = Golden::read(include_str!("golden/ghm_c.json"));
    let case = &golden.cases[0];
    let logits = matrix(&case["inputs"]["batches"][0]["logits"]);
    let targets = [0, 1, 2, 0, 1, 2, 0, 0];
    let (mut of_targets, mut of_labels) = (PerExample::default(), PerExample::default());
    let fresh = || GradientHarmonizing::<f64>::new(&GhmC::default());
    fresh().evaluate(&Batch::new(&logits, &targets), &mut of_targets);
    let one_hot = LabelBase::ZeroBasedBackgroundLast.expand(&targets, 3);
    let valid = Matrix::from_values(3, vec![1.0; logits.values().len()]);
    fresh().evaluate_labels(&logits, &one_hot, &valid, &mut of_labels);
    assert_eq!(of_targets, of_labels);
}

#[test]
fn ohem_is_its_definition() {
    let golden = Golden::read(include_str!("golden/ohem_plain.json"));
    for case in &golden.cases {
        let losses = numbers(&case["inputs"]["loss"]);
        let n = losses.len();
        let mut ohem = get::<MiningSpec>(json!({"ohem": {"keep": case["params"]["rho"]}})).build();
        let mut selection = Selection::default();
        let evaluated = PerExample::new(losses.clone(), Matrix::zeros(n, 2), vec![1.0; n]);
        ohem.select(&evaluated, &vec![0; n], &mut selection);
        let kept: Vec<u32> =
            (0..n as u32).filter(|&i| selection.weights[i as usize] == 1.0).collect();
        assert_eq!(kept, labels(&case["expected"]["selected_sorted"]), "{}", case["name"]);
        assert_eq!(selection.divisor, case["expected"]["k"].as_f64().unwrap());
        let sum: f64 = losses.iter().zip(&selection.weights).map(|(loss, v)| loss * v).sum();
        let expected = case["expected"]["loss"].as_f64().unwrap();
        golden.assert_near(case, "loss", &[sum / selection.divisor], &[expected]);
    }
}

#[test]
fn classes_are_drawn_with_the_published_probabilities() {
    let golden = Golden::read(include_str!("golden/sampling_probabilities.json"));
    for case in &golden.cases {
        let counts = labels(&case["params"]["counts"]);
        let expected = &case["expected"]["class_probability_power_q"];
        for (name, q) in
            [("instance_balanced", "1"), ("square_root", "0.5"), ("class_balanced", "0")]
        {
            let probabilities = get::<SamplingSpec>(json!({name: {}})).class_probabilities(&counts);
            golden.assert_near(case, name, &probabilities, &numbers(&expected[q]));
        }
    }
}

/// Weights of layers are `[n_out, n_in]` in the file, `[n_in, n_out]` here.
fn parameters(layers: &Value) -> Vec<f64> {
    let layers: Vec<Value> = get(layers.clone());
    let of_layer = |layer: &Value| {
        let weights: Vec<Vec<f64>> = get(layer["weight"].clone());
        let columns = 0..weights[0].len();
        let by_input =
            columns.flat_map(|i| weights.iter().map(move |row| row[i])).collect::<Vec<_>>();
        [by_input, numbers(&layer["bias"])].concat()
    };
    layers.iter().flat_map(of_layer).collect()
}

fn network(case: &Value) -> Network<f64> {
    let sizes: Vec<usize> = get(case["params"]["layer_sizes"].clone());
    let architecture = Architecture {
        n_inputs: sizes[0],
        hidden: sizes[1..sizes.len() - 1].to_vec(),
        n_outputs: sizes[sizes.len() - 1],
        activation: get::<Activation>(case["params"]["hidden_activation"].clone()),
        dropout: 0.0,
        initialization: Initialization::HeNormal,
        head: Head::Affine,
        output_bias: 0.0,
    };
    let mut network = Network::new(architecture, &mut Streams::new([0; 32]).stream("init"));
    network.parameters_mut().copy_from_slice(&parameters(&case["inputs"]["theta"]));
    network
}

#[test]
fn l2rw_is_differentiation_through_the_look_ahead_step() {
    let golden = Golden::read(include_str!("golden/l2rw.json"));
    for case in &golden.cases {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let (link, spec) = match case["params"]["output"].as_str() {
            Some("sigmoid") => (Link::Sigmoid, json!({"focal": {"form": "sigmoid", "gamma": 0}})),
            _ => (Link::Softmax, json!({"cross_entropy": {}})),
        };
        let (features, targets) = (matrix(&inputs["train_x"]), labels(&inputs["train_y"]));
        let meta =
            MetaSet { features: matrix(&inputs["val_x"]), targets: labels(&inputs["val_y"]) };
        let (mut network, mut pass, mut weights) = (network(case), Pass::default(), Vec::new());

        network.forward(&features, &mut pass);
        let n_classes = network.architecture().n_outputs.max(2);
        let mut evaluated = evaluate(spec, vec![1; n_classes], pass.logits(), &targets);
        golden.assert_near(case, "loss", &evaluated.losses, &numbers(&expected["train_loss"]));

        let n = targets.len();
        let selection = Selection { weights: vec![1.0; n], divisor: n as f64 };
        let spec: ReweightingSpec = get(json!({"l2rw": {}}));
        let mut l2rw = spec.build(Some(meta), &Readout::plain(link), &Streams::new([0; 32]));
        let step = Step {
            network: &network,
            features: &features,
            targets: &targets,
            pass: &mut pass,
            evaluated: &evaluated,
            selection: &selection,
        };
        l2rw.weigh(step, &mut weights);
        golden.assert_near(case, "w", &weights, &numbers(&expected["w"]));

        let mut gradient = Vec::new();
        evaluated.weigh(&weights);
        network.backward(&features, &evaluated.gradient, None, &mut pass, &mut gradient);
        let rate = case["params"]["lr"].as_f64().unwrap();
        network.parameters_mut().iter_mut().zip(&gradient).for_each(|(p, g)| *p -= rate * g);
        let after = parameters(&expected["theta_after_one_sgd_step"]);
        golden.assert_near(case, "theta", network.parameters(), &after);
    }
}
