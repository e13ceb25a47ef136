//! Networks: a round is an epoch of steps.

use methods::losses::Epoch;
use methods::sampling::Sampling;
use methods::setting::Setting;
use methods::step::{Descent, Methods, Stepped};
use nn::{Matrix, Network, Optimizer, Pass, Streams};

use crate::audit::Audit;
use crate::learner::{Learner, Outputs};
use crate::prepare::{Examples, Prepared};
use crate::record::{WeightsSummary, digest};
use crate::spec::{NetworkLearner, TrainingSpec};

/// Rows of a part that go through the network at once.
const CHUNK: usize = 1024;

/// A network and what trains it.
pub(crate) struct Trainer<'a> {
    train: &'a Examples,
    training: &'a TrainingSpec,
    streams: &'a Streams,
    network: Network<f32>,
    /// Parameters of the network that was kept.
    kept: Option<Vec<f32>>,
    sampling: Box<dyn Sampling>,
    descent: Descent<f32>,
    optimizer: Box<dyn Optimizer<f32>>,
    order: Vec<u32>,
    weighed: WeightTally,
    reader: Reader,
}

impl<'a> Trainer<'a> {
    pub(crate) fn new(
        learner: &'a NetworkLearner,
        sampling: Box<dyn Sampling>,
        parts: &'a Prepared,
        setting: &Setting<'a>,
    ) -> Result<Self, String> {
        let architecture = learner.architecture(parts.n_features, parts.n_classes);
        let network = Network::new(architecture, &mut setting.streams.stream("init"));
        let readout = learner.loss.readout(setting.counts).map_err(|error| error.to_string())?;
        let meta = learner.reweighting.needs_meta().then(|| parts.meta.clone());
        let methods = Methods {
            loss: learner.loss.build(setting).map_err(|error| error.to_string())?,
            mining: learner.mining.build(),
            reweighting: learner.reweighting.build(meta, &readout, setting.streams),
        };
        Ok(Trainer {
            train: &parts.train,
            training: &learner.training,
            streams: setting.streams,
            optimizer: learner.training.optimizer.build(network.n_parameters()),
            network,
            kept: None,
            sampling,
            descent: Descent::new(methods),
            order: Vec::new(),
            weighed: WeightTally::default(),
            reader: Reader::default(),
        })
    }
}

impl Learner for Trainer<'_> {
    fn n_rounds(&self) -> usize {
        self.training.epochs.get()
    }

    /// One pass over the batches of an epoch; the mean of their weighted losses.
    fn round(&mut self, epoch: &Epoch<'_>, mut audit: Option<&mut Audit>) -> f64 {
        let TrainingSpec { epochs, batch_size, schedule, .. } = self.training;
        self.descent.methods.loss.begin_epoch(epoch);
        let mut dropout = self.streams.indexed("dropout", epoch.number as u64);
        self.sampling.epoch(epoch.number, &mut self.order);
        let n_steps = self.order.len().div_ceil(batch_size.get());
        let mut total = 0.0;
        for (i, rows) in self.order.chunks(batch_size.get()).enumerate() {
            let progress = epoch.number as f64 + i as f64 / n_steps as f64;
            let rate = schedule.factor(progress, epochs.get());
            let (network, optimizer) = (&mut self.network, self.optimizer.as_mut());
            let stepped =
                self.descent.step(network, optimizer, self.train, rows, rate, &mut dropout);
            if let Stepped::Taken(loss) = stepped {
                total += loss;
            }
            self.weighed.add(self.descent.weights());
            if let Some(audit) = &mut audit {
                audit.note_batch(epoch.number, rows, self.descent.weights().to_vec());
            }
        }
        total / n_steps.max(1) as f64
    }

    fn outputs(&mut self, part: &Examples, out: &mut Outputs) -> Result<(), String> {
        self.reader.read(&self.network, part, &mut out.values);
        Ok(())
    }

    fn is_finite(&self) -> bool {
        self.network.parameters().iter().all(|p| p.is_finite())
    }

    fn keep(&mut self) {
        let kept = self.kept.get_or_insert_default();
        kept.clear();
        kept.extend(self.network.parameters());
    }

    fn back_to_kept(&mut self) {
        if let Some(kept) = &self.kept {
            self.network.parameters_mut().copy_from_slice(kept);
        }
    }

    fn parameters(&self) -> &[f32] {
        self.network.parameters()
    }

    fn digest(&self) -> Option<String> {
        Some(digest(self.network.parameters().iter().map(|p| p.to_le_bytes())))
    }

    fn weights(&self) -> WeightsSummary {
        self.weighed.summary()
    }
}

/// Reads whole parts, in activations of its own.
#[derive(Default)]
struct Reader {
    features: Matrix<f32>,
    pass: Pass<f32>,
}

impl Reader {
    /// Fills `out` with the logits of `part`, `[n_examples, n_outputs]`.
    fn read(&mut self, network: &Network<f32>, part: &Examples, out: &mut Matrix<f64>) {
        let n_columns = part.features.n_columns();
        let n_rows = part.targets.len();
        let n_outputs = network.architecture().n_outputs;
        out.reshape(n_rows, n_outputs);
        for start in (0..n_rows).step_by(CHUNK) {
            let end = n_rows.min(start + CHUNK);
            let rows = &part.features.values()[start * n_columns..end * n_columns];
            self.features.reshape(end - start, n_columns);
            self.features.values_mut().copy_from_slice(rows);
            network.forward(&self.features, &mut self.pass);
            let values = &mut out.values_mut()[start * n_outputs..end * n_outputs];
            let logits = values.iter_mut().zip(self.pass.logits().values());
            logits.for_each(|(out, &z)| *out = f64::from(z));
        }
    }
}

/// Running figures of the example weights.
#[derive(Default)]
struct WeightTally {
    steps: u64,
    skipped: u64,
    examples: u64,
    zeros: u64,
    effective: f64,
}

impl WeightTally {
    fn add(&mut self, weights: &[f32]) {
        let (mut sum, mut squares, mut zeros) = (0.0, 0.0, 0);
        for &w in weights {
            let w = f64::from(w);
            sum += w;
            squares += w * w;
            zeros += u64::from(w == 0.0);
        }
        self.examples += weights.len() as u64;
        self.zeros += zeros;
        if squares == 0.0 {
            self.skipped += 1;
        } else {
            self.steps += 1;
            let share = sum * sum / (weights.len() as f64 * squares);
            // Weights of a network that diverges may be infinite, and JSON has no word for that.
            self.effective += if share.is_finite() { share } else { 0.0 };
        }
    }

    fn summary(&self) -> WeightsSummary {
        WeightsSummary {
            steps: self.steps,
            skipped_steps: self.skipped,
            zero_share: self.zeros as f64 / self.examples.max(1) as f64,
            effective_share: self.effective / self.steps.max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests;
