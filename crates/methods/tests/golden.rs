//! Published implementations, held against ours in 64 bits. Each file names what produced its
//! numbers, and the tolerance.

use boxes::BoundingBox;
use methods::examples::Examples;
use methods::losses::proposals::{LabelBase, Regions};
use methods::losses::{Batch, CrossEntropy, Epoch, Link, Loss, LossSpec, PerExample, Readout};
use methods::mining::{Mined, Mining, MiningSpec, Selection, Survey};
use methods::reweighting::{Reweighed, ReweightingSpec, Step};
use methods::sampling::{Pool, SamplingSpec};
use methods::setting::{ClassCounts, Setting, counts_of};
use nn::{
    Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, OptimizerSpec,
    Pass, Shape, Streams,
};
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

fn miner(spec: Value, targets: &[u32], scores: Option<&[f32]>) -> Box<dyn Mining<f64>> {
    let n_classes = targets.iter().max().map_or(0, |&largest| largest as usize + 1);
    let counts = ClassCounts::new(counts_of(targets, n_classes));
    let setting = Setting { counts: &counts, streams: &Streams::new([0; 32]) };
    let readout = Readout::plain(Link::Softmax);
    get::<MiningSpec>(spec).build(&Mined {
        targets,
        setting: &setting,
        scores,
        readout: &readout,
        background: None,
    })
}

/// The rows that a miner which needs no survey shows where `progress` of the epochs are done.
fn shown(miner: &mut dyn Mining<f64>, n: usize, progress: f64) -> Vec<u32> {
    let (mut pool, outputs) = (Pool::full(n), Matrix::default());
    let survey = Survey { losses: &[], outputs: &outputs };
    miner.pool(&Epoch::at(progress), &survey, &mut pool);
    (0..n as u32).filter(|&row| pool.shows(row)).collect()
}

#[test]
fn curricula_grow_as_they_were_published() {
    let golden = Golden::read(include_str!("golden/pacing.json"));
    for case in &golden.cases {
        let of = |name: &str| case["params"][name].as_f64().unwrap();
        let n = of("N") as usize;
        let sizes = case["expected"]["clamped_1_N"].as_object().unwrap();
        assert_eq!(sizes.len(), 6);
        for (pacing, sizes) in sizes {
            let spec =
                json!({"pacing": pacing, "start": of("b"), "full_at": of("a"), "balanced": false});
            let scores: Vec<f32> = (0..n).map(|row| row as f32).collect();
            let mut miner = miner(json!({"curriculum": spec}), &vec![0; n], Some(&scores));
            // Past the last step there is no epoch.
            let steps =
                numbers(&case["inputs"]["steps"]).into_iter().filter(|&step| step < of("T"));
            let counts = steps.map(|step| shown(miner.as_mut(), n, step / of("T")).len() as f64);
            let counts: Vec<f64> = counts.collect();
            let expected = &numbers(sizes)[..counts.len()];
            golden.assert_near(case, pacing, &counts, expected);
        }
    }
}

#[test]
fn a_curriculum_is_multiplied_as_it_was_published() {
    let golden = Golden::read(include_str!("golden/pacing_fixed_exponential.json"));
    for case in &golden.cases {
        let of = |name: &str| case["params"][name].as_f64().unwrap();
        let (n, steps) = (of("N") as usize, numbers(&case["inputs"]["steps"]));
        let expected = numbers(&case["expected"]["size"]);
        // The file shows all rows from a step on that the source does not name.
        let full = steps.iter().zip(&expected).find(|&(_, &size)| size == of("N")).unwrap().0;
        let after = full + of("batches_to_increase");
        let spec = json!({
            "pacing": "fixed_exponential", "factor": of("increase_amount"), "start": of("starting_percent"),
            "full_at": full / after, "balanced": false
        });
        let scores: Vec<f32> = (0..n).map(|row| row as f32).collect();
        let mut miner = miner(json!({"curriculum": spec}), &vec![0; n], Some(&scores));
        let sizes = steps.iter().filter(|&&step| step < after);
        let sizes: Vec<f64> =
            sizes.map(|step| shown(miner.as_mut(), n, step / after).len() as f64).collect();
        golden.assert_near(case, "size", &sizes, &expected[..sizes.len()]);
    }
}

#[test]
fn classes_take_turns_in_a_curriculum_as_they_were_published() {
    let golden = Golden::read(include_str!("golden/curriculum_balanced_order.json"));
    for case in &golden.cases {
        let (order, targets) =
            (labels(&case["inputs"]["order"]), labels(&case["inputs"]["labels"]));
        let n = order.len();
        let mut scores = vec![0.0; n];
        order.iter().enumerate().for_each(|(at, &row)| scores[row as usize] = at as f32);
        let start = 1.0 / n as f64;
        let spec = json!({"curriculum": {"start": start, "full_at": 1.0}});
        let mut miner = miner(spec, &targets, Some(&scores));
        let mut seen = Vec::new();
        for i in 0..n {
            let shown = shown(miner.as_mut(), n, i as f64 / (n - 1) as f64);
            seen.extend(shown.into_iter().filter(|row| !seen.contains(row)).collect::<Vec<_>>());
            assert_eq!(seen.len(), i + 1);
        }
        assert_eq!(seen, labels(&case["expected"]["balanced_order"]), "{}", case["name"]);
    }
}

/// What is kept of a batch of these losses and classes.
fn select(miner: &mut dyn Mining<f64>, losses: &[f64], targets: &[u32]) -> Selection<f64> {
    select_of(miner, losses, targets, None)
}

/// The same of rows that are regions, all of them in the batch, in their order.
fn select_of(
    miner: &mut dyn Mining<f64>,
    losses: &[f64],
    targets: &[u32],
    regions: Option<&Regions>,
) -> Selection<f64> {
    let (n, mut selection) = (losses.len(), Selection::default());
    let evaluated = PerExample::new(losses.to_vec(), Matrix::zeros(n, 2), vec![1.0; n]);
    let rows: Vec<u32> = (0..n as u32).collect();
    let batch = Batch { rows: &rows, regions, ..Batch::new(&evaluated.gradient, targets) };
    miner.select(&batch, &evaluated, &mut selection);
    selection
}

/// Regions in these images.
fn regions(images: Vec<u32>, bounds: Vec<BoundingBox>) -> Regions {
    let (deltas, labels) = (vec![[0.0; 4]; images.len()], LabelBase::OneBasedBackgroundFirst);
    Regions { images, bounds, deltas, labels, n_classes: 3 }
}

#[test]
fn the_hardest_regions_are_those_of_the_authors_of_ohem() {
    let golden = Golden::read(include_str!("golden/ohem_rois.json"));
    for case in &golden.cases {
        let (inputs, params) = (&case["inputs"], &case["params"]);
        assert_eq!(params["pixel_convention"], "plus_one");
        let edges: Vec<[f64; 4]> = get(inputs["boxes_x1y1x2y2"].clone());
        let bounds = edges.into_iter().map(BoundingBox::of_pixels).collect();
        let regions = regions(labels(&inputs["image"]), bounds);
        let (losses, targets) = (numbers(&inputs["loss"]), labels(&inputs["labels"]));
        let mut spec = json!({"keep": {"count": params["batch_size"]}});
        if params["use_nms"] == true {
            spec["overlap"] = params["nms_threshold"].clone();
        }
        let mut miner = miner(json!({"ohem": spec}), &targets, None);
        let weights = select_of(miner.as_mut(), &losses, &targets, Some(&regions)).weights;
        let kept = (0..losses.len() as u32).filter(|&i| weights[i as usize] == 1.0);
        let expected = labels(&case["expected"]["selected_sorted"]);
        assert_eq!(kept.collect::<Vec<u32>>(), expected, "{}", case["name"]);
    }
}

#[test]
fn negatives_by_ratio_are_those_of_the_single_shot_detector() {
    let golden = Golden::read(include_str!("golden/ssd_hard_negative.json"));
    for case in &golden.cases {
        let images: Vec<Vec<u32>> = get(case["inputs"]["labels"].clone());
        let losses: Vec<Vec<f64>> = get(case["inputs"]["loss"].clone());
        let expected: Vec<Vec<f64>> = get(case["expected"]["mask"].clone());
        // Most rows are background, and there are as many classes as an image may show.
        let rows: Vec<u32> = [vec![0; 100], vec![1, 2, 3]].concat();
        let ratio = &case["params"]["neg_pos_ratio"];
        let mut by_batch = miner(json!({"negative_ratio": {"ratio": ratio}}), &rows, None);
        for ((targets, losses), expected) in images.iter().zip(&losses).zip(&expected) {
            let weights = select(by_batch.as_mut(), losses, targets).weights;
            assert_eq!(&weights, expected, "{}", case["name"]);
        }
        // All images in one batch, the rows of each here and there.
        let spec = json!({"negative_ratio": {"ratio": ratio, "per_image": true}});
        let mut by_image = miner(spec, &rows, None);
        let in_turns = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            let n = images[0].len();
            (0..n)
                .flat_map(|i| (0..images.len()).map(move |image| (image, i)))
                .map(|(image, i)| of(image, i))
                .collect()
        };
        let targets: Vec<u32> =
            in_turns(&|image, i| f64::from(images[image][i])).iter().map(|&y| y as u32).collect();
        let of_image: Vec<u32> =
            in_turns(&|image, _| image as f64).iter().map(|&image| image as u32).collect();
        let regions = regions(of_image, vec![BoundingBox::default(); targets.len()]);
        let losses = in_turns(&|image, i| losses[image][i]);
        let weights = select_of(by_image.as_mut(), &losses, &targets, Some(&regions)).weights;
        assert_eq!(weights, in_turns(&|image, i| expected[image][i]), "{}", case["name"]);
    }
}

#[test]
fn dense_box_of_each_image_is_that_of_the_image_alone() {
    let golden = Golden::read(include_str!("golden/densebox_counts.json"));
    let mut n_hard_drawn = 0.0;
    for case in &golden.cases {
        let (losses, targets) =
            (numbers(&case["inputs"]["loss"]), labels(&case["inputs"]["positive"]));
        let (n, expected) = (targets.len(), &case["expected"]);
        // The image, and another in which everything is harder.
        let harder: Vec<f64> = losses.iter().map(|loss| 100.0 + loss).collect();
        let (both, all) = ([losses, harder].concat(), [targets.clone(), targets].concat());
        let images = (0..2 * n).map(|i| u32::from(n <= i)).collect();
        let regions = regions(images, vec![BoundingBox::default(); 2 * n]);
        let params = &case["params"];
        let spec = json!({
            "ratio": params["neg_pos_ratio"], "hard_share": params["hard_fraction"], "per_image": true
        });
        let mut miner = miner(json!({"dense_box": spec}), &all, None);
        let weights = select_of(miner.as_mut(), &both, &all, Some(&regions)).weights;
        let hard = labels(&expected["hard_set"]);
        for first in [0, n] {
            let kept = |class: u32| {
                (first..first + n).filter(|&i| all[i] == class && weights[i] == 1.0).count()
            };
            assert_eq!(Some(kept(1) as u64), expected["num_positive"].as_u64());
            assert_eq!(Some(kept(0) as u64), expected["num_negative_selected"].as_u64());
            let drawn: f64 = hard.iter().map(|&i| weights[first + i as usize]).sum();
            assert_eq!(Some(drawn), expected["hard_taken"].as_f64());
            n_hard_drawn += drawn;
        }
    }
    assert!(4.0 <= n_hard_drawn);
}

#[test]
fn dense_box_draws_from_its_hard_set_and_from_the_rest() {
    let golden = Golden::read(include_str!("golden/densebox_counts.json"));
    for case in &golden.cases {
        let (losses, targets) =
            (numbers(&case["inputs"]["loss"]), labels(&case["inputs"]["positive"]));
        let expected = |name: &str| case["expected"][name].as_f64().unwrap();
        let hard = labels(&case["expected"]["hard_set"]);
        let params = &case["params"];
        let spec = json!({"ratio": params["neg_pos_ratio"], "hard_share": params["hard_fraction"]});
        let mut miner = miner(json!({"dense_box": spec}), &targets, None);
        let mut ever = vec![false; losses.len()];
        for _ in 0..2000 {
            let weights = select(miner.as_mut(), &losses, &targets).weights;
            let kept = |of: &dyn Fn(usize) -> bool| {
                weights.iter().enumerate().filter(|&(i, _)| of(i)).map(|(_, v)| v).sum::<f64>()
            };
            assert_eq!(kept(&|i| targets[i] == 1), expected("num_positive"));
            assert_eq!(kept(&|i| targets[i] == 0), expected("num_negative_selected"));
            assert_eq!(kept(&|i| hard.contains(&(i as u32))), expected("hard_taken"));
            ever.iter_mut().zip(&weights).for_each(|(ever, &v)| *ever |= v == 1.0);
        }
        let is_drawn =
            |&(i, ever): &(usize, &bool)| *ever && targets[i] == 0 && !hard.contains(&(i as u32));
        let drawn = ever.iter().enumerate().filter(is_drawn).count();
        assert_eq!(drawn as f64, expected("random_pool_size"), "{}", case["name"]);
    }
}

/// The weights of rows with these losses before the first of many epochs, under a λ of its own that a last row defines.
fn self_paced(regularizer: &Value, losses: &[f64], classes: &[u32], least_unseen: f64) -> Vec<f64> {
    let below = losses.iter().filter(|&&loss| loss < least_unseen).count();
    let n = losses.len();
    let start = below as f64 / (n + 1) as f64;
    let spec = json!({"regularizer": regularizer, "growth": {"quantile": {"start": start}}, "scope": "global"});
    let targets = [classes, &[3]].concat();
    let mut miner = miner(json!({"self_paced": spec}), &targets, None);
    let (mut pool, outputs) = (Pool::full(n + 1), Matrix::default());
    let losses = [losses, &[least_unseen]].concat();
    miner.pool(&Epoch::at(0.0), &Survey { losses: &losses, outputs: &outputs }, &mut pool);
    (0..n as u32).map(|row| pool.weight(row)).collect()
}

#[test]
fn self_paced_weights_are_the_published_ones() {
    let golden = Golden::read(include_str!("golden/spl_weights.json"));
    for case in &golden.cases {
        let losses = numbers(&case["inputs"]["loss"]);
        let lambda = case["params"]["lambda"].as_f64().unwrap();
        let expected = case["expected"].as_object().unwrap();
        assert_eq!(expected.len(), 10);
        for (name, expected) in expected {
            let of = |name: &str| expected[name].as_f64();
            let regularizer = match name.split_once('_').unwrap_or((name, "")) {
                ("polynomial", t) => json!({"polynomial": {"t": t[1..].parse::<f64>().unwrap()}}),
                ("mixture", _) => {
                    json!({"mixture": {"lower": of("lambda2").unwrap() / of("lambda1").unwrap()}})
                }
                ("mixture2", _) => json!({"mixture_2": {"gamma": of("gamma")}}),
                ("spld", _) => json!({"spld": {"gamma": of("gamma")}}),
                (other, _) => json!(other),
            };
            let least_unseen = if name.starts_with("mixture2") { lambda * lambda } else { lambda };
            let classes = expected.get("group").map_or(vec![0; losses.len()], labels);
            let ours = self_paced(&regularizer, &losses, &classes, least_unseen);
            golden.assert_near(case, name, &ours, &numbers(expected.get("v").unwrap_or(expected)));
        }
    }
}

#[test]
fn ohem_is_its_definition() {
    let golden = Golden::read(include_str!("golden/ohem_plain.json"));
    for case in &golden.cases {
        let losses = numbers(&case["inputs"]["loss"]);
        let n = losses.len();
        let spec = json!({"ohem": {"keep": case["params"]["rho"]}});
        let targets = vec![0; n];
        let selection = select(miner(spec, &targets, None).as_mut(), &losses, &targets);
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
        for (q, expected) in expected.as_object().unwrap() {
            let power = json!({"power": {"q": q.parse::<f64>().unwrap()}});
            let probabilities = get::<SamplingSpec>(power).class_probabilities(&counts);
            golden.assert_near(case, q, &probabilities, &numbers(expected));
        }
    }
}

#[test]
fn the_rows_that_are_left_out_are_the_published_ones() {
    let golden = Golden::read(include_str!("golden/undersampling.json"));
    for case in &golden.cases {
        let rows: Vec<Vec<f64>> = get(case["inputs"]["rows"].clone());
        let targets = labels(&case["inputs"]["targets"]);
        let n_classes = targets.iter().max().unwrap() + 1;
        let train = Examples { features: Matrix::<f32>::from_rows(&rows), targets };
        for expected in case["expected"].as_array().unwrap() {
            let spec: SamplingSpec = get(expected["sampling"].clone());
            let made =
                spec.resample(&train, &[], n_classes as usize, &Streams::new([0; 32])).unwrap();
            assert_eq!(
                made.unwrap().origins,
                labels(&expected["kept"]),
                "{} {spec:?}",
                case["name"]
            );
        }
    }
}

/// How many rows are made from each training row.
fn n_made(spec: &SamplingSpec, train: &Examples<f32>, n_classes: u32, seed: u8) -> Vec<u32> {
    let made = spec.resample(train, &[], n_classes as usize, &Streams::new([seed; 32])).unwrap();
    let n_train = train.targets.len();
    counts_of(&made.unwrap().origins[n_train..], n_train)
}

#[test]
fn rows_are_made_from_the_published_rows() {
    let golden = Golden::read(include_str!("golden/oversampling.json"));
    for case in &golden.cases {
        let rows: Vec<Vec<f64>> = get(case["inputs"]["rows"].clone());
        let targets = labels(&case["inputs"]["targets"]);
        let n_classes = targets.iter().max().unwrap() + 1;
        let train = Examples { features: Matrix::<f32>::from_rows(&rows), targets };
        let adasyn = get(json!({"adasyn": {"k": case["params"]["k"]}}));
        let expected = labels(&case["expected"]["made_by_adasyn"]);
        assert_eq!(n_made(&adasyn, &train, n_classes, 0), expected, "{}", case["name"]);
        let in_danger = labels(&case["expected"]["in_danger"]);
        assert!(!in_danger.is_empty());
        for kind in [1, 2] {
            let parameters =
                json!({"kind": kind, "k": case["params"]["k"], "m": case["params"]["m"]});
            let borderline = get(json!({"borderline_smote": parameters}));
            // Each of 20 draws makes at least as many rows as are in danger: one is missed by all less than once in e^20.
            let mut made = vec![0; train.targets.len()];
            for seed in 0..20 {
                let of_seed = n_made(&borderline, &train, n_classes, seed);
                made.iter_mut().zip(of_seed).for_each(|(sum, n)| *sum += n);
            }
            let from = (0..train.targets.len() as u32).filter(|&row| 0 < made[row as usize]);
            assert_eq!(from.collect::<Vec<_>>(), in_danger, "{} {kind}", case["name"]);
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
        input: Shape::flat(sizes[0]),
        body: LayerSpec::mlp(
            &sizes[1..sizes.len() - 1],
            get::<Activation>(case["params"]["hidden_activation"].clone()),
            0.0,
        ),
        n_outputs: sizes[sizes.len() - 1],
        initialization: Initialization::HeNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
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
        let train =
            Examples { features: matrix(&inputs["train_x"]), targets: labels(&inputs["train_y"]) };
        let (features, targets) = (&train.features, &train.targets);
        let meta =
            Examples { features: matrix(&inputs["val_x"]), targets: labels(&inputs["val_y"]) };
        let (mut network, mut pass, mut weights) = (network(case), Pass::default(), Vec::new());

        network.forward(features, &mut pass);
        let n_classes = network.architecture().n_outputs.max(2);
        let mut evaluated = evaluate(spec, vec![1; n_classes], pass.logits(), targets);
        golden.assert_near(case, "loss", &evaluated.losses, &numbers(&expected["train_loss"]));

        let n = targets.len();
        let selection = Selection { weights: vec![1.0; n], divisor: n as f64 };
        let spec: ReweightingSpec = get(json!({"l2rw": {}}));
        let (counts, streams) = (ClassCounts::new(vec![1; n_classes]), Streams::new([0; 32]));
        let mut l2rw = spec.build(Reweighed {
            meta: Some(meta),
            loss: &LossSpec::CrossEntropy(CrossEntropy {}),
            readout: &Readout::plain(link),
            setting: &Setting { counts: &counts, streams: &streams },
        });
        let optimizer = OptimizerSpec::default().build(network.n_parameters());
        let step = Step {
            network: &network,
            features: &train.features,
            targets: &train.targets,
            rows: &(0..n as u32).collect::<Vec<u32>>(),
            train: &train,
            pass: &mut pass,
            evaluated: &evaluated,
            selection: &selection,
            optimizer: optimizer.as_ref(),
            rate: 1.0,
            dropout: &streams.stream("dropout"),
        };
        l2rw.weigh(step, &mut weights);
        golden.assert_near(case, "w", &weights, &numbers(&expected["w"]));

        let mut gradient = Vec::new();
        evaluated.weigh(&weights);
        network.backward(features, &evaluated.gradient, None, &mut pass, &mut gradient);
        let rate = case["params"]["lr"].as_f64().unwrap();
        network.parameters_mut().iter_mut().zip(&gradient).for_each(|(p, g)| *p -= rate * g);
        let after = parameters(&expected["theta_after_one_sgd_step"]);
        golden.assert_near(case, "theta", network.parameters(), &after);
    }
}
