//! Networks: a round is an epoch of steps.

mod closing;
mod pairs;
mod selected;
mod tally;

use methods::control::Controlled;
use methods::direction::Direction;
use methods::lengths::Lengths;
use methods::losses::{Epoch, PerExample, Plain};
use methods::mining::{Mined, Survey};
use methods::reweighting::{LastLayer, Reweighed};
use methods::sampling::{Batches, Pool, Sampling};
use methods::setting::Setting;
use methods::step::{Descent, Methods, Stepped};
use nn::{Architecture, Matrix, Network, Optimizer, Streams};

use crate::audit::{Audit, WeightFunction, losses};
use crate::learner::network::closing::ClosingTally;
use crate::learner::network::selected::SelectionTally;
use crate::learner::network::tally::WeightTally;
use crate::learner::reader::PartReader;
use crate::learner::{Learner, Learnt, Outputs};
use crate::prepare::Examples;
use crate::record::gradients::ClosingGradients;
use crate::record::{SelectionSummary, WeightsSummary};
use crate::spec::{NetworkLearner, TrainingSpec};

/// A network and what trains it.
pub(crate) struct Trainer<'a> {
    train: &'a Examples,
    training: &'a TrainingSpec,
    streams: &'a Streams,
    network: Network<f32>,
    /// The network as it was kept.
    kept: Option<Network<f32>>,
    sampling: Box<dyn Sampling>,
    descent: Descent<f32>,
    optimizer: Box<dyn Optimizer<f32>>,
    pool: Pool,
    batches: Batches,
    /// What looks at all training rows, where a miner may change which of them an epoch shows.
    survey: Option<Surveyor>,
    weighed: WeightTally,
    /// What was selected, where not everything was.
    selected: Option<SelectionTally>,
    closing: ClosingTally,
    /// What measures the gradients of the last epoch, until it begins.
    lengths: Option<Lengths<f32>>,
    says: Says,
    reader: PartReader,
}

/// What a network says of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// Its logits.
    Logits,
    /// What its head reads.
    Hidden,
}

/// The network of a trainer, and what trains it.
struct Trained<'a> {
    network: Network<f32>,
    says: Says,
    training: &'a TrainingSpec,
    methods: Methods<f32>,
}

impl<'a> Trainer<'a> {
    /// A network of this architecture, which learns by a loss of single examples.
    pub(crate) fn new(
        learner: &'a NetworkLearner,
        (architecture, says): (Architecture, Says),
        mut learnt: Learnt<'a>,
        setting: &Setting<'a>,
    ) -> Result<Self, String> {
        let learning = learnt.sampling.learning().map(|learning| learning.meta_batch_size());
        let Learnt { train, parts, scores, .. } = learnt;
        let mut network = Network::new(architecture, &mut setting.streams.stream("init"));
        // What stands beside the logits has no prior.
        let beside = parts.n_beside();
        let head = network.head_mut();
        let n_head = head.len();
        head[n_head - beside..].fill(0.0);
        let readout = learner.readout(setting.counts, beside).map_err(|error| error.to_string())?;
        let meta = learner.reweighting.needs_meta().then(|| parts.meta.clone());
        let methods = Methods {
            mixing: learner
                .mixing
                .build(setting, parts.pixels)
                .map_err(|error| error.to_string())?,
            loss: learner.build_loss(setting, beside).map_err(|error| error.to_string())?,
            mining: learner.mining.build(&Mined {
                targets: &train.targets,
                setting,
                scores,
                readout: &readout,
                background: parts.placed.as_ref().and_then(|placed| placed.train.background()),
            }),
            reweighting: learner.reweighting.build(Reweighed {
                meta,
                loss: &learner.loss,
                readout: &readout,
                setting,
            }),
            control: learner.control.build(&Controlled {
                targets: &train.targets,
                readout: &readout,
                setting,
            }),
        };
        let last_layer = learning.map(|size| {
            let meta = (parts.meta.clone(), size);
            LastLayer::new(network.architecture(), &readout, meta, setting.streams)
        });
        let weighs = !learner.steps_plainly();
        let n_epochs = learner.training.epochs.get();
        let selects = learner.selects() || learning.is_some();
        let flipped = learnt.flipped.clone();
        let trained = Trained { network, says, training: &learner.training, methods };
        let mut trainer = Trainer::plainly(trained, learnt, setting, weighs);
        if weighs {
            trainer.descent = trainer.descent.beside_plain(Direction::new(&readout));
        }
        if let Some(last_layer) = last_layer {
            trainer.descent = trainer.descent.looking_ahead(last_layer);
        }
        trainer.selected = selects
            .then(|| SelectionTally::new(&train.targets, parts.n_classes, flipped, n_epochs));
        trainer.survey = Some(Surveyor::new(Some(Plain::new(&readout))));
        trainer.lengths = Some(Lengths::new(&readout));
        Ok(trainer)
    }

    /// What every network has, whatever it learns by; `weighs` unless each step is that of plain training.
    fn plainly(
        trained: Trained<'a>,
        learnt: Learnt<'a>,
        setting: &Setting<'a>,
        weighs: bool,
    ) -> Self {
        let Trained { network, says, training, methods } = trained;
        let Learnt { train, sampling, parts, flipped, .. } = learnt;
        let augment = &training.augment;
        let augmentation = parts.pixels.filter(|_| !augment.is_none());
        let augmentation =
            augmentation.map(|pixels| augment.build(pixels, &parts.blank, setting.streams));
        let regions = parts.placed.as_ref().map(|placed| placed.train.clone());
        Trainer {
            train,
            training,
            streams: setting.streams,
            optimizer: training.optimizer.build(network.n_parameters()),
            network,
            kept: None,
            sampling,
            descent: Descent::new(methods).augmented(augmentation).on_regions(regions),
            pool: Pool::full(train.targets.len()),
            batches: Batches::new(training.batch_size.get()),
            survey: None,
            weighed: WeightTally::default(),
            selected: None,
            closing: ClosingTally::new(&train.targets, parts.n_classes, flipped, weighs),
            lengths: None,
            says,
            reader: PartReader::default(),
        }
    }
}

impl Trainer<'_> {
    /// The batches of an epoch: of all rows, or of those that the miner leaves in the pool.
    fn draw(&mut self, epoch: &Epoch<'_>) {
        let Trainer { survey, reader, network, train, pool, .. } = self;
        let Methods { mining, control, .. } = &mut self.descent.methods;
        pool.change(|weights| weights.fill(1.0));
        if let Some(survey) = survey {
            if mining.surveys(epoch) {
                survey.look(network, reader, train);
            }
            let surveyed = Survey { losses: &survey.losses, outputs: &survey.outputs };
            mining.pool(epoch, &surveyed, pool);
        }
        if !pool.is_full() || pool.is_weighted() {
            control.pool(pool);
        }
        self.weighed.shown.push(pool.n_shown() as f64 / pool.n_rows().max(1) as f64);
        self.sampling.epoch(epoch, pool, &mut self.batches);
        self.descent.methods.mining.arrange(&mut self.batches);
    }
}

impl Learner for Trainer<'_> {
    fn n_rounds(&self) -> usize {
        self.training.epochs.get()
    }

    /// One pass over the batches of an epoch; the mean of their weighted losses.
    fn round(&mut self, epoch: &Epoch<'_>, mut audit: Option<&mut Audit>) -> f64 {
        let TrainingSpec { epochs, schedule, .. } = self.training;
        self.descent.methods.loss.begin_epoch(epoch);
        self.descent.begin_epoch(epoch.number);
        self.descent.methods.reweighting.begin_epoch(epoch);
        if epoch.number + 1 == epochs.get()
            && let Some(lengths) = self.lengths.take()
        {
            self.descent.measure(lengths);
        }
        let mut dropout = self.streams.indexed("dropout", epoch.number as u64);
        self.draw(epoch);
        let n_steps = self.batches.ends.len();
        let (mut total, mut n_taken) = (0.0, 0);
        for i in 0..n_steps {
            let rows = self.batches.batch_mut(i);
            if let Some(learning) = self.sampling.learning() {
                learning.draw(rows);
            }
            let rows = &*rows;
            let progress = epoch.number as f64 + i as f64 / n_steps as f64;
            let rate = schedule.factor(progress, epochs.get());
            let (network, optimizer) = (&mut self.network, self.optimizer.as_mut());
            let rows_of = (rows, &self.pool);
            let stepped =
                self.descent.step(network, optimizer, self.train, rows_of, rate, &mut dropout);
            if let Some(learning) = self.sampling.learning() {
                learning.learn(self.descent.meta_slopes());
            }
            if let Stepped::Taken(loss) = stepped {
                total += loss;
                n_taken += 1;
            }
            self.weighed.add(self.descent.weights(), stepped);
            if let Some(selected) = &mut self.selected {
                selected.add(rows, self.descent.weights());
            }
            if let Some(lengths) = self.descent.lengths() {
                self.closing.add(rows, lengths.measured());
            }
            if let Some(audit) = &mut audit {
                audit.note_batch(epoch.number, rows, self.descent.weights().to_vec());
            }
        }
        if let Some(audit) = audit {
            let values = self.descent.methods.reweighting.values(&losses());
            audit
                .weight_functions
                .extend((!values.is_empty()).then_some(WeightFunction { values }));
        }
        if let Some(selected) = &mut self.selected {
            let rates = self.sampling.learning().map(|learning| learning.probabilities());
            selected.end_epoch(rates);
        }
        // There is no loss before the steps of an epoch that has none.
        if n_taken == 0 { f64::NAN } else { total / n_steps as f64 }
    }

    fn outputs(&mut self, part: &Examples, out: &mut Outputs) -> Result<(), String> {
        self.reader.outputs(&self.network, self.says, part, out);
        Ok(())
    }

    fn keep(&mut self) {
        self.kept = Some(self.network.clone());
    }

    fn back_to_kept(&mut self) {
        if let Some(kept) = &self.kept {
            self.network.clone_from(kept);
        }
    }

    fn network(&self) -> Option<&Network<f32>> {
        Some(&self.network)
    }

    fn weights(&self) -> WeightsSummary {
        self.weighed.summary(self.descent.lie())
    }

    fn selection(&self) -> Option<SelectionSummary> {
        self.selected.as_ref().map(SelectionTally::summary)
    }

    fn gradients(&self) -> Option<ClosingGradients> {
        self.closing.summary()
    }

    fn drift(&self) -> Option<f64> {
        self.descent.methods.loss.drift()
    }
}

/// Reads all training rows, and scores them by the plain loss where single examples have one.
struct Surveyor {
    plain: Option<Plain<f32>>,
    evaluated: PerExample<f32>,
    losses: Vec<f32>,
    outputs: Matrix<f32>,
}

impl Surveyor {
    fn new(plain: Option<Plain<f32>>) -> Self {
        let (evaluated, outputs) = (PerExample::default(), Matrix::default());
        Surveyor { plain, evaluated, losses: Vec::new(), outputs }
    }

    fn look(&mut self, network: &Network<f32>, reader: &mut PartReader, train: &Examples) {
        let Surveyor { plain, evaluated, losses, outputs } = self;
        let n_outputs = network.architecture().n_outputs;
        losses.clear();
        outputs.reshape(train.targets.len(), n_outputs);
        let mut rest = outputs.values_mut();
        reader.read(network, train, |pass, targets| {
            let logits = pass.logits();
            if let Some(plain) = plain {
                plain.score(logits, targets, evaluated);
                losses.extend(&evaluated.losses);
            }
            let rows = rest.split_off_mut(..logits.values().len()).expect("a row for each example");
            rows.copy_from_slice(logits.values());
        });
    }
}

#[cfg(test)]
mod tests;
