//! A classifier that learns by the plain loss from batches of equal classes, what is below it held still.
//!
//! The optimiser is the authors': SGD with momentum 0.9 and a penalty of 5e-4, at a rate that falls to 0 by half a
//! cosine.

use nn::range::{BelowOne, NonNegative, Positive};
use nn::{CosineAnnealing, Matrix, Network, Optimizer, OptimizerSpec, Real, ScheduleSpec, Sgd};

use crate::decoupling::Decoupling;
use crate::decoupling::definition::Decoupled;
use crate::examples::Examples;
use crate::losses::{Epoch, PerExample, Plain};
use crate::sampling::{Batches, ClassBalancedSampling, Pool, Sampling, SamplingSpec};

/// What can change the numbers of a second stage besides its own steps, by name.
pub(super) fn versions() -> [(&'static str, u32); 3] {
    [
        ("decoupling sampling", sampling().version()),
        ("decoupling optimizer", optimizer(Positive::new(1.0)).version()),
        ("decoupling schedule", schedule().version()),
    ]
}

fn sampling() -> SamplingSpec {
    SamplingSpec::ClassBalanced(ClassBalancedSampling {})
}

fn optimizer(learning_rate: Positive) -> OptimizerSpec {
    OptimizerSpec::Sgd(Sgd {
        learning_rate,
        momentum: BelowOne::new(0.9),
        nesterov: false,
        weight_decay: NonNegative::new(5e-4),
    })
}

fn schedule() -> ScheduleSpec {
    ScheduleSpec::Cosine(CosineAnnealing::default())
}

/// What is learnt in a second stage.
pub(super) trait Classifier<T: Real>: Send {
    /// The logits of a batch.
    fn logits(&mut self, inputs: &Matrix<T>) -> &Matrix<T>;

    /// The gradient of a loss with `slopes` at the logits of the last batch, `inputs`.
    fn gradient(&mut self, inputs: &Matrix<T>, slopes: &Matrix<T>, gradient: &mut Vec<T>);

    /// What is learnt, as one vector.
    fn parameters(&mut self) -> &mut [T];

    /// Gives `network` the classifier.
    fn write(&self, network: &mut Network<T>);
}

/// How long, and how fast.
pub(super) struct Pace {
    pub(super) epochs: usize,
    pub(super) learning_rate: Positive,
}

/// A classifier and what trains it.
pub(super) struct Retraining<T, C> {
    classifier: C,
    /// What the classifier reads of each row.
    inputs: Examples<T>,
    epochs: usize,
    sampling: Box<dyn Sampling>,
    pool: Pool,
    batches: Batches,
    optimizer: Box<dyn Optimizer<T>>,
    schedule: ScheduleSpec,
    plain: Plain<T>,
    work: Work<T>,
}

/// Of one batch.
struct Work<T> {
    batch: Examples<T>,
    evaluated: PerExample<T>,
    weights: Vec<T>,
    gradient: Vec<T>,
}

impl<T: Real, C: Classifier<T>> Retraining<T, C> {
    /// `classifier` over `inputs`, which are those of `decoupled` or what is made of them.
    pub(super) fn new(
        mut classifier: C,
        inputs: Examples<T>,
        decoupled: &Decoupled<'_, T>,
        pace: &Pace,
    ) -> Self {
        let n_parameters = classifier.parameters().len();
        let streams = decoupled.streams.within("decoupling", 0);
        Retraining {
            classifier,
            epochs: pace.epochs,
            sampling: sampling().build(&inputs.targets, decoupled.n_classes, &streams),
            pool: Pool::full(inputs.targets.len()),
            batches: Batches::new(decoupled.batch_size),
            optimizer: optimizer(pace.learning_rate).build(n_parameters),
            schedule: schedule(),
            plain: Plain::new(decoupled.readout),
            inputs,
            work: Work {
                batch: Examples::default(),
                evaluated: PerExample::default(),
                weights: Vec::new(),
                gradient: Vec::new(),
            },
        }
    }

    /// One step on `rows`; the mean loss before it.
    fn step(&mut self, rows: &[u32], rate: f64) -> f64 {
        let Retraining { classifier, inputs, plain, work, .. } = self;
        let Work { batch, evaluated, weights, gradient } = work;
        batch.gather(inputs, rows);
        plain.score(classifier.logits(&batch.features), &batch.targets, evaluated);
        let n = rows.len() as f64;
        let loss = evaluated.losses.iter().map(|loss| loss.to_f64()).sum::<f64>() / n;
        weights.clear();
        weights.resize(rows.len(), plain.scale() / T::of(n));
        evaluated.weigh(weights);
        classifier.gradient(&batch.features, &evaluated.gradient, gradient);
        self.optimizer.step(classifier.parameters(), gradient, rate);
        loss
    }
}

impl<T: Real, C: Classifier<T>> Decoupling<T> for Retraining<T, C> {
    fn round(&mut self, number: usize, tell: &mut dyn FnMut(&[u32])) -> f64 {
        let mut batches = std::mem::take(&mut self.batches);
        let epoch = Epoch { number, ..Epoch::at(number as f64 / self.epochs as f64) };
        self.sampling.epoch(&epoch, &self.pool, &mut batches);
        let n_steps = batches.iter().len();
        let mut total = 0.0;
        for (i, rows) in batches.iter().enumerate() {
            let progress = number as f64 + i as f64 / n_steps as f64;
            total += self.step(rows, self.schedule.factor(progress, self.epochs));
            tell(rows);
        }
        self.batches = batches;
        // There is no mean of nothing.
        if n_steps == 0 { f64::NAN } else { total / n_steps as f64 }
    }

    fn write(&self, network: &mut Network<T>) {
        self.classifier.write(network);
    }
}
