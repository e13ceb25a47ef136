//! What a cell will cost, from the arithmetic it does. An estimate: it orders and it informs.

use std::num::NonZeroUsize;

use baselines::Sizes;
use data::Dataset;
use nn::Shape;

use crate::prepare::shape;
use crate::spec::{LearnerSpec, TrialSpec};

/// Sustained rate of the training kernels of one thread, in floating-point operations a second.
const RATE: f64 = 4e10;
/// The same of the classical learners' libraries.
const CLASSICAL_RATE: f64 = 1e9;
/// Fixed part of a step, in seconds.
const STEP: f64 = 5e-6;
/// Fixed part of a cell, in seconds.
const CELL: f64 = 5e-4;

/// Estimated processor time of a cell that learns from `n_train` rows an epoch, in seconds.
pub(crate) fn seconds(spec: &TrialSpec, n_train: usize, n_inputs: usize, dataset: &Dataset) -> f64 {
    let sizes = sizes(n_train, n_inputs, dataset);
    let work = match &spec.learner {
        LearnerSpec::Network(network) => {
            let looked_at = spec.sampling.meta_batch_size().map_or(0, NonZeroUsize::get);
            let second = match &network.decoupling {
                decoupling if decoupling.learns() => decoupling.n_rounds(),
                _ => 0,
            };
            let beyond = Beyond {
                passes: network.reweighting.products(),
                looked_at: looked_at as f64,
                second: second as f64,
                compared: 0.0,
            };
            training(spec, shape(spec, n_inputs, dataset), &sizes, beyond)
        }
        LearnerSpec::Pairs(pairs) => {
            let memory = pairs.memory.cross_batch().map_or(0, |memory| memory.size) as f64;
            let batch = pairs.training.batch_size.get() as f64;
            let references = batch + memory.min(sizes.train * pairs.training.epochs.get() as f64);
            let beyond = Beyond { compared: references, ..Beyond::default() };
            training(spec, shape(spec, n_inputs, dataset), &sizes, beyond)
        }
        LearnerSpec::Boosted(learner) => {
            let n_outputs = learner.loss.n_outputs(dataset.classes.len()) as f64;
            let levels = f64::from(learner.model.max_depth.get());
            // Histograms of every level, and the loss at two points beside every logit.
            let of_row = levels * n_inputs as f64 + 2.0 * 10.0 * n_outputs;
            let rounds = learner.model.rounds.get() as f64;
            rounds * n_outputs * n_train as f64 * of_row / CLASSICAL_RATE
        }
        LearnerSpec::Classical(learner) => learner.operations(&sizes) / CLASSICAL_RATE,
    };
    without_training(n_inputs, dataset) + work
}

/// The same of a cell whose training another one of the run has.
pub(crate) fn without_training(n_inputs: usize, dataset: &Dataset) -> f64 {
    CELL + dataset.targets.len() as f64 * n_inputs as f64 * 2e-9
}

/// How many there are of what estimates are made from.
pub(crate) fn sizes(n_train: usize, n_inputs: usize, dataset: &Dataset) -> Sizes {
    let train = n_train as f64;
    Sizes {
        train,
        others: (dataset.targets.len() as f64 - train).max(0.0),
        inputs: n_inputs as f64,
        classes: dataset.classes.len() as f64,
    }
}

/// What a training does beside passes of the network.
#[derive(Clone, Copy, Default)]
struct Beyond {
    /// Products of the whole network for each example.
    passes: f64,
    /// Examples that a step passes forward for the sampling alone.
    looked_at: f64,
    /// Rounds of a second stage.
    second: f64,
    /// References that an anchor is compared with.
    compared: f64,
}

fn training(spec: &TrialSpec, input: Shape, sizes: &Sizes, beyond: Beyond) -> f64 {
    let (Some(architecture), Some(training)) =
        (spec.architecture(input, sizes.classes as usize), spec.steps())
    else {
        return 0.0;
    };
    let of_head = architecture.width() as f64 * architecture.n_outputs as f64;
    let of_body = architecture.layers().map(|(layer, input, _)| layer.multiplications(input));
    let multiplications = of_body.chain([of_head]).sum::<f64>();
    // Forward is one product, backward two.
    let passes = 3.0 + beyond.passes;
    let epochs = training.epochs.get() as f64;
    let steps = epochs * (sizes.train / training.batch_size.get() as f64).ceil();
    let products = epochs * sizes.train * passes + steps * beyond.looked_at;
    let operations = products * 2.0 * multiplications;
    // A product with the references, one back, and some twenty operations a pair besides.
    let of_pair = 4.0 * architecture.n_outputs as f64 + 20.0;
    let compared = epochs * sizes.train * beyond.compared * of_pair;
    // One product forward and one backward, of the head alone.
    let second_steps = beyond.second * (sizes.train / training.batch_size.get() as f64).ceil();
    let second_operations = beyond.second * sizes.train * 2.0 * of_head * 2.0;
    (steps + second_steps) * STEP + (operations + compared + second_operations) / RATE
}
