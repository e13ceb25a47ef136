use std::sync::{Arc, Mutex};

use methods::control::{Control, Forward};
use methods::losses::{Batch, Loss, LossSpec, PerExample};
use methods::mining::{Acts, Mining, MiningSpec, Selection};
use methods::mixing::{Mixing, Mixture};
use methods::reweighting::{Reweighting, ReweightingSpec, Step};
use methods::setting::ClassCounts;
use nn::Pass;
use strum::IntoEnumIterator;

use super::*;
use crate::prepare::{Prepared, trial_streams};
use crate::record::Results;
use crate::rows::TrialRows;
use crate::spec::{LearnerSpec, TrialSpec};
use crate::testing::planned;
use crate::trial::learn;

const FILE: &str = r#"
[experiment]
name = "order"
[protocol]
split = { holdout.test = 0.3 }
meta = { per_class = 3 }
[training]
epochs = 2
batch_size = 40
[axes]
dataset = ["glass2"]
reweighting = ["l2rw"]
"#;

/// The first cell of an experiment, and what its trial is built from.
struct FirstCell {
    spec: TrialSpec,
    learner: NetworkLearner,
    parts: Prepared,
    counts: ClassCounts,
    streams: Streams,
}

impl FirstCell {
    fn of(text: &str) -> Self {
        let (plan, data) = planned(text);
        let spec = plan.run_order()[0].cell.spec.clone();
        let LearnerSpec::Network(learner) = spec.learner.clone() else { panic!("a network") };
        let parts = Prepared::clone(&data.prepared(&spec).unwrap());
        let counts = spec.sampling.expected_counts(&parts.train_counts);
        FirstCell { learner: *learner, parts, counts, streams: trial_streams(&spec), spec }
    }

    fn trainer<'a>(&'a self, learner: &'a NetworkLearner) -> Trainer<'a> {
        let FirstCell { spec, parts, counts, streams, .. } = self;
        let sampling = spec.sampling.build(&parts.train.targets, parts.n_classes, streams);
        let learnt = Learnt { train: &parts.train, sampling, parts, scores: None, flipped: None };
        let architecture = learner.architecture(parts.shape(), parts.n_classes, 0, None);
        let network = (architecture, Says::Logits);
        Trainer::new(learner, network, learnt, &Setting { counts, streams }).unwrap()
    }

    /// The whole trial of `learner` on `parts`.
    fn results(&self, learner: &NetworkLearner, parts: &Prepared) -> Results {
        let learner = LearnerSpec::Network(Box::new(learner.clone()));
        let rows = TrialRows { parts: Arc::new(parts.clone()), resampled: None, scores: None };
        let mut spec = self.spec.clone();
        spec.learner = learner;
        learn(&spec, &rows, &self.streams, None, None).unwrap().results
    }
}

/// The epoch `number` of two.
fn epoch(number: usize) -> Epoch<'static> {
    Epoch { number, ..Epoch::at(number as f64 / 2.0) }
}

/// The largest logit of the training part after 40 epochs on pima.
fn largest_logit(rate: f64, reweighting: &str) -> f32 {
    let cell = FirstCell::of(&format!(
        "[experiment]\nname = \"run-away\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\nvalidation = 0.2\n\
         meta = {{ per_class = 5 }}\n[training]\nepochs = 40\nbatch_size = 64\n\
         optimizer = {{ sgd = {{ learning_rate = {rate}, momentum = 0.9, weight_decay = 1e-4 }} }}\n\
         schedule = {{ cosine.warmup_epochs = 2 }}\n[axes]\ndataset = \"pima\"\n\
         model = [{{ mlp.hidden = [[32]] }}]\nloss = \"ghm_c\"\nreweighting = \"{reweighting}\"\n"
    ));
    let mut trainer = cell.trainer(&cell.learner);
    (0..40).for_each(|number| {
        trainer.round(&Epoch { number, ..Epoch::at(number as f64 / 40.0) }, None);
    });
    let mut pass = Pass::default();
    trainer.network.forward(&cell.parts.train.features, &mut pass);
    pass.logits().values().iter().fold(0.0, |largest, z| z.abs().max(largest))
}

#[test]
fn logits_run_away_under_learnt_weights_as_the_pages_say_and_not_at_a_tenth_of_the_rate() {
    assert!(1000.0 < largest_logit(0.05, "l2rw"));
    assert!(largest_logit(0.05, "none") < 20.0);
    assert!(largest_logit(0.005, "l2rw") < 20.0);
}

type Events = Arc<Mutex<Vec<&'static str>>>;

/// A part of a trainer that notes when it is called.
struct Recorded<P: ?Sized> {
    part: Box<P>,
    events: Events,
}

impl<P: ?Sized> Recorded<P> {
    fn note(&self, event: &'static str) {
        self.events.lock().unwrap().push(event);
    }
}

impl Sampling for Recorded<dyn Sampling> {
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches) {
        self.note("batches");
        self.part.epoch(epoch, pool, batches);
    }
}

impl Mixing<f32> for Recorded<dyn Mixing<f32>> {
    fn mix(&mut self, features: &mut Matrix<f32>, targets: &[u32], mixture: &mut Mixture<f32>) {
        self.note("mix");
        self.part.mix(features, targets, mixture);
    }
}

impl Loss<f32> for Recorded<dyn Loss<f32>> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.note("begin epoch");
        self.part.begin_epoch(epoch);
    }

    fn evaluate(&mut self, batch: &Batch<'_, f32>, out: &mut PerExample<f32>) {
        self.note("evaluate");
        let n = batch.targets.len();
        assert_eq!((batch.logits.n_rows(), batch.rows.len()), (n, n));
        self.part.evaluate(batch, out);
    }
}

impl Mining<f32> for Recorded<dyn Mining<f32>> {
    fn surveys(&self, epoch: &Epoch<'_>) -> bool {
        self.note("survey?");
        self.part.surveys(epoch)
    }

    fn pool(&mut self, epoch: &Epoch<'_>, survey: &Survey<'_, f32>, pool: &mut Pool) {
        self.note("pool");
        self.part.pool(epoch, survey, pool);
    }

    fn select(
        &mut self,
        batch: &Batch<'_, f32>,
        evaluated: &PerExample<f32>,
        out: &mut Selection<f32>,
    ) {
        self.note("select");
        self.part.select(batch, evaluated, out);
    }
}

impl Reweighting<f32> for Recorded<dyn Reweighting<f32>> {
    fn weigh(&mut self, step: Step<'_, f32>, weights: &mut Vec<f32>) {
        self.note("weigh");
        self.part.weigh(step, weights);
    }

    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.note("begin its epoch");
        self.part.begin_epoch(epoch);
    }
}

impl Control<f32> for Recorded<dyn Control<f32>> {
    fn pool(&mut self, pool: &mut Pool) {
        self.note("control the pool");
        self.part.pool(pool);
    }

    fn weights(&mut self, targets: &[u32], weights: &mut [f32]) {
        self.note("control");
        self.part.weights(targets, weights);
    }

    fn gradient(&mut self, forward: Forward<'_, f32>, gradient: &mut Vec<f32>) -> bool {
        self.note("turn");
        self.part.gradient(forward, gradient)
    }
}

impl Optimizer<f32> for Recorded<dyn Optimizer<f32>> {
    fn learning_rate(&self) -> f64 {
        self.part.learning_rate()
    }

    fn look_ahead(&self, parameters: &[f32], gradient: &[f32], rate: f64, ahead: &mut [f32]) {
        self.note("look ahead");
        self.part.look_ahead(parameters, gradient, rate, ahead);
    }

    fn precondition(&self, parameters: &[f32], gradient: &[f32], rate: f64, v: &mut [f32]) {
        self.part.precondition(parameters, gradient, rate, v);
    }

    fn step(&mut self, parameters: &mut [f32], gradient: &[f32], rate_factor: f64) {
        self.note("step");
        self.part.step(parameters, gradient, rate_factor);
    }
}

#[test]
fn a_step_is_mixing_loss_mining_reweighting_control_optimizer() {
    let cell = FirstCell::of(FILE);
    let mut trainer = cell.trainer(&cell.learner);
    let events = Events::default();
    let Trainer { sampling, descent, optimizer, .. } = trainer;
    let Methods { mixing, loss, mining, reweighting, control } = descent.methods;
    let note = || events.clone();
    trainer = Trainer {
        sampling: Box::new(Recorded { part: sampling, events: note() }),
        descent: Descent::new(Methods {
            mixing: Box::new(Recorded { part: mixing, events: note() }),
            loss: Box::new(Recorded { part: loss, events: note() }),
            mining: Box::new(Recorded { part: mining, events: note() }),
            reweighting: Box::new(Recorded { part: reweighting, events: note() }),
            control: Box::new(Recorded { part: control, events: note() }),
        }),
        optimizer: Box::new(Recorded { part: optimizer, events: note() }),
        ..trainer
    };
    let before = trainer.network.parameters().to_vec();
    trainer.round(&epoch(0), None);

    let n_steps = cell.parts.train.targets.len().div_ceil(40);
    assert!(2 <= n_steps);
    let mut expected = vec!["begin epoch", "begin its epoch", "survey?", "pool", "batches"];
    let step = ["mix", "evaluate", "select", "weigh", "control", "turn", "step"];
    expected.extend(step.repeat(n_steps));
    assert_eq!(*events.lock().unwrap(), expected);
    assert_ne!(trainer.network.parameters(), before);
}

/// A loss that notes the rows of its batches.
struct Rows {
    loss: Box<dyn Loss<f32>>,
    rows: Arc<Mutex<Vec<Vec<u32>>>>,
}

impl Loss<f32> for Rows {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.loss.begin_epoch(epoch);
    }

    fn evaluate(&mut self, batch: &Batch<'_, f32>, out: &mut PerExample<f32>) {
        self.rows.lock().unwrap().push(batch.rows.to_vec());
        self.loss.evaluate(batch, out);
    }
}

/// Whether it leaves all rows in the pool.
fn shows_all(mining: &MiningSpec) -> bool {
    !matches!(mining.acts(), Acts::OnRows | Acts::OnRowWeights)
}

#[test]
fn trainers_with_other_methods_have_the_same_initial_weights_and_batches() {
    let cell = FirstCell::of(&FILE.replace("glass2", "newthyroid"));
    let n_classes = cell.parts.n_classes;
    let run = |learner: &NetworkLearner| {
        let mut trainer = cell.trainer(learner);
        // The last biases are what the loss expects of a fresh network.
        let parameters = trainer.network.parameters();
        let weights = parameters[..parameters.len() - n_classes].to_vec();
        let rows = Arc::default();
        let Methods { mixing, loss, mining, reweighting, control } = trainer.descent.methods;
        let loss = Box::new(Rows { loss, rows: Arc::clone(&rows) });
        let descent = Descent::new(Methods { mixing, loss, mining, reweighting, control });
        trainer = Trainer { descent, ..trainer };
        for number in 0..2 {
            trainer.round(&epoch(number), None);
        }
        let rows = rows.lock().unwrap().clone();
        (weights, rows)
    };
    let expected = run(&cell.learner);
    let mut n_losses = 0;
    for loss in LossSpec::iter() {
        let takes = !loss.traits().two_classes && loss.n_outputs(n_classes) == n_classes;
        if !takes {
            continue;
        }
        n_losses += 1;
        // What a miner leaves out of its pool is in no batch.
        for mining in MiningSpec::iter().filter(shows_all) {
            for reweighting in ReweightingSpec::iter() {
                let (loss, mining) = (loss.clone(), mining.clone());
                let learner = NetworkLearner { loss, mining, reweighting, ..cell.learner.clone() };
                assert!(run(&learner) == expected, "{learner:?}");
            }
        }
    }
    assert!(25 < n_losses, "{n_losses}");
}

#[test]
fn self_pacing_that_shows_all_rows_is_the_plain_training_to_the_last_bit() {
    let cell = FirstCell::of(&FILE.replace("\"l2rw\"", "\"none\""));
    let digest = |mining: &str| {
        let mining = toml::from_str(mining).unwrap();
        let learner = NetworkLearner { mining, ..cell.learner.clone() };
        cell.results(&learner, &cell.parts).parameters_digest
    };
    let plain = digest("[none]");
    for regularizer in
        ["hard", "linear", "polynomial", "logarithmic", "mixture", "mixture_2", "spld"]
    {
        let paced = |share: f64| {
            digest(&format!(
                "[self_paced]\nregularizer = '{regularizer}'\ngrowth.quantile.start = {share}"
            ))
        };
        assert_eq!(paced(1.0), plain, "{regularizer}");
        assert_ne!(paced(0.3), plain, "{regularizer}");
    }
}

/// A miner that asks for a survey from its second epoch on, and then shows every other row, the hardest at half
/// their weight.
struct Halving {
    surveyed: Arc<Mutex<Vec<(usize, usize, usize)>>>,
}

impl Mining<f32> for Halving {
    fn surveys(&self, epoch: &Epoch<'_>) -> bool {
        epoch.number != 0
    }

    fn pool(&mut self, epoch: &Epoch<'_>, survey: &Survey<'_, f32>, pool: &mut Pool) {
        let sizes = (epoch.number, survey.losses.len(), survey.outputs.n_rows());
        self.surveyed.lock().unwrap().push(sizes);
        if epoch.number == 0 {
            return;
        }
        let mean = survey.losses.iter().sum::<f32>() / survey.losses.len() as f32;
        pool.change(|weights| {
            for (row, w) in weights.iter_mut().enumerate() {
                let hard = mean < survey.losses[row];
                *w = if row % 2 == 0 {
                    0.0
                } else if hard {
                    0.5
                } else {
                    1.0
                };
            }
        });
    }
}

#[test]
fn a_miner_surveys_and_weighs_the_rows_of_an_epoch() {
    let cell = FirstCell::of(&FILE.replace("\"l2rw\"", "\"none\""));
    let n_train = cell.parts.train.targets.len();
    let mut trainer = cell.trainer(&cell.learner);
    let Methods { mixing, loss, reweighting, control, .. } = trainer.descent.methods;
    let rows = Arc::default();
    let loss = Box::new(Rows { loss, rows: Arc::clone(&rows) });
    let surveyed = Arc::default();
    let mining = Box::new(Halving { surveyed: Arc::clone(&surveyed) });
    let descent = Descent::new(Methods { mixing, loss, mining, reweighting, control });
    trainer = Trainer { descent, ..trainer };
    let n_steps = n_train.div_ceil(40);
    for number in 0..2 {
        let mut audit = Audit::default();
        let loss = trainer.round(&epoch(number), Some(&mut audit));
        assert!(loss.is_finite());
        assert_eq!(audit.batches.len(), n_steps, "as many steps with a pool as without");
        let first = &audit.batches[0].weights;
        assert_eq!(first.iter().any(|w| w != &first[0]), number == 1, "weights of the pool");
    }
    let rows: Vec<Vec<u32>> = rows.lock().unwrap().clone();
    assert!(rows[n_steps..].iter().flatten().all(|row| row % 2 == 1));
    assert!(rows[..n_steps].iter().flatten().any(|row| row % 2 == 0));
    assert_eq!(*surveyed.lock().unwrap(), [(0, 0, 0), (1, n_train, n_train)]);
}

/// A miner that shows nothing.
struct Nothing;

impl Mining<f32> for Nothing {
    fn pool(&mut self, _: &Epoch<'_>, _: &Survey<'_, f32>, pool: &mut Pool) {
        pool.change(|weights| weights.fill(0.0));
    }

    fn select(&mut self, _: &Batch<'_, f32>, _: &PerExample<f32>, _: &mut Selection<f32>) {
        panic!("there is no batch");
    }
}

#[test]
fn an_epoch_in_which_nothing_is_shown_has_no_loss() {
    let cell = FirstCell::of(FILE);
    let mut trainer = cell.trainer(&cell.learner);
    let Methods { mixing, loss, reweighting, control, .. } = trainer.descent.methods;
    let mining = Box::new(Nothing);
    let descent = Descent::new(Methods { mixing, loss, mining, reweighting, control });
    trainer = Trainer { descent, ..trainer };
    let before = trainer.network.parameters().to_vec();
    assert!(trainer.round(&epoch(0), None).is_nan());
    assert_eq!(trainer.network.parameters(), before);
}

/// A reweighting that finds no example worth a step after the first of an epoch of four.
struct Hopeless {
    steps: usize,
}

impl Reweighting<f32> for Hopeless {
    fn weigh(&mut self, step: Step<'_, f32>, weights: &mut Vec<f32>) {
        weights.clear();
        let weight = if self.steps == 0 { 1.0 } else { 0.0 };
        weights.resize(step.targets.len(), weight);
        self.steps += 1;
    }
}

#[test]
fn an_epoch_without_a_step_has_no_loss_and_one_with_a_step_has_one() {
    let cell = FirstCell::of(FILE);
    let mut trainer = cell.trainer(&cell.learner);
    let Methods { mixing, loss, mining, control, .. } = trainer.descent.methods;
    let descent = Descent::new(Methods {
        mixing,
        loss,
        mining,
        reweighting: Box::new(Hopeless { steps: 0 }),
        control,
    });
    trainer = Trainer { descent, ..trainer };
    assert!(0.0 < trainer.round(&epoch(0), None));
    assert!(trainer.round(&epoch(1), None).is_nan());
    let WeightsSummary { steps, skipped_steps, .. } = trainer.weights();
    assert_eq!((steps, skipped_steps % 2), (1, 1));
}

#[test]
fn nothing_of_the_test_part_reaches_the_training() {
    let cell = FirstCell::of(FILE);
    let expected = cell.results(&cell.learner, &cell.parts);
    let mut other = cell.parts.clone();
    other.test.features.values_mut().iter_mut().for_each(|x| *x = 1.0 - *x);
    let results = cell.results(&cell.learner, &other);
    assert_eq!(results.parameters_digest, expected.parameters_digest);
    assert_eq!(results.history, expected.history);
    assert_eq!(results.best.epoch, expected.best.epoch);
    assert_eq!(results.best.validation, expected.best.validation);
    assert_ne!(results.predictions_digest, expected.predictions_digest);
}

#[test]
fn the_meta_set_moves_the_network_only_through_the_weights() {
    let cell = FirstCell::of(FILE);
    let plain = NetworkLearner {
        reweighting: ReweightingSpec::None(methods::reweighting::NoReweighting {}),
        ..cell.learner.clone()
    };
    let digest = |learner, parts| cell.results(learner, parts).parameters_digest;
    let mut other = cell.parts.clone();
    other.meta.targets.iter_mut().for_each(|target| *target = 1 - *target);
    assert_ne!(digest(&cell.learner, &other), digest(&cell.learner, &cell.parts));
    assert_eq!(digest(&plain, &other), digest(&plain, &cell.parts));
}

#[test]
fn no_epoch_before_a_loss_acts_is_picked_as_the_best() {
    // Hardly anything is learnt, so that all epochs are equal and the first that is offered is picked.
    let best = |loss: &str| {
        let cell = FirstCell::of(&format!(
            "[experiment]\nname = \"late\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n[training]\n\
             epochs = 5\noptimizer = {{ sgd.learning_rate = 1e-9 }}\n[axes]\ndataset = [\"glass2\"]\n\
             loss = [{loss}]\n"
        ));
        cell.results(&cell.learner, &cell.parts).best.epoch
    };
    for (loss, first) in [
        ("\"ldam\"", 0),
        ("\"deferred_reweighting\"", 4),
        ("{ deferred_reweighting.start = 0.4 }", 2),
        ("{ deferred_reweighting = { loss = \"influence_balanced\", start = 0 } }", 3),
        ("\"influence_balanced\"", 3),
        ("\"generalized_cross_entropy\"", 0),
        ("{ generalized_cross_entropy.truncation = 0.5 }", 2),
        ("{ super_loss.loss = \"influence_balanced\" }", 3),
        // It never acts: the last epoch.
        ("{ influence_balanced.start = 1 }", 4),
    ] {
        assert_eq!(best(loss), Some(first), "{loss}");
    }
}
