//! One trial, top to bottom.

use std::time::Instant;

use evaluation::{Evaluation, Predictions, evaluate, score};
use methods::losses::{ClassCounts, Link, Loss, LossSpec, PerExample};
use methods::mining::{Mining, Selection};
use methods::reweighting::{MetaSet, Reweighting, Step};
use methods::sampling::{Sampling, SamplingSpec};
use nn::{Matrix, Network, Optimizer, Pass, Stream, Streams};

use crate::identity::CellId;
use crate::prepare::{DataCache, Examples, Prepared, trial_streams};
use crate::record::{
    History, Measured, Outcome, PartSizes, Reproducible, Results, Timings, TrialRecord, WeightsSummary,
};
use crate::spec::{Learner, NetworkLearner, ProtocolSpec, TrialSpec};

/// A cell to run: its specification and what its identity was made from.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The identity.
    pub id: CellId,
    /// The specification.
    pub spec: TrialSpec,
    /// BLAKE3 of the data set's content.
    pub data_digest: String,
    /// BLAKE3 of the rows of each part.
    pub split_digest: String,
}

/// Runs one cell. Same cell, same [`Reproducible`]: the clock is read for [`Timings`] alone.
pub fn run_trial(cell: &Cell, data: &DataCache) -> TrialRecord {
    let start = Instant::now();
    let prepared = data.prepared(&cell.spec);
    let prepare_seconds = start.elapsed().as_secs_f64();
    let ran = prepared.and_then(|parts| match &cell.spec.learner {
        Learner::Network(learner) => train(learner, &cell.spec, &parts),
        Learner::Classical(learner) => fit(learner, &cell.spec, &parts),
    });
    let (outcome, results) = match ran {
        Ok((outcome, results)) => (outcome, Some(results)),
        Err(message) => (Outcome::Failed { message }, None),
    };
    let wall_seconds = start.elapsed().as_secs_f64();
    record(cell, outcome, results, Timings { wall_seconds, prepare_seconds, ..host() })
}

/// The record of a cell that ended with `outcome`.
pub(crate) fn record(
    cell: &Cell,
    outcome: Outcome,
    results: Option<Results>,
    timings: Timings,
) -> TrialRecord {
    let trial = Reproducible {
        id: cell.id,
        spec: cell.spec.clone(),
        data_digest: cell.data_digest.clone(),
        split_digest: cell.split_digest.clone(),
        outcome,
        results,
    };
    TrialRecord { trial, timings }
}

pub(crate) fn host() -> Timings {
    Timings {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        ..Timings::default()
    }
}

/// Trains a network and measures it.
fn train(
    learner: &NetworkLearner,
    spec: &TrialSpec,
    parts: &Prepared,
) -> Result<(Outcome, Results), String> {
    let streams = trial_streams(spec);
    let mut trainer = Trainer::new(learner, &spec.sampling, parts, &streams)?;
    let mut history = History::default();
    let mut best = Best::default();
    let mut outcome = Outcome::Completed;

    for epoch in 0..learner.training.epochs.get() {
        history.loss.push(trainer.epoch(epoch));
        if !trainer.network.parameters().iter().all(|p| p.is_finite()) {
            outcome = Outcome::Diverged { epoch };
            break;
        }
        let validation = trainer.meter.score(&trainer.network, &parts.validation, &spec.protocol);
        history.validation.push(validation);
        best.offer(epoch, validation, spec.protocol.select_by.higher_is_better(), &trainer.network);
    }
    Ok((outcome, trainer.results(history, best, spec)))
}

/// A network, what its steps are made of, and the buffers they need: nothing is allocated in a step.
struct Trainer<'a> {
    parts: &'a Prepared,
    batch_size: usize,
    epochs: usize,
    schedule: &'a nn::ScheduleSpec,
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
}

impl<'a> Trainer<'a> {
    fn new(
        learner: &'a NetworkLearner,
        sampling: &SamplingSpec,
        parts: &'a Prepared,
        streams: &'a Streams,
    ) -> Result<Self, String> {
        let n_outputs = learner.loss.n_outputs(parts.n_classes);
        let architecture = learner.model.architecture(parts.n_features, n_outputs);
        let network = Network::new(architecture, &mut streams.stream("init"));
        let counts = ClassCounts::new(parts.train_counts.clone());
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
            loss: learner.loss.build(&counts).map_err(|error| error.to_string())?,
            sampling: sampling.build(&parts.train.targets, parts.n_classes, streams),
            mining: learner.mining.build(),
            reweighting: learner.reweighting.build(meta, learner.loss.link(), streams),
            optimizer: learner.training.optimizer.build(network.n_parameters()),
            network,
            meter: Meter::new(&learner.loss, parts.n_classes),
            order: Vec::new(),
            features: Matrix::default(),
            targets: Vec::new(),
            pass: Pass::default(),
            evaluated: PerExample::default(),
            selection: Selection::default(),
            weights: Vec::new(),
            gradient: Vec::new(),
            weighed: WeightTally::default(),
        })
    }

    /// One pass over the batches of an epoch; the mean of their weighted losses.
    fn epoch(&mut self, epoch: usize) -> f32 {
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
        self.loss.evaluate(pass.logits(), targets, evaluated);
        self.mining.select(evaluated, targets, selection);
        let step = Step { network, features, targets, pass, evaluated, selection };
        self.reweighting.weigh(step, weights);
        self.weighed.add(weights);
        if weights.iter().all(|&w| w == 0.0) {
            return 0.0;
        }
        let losses = evaluated.losses.iter().zip(weights.iter());
        let loss = losses.map(|(&loss, &w)| f64::from(loss) * f64::from(w)).sum();
        evaluated.weigh(weights);
        network.backward(features, &evaluated.gradient, pass, &mut self.gradient);
        let rate = self.schedule.factor(progress, self.epochs);
        self.optimizer.step(network.parameters_mut(), &self.gradient, rate);
        loss
    }

    fn results(mut self, history: History, best: Best, spec: &TrialSpec) -> Results {
        let last_epoch = history.loss.len().saturating_sub(1);
        let last = self.measured(last_epoch, spec);
        let best_epoch = match best.parameters {
            Some((epoch, parameters)) => {
                self.network.parameters_mut().copy_from_slice(&parameters);
                epoch
            }
            None => last_epoch,
        };
        let best = self.measured(best_epoch, spec);
        Results {
            sizes: self.parts.sizes(),
            train_counts: self.parts.train_counts.clone(),
            last,
            best,
            history,
            weights: self.weighed.summary(),
            parameters_digest: Some(digest(self.network.parameters().iter().map(|p| p.to_le_bytes()))),
            predictions_digest: digest(self.meter.probabilities.iter().map(|p| p.to_le_bytes())),
        }
    }

    fn measured(&mut self, epoch: usize, spec: &TrialSpec) -> Measured {
        let counts = &self.parts.train_counts;
        let validation = &self.parts.validation;
        let has_validation = !validation.targets.is_empty();
        let validation = has_validation
            .then(|| self.meter.evaluate(&self.network, validation, counts, &spec.protocol));
        let test = self.meter.evaluate(&self.network, &self.parts.test, counts, &spec.protocol);
        Measured { epoch: Some(epoch), validation, test }
    }
}

impl Prepared {
    fn sizes(&self) -> PartSizes {
        PartSizes {
            train: self.train.targets.len(),
            meta: self.meta.targets.len(),
            validation: self.validation.targets.len(),
            test: self.test.targets.len(),
        }
    }
}

/// The network of the best epoch so far: the earliest of equals.
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

/// Measures networks on parts of the data.
struct Meter {
    link: Link,
    n_classes: usize,
    features: Matrix<f32>,
    pass: Pass<f32>,
    /// Of the part measured last, `[n_examples, n_classes]`.
    probabilities: Vec<f64>,
}

/// Rows of a part that go through the network at once.
const CHUNK: usize = 1024;

impl Meter {
    fn new(loss: &LossSpec, n_classes: usize) -> Self {
        Meter {
            link: loss.link(),
            n_classes,
            features: Matrix::default(),
            pass: Pass::default(),
            probabilities: Vec::new(),
        }
    }

    /// The selection metric on `part`.
    fn score(&mut self, network: &Network<f32>, part: &Examples, protocol: &ProtocolSpec) -> Option<f64> {
        if part.targets.is_empty() {
            return None;
        }
        self.predict(network, part);
        score(protocol.select_by, &self.predictions(part))
    }

    fn evaluate(
        &mut self,
        network: &Network<f32>,
        part: &Examples,
        train_counts: &[u32],
        protocol: &ProtocolSpec,
    ) -> Evaluation {
        self.predict(network, part);
        evaluate(&self.predictions(part), train_counts, &protocol.shots)
    }

    fn predictions<'a>(&'a self, part: &'a Examples) -> Predictions<'a> {
        Predictions {
            probabilities: &self.probabilities,
            n_classes: self.n_classes,
            targets: &part.targets,
        }
    }

    fn predict(&mut self, network: &Network<f32>, part: &Examples) {
        self.probabilities.clear();
        let n_columns = part.features.n_columns();
        let n_rows = part.targets.len();
        for start in (0..n_rows).step_by(CHUNK) {
            let end = n_rows.min(start + CHUNK);
            let rows = &part.features.values()[start * n_columns..end * n_columns];
            self.features.reshape(end - start, n_columns);
            self.features.values_mut().copy_from_slice(rows);
            network.forward(&self.features, &mut self.pass);
            self.link.probabilities(self.pass.logits(), self.n_classes, &mut self.probabilities);
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
            self.effective += sum * sum / (weights.len() as f64 * squares);
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

/// Fits a classical learner and measures it.
fn fit(
    learner: &baselines::BaselineSpec,
    spec: &TrialSpec,
    parts: &Prepared,
) -> Result<(Outcome, Results), String> {
    let streams = trial_streams(spec);
    let mut order = Vec::new();
    spec.sampling.build(&parts.train.targets, parts.n_classes, &streams).epoch(0, &mut order);
    order.sort_unstable();
    let n_features = parts.n_features;
    let rows = order.iter().flat_map(|&i| parts.train.features.row(i as usize));
    let features: Vec<f64> = rows.map(|&x| f64::from(x)).collect();
    let targets: Vec<u32> = order.iter().map(|&i| parts.train.targets[i as usize]).collect();
    let examples = baselines::Examples {
        n_features,
        features: &features,
        targets: &targets,
        n_classes: parts.n_classes,
    };
    let classifier = learner.fit(&examples).map_err(|error| error.to_string())?;
    let predict = |part: &Examples| {
        let features: Vec<f64> = part.features.values().iter().map(|&x| f64::from(x)).collect();
        classifier.probabilities(&features)
    };
    let measure = |part: &Examples, probabilities: &[f64]| {
        let targets = &part.targets;
        let predictions = Predictions { probabilities, n_classes: parts.n_classes, targets };
        evaluate(&predictions, &parts.train_counts, &spec.protocol.shots)
    };
    let test = predict(&parts.test);
    let has_validation = !parts.validation.targets.is_empty();
    let measured = Measured {
        epoch: None,
        validation: has_validation.then(|| measure(&parts.validation, &predict(&parts.validation))),
        test: measure(&parts.test, &test),
    };
    let results = Results {
        sizes: parts.sizes(),
        train_counts: parts.train_counts.clone(),
        last: measured.clone(),
        best: measured,
        history: History::default(),
        weights: WeightsSummary::default(),
        parameters_digest: None,
        predictions_digest: digest(test.iter().map(|p| p.to_le_bytes())),
    };
    Ok((Outcome::Completed, results))
}

fn digest<const N: usize>(numbers: impl Iterator<Item = [u8; N]>) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("longtail numbers v1");
    for bytes in numbers {
        hasher.update(&bytes);
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
