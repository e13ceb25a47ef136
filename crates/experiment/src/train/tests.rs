use std::sync::{Arc, Mutex};

use data::Catalogue;
use methods::losses::LossSpec;
use methods::mining::MiningSpec;
use methods::reweighting::ReweightingSpec;
use strum::IntoEnumIterator;

use super::*;
use crate::file::ExperimentFile;
use crate::plan::Plan;
use crate::prepare::DataCache;
use crate::spec::LearnerSpec;

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

fn first_cell() -> (TrialSpec, NetworkLearner, Prepared) {
    first_cell_of(FILE)
}

fn first_cell_of(text: &str) -> (TrialSpec, NetworkLearner, Prepared) {
    let data = DataCache::new(Catalogue::embedded());
    let file = ExperimentFile::parse("order.toml", text, &[], data.catalogue()).unwrap();
    let spec = Plan::new(&file, &data).unwrap().run_order()[0].cell.spec.clone();
    let LearnerSpec::Network(learner) = spec.learner.clone() else { panic!("a network") };
    let parts = Prepared::clone(&data.prepared(&spec).unwrap());
    (spec, *learner, parts)
}

/// The largest logit of the training part after 40 epochs on pima.
fn largest_logit(rate: f64, reweighting: &str) -> f32 {
    let (spec, learner, parts) = first_cell_of(&format!(
        "[experiment]\nname = \"run-away\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\nvalidation = 0.2\n\
         meta = {{ per_class = 5 }}\n[training]\nepochs = 40\nbatch_size = 64\n\
         optimizer = {{ sgd = {{ learning_rate = {rate}, momentum = 0.9, weight_decay = 1e-4 }} }}\n\
         schedule = {{ cosine.warmup_epochs = 2 }}\n[axes]\ndataset = \"pima\"\n\
         model = [{{ mlp.hidden = [[32]] }}]\nloss = \"ghm_c\"\nreweighting = \"{reweighting}\"\n"
    ));
    let streams = trial_streams(&spec);
    let mut trainer = Trainer::new(&learner, &spec.sampling, &parts, &streams).unwrap();
    (0..40).for_each(|epoch| {
        trainer.epoch(epoch, &[]);
    });
    let mut pass = Pass::default();
    trainer.network.forward(&parts.train.features, &mut pass);
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
    fn epoch(&mut self, epoch: usize, order: &mut Vec<u32>) {
        self.note("pool");
        self.part.epoch(epoch, order);
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
    fn select(&mut self, losses: &PerExample<f32>, targets: &[u32], out: &mut Selection<f32>) {
        self.note("select");
        self.part.select(losses, targets, out);
    }
}

impl Reweighting<f32> for Recorded<dyn Reweighting<f32>> {
    fn weigh(&mut self, step: Step<'_, f32>, weights: &mut Vec<f32>) {
        self.note("weigh");
        self.part.weigh(step, weights);
    }
}

impl Optimizer<f32> for Recorded<dyn Optimizer<f32>> {
    fn step(&mut self, parameters: &mut [f32], gradient: &[f32], rate_factor: f64) {
        self.note("step");
        self.part.step(parameters, gradient, rate_factor);
    }
}

#[test]
fn a_step_is_loss_mining_reweighting_optimizer() {
    let (spec, learner, parts) = first_cell();
    let streams = trial_streams(&spec);
    let mut trainer = Trainer::new(&learner, &spec.sampling, &parts, &streams).unwrap();
    let events = Events::default();
    let Trainer { sampling, loss, mining, reweighting, optimizer, .. } = trainer;
    let note = || events.clone();
    trainer = Trainer {
        sampling: Box::new(Recorded { part: sampling, events: note() }),
        loss: Box::new(Recorded { part: loss, events: note() }),
        mining: Box::new(Recorded { part: mining, events: note() }),
        reweighting: Box::new(Recorded { part: reweighting, events: note() }),
        optimizer: Box::new(Recorded { part: optimizer, events: note() }),
        ..trainer
    };
    let before = trainer.network.parameters().to_vec();
    trainer.epoch(0, &[]);

    let n_steps = parts.train.targets.len().div_ceil(40);
    assert!(2 <= n_steps);
    let mut expected = vec!["begin epoch", "pool"];
    expected.extend(["evaluate", "select", "weigh", "step"].repeat(n_steps));
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

#[test]
fn trainers_with_other_methods_have_the_same_initial_weights_and_batches() {
    let (spec, base, parts) = first_cell_of(&FILE.replace("glass2", "newthyroid"));
    let streams = trial_streams(&spec);
    let run = |learner: &NetworkLearner| {
        let mut trainer = Trainer::new(learner, &spec.sampling, &parts, &streams).unwrap();
        // The last biases are what the loss expects of a fresh network.
        let parameters = trainer.network.parameters();
        let weights = parameters[..parameters.len() - parts.n_classes].to_vec();
        let rows = Arc::default();
        let loss = Box::new(Rows { loss: trainer.loss, rows: Arc::clone(&rows) });
        trainer = Trainer { loss, ..trainer };
        for epoch in 0..2 {
            trainer.epoch(epoch, &[]);
        }
        let rows = rows.lock().unwrap().clone();
        (weights, rows)
    };
    let expected = run(&base);
    let mut n_losses = 0;
    for loss in LossSpec::iter() {
        let takes =
            !loss.traits().two_classes && loss.n_outputs(parts.n_classes) == parts.n_classes;
        if !takes {
            continue;
        }
        n_losses += 1;
        for mining in MiningSpec::iter() {
            for reweighting in ReweightingSpec::iter() {
                let (loss, mining) = (loss.clone(), mining.clone());
                let learner = NetworkLearner { loss, mining, reweighting, ..base.clone() };
                assert!(run(&learner) == expected, "{learner:?}");
            }
        }
    }
    assert!(25 < n_losses, "{n_losses}");
}

#[test]
fn nothing_of_the_test_part_reaches_the_training() {
    let (spec, learner, parts) = first_cell();
    let (_, expected) = train(&learner, &spec, &parts, None).unwrap();
    let mut other = parts.clone();
    other.test.features.values_mut().iter_mut().for_each(|x| *x = 1.0 - *x);
    let (_, results) = train(&learner, &spec, &other, None).unwrap();
    assert_eq!(results.parameters_digest, expected.parameters_digest);
    assert_eq!(results.history, expected.history);
    assert_eq!(results.best.epoch, expected.best.epoch);
    assert_eq!(results.best.validation, expected.best.validation);
    assert_ne!(results.predictions_digest, expected.predictions_digest);
}

#[test]
fn the_meta_set_moves_the_network_only_through_the_weights() {
    let (spec, learner, mut parts) = first_cell();
    let plain = NetworkLearner {
        reweighting: ReweightingSpec::None(methods::reweighting::NoReweighting {}),
        ..learner.clone()
    };
    let digest = |learner: &NetworkLearner, parts: &Prepared| {
        train(learner, &spec, parts, None).unwrap().1.parameters_digest
    };
    let (with, without) = (digest(&learner, &parts), digest(&plain, &parts));
    parts.meta.targets.iter_mut().for_each(|target| *target = 1 - *target);
    assert_ne!(digest(&learner, &parts), with);
    assert_eq!(digest(&plain, &parts), without);
}

#[test]
fn no_epoch_before_a_loss_acts_is_picked_as_the_best() {
    // Hardly anything is learnt, so that all epochs are equal and the first that is offered is picked.
    let best = |loss: &str| {
        let (spec, learner, parts) = first_cell_of(&format!(
            "[experiment]\nname = \"late\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n[training]\n\
             epochs = 5\noptimizer = {{ sgd.learning_rate = 1e-9 }}\n[axes]\ndataset = [\"glass2\"]\n\
             loss = [{loss}]\n"
        ));
        train(&learner, &spec, &parts, None).unwrap().1.best.epoch
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
