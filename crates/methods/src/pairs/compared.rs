//! The loss of a batch whose examples are compared: with one another, and with a memory.
//!
//! ```text
//! S      = ∂L(x, R)/∂s, [n_examples, n_references]
//! ∂L/∂x  = S X + Sᵀ X   where the references are the batch itself
//!        = S R          where they are held constant
//! ```

use nn::gemm::{Scratch, Shape, Start, View};
use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::losses::{Batch, Epoch, Loss, PerExample};
use crate::pairs::by_class::ByClass;
use crate::pairs::definition::{PairMining, PairTerm, Pairs, Part, References, Said};
use crate::pairs::embedding::Embeddings;
use crate::pairs::memory::{CrossBatchMemory, Memory};
use crate::pairs::mining::PairMiningSpec;
use crate::pairs::terms::PairTermSpec;
use crate::setting::Setting;

/// A pair loss, its miner and its memory, as a file writes them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairLoss {
    /// What the pairs of an anchor cost.
    pub term: PairTermSpec,
    /// Which of them count.
    pub mining: PairMiningSpec,
    /// What they are made with besides the batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<CrossBatchMemory>,
}

impl PairLoss {
    /// The same of all pairs of a batch, and of no others.
    #[must_use]
    pub fn plainly(&self) -> Self {
        PairLoss { term: self.term.clone(), mining: PairMiningSpec::default(), memory: None }
    }

    /// The loss of one trial.
    pub fn build<T: Real>(&self, setting: &Setting<'_>) -> Compared<T> {
        let memory = self.memory.as_ref().and_then(CrossBatchMemory::build);
        Compared::new(self.term.build(), self.mining.build(setting), memory)
    }
}

/// A loss over pairs: its logits are embeddings of any length, `[n_examples, width]`. It is one of whole batches, and wants to
/// know the rows of its examples, by which an example is known again.
#[expect(missing_debug_implementations, reason = "methods are trait objects")]
pub struct Compared<T> {
    comparison: Comparison<T>,
    memory: Option<Memory<T>>,
    /// Batches so far.
    step: u64,
    embeddings: Embeddings<T>,
}

impl<T: Real> Compared<T> {
    /// Of these parts.
    pub fn new(
        term: Box<dyn PairTerm<T>>,
        mining: Box<dyn PairMining<T>>,
        memory: Option<Memory<T>>,
    ) -> Self {
        let comparison = Comparison {
            term,
            mining,
            by_class: ByClass::default(),
            pairs: Pairs::default(),
            slopes: Matrix::default(),
            pulls: Vec::new(),
            at_memory: Matrix::default(),
            scratch: Scratch::default(),
        };
        Compared { comparison, memory, step: 0, embeddings: Embeddings::default() }
    }

    /// The memory, if it has one.
    pub fn memory(&self) -> Option<&Memory<T>> {
        self.memory.as_ref()
    }
}

impl<T: Real> Loss<T> for Compared<T> {
    fn begin_epoch(&mut self, _: &Epoch<'_>) {
        if let Some(memory) = &mut self.memory {
            memory.measure_drift_anew();
        }
    }

    fn drift(&self) -> Option<f64> {
        self.memory.as_ref()?.drift()
    }

    /// # Panics
    /// If the batch does not say which rows its examples are.
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Batch { logits, targets, rows, .. } = *batch;
        assert_eq!(rows.len(), targets.len(), "pairs are made of examples whose rows are known");
        let Compared { comparison, memory, step, embeddings } = self;
        embeddings.read(logits);
        let anchors = References { embeddings: embeddings.unit().values(), targets, rows };
        out.gradient.reshape(logits.n_rows(), logits.n_columns());
        let mut loss = comparison.among(anchors, &mut out.gradient);
        if let Some(memory) = memory.as_mut().filter(|memory| memory.parameters().start <= *step) {
            loss += comparison.with_memory(anchors, memory, *step, &mut out.gradient);
        }
        *step += 1;
        embeddings.back(&mut out.gradient);
        out.fill_batch(T::of(loss));
    }
}

/// Compares anchors with references.
struct Comparison<T> {
    term: Box<dyn PairTerm<T>>,
    mining: Box<dyn PairMining<T>>,
    /// Of the references.
    by_class: ByClass,
    pairs: Pairs<T>,
    /// `[n_anchors, n_references]`: first the cosines, in whose place the slopes come anchor by anchor.
    slopes: Matrix<T>,
    /// What slopes at each reference are multiplied by; empty for 1.
    pulls: Vec<T>,
    /// The gradient of the batch as its comparison with a memory has it, `[n_anchors, width]`.
    at_memory: Matrix<T>,
    scratch: Scratch<T>,
}

impl<T: Real> Comparison<T> {
    /// The loss of a batch compared with itself; `gradient` becomes that at its embeddings.
    fn among(&mut self, batch: References<'_, T>, gradient: &mut Matrix<T>) -> f64 {
        self.pulls.clear();
        let (loss, share) = self.compare(batch, batch, |_| {});
        let (n, width) = (gradient.n_rows(), gradient.n_columns());
        let shape = Shape { m: n, n: width, k: n };
        let slopes = View::new(self.slopes.values(), n);
        let x = View::new(batch.embeddings, width);
        let out = gradient.values_mut();
        T::product(shape, slopes, x, out, Start::Zero, &mut self.scratch);
        T::product(shape, slopes.transposed(), x, out, Start::Out, &mut self.scratch);
        out.iter_mut().for_each(|g| *g *= share);
        loss
    }

    /// The weighted loss of a batch compared with a memory, into which it is put; the gradient at its embeddings is added to
    /// `gradient`.
    fn with_memory(
        &mut self,
        batch: References<'_, T>,
        memory: &mut Memory<T>,
        step: u64,
        gradient: &mut Matrix<T>,
    ) -> f64 {
        let CrossBatchMemory { weight, with_batch, .. } = *memory.parameters();
        if with_batch {
            memory.remember(step, batch);
        }
        memory.fill_pulls(step, &mut self.pulls);
        let mut drifted = (0.0, 0);
        let held = memory.references();
        let (loss, share) = self.compare(batch, held, |own| {
            let (sum, count) = memory.drift_of(step, own);
            drifted = (drifted.0 + sum, drifted.1 + count);
        });
        let (n, width) = (gradient.n_rows(), gradient.n_columns());
        let shape = Shape { m: n, n: width, k: held.targets.len() };
        let slopes = View::new(self.slopes.values(), shape.k);
        let references = View::new(held.embeddings, width);
        self.at_memory.reshape(n, width);
        let out = self.at_memory.values_mut();
        T::product(shape, slopes, references, out, Start::Zero, &mut self.scratch);
        let share = T::of(weight.get()) * share;
        let both = gradient.values_mut().iter_mut().zip(self.at_memory.values());
        both.for_each(|(g, &at_memory)| *g += share * at_memory);
        memory.note_drift(drifted);
        if !with_batch {
            memory.remember(step, batch);
        }
        weight.get() * loss
    }

    /// The loss of `anchors` over their pairs with `references`, and what its slopes at the cosines, which are left in `slopes`,
    /// have still to be multiplied by: as no anchor knows it, the gradient is, which is far smaller. `own` hears of the cosines
    /// of each anchor with what is its own row.
    fn compare(
        &mut self,
        anchors: References<'_, T>,
        references: References<'_, T>,
        mut own: impl FnMut(&[(u32, T)]),
    ) -> (f64, T) {
        let Comparison { term, mining, by_class, pairs, slopes, pulls, scratch, .. } = self;
        let (n, m) = (anchors.targets.len(), references.targets.len());
        let width = anchors.embeddings.len().checked_div(n).unwrap_or(0);
        slopes.reshape(n, m);
        let shape = Shape { m: n, n: m, k: width };
        let x = View::new(anchors.embeddings, width);
        let r = View::new(references.embeddings, width).transposed();
        T::product(shape, x, r, slopes.values_mut(), Start::Zero, scratch);
        by_class.fill(references.targets);
        let mut said = Said::NOTHING;
        for (i, row) in slopes.rows_mut().enumerate() {
            let of_class = by_class.of(anchors.targets[i]).iter().copied();
            pairs.list_around(of_class, anchors.rows[i], references.rows, row);
            own(&pairs.own);
            mining.select(width, pairs, row);
            said.add(term.anchor(pairs, row));
            row.iter_mut().zip(&*pulls).for_each(|(slope, &pull)| *slope *= pull);
        }
        let [near, far] = [said.positives, said.negatives].map(Part::share);
        if near != far {
            let ratio = T::of(near / far);
            for (row, &y) in slopes.rows_mut().zip(anchors.targets) {
                by_class.of(y).iter().for_each(|&j| row[j as usize] *= ratio);
            }
        }
        (said.mean(), T::of(far))
    }
}

#[cfg(test)]
mod tests {
    use nn::Streams;
    use serde_json::{Value, json};
    use strum::IntoEnumIterator;

    use super::*;
    use crate::setting::ClassCounts;

    const Y: [u32; 9] = [0, 1, 2, 0, 1, 1, 2, 3, 0];
    const ROWS: [u32; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    const EARLIER: [u32; 9] = [9, 10, 11, 12, 13, 0, 15, 16, 17];

    fn loss<T: Real>(spec: Value) -> Compared<T> {
        let spec: PairLoss = serde_json::from_value(spec).unwrap();
        let counts = ClassCounts::new(vec![1; 4]);
        spec.build(&Setting { counts: &counts, streams: &Streams::new([3; 32]) })
    }

    fn embeddings(name: &str) -> Matrix<f64> {
        let mut stream = Streams::new([2; 32]).stream(name);
        Matrix::from_values(4, (0..36).map(|_| stream.normal()).collect())
    }

    /// The loss of a batch and its gradient, as a step without weights takes them.
    fn evaluate<T: Real>(
        loss: &mut Compared<T>,
        z: &Matrix<T>,
        targets: &[u32],
        rows: &[u32],
    ) -> (f64, Matrix<T>) {
        let mut out = PerExample::default();
        loss.evaluate(&Batch { rows, ..Batch::new(z, targets) }, &mut out);
        assert!(out.mass.iter().all(|&mass| mass == T::ONE));
        let n = targets.len();
        out.weigh(&vec![T::of(1.0 / n as f64); n]);
        (out.losses.first().map_or(0.0, |loss| loss.to_f64()), out.gradient)
    }

    fn memory(size: usize, with_batch: bool) -> Value {
        json!({ "size": size, "start": 0, "weight": 0.7, "with_batch": with_batch })
    }

    /// Every term with every miner that does not draw, and memories of several sizes.
    fn combinations() -> Vec<Value> {
        let miners = PairMiningSpec::iter().map(|mining| mining.name());
        let miners: Vec<&str> =
            miners.filter(|&name| name != "random" && name != "distance_weighted").collect();
        let mut all = Vec::new();
        for term in PairTermSpec::iter() {
            for &mining in &miners {
                for memory in [Value::Null, memory(5, false), memory(12, true), memory(100, false)]
                {
                    all.push(json!({
                        "term": { term.name(): {} }, "mining": { mining: {} }, "memory": memory
                    }));
                }
            }
        }
        all
    }

    #[test]
    fn gradients_are_central_differences() {
        for spec in combinations() {
            // Circle's weights are held constant, which the test of that term takes into account. So is what is in the memory of
            // the batch itself: differences of the value would move it.
            if spec["term"].get("circle").is_some() || spec["memory"]["with_batch"] == true {
                continue;
            }
            let at = |z: &Matrix<f64>| {
                let mut loss = loss(spec.clone());
                evaluate(&mut loss, &embeddings("earlier"), &[1, 1, 2, 0, 3, 0, 2, 2, 0], &EARLIER);
                evaluate(&mut loss, z, &Y, &ROWS)
            };
            let z = embeddings("batch");
            let (_, gradient) = at(&z);
            for place in 0..z.values().len() {
                let moved = |h: f64| {
                    let mut z = z.clone();
                    z.values_mut()[place] += h;
                    at(&z).0
                };
                let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                let ours = gradient.values()[place];
                assert!(
                    (slope - ours).abs() < 1e-7 * slope.abs().max(1.0),
                    "{spec} {place}: {slope} {ours}"
                );
            }
        }
    }

    #[test]
    fn of_a_memory_of_the_batch_alone_the_gradient_is_half_of_that_of_the_batch() {
        // Both sides of a pair move in the batch, one against a memory of the same: for a loss that is a sum over pairs.
        let of = |memory: Value| {
            let spec = json!({ "term": { "cosine_contrastive": {} }, "mining": { "none": {} }, "memory": memory });
            evaluate(&mut loss::<f64>(spec), &embeddings("batch"), &Y, &ROWS)
        };
        let (plain, at_batch) = of(Value::Null);
        let (both, gradient) = of(json!({ "size": 9, "start": 0 }));
        assert!((both - 2.0 * plain).abs() < 1e-13);
        for (both, batch) in gradient.values().iter().zip(at_batch.values()) {
            assert!((both - 1.5 * batch).abs() < 1e-14);
        }
    }

    #[test]
    fn a_memory_of_nothing_or_that_never_starts_is_no_memory() {
        for term in PairTermSpec::iter() {
            let of = |memory: Value| {
                let spec = json!({ "term": { term.name(): {} }, "mining": { "none": {} }, "memory": memory });
                let mut loss = loss::<f64>(spec);
                evaluate(&mut loss, &embeddings("earlier"), &Y, &EARLIER);
                evaluate(&mut loss, &embeddings("batch"), &Y, &ROWS)
            };
            let plain = of(Value::Null);
            assert_eq!(of(json!({ "size": 0, "start": 0 })), plain, "{}", term.name());
            assert_eq!(of(json!({ "start": 2 })), plain, "{}", term.name());
            assert_ne!(of(json!({ "start": 1 })), plain, "{}", term.name());
        }
    }

    #[test]
    fn a_decay_of_nothing_is_none_and_one_reaches_the_slopes_at_what_is_old() {
        let of = |decay: f64| {
            let memory = json!({ "start": 0, "with_batch": false, "decay": decay });
            let spec = json!({ "term": { "multi_similarity": {} }, "mining": { "none": {} }, "memory": memory });
            let mut loss = loss::<f64>(spec);
            evaluate(&mut loss, &embeddings("earlier"), &Y, &EARLIER);
            evaluate(&mut loss, &embeddings("batch"), &Y, &ROWS).1
        };
        let plain = {
            let spec = json!({ "term": { "multi_similarity": {} }, "mining": { "none": {} } });
            evaluate(&mut loss::<f64>(spec), &embeddings("batch"), &Y, &ROWS).1
        };
        let (full, half) = (of(1.0), of(0.5));
        for (i, plain) in plain.values().iter().enumerate() {
            let (full, half) = (full.values()[i] - plain, half.values()[i] - plain);
            assert!((half - full / 2.0).abs() < 1e-14);
        }
    }

    #[test]
    fn drift_is_measured_against_what_the_network_made_of_the_same_row() {
        let spec = json!({ "term": { "contrastive": {} }, "mining": { "none": {} }, "memory": { "start": 0 } });
        let mut loss = loss::<f64>(spec);
        let (then, now) = (embeddings("earlier"), embeddings("batch"));
        evaluate(&mut loss, &then, &Y, &ROWS);
        assert_eq!(loss.memory().unwrap().drift(), None);
        evaluate(&mut loss, &now, &Y, &ROWS);
        let (mut x, mut r) = (Embeddings::default(), Embeddings::default());
        x.read(&now);
        r.read(&then);
        let products = x.unit().values().iter().zip(r.unit().values()).map(|(x, r)| x * r);
        let drift = loss.memory().unwrap().drift().unwrap();
        assert!((drift - products.sum::<f64>() / 9.0).abs() < 1e-14);
        loss.begin_epoch(&Epoch::at(0.5));
        assert_eq!(loss.memory().unwrap().drift(), None);
    }

    #[test]
    fn every_combination_is_finite_where_anchors_lack_pairs_and_where_all_is_one_point() {
        let draw = |name: &str| json!({ "term": { "triplet": {} }, "mining": { name: {} } });
        let drawing = [draw("random"), draw("distance_weighted")];
        for spec in combinations().into_iter().chain(drawing) {
            for targets in [[0; 9], [0, 1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 0, 1, 1, 2, 3, 4]] {
                for z in [
                    embeddings("batch"),
                    Matrix::from_values(4, vec![0.5; 36]),
                    Matrix::zeros(9, 4),
                ] {
                    let mut loss = loss::<f64>(spec.clone());
                    for rows in [EARLIER, ROWS] {
                        let (value, gradient) = evaluate(&mut loss, &z, &targets, &rows);
                        let finite =
                            value.is_finite() && gradient.values().iter().all(|g| g.is_finite());
                        assert!(finite, "{spec} {targets:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_batch_without_examples_has_no_loss() {
        for spec in combinations() {
            let (value, _) = evaluate(&mut loss::<f64>(spec), &Matrix::zeros(0, 4), &[], &[]);
            assert_eq!(value, 0.0);
        }
    }

    #[test]
    fn in_32_bits_the_loss_is_the_same_but_for_rounding() {
        for spec in combinations() {
            let z = embeddings("batch");
            let single = Matrix::from_values(4, z.values().iter().map(|&z| z as f32).collect());
            let (double, gradient) = evaluate(&mut loss::<f64>(spec.clone()), &z, &Y, &ROWS);
            let (value, ours) = evaluate(&mut loss::<f32>(spec.clone()), &single, &Y, &ROWS);
            assert!(
                (value - double).abs() < 1e-4 * double.abs().max(1.0),
                "{spec}: {value} {double}"
            );
            let largest = gradient.values().iter().fold(1.0, |a: f64, g| a.max(g.abs()));
            for (ours, theirs) in ours.values().iter().zip(gradient.values()) {
                assert!(
                    (f64::from(*ours) - theirs).abs() < 1e-4 * largest,
                    "{spec}: {ours} {theirs}"
                );
            }
        }
    }

    #[test]
    fn the_order_of_a_batch_does_not_matter() {
        let order = [4, 8, 0, 3, 7, 1, 2, 6, 5];
        for spec in combinations().into_iter().filter(|spec| spec["memory"].is_null()) {
            let z = embeddings("batch");
            let (value, gradient) = evaluate(&mut loss::<f64>(spec.clone()), &z, &Y, &ROWS);
            let mut turned = Matrix::default();
            turned.gather(&z, &order);
            let targets = order.map(|i| Y[i as usize]);
            let (again, at_turned) =
                evaluate(&mut loss::<f64>(spec.clone()), &turned, &targets, &order);
            assert!((value - again).abs() < 1e-12, "{spec}");
            for (row, &i) in at_turned.rows().zip(&order) {
                let differs =
                    row.iter().zip(gradient.row(i as usize)).any(|(a, b)| (a - b).abs() > 1e-12);
                assert!(!differs, "{spec}");
            }
        }
    }
}
