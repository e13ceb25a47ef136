//! Training a network: one step is loss, mining, reweighting, backward, optimiser.

use methods::losses::{Batch, Epoch, Loss, PerExample, Setting};
use methods::mining::{Mining, Selection};
use methods::reweighting::{MetaSet, Reweighting, Step};
use methods::sampling::{Sampling, SamplingSpec};
use nn::{Matrix, Network, Optimizer, Pass, ScheduleSpec, Stream, Streams};

use crate::audit::Audit;
use crate::meter::Meter;
use crate::prepare::{Prepared, trial_streams};
use crate::record::{History, Measured, Outcome, Results, WeightsSummary, digest};
use crate::spec::{NetworkLearner, TrialSpec};

/// Trains a network and measures it.
pub(crate) fn train(
    learner: &NetworkLearner,
    spec: &TrialSpec,
    parts: &Prepared,
    audit: Option<&mut Audit>,
) -> Result<(Outcome, Results), String> {
    let streams = trial_streams(spec);
    let trainer = Trainer::new(learner, &spec.sampling, parts, &streams)?;
    let mut trainer = Trainer { audit, ..trainer };
    if let Some(audit) = &mut trainer.audit {
        audit.initial_parameters = trainer.network.parameters().to_vec();
    }
    let mut history = History::default();
    let mut best = Best::default();
    let mut outcome = Outcome::Completed;

    let traits = learner.loss.traits();
    let mut recalls = Vec::new();
    for epoch in 0..learner.training.epochs.get() {
        let loss = trainer.epoch(epoch, &recalls);
        history.loss.push(loss.is_finite().then_some(loss));
        if !trainer.network.parameters().iter().all(|p| p.is_finite()) {
            outcome = Outcome::Diverged { epoch };
            break;
        }
        let validation = trainer.meter.score(&trainer.network, &parts.validation, &spec.protocol);
        history.validation.push(validation);
        if traits.reads_recalls {
            recalls = trainer.meter.recalls(&parts.validation);
        }
        if traits.acts_at(trainer.progress(epoch)) {
            let higher = spec.protocol.select_by.higher_is_better();
            best.offer(epoch, validation, higher, &trainer.network);
        }
    }
    Ok((outcome, trainer.results(history, best, spec)))
}

/// A network, what its steps are made of, and the buffers they need: nothing is allocated in a step.
struct Trainer<'a> {
    parts: &'a Prepared,
    batch_size: usize,
    epochs: usize,
    schedule: &'a ScheduleSpec,
    streams: &'a Streams,
    network: Network<f32>,
    loss: Box<dyn Loss<f32>>,
    sampling: Box<dyn Sampling>,
    mining: Box<dyn Mining<f32>>,
    reweighting: Box<dyn Reweighting<f32>>,
    optimizer: Box<dyn Optimizer<f32>>,
    meter: Meter,
    order: Vec<u32>,
    features: Matrix<f32>,
    targets: Vec<u32>,
    pass: Pass<f32>,
    evaluated: PerExample<f32>,
    selection: Selection<f32>,
    weights: Vec<f32>,
    gradient: Vec<f32>,
    weighed: WeightTally,
    audit: Option<&'a mut Audit>,
}

impl<'a> Trainer<'a> {
    fn new(
        learner: &'a NetworkLearner,
        sampling: &SamplingSpec,
        parts: &'a Prepared,
        streams: &'a Streams,
    ) -> Result<Self, String> {
        let architecture = learner.architecture(parts.n_features, parts.n_classes);
        let network = Network::new(architecture, &mut streams.stream("init"));
        let counts = sampling.expected_counts(&parts.train_counts);
        let setting = Setting { counts: &counts, streams };
        let readout = learner.loss.readout(&counts).map_err(|error| error.to_string())?;
        let meta = learner.reweighting.needs_meta().then(|| MetaSet {
            features: parts.meta.features.clone(),
            targets: parts.meta.targets.clone(),
        });
        Ok(Trainer {
            parts,
            batch_size: learner.training.batch_size.get(),
            epochs: learner.training.epochs.get(),
            schedule: &learner.training.schedule,
            streams,
            loss: learner.loss.build(&setting).map_err(|error| error.to_string())?,
            sampling: sampling.build(&parts.train.targets, parts.n_classes, streams),
            mining: learner.mining.build(),
            reweighting: learner.reweighting.build(meta, &readout, streams),
            optimizer: learner.training.optimizer.build(network.n_parameters()),
            network,
            meter: Meter::new(readout, parts.n_classes),
            order: Vec::new(),
            features: Matrix::default(),
            targets: Vec::new(),
            pass: Pass::default(),
            evaluated: PerExample::default(),
            selection: Selection::default(),
            weights: Vec::new(),
            gradient: Vec::new(),
            weighed: WeightTally::default(),
            audit: None,
        })
    }

    /// Share of the epochs that is done before `epoch`.
    fn progress(&self, epoch: usize) -> f64 {
        epoch as f64 / self.epochs as f64
    }

    /// One pass over the batches of an epoch; the mean of their weighted losses. `recalls`: of the
    /// classes of the validation part after the epoch before, for a loss that asks for them.
    fn epoch(&mut self, epoch: usize, recalls: &[Option<f64>]) -> f32 {
        self.loss.begin_epoch(&Epoch { progress: self.progress(epoch), recalls });
        let mut dropout = self.streams.indexed("dropout", epoch as u64);
        let mut order = std::mem::take(&mut self.order);
        self.sampling.epoch(epoch, &mut order);
        let n_steps = order.len().div_ceil(self.batch_size);
        let mut total = 0.0;
        for (i, batch) in order.chunks(self.batch_size).enumerate() {
            let progress = epoch as f64 + i as f64 / n_steps as f64;
            total += self.step(batch, progress, &mut dropout);
        }
        self.order = order;
        (total / n_steps.max(1) as f64) as f32
    }

    /// One step; the weighted loss before it.
    fn step(&mut self, batch: &[u32], progress: f64, dropout: &mut Stream) -> f64 {
        let Trainer { network, pass, features, targets, evaluated, selection, weights, .. } = self;
        features.gather(&self.parts.train.features, batch);
        targets.clear();
        targets.extend(batch.iter().map(|&i| self.parts.train.targets[i as usize]));

        network.forward_training(features, dropout, pass);
        let hidden = Some(pass.last_hidden().unwrap_or(features));
        let logits = pass.logits();
        self.loss.evaluate(&Batch { logits, targets, rows: batch, hidden }, evaluated);
        self.mining.select(evaluated, targets, selection);
        let step = Step { network, features, targets, pass, evaluated, selection };
        self.reweighting.weigh(step, weights);
        self.weighed.add(weights);
        if let Some(audit) = &mut self.audit {
            audit.note_batch(progress as usize, batch, weights.clone());
        }
        if weights.iter().all(|&w| w == 0.0) {
            return 0.0;
        }
        let losses = evaluated.losses.iter().zip(weights.iter());
        let loss = losses.map(|(&loss, &w)| f64::from(loss) * f64::from(w)).sum();
        evaluated.weigh(weights);
        let d_hidden = evaluated.hidden_gradient();
        network.backward(features, &evaluated.gradient, d_hidden, pass, &mut self.gradient);
        let rate = self.schedule.factor(progress, self.epochs);
        self.optimizer.step(network.parameters_mut(), &self.gradient, rate);
        loss
    }

    fn results(mut self, history: History, best: Best, spec: &TrialSpec) -> Results {
        if let Some(audit) = &mut self.audit {
            audit.last_parameters = self.network.parameters().to_vec();
        }
        let last_epoch = history.loss.len().saturating_sub(1);
        let last = self.measured(last_epoch, spec);
        let best_epoch = match best.parameters {
            Some((epoch, parameters)) => {
                self.network.parameters_mut().copy_from_slice(&parameters);
                epoch
            }
            None => last_epoch,
        };
        if let Some(audit) = &mut self.audit {
            audit.best_parameters = self.network.parameters().to_vec();
        }
        let best = self.measured(best_epoch, spec);
        Results {
            sizes: self.parts.sizes(),
            train_counts: self.parts.train_counts.clone(),
            last,
            best,
            history,
            weights: self.weighed.summary(),
            converged: None,
            parameters_digest: Some(digest(
                self.network.parameters().iter().map(|p| p.to_le_bytes()),
            )),
            predictions_digest: digest(self.meter.probabilities.iter().map(|p| p.to_le_bytes())),
        }
    }

    /// Of the predictions that are noted, those that are measured last stay: of the best epoch.
    fn measured(&mut self, epoch: usize, spec: &TrialSpec) -> Measured {
        let Trainer { parts, meter, network, audit, .. } = self;
        let noted = audit.is_some();
        let mut measure = |part| {
            let evaluation = meter.evaluate(network, part, &parts.train_counts, &spec.protocol);
            (evaluation, if noted { meter.probabilities.clone() } else { Vec::new() })
        };
        let has_validation = !parts.validation.targets.is_empty();
        let (validation, of_validation) =
            has_validation.then(|| measure(&parts.validation)).unzip();
        let (test, of_test) = measure(&parts.test);
        if let Some(audit) = audit {
            (audit.validation, audit.test) = (of_validation.unwrap_or_default(), of_test);
        }
        Measured { epoch: Some(epoch), validation, test }
    }
}

/// The network of the best epoch so far of those in which the loss acted: the earliest of equals.
#[derive(Default)]
struct Best {
    score: f64,
    parameters: Option<(usize, Vec<f32>)>,
}

impl Best {
    fn offer(&mut self, epoch: usize, score: Option<f64>, higher: bool, network: &Network<f32>) {
        let Some(score) = score else { return };
        let better = if higher { self.score < score } else { score < self.score };
        match &mut self.parameters {
            None => self.parameters = Some((epoch, network.parameters().to_vec())),
            Some((best, parameters)) if better => {
                *best = epoch;
                parameters.copy_from_slice(network.parameters());
            }
            Some(_) => return,
        }
        self.score = score;
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
