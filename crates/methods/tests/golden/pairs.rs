//! Pair losses, pair miners and the cross-batch memory.

use methods::losses::{Batch, Loss, PerExample};
use methods::pairs::{
    Compared, Embeddings, PairLoss, PairMiningSpec, PairTermSpec, Pairs, References,
};
use methods::setting::{ClassCounts, Setting};
use nn::{Matrix, Streams};
use serde_json::{Value, json};

use super::{Golden, get, labels, matrix};

fn setting<R>(build: impl FnOnce(&Setting<'_>) -> R) -> R {
    let counts = ClassCounts::new(vec![1]);
    build(&Setting { counts: &counts, streams: &Streams::new([0; 32]) })
}

fn loss(term: &Value, mining: &Value, memory: &Value) -> Compared<f64> {
    let spec = json!({ "term": term, "mining": mining, "memory": memory });
    setting(|setting| get::<PairLoss>(spec).build(setting))
}

/// The loss of a batch and its gradient at the raw embeddings, row by row.
fn evaluate(
    loss: &mut Compared<f64>,
    z: &Matrix<f64>,
    targets: &[u32],
    rows: &[u32],
) -> (f64, Vec<f64>) {
    let mut out = PerExample::default();
    loss.evaluate(&Batch { rows, ..Batch::new(z, targets) }, &mut out);
    let n = targets.len();
    out.weigh(&vec![1.0 / n as f64; n]);
    (out.losses[0], out.gradient.values().to_vec())
}

fn flat(value: &Value) -> Vec<f64> {
    get::<Vec<Vec<f64>>>(value.clone()).concat()
}

/// Holds a term with all pairs, or with those of a miner, against the cases that `term` makes one of.
#[track_caller]
fn check(text: &str, mining: &str, term: impl Fn(&Value) -> Option<Value>) {
    let golden = Golden::read(text);
    let mut n_checked = 0;
    for case in &golden.cases {
        let Some(term) = term(case) else { continue };
        n_checked += 1;
        let inputs = &case["inputs"];
        let targets = labels(&inputs["labels"]);
        let rows: Vec<u32> = (0..targets.len() as u32).collect();
        let mut loss = loss(&term, &json!({ mining: {} }), &Value::Null);
        let (value, gradient) =
            evaluate(&mut loss, &matrix(&inputs["embeddings"]), &targets, &rows);
        golden.assert_near(case, "loss", &[value], &[case["expected"]["loss"].as_f64().unwrap()]);
        golden.assert_near(case, "gradient", &gradient, &flat(&case["expected"]["grad"]));
    }
    assert!(0 < n_checked);
}

#[test]
fn contrastive() {
    check(include_str!("metric_contrastive.json"), "none", |case| {
        let (near, far) = (&case["params"]["pos_margin"], &case["params"]["neg_margin"]);
        Some(json!({ "contrastive": { "positive_margin": near, "negative_margin": far } }))
    });
}

/// But for triplets whose anchor and positive change places, which a miner's triplets would not allow.
#[test]
fn triplet() {
    check(include_str!("metric_triplet.json"), "none", |case| {
        let form = if case["params"]["smooth"] == true { "soft" } else { "hard" };
        let triplet = json!({ "triplet": { "form": form, "margin": case["params"]["margin"] } });
        (case["params"]["swap"] == false).then_some(triplet)
    });
}

#[test]
fn multi_similarity() {
    check(include_str!("metric_multi_similarity.json"), "none", |case| {
        let p = &case["params"];
        let parameters = json!({ "alpha": p["alpha"], "beta": p["beta"], "threshold": p["base"] });
        Some(json!({ "multi_similarity": parameters }))
    });
}

#[test]
fn multi_similarity_with_its_miner() {
    check(include_str!("metric_multi_similarity_official.json"), "multi_similarity", |case| {
        let p = &case["params"];
        Some(json!({ "multi_similarity":
            { "alpha": p["scale_pos"], "beta": p["scale_neg"], "threshold": p["thresh"] } }))
    });
}

#[test]
fn nt_xent() {
    check(include_str!("metric_ntxent.json"), "none", |case| {
        Some(json!({ "nt_xent": { "temperature": case["params"]["temperature"] } }))
    });
}

/// The features of this file are taken as they are, of length 1 but for their rounding, and its gradient is that at them. Two
/// views of an example are two examples of its class; without labels each example is a class.
#[test]
fn sup_con_of_the_authors() {
    let golden = Golden::read(include_str!("metric_supcon_official.json"));
    for case in &golden.cases {
        let (p, inputs) = (&case["params"], &case["inputs"]);
        let n_views = p["n_views"].as_u64().unwrap() as usize;
        let is_of_views = inputs.get("features_bvd").is_some();
        let rows_of = |value: &Value| -> Vec<Vec<f64>> {
            if is_of_views {
                get::<Vec<Vec<Vec<f64>>>>(value.clone()).concat()
            } else {
                get(value.clone())
            }
        };
        let x = rows_of(inputs.get("features_bvd").unwrap_or(&inputs["features"]));
        let n = x.len();
        let targets: Vec<u32> = match &inputs["labels"] {
            Value::Null => (0..n as u32 / n_views as u32).collect(),
            given => labels(given),
        };
        let targets: Vec<u32> = targets.iter().flat_map(|&y| vec![y; n_views]).collect();
        let rows: Vec<u32> = (0..n as u32).collect();
        let references = References::<f64> { embeddings: &[], targets: &targets, rows: &rows };
        let mut term = get::<PairTermSpec>(json!({ "sup_con":
            { "temperature": p["temperature"], "base_temperature": p["base_temperature"] } }))
        .build::<f64>();
        let (mut loss, mut pairs) = (0.0, Pairs::default());
        let mut gradient = vec![vec![0.0; x[0].len()]; n];
        for i in 0..n {
            let product = |other: &Vec<f64>| x[i].iter().zip(other).map(|(a, b)| a * b).sum();
            let cosines: Vec<f64> = x.iter().map(product).collect();
            let mut slopes = vec![0.0; n];
            pairs.list(targets[i], rows[i], references);
            let said = term.anchor(&cosines, &pairs, &mut slopes);
            assert_eq!(said.positives.count, 1, "the mean is over all anchors");
            loss += said.mean() / n as f64;
            for (j, slope) in slopes.iter().enumerate() {
                for k in 0..x[i].len() {
                    gradient[i][k] += slope * x[j][k] / n as f64;
                    gradient[j][k] += slope * x[i][k] / n as f64;
                }
            }
        }
        golden.assert_near(case, "loss", &[loss], &[case["expected"]["loss"].as_f64().unwrap()]);
        let expected = rows_of(&case["expected"]["grad"]).concat();
        golden.assert_near(case, "gradient", &gradient.concat(), &expected);
    }
}

/// But for batches of one class, which the other implementation leaves out.
#[test]
fn sup_con_over_anchors_with_positives() {
    check(include_str!("metric_supcon_pml.json"), "none", |case| {
        let temperature = &case["params"]["temperature"];
        let classes = labels(&case["inputs"]["labels"]);
        let parameters = json!({ "temperature": temperature, "base_temperature": temperature,
            "anchors": "with_positives" });
        classes.iter().any(|y| *y != classes[0]).then(|| json!({ "sup_con": parameters }))
    });
}

#[test]
fn circle() {
    check(include_str!("metric_circle_pml.json"), "none", |case| {
        let (margin, scale) = (&case["params"]["m"], &case["params"]["gamma"]);
        Some(json!({ "circle": { "margin": margin, "scale": scale } }))
    });
}

/// The file has the loss against the memory alone: ours without that of the batch. Its batches have new rows each.
#[test]
fn cross_batch_memory() {
    let golden = Golden::read(include_str!("metric_cross_batch_memory.json"));
    let of = |memory: &Value| loss(&json!({ "contrastive": {} }), &json!({ "none": {} }), memory);
    for case in &golden.cases {
        let mut with = of(&json!({ "size": case["params"]["memory_size"], "start": 0 }));
        let batches = case["inputs"]["batches"].as_array().unwrap();
        let expected = case["expected"]["batches"].as_array().unwrap();
        let mut first = 0;
        for (batch, expected) in batches.iter().zip(expected) {
            let (z, targets) = (matrix(&batch["embeddings"]), labels(&batch["labels"]));
            let rows: Vec<u32> = (first..first + targets.len() as u32).collect();
            first += targets.len() as u32;
            let (plain, at_batch) = evaluate(&mut of(&Value::Null), &z, &targets, &rows);
            let (both, gradient) = evaluate(&mut with, &z, &targets, &rows);
            golden.assert_near(
                case,
                "loss",
                &[both - plain],
                &[expected["loss"].as_f64().unwrap()],
            );
            let at_memory: Vec<f64> =
                gradient.iter().zip(at_batch).map(|(both, batch)| both - batch).collect();
            golden.assert_near(case, "gradient", &at_memory, &flat(&expected["grad"]));
            let held = with.memory().unwrap().references().targets.to_vec();
            assert_eq!(held, labels(&expected["memory_labels"]));
        }
    }
}

/// The pairs that a miner leaves of each anchor.
fn mined(spec: Value, case: &Value) -> Vec<Pairs> {
    let mut miner = setting(|setting| get::<PairMiningSpec>(spec).build::<f64>(setting));
    let (z, targets) = (matrix(&case["inputs"]["embeddings"]), labels(&case["inputs"]["labels"]));
    let rows: Vec<u32> = (0..targets.len() as u32).collect();
    let mut embeddings = Embeddings::default();
    embeddings.read(&z);
    let x = embeddings.unit();
    let references = References { embeddings: x.values(), targets: &targets, rows: &rows };
    let anchors = x.rows().zip(&targets).zip(&rows);
    let of_anchor = anchors.map(|((anchor, &target), &row)| {
        let product = |other: &[f64]| anchor.iter().zip(other).map(|(a, b)| a * b).sum();
        let cosines: Vec<f64> = x.rows().map(product).collect();
        let mut pairs = Pairs::default();
        pairs.list(target, row, references);
        miner.select(&cosines, x.n_columns(), &mut pairs);
        pairs
    });
    of_anchor.collect()
}

#[test]
fn triplet_miners() {
    let golden = Golden::read(include_str!("pair_miners.json"));
    for case in &golden.cases {
        for (spec, name) in [
            (json!({ "batch_hard": {} }), "batch_hard_triplets"),
            (json!({ "semi_hard": { "margin": 0.2 } }), "triplet_semihard_margin0.2"),
        ] {
            let of_anchors = mined(spec, case);
            let anchors = of_anchors.iter().enumerate();
            let mut triplets: Vec<[usize; 3]> = anchors
                .flat_map(|(a, pairs)| pairs.triplets().map(move |(p, n)| [a, p, n]))
                .collect();
            triplets.sort_unstable();
            let expected: Vec<[usize; 3]> = get(case["expected"][name].clone());
            assert_eq!(triplets, expected, "{} {name}", case["name"]);
        }
    }
}

#[test]
fn pair_miners() {
    let golden = Golden::read(include_str!("pair_miners.json"));
    for case in &golden.cases {
        for (spec, name) in [
            (json!({ "multi_similarity": { "margin": 0.1 } }), "multi_similarity_eps0.1"),
            (json!({ "pair_margin": {} }), "pair_margin_pos0.2_neg0.8"),
        ] {
            let of_anchors = mined(spec, case);
            let all = |side: fn(&Pairs) -> &Vec<u32>| -> Vec<[u32; 2]> {
                let anchors = (0..).zip(&of_anchors);
                anchors.flat_map(|(a, pairs)| side(pairs).iter().map(move |&j| [a, j])).collect()
            };
            let expected = |side: &str| get::<Vec<[u32; 2]>>(case["expected"][name][side].clone());
            assert_eq!(
                all(|pairs| &pairs.positives),
                expected("positive_pairs"),
                "{} {name}",
                case["name"]
            );
            assert_eq!(
                all(|pairs| &pairs.negatives),
                expected("negative_pairs"),
                "{} {name}",
                case["name"]
            );
        }
    }
}
