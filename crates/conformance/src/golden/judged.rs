//! How a case is judged: what ours gives, beside what is published.

use methods::losses::Batch;
use methods::setting::ClassCounts;
use nn::Matrix;
use serde_json::Value;

use super::case::{GoldenCase, evaluate, flat, get, matrix, numbers, real, reduced};

impl GoldenCase<'_> {
    pub(super) fn near(&mut self, what: &str, ours: &[f64], expected: &[f64]) {
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

    /// A loss for each example, with its gradient, over logits of all classes.
    pub(super) fn softmax(&mut self, spec: &dyn Fn(&Value) -> Value) {
        let (logits, targets) = self.examples();
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
    pub(super) fn elements(&mut self, spec: &dyn Fn(&Value) -> Value) {
        let logits = Matrix::from_values(1, flat(&self.inputs["logits"]));
        let targets: Vec<u32> = get::<Vec<Vec<u32>>>(&self.inputs["targets"]).concat();
        let counts = ClassCounts::new(vec![1, 1]);
        let out = evaluate(&spec(self.params), &counts, &Batch::new(&logits, &targets));
        self.near("loss", &out.losses, &flat(&self.expected["loss"]));
        self.near("slope", out.gradient.values(), &flat(&self.expected["grad"]));
    }

    /// A reduced loss and its gradient, under the names they have in the file.
    pub(super) fn mean(&mut self, spec: &Value, value: &str, gradient: &str) {
        let (logits, targets) = self.examples();
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
