//! Pair losses, the cross-batch memory, and pair miners.

use methods::pairs::{
    Compared, CrossBatchMemory, Embeddings, PairLoss, PairMiningSpec, PairTermSpec, Pairs,
    References, negatives,
};
use methods::setting::{ClassCounts, Setting};
use serde_json::{Value, json};

use super::Suite;
use super::case::{GoldenCase, flat, get, matrix, real};
use crate::batches::streams;
use crate::pairs::{evaluate, loss};

macro_rules! suite {
    ($loss:literal, $file:literal, $run:expr) => {
        Suite {
            loss: $loss,
            text: include_str!(concat!("../../golden/", $file, ".json")),
            run: $run,
        }
    };
}

pub(super) fn suites() -> Vec<Suite> {
    vec![
        suite!("contrastive", "metric_contrastive", |case| {
            let (near, far) = (&case.params["pos_margin"], &case.params["neg_margin"]);
            let margins = json!({"positive_margin": near, "negative_margin": far});
            all_pairs(case, &json!({"contrastive": margins}));
        }),
        suite!("triplet", "metric_triplet", triplet),
        suite!("multi_similarity", "metric_multi_similarity", |case| {
            let p = case.params;
            let spec = json!({"alpha": p["alpha"], "beta": p["beta"], "threshold": p["base"]});
            all_pairs(case, &json!({"multi_similarity": spec}));
        }),
        suite!("multi_similarity", "metric_multi_similarity_official", multi_similarity_mined),
        suite!("nt_xent", "metric_ntxent", |case| {
            let spec = json!({"nt_xent": {"temperature": case.params["temperature"]}});
            all_pairs(case, &spec);
        }),
        suite!("sup_con", "metric_supcon_official", sup_con_of_the_authors),
        suite!("sup_con", "metric_supcon_pml", sup_con_with_positives),
        suite!("circle", "metric_circle_pml", |case| {
            let (margin, scale) = (&case.params["m"], &case.params["gamma"]);
            all_pairs(case, &json!({"circle": {"margin": margin, "scale": scale}}));
        }),
        suite!("cross_batch", "metric_cross_batch_memory", cross_batch),
        suite!("batch_hard", "pair_miners", |case| {
            mined_triplets(case, &json!({"batch_hard": {}}), "batch_hard_triplets");
        }),
        suite!("semi_hard", "pair_miners", |case| {
            let spec = json!({"semi_hard": {"margin": 0.2}});
            mined_triplets(case, &spec, "triplet_semihard_margin0.2");
        }),
        suite!("multi_similarity", "pair_miners", |case| {
            let spec = json!({"multi_similarity": {"margin": 0.1}});
            mined_pairs(case, &spec, "multi_similarity_eps0.1");
        }),
        suite!("pair_margin", "pair_miners", |case| {
            mined_pairs(case, &json!({"pair_margin": {}}), "pair_margin_pos0.2_neg0.8");
        }),
    ]
}

/// A batch of all pairs.
fn all_pairs(case: &mut GoldenCase<'_>, term: &Value) {
    of_batch(case, &mut loss::<f64>(&get(term), None));
}

fn of_batch(case: &mut GoldenCase<'_>, loss: &mut Compared<f64>) {
    let (z, targets) = (matrix(&case.inputs["embeddings"]), labels(&case.inputs["labels"]));
    let (value, gradient) = evaluate(loss, &z, &targets, 0);
    case.near("loss", &[value], &[real(&case.expected["loss"])]);
    case.near("slope", gradient.values(), &flat(&case.expected["grad"]));
}

fn labels(value: &Value) -> Vec<u32> {
    get(value)
}

/// But for triplets whose anchor and positive change places.
fn triplet(case: &mut GoldenCase<'_>) {
    if case.params["swap"] == false {
        let form = if case.params["smooth"] == true { "soft" } else { "hard" };
        all_pairs(case, &json!({"triplet": {"form": form, "margin": case.params["margin"]}}));
    }
}

/// The authors' loss comes with their miner.
fn multi_similarity_mined(case: &mut GoldenCase<'_>) {
    let p = case.params;
    let spec = json!({
        "term": {"multi_similarity":
            {"alpha": p["scale_pos"], "beta": p["scale_neg"], "threshold": p["thresh"]}},
        "mining": {"multi_similarity": {"margin": p["mining_margin"]}},
    });
    let counts = ClassCounts::new(vec![1]);
    let spec: PairLoss = get(&spec);
    of_batch(case, &mut spec.build(&Setting { counts: &counts, streams: &streams() }));
}

/// The features of this file are taken as they are, of length 1 but for their rounding, and its gradient is that at them. Two
/// views of an example are two examples of its class; without labels each example is a class.
fn sup_con_of_the_authors(case: &mut GoldenCase<'_>) {
    let (p, inputs) = (case.params, case.inputs);
    let views = inputs.get("features_bvd");
    let rows_of = |value: &Value| -> Vec<Vec<f64>> {
        match views {
            Some(_) => get::<Vec<Vec<Vec<f64>>>>(value).concat(),
            None => get(value),
        }
    };
    let x = rows_of(views.unwrap_or(&inputs["features"]));
    let n = x.len();
    let n_views: usize = get(&p["n_views"]);
    let of_views: Vec<u32> = match &inputs["labels"] {
        Value::Null => (0..(n / n_views) as u32).collect(),
        given => labels(given),
    };
    let targets: Vec<u32> = of_views.iter().flat_map(|&y| vec![y; n_views]).collect();
    let rows: Vec<u32> = (0..n as u32).collect();
    let references = References::<f64> { embeddings: &[], targets: &targets, rows: &rows };
    let spec: PairTermSpec = get(&json!({"sup_con":
        {"temperature": p["temperature"], "base_temperature": p["base_temperature"]}}));
    let mut term = spec.build::<f64>();
    let (mut loss, mut pairs) = (0.0, Pairs::default());
    let mut gradient = vec![vec![0.0; x[0].len()]; n];
    for i in 0..n {
        let product = |other: &Vec<f64>| x[i].iter().zip(other).map(|(a, b)| a * b).sum();
        let mut slopes: Vec<f64> = x.iter().map(product).collect();
        pairs.list(targets[i], rows[i], references, &mut slopes);
        loss += term.anchor(&pairs, &mut slopes).mean() / n as f64;
        for (j, slope) in slopes.iter().enumerate() {
            for k in 0..x[i].len() {
                gradient[i][k] += slope * x[j][k] / n as f64;
                gradient[j][k] += slope * x[i][k] / n as f64;
            }
        }
    }
    case.near("loss", &[loss], &[real(&case.expected["loss"])]);
    case.near("slope", &gradient.concat(), &rows_of(&case.expected["grad"]).concat());
}

/// But for batches of one class, which the other implementation leaves out.
fn sup_con_with_positives(case: &mut GoldenCase<'_>) {
    let temperature = &case.params["temperature"];
    let classes = labels(&case.inputs["labels"]);
    if classes.iter().any(|y| *y != classes[0]) {
        let spec = json!({"sup_con": {"temperature": temperature,
            "base_temperature": temperature, "anchors": "with_positives"}});
        all_pairs(case, &spec);
    }
}

/// The file has the loss against the memory alone: ours without that of the batch. Its batches have new rows each.
fn cross_batch(case: &mut GoldenCase<'_>) {
    let size = get(&case.params["memory_size"]);
    let contrastive: PairTermSpec = get(&json!({"contrastive": {}}));
    let memory = CrossBatchMemory { size, start: 0, ..CrossBatchMemory::default() };
    let mut with = loss::<f64>(&contrastive, Some(memory));
    let list = |value: &Value| value["batches"].as_array().cloned().unwrap_or_default();
    let mut first = 0;
    for (batch, expected) in list(case.inputs).iter().zip(list(case.expected)) {
        let (z, targets) = (matrix(&batch["embeddings"]), labels(&batch["labels"]));
        let (plain, at_batch) = evaluate(&mut loss(&contrastive, None), &z, &targets, first);
        let (both, gradient) = evaluate(&mut with, &z, &targets, first);
        first += targets.len() as u32;
        case.near("loss", &[both - plain], &[real(&expected["loss"])]);
        let pairs = gradient.values().iter().zip(at_batch.values());
        let at_memory: Vec<f64> = pairs.map(|(both, batch)| both - batch).collect();
        case.near("slope", &at_memory, &flat(&expected["grad"]));
        let held = with.memory().map_or(Vec::new(), |memory| memory.references().targets.to_vec());
        let what = || "the labels in the memory".to_owned();
        case.finding.require(&what, held == labels(&expected["memory_labels"]));
    }
}

/// The pairs that a miner leaves of each anchor, and its row of negatives.
fn mined(case: &GoldenCase<'_>, spec: &Value) -> Vec<(Pairs<f64>, Vec<f64>)> {
    let counts = ClassCounts::new(vec![1]);
    let streams = streams();
    let mut miner =
        get::<PairMiningSpec>(spec).build::<f64>(&Setting { counts: &counts, streams: &streams });
    let (z, targets) = (matrix(&case.inputs["embeddings"]), labels(&case.inputs["labels"]));
    let rows: Vec<u32> = (0..targets.len() as u32).collect();
    let mut embeddings = Embeddings::default();
    embeddings.read(&z);
    let x = embeddings.unit();
    let references = References { embeddings: x.values(), targets: &targets, rows: &rows };
    let anchors = x.rows().zip(&targets).zip(&rows);
    let of_anchor = anchors.map(|((anchor, &target), &row)| {
        let product = |other: &[f64]| anchor.iter().zip(other).map(|(a, b)| a * b).sum();
        let (mut pairs, mut far) = (Pairs::default(), x.rows().map(product).collect::<Vec<f64>>());
        pairs.list(target, row, references, &mut far);
        miner.select(x.n_columns(), &mut pairs, &mut far);
        (pairs, far)
    });
    of_anchor.collect()
}

fn mined_triplets(case: &mut GoldenCase<'_>, spec: &Value, name: &str) {
    let of_anchors = mined(case, spec);
    let mut triplets: Vec<[usize; 3]> = Vec::new();
    for (a, (pairs, far)) in of_anchors.iter().enumerate() {
        triplets.extend(pairs.triplets(far).iter().map(|&(p, n)| [a, p, n]));
    }
    triplets.sort_unstable();
    let expected: Vec<[usize; 3]> = get(&case.expected[name]);
    case.finding.require(
        &|| format!("{}: {triplets:?}, not {expected:?}", case.name),
        triplets == expected,
    );
}

fn mined_pairs(case: &mut GoldenCase<'_>, spec: &Value, name: &str) {
    let of_anchors = mined(case, spec);
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for (a, (pairs, row)) in (0..).zip(&of_anchors) {
        near.extend(pairs.positives.iter().map(|&(p, _)| [a, p]));
        far.extend(negatives(row).map(|n| [a, n]));
    }
    let expected = |side: &str| get::<Vec<[u32; 2]>>(&case.expected[name][side]);
    for (ours, expected) in [(near, expected("positive_pairs")), (far, expected("negative_pairs"))]
    {
        case.finding
            .require(&|| format!("{}: {ours:?}, not {expected:?}", case.name), ours == expected);
    }
}
