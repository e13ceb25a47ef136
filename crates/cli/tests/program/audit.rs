//! `longtail replay ID --write FOLDER`: every number of a cell, recomputed from what it writes with other code.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use serde_json::Value;

use crate::support::{folder_with, ids, succeeds};

const FILE: &str = r#"
[experiment]
name = "audit"
[protocol]
split = { holdout.test = 0.4 }
validation = 0.25
meta = { per_class = 3 }
[training]
epochs = 3
batch_size = 32
optimizer = { sgd = { learning_rate = 0.1, momentum = 0.9, weight_decay = 0.01 } }
schedule = "constant"
[axes]
dataset = ["ecoli4", "newthyroid"]
model = ["linear", { mlp.hidden = [[8]] }, "nearest_neighbors", { boosted_trees.rounds = 5 }]
reweighting = ["none", "l2rw"]
"#;

/// The cells of the experiment, each written into a folder of its own.
fn written() -> (tempfile::TempDir, Vec<String>) {
    let folder = folder_with("audit.toml", FILE);
    succeeds(folder.path(), &["run", "audit.toml", "--quiet"]);
    let ids = ids(folder.path(), "audit");
    for id in &ids {
        let replayed = succeeds(folder.path(), &["replay", id, "--write", id, "--json"]);
        let replayed: Value = serde_json::from_str(&replayed).unwrap();
        assert_eq!(replayed["identical"], true);
        assert_eq!(replayed["written"].as_array().unwrap().len(), 5);
    }
    (folder, ids)
}

fn json(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("cell.json")).unwrap()).unwrap()
}

/// The rows of a table, by the names of the columns.
fn table(folder: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// The array `name` as bytes of four, after its header.
fn array(folder: &Path, name: &str) -> Vec<[u8; 4]> {
    let bytes = fs::read(folder.join("arrays.npz")).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut bytes = Vec::new();
    archive.by_name(&format!("{name}.npy")).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!(start % 64, 0);
    bytes[start..].chunks_exact(4).map(|x| x.try_into().unwrap()).collect()
}

fn reals(folder: &Path, name: &str) -> Vec<f64> {
    array(folder, name).into_iter().map(|x| f64::from(f32::from_le_bytes(x))).collect()
}

fn number<T: std::str::FromStr>(row: &BTreeMap<String, String>, column: &str) -> T {
    row[column].parse().ok().unwrap_or_else(|| panic!("{column}: {row:?}"))
}

/// A test part: the true class, the predicted class and the probabilities of every example.
struct Predicted {
    rows: Vec<(usize, usize, Vec<f64>)>,
    n_classes: usize,
}

impl Predicted {
    fn count(&self, is: impl Fn(usize, usize) -> bool) -> f64 {
        self.rows.iter().filter(|(truth, predicted, _)| is(*truth, *predicted)).count() as f64
    }

    fn recall(&self, k: usize) -> f64 {
        self.count(|t, p| t == k && p == k) / self.count(|t, _| t == k)
    }

    fn f1(&self, k: usize) -> f64 {
        2.0 * self.count(|t, p| t == k && p == k)
            / (self.count(|t, _| t == k) + self.count(|_, p| p == k))
    }

    /// Share of the pairs in the right order, ties a half.
    fn roc_auc(&self, k: usize) -> f64 {
        let scores = |is: bool| {
            self.rows.iter().filter(move |row| (row.0 == k) == is).map(move |row| row.2[k])
        };
        let (mut right, mut pairs) = (0.0, 0.0);
        for positive in scores(true) {
            for negative in scores(false) {
                right += if negative < positive {
                    1.0
                } else if negative == positive {
                    0.5
                } else {
                    0.0
                };
                pairs += 1.0;
            }
        }
        right / pairs
    }

    /// The mean, over the positives, of the precision among all that score at least as high.
    fn average_precision(&self, k: usize) -> f64 {
        let positives: Vec<f64> =
            self.rows.iter().filter(|row| row.0 == k).map(|row| row.2[k]).collect();
        let precision = |threshold: f64| {
            let above: Vec<_> = self.rows.iter().filter(|row| threshold <= row.2[k]).collect();
            above.iter().filter(|row| row.0 == k).count() as f64 / above.len() as f64
        };
        positives.iter().map(|&score| precision(score)).sum::<f64>() / positives.len() as f64
    }

    fn mean(&self, of: impl Fn(usize) -> f64) -> f64 {
        (0..self.n_classes).map(of).sum::<f64>() / self.n_classes as f64
    }

    fn metrics(&self) -> Vec<(&'static str, f64)> {
        let n = self.rows.len() as f64;
        let k = self.n_classes;
        let two = k == 2;
        let of_one =
            |metric: &dyn Fn(usize) -> f64| if two { metric(1) } else { self.mean(metric) };
        let brier = |(truth, _, p): &(usize, usize, Vec<f64>)| -> f64 {
            let squares =
                (0..k).map(|c| (p[c] - f64::from(u8::from(c == *truth))).powi(2)).sum::<f64>();
            if two { squares / 2.0 } else { squares }
        };
        let log_loss =
            |(truth, _, p): &(usize, usize, Vec<f64>)| -libm::log(p[*truth].max(f64::EPSILON));
        vec![
            ("accuracy", self.count(|t, p| t == p) / n),
            ("balanced_accuracy", self.mean(|c| self.recall(c))),
            ("g_mean", libm::pow((0..k).map(|c| self.recall(c)).product(), 1.0 / k as f64)),
            ("macro_f1", self.mean(|c| self.f1(c))),
            ("roc_auc", of_one(&|c| self.roc_auc(c))),
            ("average_precision", of_one(&|c| self.average_precision(c))),
            ("brier", self.rows.iter().map(brier).sum::<f64>() / n),
            ("log_loss", self.rows.iter().map(log_loss).sum::<f64>() / n),
        ]
    }
}

#[test]
fn the_metrics_of_a_cell_come_out_of_its_predictions() {
    let (folder, ids) = written();
    // Two networks with two reweightings, two learners of their own, on two data sets.
    assert_eq!(ids.len(), 2 * (2 * 2 + 2));
    for id in &ids {
        let folder = folder.path().join(id);
        let cell = json(&folder);
        let n_classes = cell["classes"].as_array().unwrap().len();
        let mut n_rows = 0;
        for part in ["validation", "test"] {
            let rows =
                table(&folder, "predictions.csv").into_iter().filter(|row| row["part"] == part);
            let rows: Vec<_> = rows
                .map(|row| {
                    let classes = cell["classes"].as_array().unwrap().iter();
                    let p = classes.map(|c| number(&row, &format!("p:{}", c.as_str().unwrap())));
                    (number(&row, "target"), number(&row, "predicted"), p.collect())
                })
                .collect();
            n_rows += rows.len();
            let expected = &cell["trial"]["results"]["best"][part]["values"];
            for (metric, value) in (Predicted { rows, n_classes }).metrics() {
                let recorded = expected[metric].as_f64().unwrap();
                assert!(
                    (value - recorded).abs() < 1e-12,
                    "{id} {part} {metric}: {value}, {recorded}"
                );
            }
        }
        let sizes = &cell["trial"]["results"]["sizes"];
        assert_eq!(
            n_rows as u64,
            sizes["validation"].as_u64().unwrap() + sizes["test"].as_u64().unwrap()
        );
    }
}

#[test]
fn the_parts_tile_the_data_set_and_the_batches_are_of_the_training_part() {
    let (folder, ids) = written();
    for id in &ids {
        let folder = folder.path().join(id);
        let rows = table(&folder, "rows.csv");
        let mut all: Vec<usize> = rows.iter().map(|row| number(row, "row")).collect();
        all.sort_unstable();
        assert!(all.iter().enumerate().all(|(i, &row)| i == row), "every row is in one part");
        let train: Vec<usize> = rows
            .iter()
            .filter(|row| row["part"] == "train")
            .map(|row| number(row, "row"))
            .collect();
        let targets = array(&folder, "train_targets");
        assert_eq!(targets.len(), train.len());
        for batch in table(&folder, "batches.csv") {
            assert_eq!(train[number::<usize>(&batch, "index")], number::<usize>(&batch, "row"));
        }
    }
}

/// Trains a linear classifier in 64 bits from the batches and the weights that were written.
#[test]
fn a_linear_classifier_can_be_followed_step_by_step() {
    let (folder, ids) = written();
    let mut n_followed = 0;
    for id in &ids {
        let folder = folder.path().join(id);
        let cell = json(&folder);
        if !cell["trial"]["spec"]["learner"]["network"]["model"]["linear"].is_object() {
            continue;
        }
        n_followed += 1;
        let n_classes = cell["classes"].as_array().unwrap().len();
        let features = reals(&folder, "train_features");
        let targets = array(&folder, "train_targets").into_iter().map(u32::from_le_bytes);
        let targets: Vec<usize> = targets.map(|target| target as usize).collect();
        let n_features = features.len() / targets.len();
        let mut parameters = reals(&folder, "initial_parameters");
        assert_eq!(parameters.len(), (n_features + 1) * n_classes);
        let mut direction = vec![0.0; parameters.len()];
        let mut steps: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
        for row in table(&folder, "batches.csv") {
            let example = (number(&row, "index"), number(&row, "weight"));
            steps.entry(number(&row, "step")).or_default().push(example);
        }
        for batch in steps.values().filter(|batch| batch.iter().any(|(_, weight)| *weight != 0.0)) {
            let mut gradient: Vec<f64> = parameters.iter().map(|p| 0.01 * p).collect();
            for &(index, weight) in batch {
                let x = &features[index * n_features..][..n_features];
                let logit = |k: usize| {
                    let products = (0..n_features).map(|j| x[j] * parameters[j * n_classes + k]);
                    products.sum::<f64>() + parameters[n_features * n_classes + k]
                };
                let exponentials: Vec<f64> = (0..n_classes).map(|k| libm::exp(logit(k))).collect();
                let total: f64 = exponentials.iter().sum();
                for k in 0..n_classes {
                    let slope = exponentials[k] / total - f64::from(u8::from(targets[index] == k));
                    for j in 0..n_features {
                        gradient[j * n_classes + k] += weight * slope * x[j];
                    }
                    gradient[n_features * n_classes + k] += weight * slope;
                }
            }
            for ((p, d), g) in parameters.iter_mut().zip(&mut direction).zip(gradient) {
                *d = 0.9 * *d + g;
                *p -= 0.1 * *d;
            }
        }
        let last = reals(&folder, "last_parameters");
        let difference =
            parameters.iter().zip(&last).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // Some twenty steps in 32 bits.
        assert!(difference < 1e-5, "{id}: {difference}");
    }
    assert_eq!(n_followed, 4);
}
