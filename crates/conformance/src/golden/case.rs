//! What a case of a golden file holds, and what ours makes of it.

use methods::losses::{Batch, Loss, LossSpec, PerExample};
use methods::setting::{ClassCounts, Setting};
use nn::{Matrix, Streams};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::finding::Finding;

/// One case of a golden file.
pub(super) struct GoldenCase<'a> {
    pub(super) finding: &'a mut Finding,
    pub(super) relative: f64,
    pub(super) absolute: f64,
    pub(super) name: &'a str,
    pub(super) params: &'a Value,
    pub(super) inputs: &'a Value,
    pub(super) expected: &'a Value,
}

impl GoldenCase<'_> {
    /// Logits of all classes, and the class of each example.
    pub(super) fn examples(&self) -> (Matrix<f64>, Vec<u32>) {
        (matrix(&self.inputs["logits"]), get(&self.inputs["targets"]))
    }

    /// One score of each example, and its class of two.
    pub(super) fn scores(&self) -> (Vec<f64>, Vec<u32>) {
        (numbers(&self.inputs["scores"]), get(&self.inputs["targets"]))
    }

    /// `counts` of the file, or as many ones as there are classes.
    pub(super) fn counts(&self, n_classes: usize) -> ClassCounts {
        let counts = self.params["counts"].as_array();
        let count = |n: &Value| u32::try_from(n.as_u64().unwrap_or(1)).unwrap_or(1);
        ClassCounts::new(counts.map_or(vec![1; n_classes], |all| all.iter().map(count).collect()))
    }
}

pub(super) fn get<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone())
        .unwrap_or_else(|error| panic!("a golden file holds something else: {error}"))
}

pub(super) fn real(value: &Value) -> f64 {
    get(value)
}

pub(super) fn numbers(value: &Value) -> Vec<f64> {
    get(value)
}

pub(super) fn matrix(value: &Value) -> Matrix<f64> {
    Matrix::from_rows(&get::<Vec<Vec<f64>>>(value))
}

pub(super) fn flat(value: &Value) -> Vec<f64> {
    get::<Vec<Vec<f64>>>(value).concat()
}

pub(super) fn built(spec: &Value, counts: &ClassCounts) -> Box<dyn Loss<f64>> {
    let streams = Streams::new([0; 32]);
    let setting = Setting { counts, streams: &streams };
    get::<LossSpec>(spec)
        .build(&setting)
        .unwrap_or_else(|error| panic!("the parameters of a golden file: {error}"))
}

pub(super) fn evaluate(
    spec: &Value,
    counts: &ClassCounts,
    batch: &Batch<'_, f64>,
) -> PerExample<f64> {
    let mut out = PerExample::default();
    built(spec, counts).evaluate(batch, &mut out);
    out
}

/// The reduced loss and its gradient, as a step without mining and reweighting takes them.
pub(super) fn reduced(mut out: PerExample<f64>) -> (f64, Matrix<f64>) {
    let mass: f64 = out.mass.iter().sum();
    if mass == 0.0 {
        return (0.0, out.gradient);
    }
    out.weigh(&vec![1.0 / mass; out.losses.len()]);
    (out.losses.iter().sum::<f64>() / mass, out.gradient)
}
